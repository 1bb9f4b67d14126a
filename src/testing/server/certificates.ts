import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import type { TlsFiles } from './listener.ts'

// Certificates are made here, when they are needed, so that no key lies in the package. This writes just enough of
// X.509 in DER (ITU-T X.690) for a small authority and its servers on loopback, with ECDSA over P-256.

/** How a certificate shall differ from a good one. */
export interface CertificateOptions {
  /** Names and addresses it is for. Default `localhost` and `127.0.0.1`. */
  readonly hosts?: readonly string[]
  /** Epoch ms. Default: an hour ago. */
  readonly validFrom?: number
  /** Epoch ms. Default: in a day. */
  readonly validTo?: number
}

/** An authority of our own, which a client may choose to trust. */
export interface Authority {
  /** Its certificate, PEM. */
  readonly ca: string
  /** Makes a server's key and certificate. */
  issue(options?: CertificateOptions): TlsFiles
}

const hour = 3_600_000

/** Makes an authority. */
export function createAuthority(): Authority {
  const name = 'holdfast test authority'
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const ca = pem(certificate(name, name, keys, keys, {}, true))
  return {
    ca,
    issue(options = {}) {
      const own = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      return files(own, certificate('holdfast test server', name, own, keys, options, false))
    },
  }
}

/** Makes a certificate that nobody but itself vouches for. */
export function selfSigned(options: CertificateOptions = {}): TlsFiles {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return files(own, certificate('localhost', 'localhost', own, own, options, false))
}

interface KeyPair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

function files({ privateKey }: KeyPair, der: Buffer): TlsFiles {
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), cert: pem(der) }
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

function certificate(
  subject: string,
  issuer: string,
  own: KeyPair,
  signer: KeyPair,
  {
    hosts = ['localhost', '127.0.0.1'],
    validFrom = Date.now() - hour,
    validTo = Date.now() + 24 * hour,
  }: CertificateOptions,
  isAuthority: boolean,
): Buffer {
  const algorithm = sequence(objectId('1.2.840.10045.4.3.2'))
  const body = sequence(
    tagged(0xa0, integer(2)),
    integer(Buffer.concat([Buffer.of(1), randomBytes(8)])),
    algorithm,
    nameOf(issuer),
    sequence(time(validFrom), time(validTo)),
    nameOf(subject),
    own.publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...extensions(own, signer, hosts, isAuthority))),
  )
  return sequence(body, algorithm, bits(sign('sha256', body, signer.privateKey)))
}

function extensions(own: KeyPair, signer: KeyPair, hosts: readonly string[], isAuthority: boolean): Buffer[] {
  const names = hosts.map((host) =>
    /^[\d.]+$/.test(host) ? tagged(0x87, Buffer.from(host.split('.').map(Number))) : tagged(0x82, Buffer.from(host)),
  )
  return [
    extension('2.5.29.19', sequence(...(isAuthority ? [tagged(0x01, Buffer.of(0xff))] : [])), true),
    extension('2.5.29.14', tagged(0x04, keyId(own))),
    extension('2.5.29.35', sequence(tagged(0x80, keyId(signer)))),
    ...(isAuthority ? [] : [extension('2.5.29.17', sequence(...names))]),
  ]
}

function extension(id: string, value: Buffer, isCritical = false): Buffer {
  return sequence(objectId(id), ...(isCritical ? [tagged(0x01, Buffer.of(0xff))] : []), tagged(0x04, value))
}

function keyId({ publicKey }: KeyPair): Buffer {
  return createHash('sha1')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest()
}

function nameOf(commonName: string): Buffer {
  return sequence(tagged(0x31, sequence(objectId('2.5.4.3'), tagged(0x0c, Buffer.from(commonName)))))
}

/** Up to 2049 the short form of years is asked for, which our dates never pass. */
function time(epochMs: number): Buffer {
  const [date = '', clock = ''] = new Date(epochMs).toISOString().split('T')
  const text = `${date.slice(2).replaceAll('-', '')}${clock.slice(0, 8).replaceAll(':', '')}Z`
  return tagged(0x17, Buffer.from(text))
}

function bits(value: Buffer): Buffer {
  return tagged(0x03, Buffer.concat([Buffer.of(0), value]))
}

function integer(value: number | Buffer): Buffer {
  return tagged(0x02, typeof value === 'number' ? Buffer.of(value) : value)
}

function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

function base128(value: number): number[] {
  const bytes = [value & 0x7f]
  for (let rest = value >> 7; rest > 0; rest >>= 7) bytes.unshift((rest & 0x7f) | 0x80)
  return bytes
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts))
}

function tagged(tag: number, value: Buffer): Buffer {
  const { length } = value
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), value])
}

import type { Segment } from './segment.ts'
import { hasLong } from './segments.ts'
import { sha256 } from './sha256.ts'

const base58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const ripple = 'rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz'
const bech32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const word =
  /(?<![A-Za-z0-9])(?:0x[0-9a-fA-F]{40}|[a-z]{2,10}1[02-9ac-hj-np-z]{38,90}|[1-9A-HJ-NP-Za-km-z]{26,35}|G[A-Z2-7]{55}|[48][1-9A-HJ-NP-Za-km-z]{94})(?![A-Za-z0-9])/g
const ethNear =
  /\b(?:eth\w*|wallet|address|account|contract|erc|token|crypto|send|pay\w*|deposit|donat\w*|0x)\b|^$|["': =]$/

/** Addresses of coins: base58 and bech32 with their check sums, and the plain form of Ethereum. */
export function findCoins(segment: Segment): void {
  if ((segment.flags & hasLong) === 0 || segment.digitCount < 2) return
  const { text } = segment
  word.lastIndex = 0
  for (let match = word.exec(text); match !== null; match = word.exec(text)) {
    const [found] = match
    if (isAddress(found, segment, match.index)) {
      segment.add('CRYPTO', 'pii.crypto', match.index, match.index + found.length, 0.9)
    }
  }
}

function isAddress(text: string, segment: Segment, at: number): boolean {
  if (text.startsWith('0x')) return ethNear.test(segment.context(at))
  if (text.length === 95) return true
  if (/^G[A-Z2-7]{55}$/.test(text)) return isStellar(text)
  if (/^[a-z]{2,10}1/.test(text) && text === text.toLowerCase()) return isBech32(text)
  // Without a digit or with one kind of letters it is a word or a number, and hashing it is a waste.
  if (!/^[13LMDTtXA9rz7m2n]/.test(text) || !/\d/.test(text) || !/[a-z]/.test(text) || !/[A-Z]/.test(text)) return false
  return isBase58(text, text[0] === 'r' ? ripple : base58)
}

/** Base58 with four bytes of double SHA-256 at its end. */
function isBase58(text: string, alphabet: string): boolean {
  const bytes = new Uint8Array(25)
  for (const unit of text) {
    let carry = alphabet.indexOf(unit)
    for (let index = 24; index >= 0; index--) {
      carry += 58 * (bytes[index] as number)
      bytes[index] = carry & 255
      carry >>= 8
    }
    if (carry > 0) return false
  }
  const digest = sha256(sha256(bytes.subarray(0, 21)))
  return [0, 1, 2, 3].every((index) => digest[index] === bytes[21 + index])
}

/** Bech32 and bech32m: a polynomial over 30 bits. */
function isBech32(text: string): boolean {
  const split = text.lastIndexOf('1')
  const values = [...text.slice(split + 1)].map((unit) => bech32.indexOf(unit))
  const head = [...text.slice(0, split)].map((unit) => unit.charCodeAt(0))
  const all = [...head.map((code) => code >> 5), 0, ...head.map((code) => code & 31), ...values]
  const generators = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3]
  let sum = 1
  for (const value of all) {
    const top = sum >> 25
    sum = ((sum & 0x1ffffff) << 5) ^ value
    generators.forEach((generator, bit) => {
      if ((top >> bit) & 1) sum ^= generator
    })
  }
  return !values.includes(-1) && (sum === 1 || sum === 0x2bc830a3)
}

/** Stellar: base32 with a CRC-16 at its end. */
function isStellar(text: string): boolean {
  const bytes: number[] = []
  let bits = 0
  let size = 0
  for (const unit of text) {
    bits = ((bits << 5) | 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(unit)) & 0xffff
    size += 5
    if (size >= 8) {
      size -= 8
      bytes.push((bits >> size) & 255)
    }
  }
  let crc = 0
  for (const byte of bytes.slice(0, -2)) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff
  }
  return bytes.at(-2) === (crc & 255) && bytes.at(-1) === crc >> 8
}

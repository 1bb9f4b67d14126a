import type { JsonObject } from '../../../types/json.ts'
import type { FailOptions, FailStep } from '../../step.ts'
import { refusalOf, refusalOps } from '../carry-out.ts'
import { type Exchange, goodOps } from '../exchange.ts'
import { body, head, silence, turn, type WireOp } from '../wire-op.ts'
import { type AnswerFault, type AnswerFaults, numberOf, textOf } from './fault.ts'

const page =
  '<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>'

/** Refusals that are more than a status. */
export const statusFaults: AnswerFaults = {
  'http-401-echo': (exchange) => {
    const key = keyOf(exchange)
    const message = `Incorrect API key provided: ${key}.`
    return refuse(exchange, 401, { message, headers: { 'www-authenticate': `Bearer realm="api", key="${key}"` } })
  },
  'http-429-quota': (exchange) => refuse(exchange, 'quota_exhausted'),
  'http-500-html': (exchange) => refuse(exchange, 502, { body: page, headers: { 'content-type': 'text/html' } }),
  'http-500-body-hang': (exchange) => endlessBody(exchange, 500),
  'http-429-body-hang': (exchange) => endlessBody(exchange, 429),
  'http-400-body-hang': (exchange) => endlessBody(exchange, 400),
  'http-500-body-huge': (exchange) => hugeBody(exchange),
  'http-500-log-injection': (exchange) =>
    refuse(exchange, 500, {
      message:
        'first\nlevel=error second\r\u001b[2J\u001b[31mred\u0000nul\u2028line\u0007bell\u001b]8;;http://x.invalid\u0007link',
    }),
  /** Fails the server's first requests (`times`, default 2), then answers well. */
  'http-500-then-ok': (exchange, options) =>
    exchange.request.index < numberOf(options, 'times', 2) ? refuse(exchange, 503) : goodOps(exchange),
  'http-500-no-retry': (exchange) => refuse(exchange, 500, { headers: { 'x-should-retry': 'false' } }),
  ...Object.fromEntries([301, 302, 303, 307, 308].map((status) => [`redirect-${status}`, redirect(status)])),
  'redirect-loop': redirect(307),
  'redirect-metadata': redirect(307, 'http://169.254.169.254/latest/meta-data/'),
  'redirect-loopback': redirect(307, 'http://127.0.0.2:9/'),
  'redirect-file': redirect(302, 'file:///etc/passwd'),
  'redirect-data': redirect(302, 'data:application/json,{}'),
  'redirect-ftp': redirect(302, 'ftp://127.0.0.1/'),
}

/** Statuses that have a name of their own in the catalogue; `http-<status>` takes any. */
export const namedStatuses = [
  204, 400, 401, 402, 403, 404, 407, 408, 409, 413, 422, 425, 429, 498, 500, 501, 502, 503, 504, 520, 521, 522, 523,
  524, 525, 526, 529, 999,
] as const

/** The plain refusal with a status, `http-503`; `code` and `message` are options. */
export function statusFault(name: string): AnswerFault | undefined {
  const status = Number(/^http-([2-9]\d\d)$/.exec(name)?.[1])
  if (Number.isNaN(status)) return undefined
  return { at: 'answer', play: (exchange, options) => refuse(exchange, status, wordsOf(options)) }
}

function wordsOf(options: JsonObject): FailOptions {
  const { code, message } = options
  return { ...(typeof code === 'string' && { code }), ...(typeof message === 'string' && { message }) }
}

function refuse(exchange: Exchange, failure: FailStep['failure'], options: FailOptions = {}): Iterable<WireOp> {
  return refusalOps(exchange, { type: 'fail', failure, ...options })
}

/** The status and the beginning of an error body; the rest never comes. */
function* endlessBody(exchange: Exchange, failure: number): Generator<WireOp> {
  const { status, headers, body: said } = refusalOf(exchange, { type: 'fail', failure })
  yield head(status, headers)
  yield body(JSON.stringify(said).slice(0, 20))
  yield silence
}

/** An error body without end, as fast as it is taken. */
function* hugeBody(exchange: Exchange): Generator<WireOp> {
  const { status, headers } = refusalOf(exchange, { type: 'fail', failure: 500 })
  yield head(status, headers)
  yield body('{"error":{"message":"')
  const piece = Buffer.alloc(65_536, 97)
  while (true) yield* [body(piece), turn]
}

/** Sends the client elsewhere: by default to another path here, with `to` anywhere. */
function redirect(status: number, usual?: string): AnswerFaults[string] {
  return (exchange, options) => {
    const location = textOf(options, 'to', usual ?? exchange.request.path)
    return [head(status, { location, 'content-length': '0' }), { do: 'end' }]
  }
}

function keyOf({ request: { headers } }: Exchange): string {
  const key = headers.authorization ?? headers['x-api-key'] ?? headers['x-goog-api-key'] ?? headers['api-key']
  return String(key ?? 'none').replace(/^Bearer /, '')
}

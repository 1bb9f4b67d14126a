import { errorOf } from '../errors/families.ts'
import { LlmError } from '../errors/llm-error.ts'
import type { ErrorPolicy } from '../errors/policy.ts'
import type { ErrorCode } from '../types/error-code.ts'

/** How far the answer had come: nothing yet, its headers, or a stream's headers. */
export type Stage = 'start' | 'body' | 'stream'

type Row = readonly [pattern: RegExp, code: ErrorCode, text: string, policy?: Partial<ErrorPolicy>]

const never = { retries: 0, retriesWithFallback: 0 }
const once = { retries: 1, retriesWithFallback: 1 }
const encoded = 'The body is not validly compressed'

/** What a system, TLS, HTTP parser or decompression code (and message) means; the first matching row counts. */
const rows: readonly Row[] = [
  [/^(ENOTFOUND|EAI_|EDNS|ENODATA)/, 'dns_failed', 'The host name was not found'],
  [
    /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|EHOSTDOWN)/,
    'connect_refused',
    'The host refused the connection',
  ],
  [/^(UND_ERR_CONNECT_TIMEOUT|ETIMEDOUT)/, 'connect_timeout', 'No connection in time'],
  [
    /^\S*(CERT|SELF_SIGNED|UNABLE_TO)|^(ERR_TLS|ERR_SSL|EPROTO|CRL_)|^\S*HOSTNAME_MISMATCH/,
    'tls_failed',
    'The TLS handshake failed',
  ],
  // Without any word the runtime itself has refused the answer: a proxy's 407.
  [
    /^UND_ERR_(HEADERS_OVERFLOW|INVALID_ARG|NOT_SUPPORTED|SOCKET bad )|Expected HTTP|proxy (authentication|response)|^ $/i,
    'http_protocol',
    'The answer is not HTTP',
  ],
  [/^(HPE_|HTTPParserError)/, 'http_protocol', 'The answer is malformed HTTP', once],
  [/^Z_BUF_ERROR/, 'bad_response', encoded],
  [/^(Z_|ERR__ERROR_FORMAT|ERR_BROTLI|ERR__ERROR|ZSTD_)|content-encodings/, 'bad_response', encoded, never],
]

/** What else there is at each stage; the last row always counts. */
const tables: Readonly<Record<Stage, readonly Row[]>> = {
  start: [
    ...rows,
    [/^UND_ERR_RES_CONTENT_LENGTH/, 'http_protocol', 'The answer has two lengths', once],
    [/^/, 'connection_reset', 'The connection broke'],
  ],
  body: [
    ...rows,
    [/^UND_ERR_(SOCKET|RES_CONTENT_LENGTH)/, 'bad_response', 'The body is shorter than announced'],
    [/^/, 'connection_reset', 'The connection broke in the answer', once],
  ],
  stream: [...rows, [/^/, 'stream_interrupted', 'The connection broke in the stream']],
}

/** Codes of this machine's own limits: not the provider's fault. */
const local = /^(EMFILE|ENFILE|ENOBUFS|EADDRNOTAVAIL)/

/** Turns whatever a failed fetch or body read threw into a typed error. Messages never show URLs or headers. */
export function connectionError(thrown: unknown, stage: Stage = 'start'): LlmError {
  if (LlmError.isInstance(thrown)) return thrown
  const { code, message } = signOf(thrown)
  const sign = `${code} ${message}`
  const [, kind, text, policy] = tables[stage].find(([pattern]) => pattern.test(sign)) as Row
  return errorOf(kind, `${text}${code && ` (${code})`}`, {
    cause: thrown,
    policy: local.test(code) ? { ...policy, countsForBreaker: false } : policy,
  })
}

interface Sign {
  readonly code: string
  readonly message: string
}

/** The first code found on the error, its causes, or the errors it gathers (two address families tried). */
function signOf(thrown: unknown, depth = 0): Sign {
  const { code, name, message, cause, errors } = (thrown ?? {}) as Partial<Record<string, unknown>>
  // Some versions of the parser lose their code.
  const own = typeof code === 'string' ? code : name === 'HTTPParserError' ? name : undefined
  const words = typeof message === 'string' ? message : ''
  if (own !== undefined && !/^(UND_ERR_ABORTED|ABORT_ERR)$/.test(own)) return { code: own, message: words }
  const next = Array.isArray(errors) ? (errors[0] ?? cause) : cause
  return typeof next === 'object' && next !== null && depth < 5 ? signOf(next, depth + 1) : { code: '', message: words }
}

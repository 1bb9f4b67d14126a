import type { Failure } from './wire-format.ts'

type Headers = Failure['headers']

const unitMs: Readonly<Record<string, number>> = {
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  ns: 1e-6,
}
const duration = /^(?:\d+(?:\.\d+)?(?:d|h|ms|m|s|us|µs|ns))+$/
const pieces = /(\d+(?:\.\d+)?)(d|h|ms|m|s|us|µs|ns)/g
const plainNumber = /^\d+(?:\.\d+)?$/
// Date.parse takes nearly anything ("-5" is a day in 2001), so the form is checked first.
const httpDate = /^(?:\w{3,9}, )?[\w: -]{11,24} GMT$/
const rfc3339 = /^\d{4}-\d\d-\d\dT[\d:.]{5,18}(?:Z|[+-]\d\d:\d\d)$/i
const inMessage =
  /\b(?:(?:try again|retry|available) (?:in|after)|wait(?: for)?) (?:about )?(\d[\d.hms]*)( ?(?:milli)?sec| ?min| ?hour| ?day)?/i
const wordMs: Readonly<Record<string, number>> = {
  sec: 1_000,
  millisec: 1,
  min: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
}
/** Limits that providers count; of these the one that is used up says how long to wait. */
const dimensions = ['requests', 'tokens', 'input-tokens', 'output-tokens']

/**
 * How long a failed answer asks to wait, in ms, by the first form that fits. `undefined` when it gives no usable hint:
 * nonsense, zero and moments that are past count as none.
 *
 * @param now Epoch ms; used where the answer has no `Date` of its own.
 */
export function retryHint(failure: Failure, now: number): number | undefined {
  const { body, isInBody } = failure
  // The headers of a 200 speak of that answer (some always send retry-after), not of the failure found in it.
  const headers = isInBody ? noHeaders : failure.headers
  const from = dateOf(headers.get('date')) ?? now
  const error = errorIn(body)
  const carried = carriedHeaders(error)
  return (
    askedWait(headers, from) ??
    positive(retryDelay(error)) ??
    positive(waitInFields(error)) ??
    askedWait(carried, from) ??
    positive(reset(headers, from, failure.status)) ??
    positive(reset(carried, from, failure.status)) ??
    positive(usedUpReset(headers, from)) ??
    positive(waitInMessage(messageIn(body, error)))
  )
}

/** A duration in ms: Go's form (`1h6m0.5s`), or a bare number of seconds. */
export function durationMs(text: string): number | undefined {
  if (text.length > 64) return undefined
  if (plainNumber.test(text)) return rounded(Number(text) * 1_000)
  if (!duration.test(text)) return undefined
  let ms = 0
  for (const [, amount, unit] of text.matchAll(pieces)) ms += Number(amount) * (unitMs[unit as string] as number)
  return rounded(ms)
}

/** A wait asked for in so many words. */
function askedWait(headers: Headers, from: number): number | undefined {
  return (
    positive(milliseconds(headers.get('retry-after-ms'))) ??
    positive(milliseconds(headers.get('x-ms-retry-after-ms'))) ??
    positive(waitOf(headers.get('retry-after'), from))
  )
}

const noHeaders: Headers = { get: () => null }

/** Sums of fractions leave dust behind (16601.000000000002). */
function rounded(ms: number): number {
  return Math.round(ms * 1e6) / 1e6
}

function positive(ms: number | undefined): number | undefined {
  return ms !== undefined && ms > 0 && ms < Number.MAX_SAFE_INTEGER ? ms : undefined
}

function milliseconds(value: string | null): number | undefined {
  const text = value?.trim()
  return text !== undefined && text.length <= 64 && plainNumber.test(text) ? Number(text) : undefined
}

/** A wait given as a duration or as a moment. */
function waitOf(value: string | null, from: number): number | undefined {
  const text = value?.trim()
  if (!text) return undefined
  const at = dateOf(text)
  return at === undefined ? durationMs(text) : at - from
}

function dateOf(value: string | null): number | undefined {
  const text = value?.trim() ?? ''
  if (!httpDate.test(text) && !rfc3339.test(text)) return undefined
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : at
}

/** When a spent allowance comes back: a moment in epoch milliseconds or seconds, or the seconds until then. */
function reset(headers: Headers, from: number, status: number): number | undefined {
  for (const prefix of ['x-ratelimit', 'ratelimit']) {
    const value = milliseconds(headers.get(`${prefix}-reset`))
    if (value === undefined) continue
    const remaining = milliseconds(headers.get(`${prefix}-remaining`))
    const isSpent = remaining === undefined ? status === 429 : remaining === 0
    if (!isSpent) return undefined
    return value < 1e9 ? value * 1_000 : (value < 1e11 ? value * 1_000 : value) - from
  }
  return undefined
}

/** Of the allowances that are used up, the one that takes longest to come back. */
function usedUpReset(headers: Headers, from: number): number | undefined {
  let longest: number | undefined
  for (const dimension of dimensions) {
    const remaining =
      headers.get(`x-ratelimit-remaining-${dimension}`) ?? headers.get(`anthropic-ratelimit-${dimension}-remaining`)
    if (milliseconds(remaining) !== 0) continue
    const reset = headers.get(`x-ratelimit-reset-${dimension}`) ?? headers.get(`anthropic-ratelimit-${dimension}-reset`)
    // Once seen with a second header joined to it: the first value is the reset.
    const wait = waitOf(reset?.split(',', 1)[0] ?? null, from)
    if (wait !== undefined && wait > (longest ?? 0)) longest = wait
  }
  return longest
}

/** Seconds to wait, as some bodies tell them. */
interface WaitFields {
  readonly retry_after?: unknown
  readonly retry_after_seconds?: unknown
  readonly resets_in_seconds?: unknown
}

interface ErrorBody extends WaitFields {
  readonly error?: unknown
  readonly message?: unknown
  readonly details?: unknown
  readonly metadata?: ({ readonly headers?: unknown; readonly raw?: unknown } & WaitFields) | null
}

/** The error object of a body, whatever it is wrapped in. */
function errorIn(body: unknown): ErrorBody | undefined {
  let value = body
  for (let depth = 0; depth < 4; depth++) {
    if (Array.isArray(value)) value = value[0]
    if (typeof value !== 'object' || value === null) return undefined
    const { error } = value as ErrorBody
    if (typeof error !== 'object' || error === null) break
    value = error
  }
  return value as ErrorBody
}

function messageIn(body: unknown, error: ErrorBody | undefined): unknown {
  const { raw } = error?.metadata ?? {}
  return typeof raw === 'string' ? `${error?.message} ${raw}` : (error?.message ?? error?.error ?? body)
}

/** `google.rpc.RetryInfo` among the details. */
function retryDelay(error: ErrorBody | undefined): number | undefined {
  if (!Array.isArray(error?.details)) return undefined
  for (const detail of error.details.slice(0, 32)) {
    const delay = (detail as { retryDelay?: unknown } | null)?.retryDelay
    if (typeof delay === 'string') return durationMs(delay)
  }
  return undefined
}

function waitInFields(error: ErrorBody | undefined): number | undefined {
  for (const fields of [error, error?.metadata]) {
    const { retry_after, retry_after_seconds, resets_in_seconds } = fields ?? {}
    const seconds = retry_after ?? retry_after_seconds ?? resets_in_seconds
    if (typeof seconds === 'number') return rounded(seconds * 1_000)
  }
  return undefined
}

/** Headers of an upstream that a gateway repeats in the body, with whatever capital letters. */
function carriedHeaders(error: ErrorBody | undefined): Headers {
  const carried = error?.metadata?.headers
  if (typeof carried !== 'object' || carried === null) return noHeaders
  const entries = Object.entries(carried).slice(0, 32)
  const found = new Map(entries.map(([name, value]) => [name.toLowerCase(), String(value)]))
  return { get: (name) => found.get(name) ?? null }
}

function waitInMessage(message: unknown): number | undefined {
  if (typeof message !== 'string') return undefined
  const [, amount, word] = inMessage.exec(message.slice(0, 4_000)) ?? []
  if (amount === undefined) return undefined
  const text = amount.replace(/\.$/, '')
  if (!plainNumber.test(text)) return durationMs(text)
  // "in 5 steps" is no wait.
  const unit = wordMs[word?.trim().toLowerCase() ?? '']
  return unit === undefined ? undefined : rounded(Number(text) * unit)
}

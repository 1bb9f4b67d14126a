/** What an attempt is charged with, however it ended. */
import type { ErrorCode } from '../types/error-code.ts'
import type { AttemptResult } from '../types/meter.ts'
import type { PriceSource } from '../types/price.ts'
import type { BillingClass } from '../types/store.ts'
import type { Usage } from '../types/usage.ts'
import { estimateTokens } from '../utils/estimate-tokens.ts'

/** An attempt's bill. */
export interface Bill {
  readonly billing: BillingClass
  readonly usage: Usage & { readonly inputTokens: number; readonly outputTokens: number; readonly totalTokens: number }
  /** US dollars; absent when the price is not known. */
  readonly cost?: number
}

/** No provider sends more in one answer; a larger number is a mistake. */
const mostTokens = 1_000_000_000

const classes: Partial<Record<ErrorCode, BillingClass>> = {
  ...all('U0', 'dns_failed', 'connect_refused', 'connect_timeout', 'tls_failed', 'circuit_open', 'config_invalid'),
  ...all('U0', 'no_provider', 'model_not_allowed', 'llm_disabled', 'request_invalid', 'closed'),
  ...all('U0', 'secret_missing', 'secret_invalid', 'secret_undecryptable', 'limit_exceeded', 'concurrency_exceeded'),
  ...all('U0', 'budget_unknown', 'store_unavailable', 'store_corrupt', 'store_schema'),
  ...all('U2', 'bad_request', 'auth_failed', 'billing', 'forbidden', 'model_not_found', 'request_too_large'),
  ...all('U2', 'context_length_exceeded', 'content_filtered', 'rate_limited', 'quota_exhausted', 'server_error'),
  ...all('U2', 'overloaded', 'redirect_refused'),
  ...all('U3', 'bad_response', 'empty_response', 'response_too_large'),
}

function all(billing: BillingClass, ...codes: ErrorCode[]): Partial<Record<ErrorCode, BillingClass>> {
  return Object.fromEntries(codes.map((code) => [code, billing]))
}

/** The class of an ended attempt. */
export function billingOf({ outcome, code, firstTokenMs, receivedText }: AttemptResult): BillingClass {
  if (outcome === 'ok') return 'U5'
  if (outcome === 'not_sent') return 'U0'
  if (receivedText || firstTokenMs !== undefined) return 'U4'
  return (code && classes[code]) ?? 'U1'
}

/** Class, tokens and cost of an ended attempt; `inputTokens` is the estimate of its prompt. */
export function billOf(
  attempt: {
    readonly provider: string
    readonly model: string
    readonly inputTokens: number
    /** The endpoint takes neither tokens nor money. */
    readonly isFree?: boolean
  },
  result: AttemptResult,
  price: PriceSource | undefined,
): Bill {
  const billing = billingOf(result)
  if (attempt.isFree) return { billing, usage: nothing, cost: 0 }
  const usage = usageOf(billing, attempt.inputTokens, result)
  const isFree = usage.totalTokens === 0 && billing !== 'U5'
  const cost = isFree ? 0 : costOf({ provider: attempt.provider, model: attempt.model, usage }, price)
  return cost === undefined ? { billing, usage } : { billing, usage, cost }
}

/** The price, if there is one and it is a sum of money. */
export function costOf(attempt: Parameters<PriceSource>[0], price: PriceSource | undefined): number | undefined {
  if (price === undefined) return undefined
  try {
    const cost = price(attempt)
    return cost !== undefined && Number.isFinite(cost) && cost >= 0 ? cost : undefined
  } catch {
    return undefined // A price source is somebody else's code: its failure costs the figure, not the call.
  }
}

type Draft = { -readonly [Field in keyof Bill['usage']]: Bill['usage'][Field] }

const noParts = Object.freeze({})
const nothing = Object.freeze({ input: noParts, output: noParts, inputTokens: 0, outputTokens: 0, totalTokens: 0 })

function usageOf(billing: BillingClass, prompt: number, { usage, receivedText }: AttemptResult): Bill['usage'] {
  const reported = usage && billing !== 'U0' && isSane(usage) ? usage : undefined
  const isPromptCharged = billing !== 'U0' && billing !== 'U2'
  const inputTokens = reported?.inputTokens ?? (isPromptCharged ? prompt : 0)
  const outputTokens = reported?.outputTokens ?? (isPromptCharged ? estimateTokens(receivedText ?? '') : 0)
  const isGuess = isPromptCharged && (reported?.inputTokens === undefined || reported.outputTokens === undefined)
  const { input = noParts, output = noParts } = reported ?? {}
  const sums: Draft = { input, output, inputTokens, outputTokens, totalTokens: inputTokens + outputTokens }
  if (reported?.raw !== undefined) sums.raw = reported.raw
  if (isGuess || reported?.isEstimated) sums.isEstimated = true
  return sums
}

function isSane({ inputTokens, outputTokens, input, output }: Usage): boolean {
  return isCount(inputTokens) && isCount(outputTokens) && areCounts(input) && areCounts(output)
}

function areCounts(parts: Readonly<Record<string, unknown>> | undefined): boolean {
  for (const name in parts) if (!isCount(parts[name])) return false
  return true
}

function isCount(number: unknown): boolean {
  return (
    number === undefined ||
    (Number.isSafeInteger(number) && (number as number) >= 0 && (number as number) <= mostTokens)
  )
}

/** Sums over the attempts of a call. */
export function sumOf(bills: readonly Bill[]): Bill['usage'] {
  const [first] = bills
  if (first !== undefined && bills.length === 1) return first.usage
  const sums: Draft = { input: {}, output: {}, inputTokens: 0, outputTokens: 0, totalTokens: 0 }
  for (const { usage } of bills) {
    sums.inputTokens += usage.inputTokens
    sums.outputTokens += usage.outputTokens
    sums.totalTokens += usage.totalTokens
    sums.input = summed(sums.input, usage.input)
    sums.output = summed(sums.output, usage.output)
    if (usage.isEstimated) sums.isEstimated = true
  }
  return sums
}

/** Adds part by part what is known of each. */
function summed<Parts extends Readonly<Record<string, number | undefined>>>(a: Parts, b: Parts): Parts {
  const sums: Record<string, number | undefined> = { ...a }
  for (const name in b) sums[name] = (sums[name] ?? 0) + (b[name] ?? 0)
  return sums as Parts
}

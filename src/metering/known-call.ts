import { RequestError } from '../errors/families.ts'
import type { MeteredCall } from '../types/meter.ts'
import { type Check, numberIn, show } from '../utils/check.ts'
import { checkIdentifier } from '../utils/identifier.ts'
import { isEndpoint, isFree } from './endpoints.ts'

/** A call whose tenant is known; what was left out is undefined. */
export type KnownCall = { readonly [Field in keyof Required<MeteredCall>]: MeteredCall[Field] } & {
  readonly tenant: string
}

const checks: readonly (readonly [keyof MeteredCall, Check])[] = [
  ['endpoint', (value) => (isEndpoint(value) ? undefined : 'an endpoint of the ledger')],
  ['inputTokens', numberIn(0, 1_000_000_000)],
  ['maxOutputTokens', optional(numberIn(0, Number.MAX_SAFE_INTEGER))],
  ['timeoutMs', optional(numberIn(0, Number.POSITIVE_INFINITY, 'ms'))],
]

/**
 * What the meter keeps of a call, whatever its caller does with his object.
 *
 * @throws RequestError `request_invalid` naming the field: a number that is none would spoil every counter it meets.
 */
export function knownCall(call: MeteredCall): KnownCall {
  for (const [path, check] of checks) {
    const allowed = check(call[path])
    if (allowed === undefined) continue
    throw new RequestError('request_invalid', `${path}: got ${show(call[path])}; allowed: ${allowed}`, { path })
  }
  const { requestId, endpoint, maxOutputTokens, candidates, timeoutMs, signal } = call
  const metadata = call.metadata && { ...call.metadata }
  const tenant = checkIdentifier('tenant', call.tenant ?? 'default')
  const inputTokens = isFree(endpoint) ? 0 : Math.ceil(call.inputTokens)
  return { requestId, tenant, endpoint, inputTokens, maxOutputTokens, candidates, timeoutMs, signal, metadata }
}

function optional(check: Check): Check {
  return (value) => (value === undefined ? undefined : check(value))
}

import type { LimitSubject } from '../types/meter.ts'
import { type Check, checkOptions, duration, integerIn, ofType, oneOf } from '../utils/check.ts'
import { parseRate, type Rate } from './rate.ts'

/** Limits of one scope. Left out means none; 0 means nothing goes through. */
export interface LimitRules {
  /** As `'10/minute'` or `'1000/day'`; several hold together. Seconds, minutes and hours slide, days and months are the calendar's. */
  readonly requests?: string | readonly string[]
  /** As `'1000000/day'`: prompt and answer together. */
  readonly tokens?: string | readonly string[]
  /** US dollars, as `'5/day'`. */
  readonly cost?: string | readonly string[]
  /** Most at once. */
  readonly concurrent?: number
}

/** The same for everybody, or looked up for each: asked anew each time, so that a change holds at once. */
export type LimitRulesFor = LimitRules | ((subject: LimitSubject) => LimitRules | undefined)

/** Limits of a client. */
export interface LimitOptions {
  /** All calls together. */
  readonly perClient?: LimitRulesFor
  readonly perTenant?: LimitRulesFor
  /** Each provider, all tenants together. */
  readonly perProvider?: LimitRulesFor
  /** Each tenant at each provider. */
  readonly perTenantProvider?: LimitRulesFor
  /** Each API key. */
  readonly perKey?: LimitRulesFor
  /** Where days and months begin. Default `UTC`. */
  readonly timeZone?: string | ((subject: LimitSubject) => string)
  /** `reject` at once, or `wait` until it fits. Default `reject`. */
  readonly mode?: 'reject' | 'wait'
  /** Longest wait for a limit, in ms; the call's own time ends it sooner. Default 30,000. */
  readonly maxWaitMs?: number
  /** Calls that may wait at once; more are rejected. Default 1,000. */
  readonly maxWaiting?: number
  /**
   * While the limit store is down: `allow` goes on under the same limits counted in this process, `deny` refuses with
   * `budget_unknown`. Default: `deny` where a cost limit is concerned, else `allow`.
   */
  readonly onStoreError?: 'allow' | 'deny'
  /** A cost limit, and no price is known for any candidate. Default `deny`. */
  readonly onUnknownPrice?: 'allow' | 'deny'
  /**
   * A stream that outgrows the answer tokens reserved for it under a limit of tokens or cost: `finish` lets it end and
   * books it in full, `stop` ends it with `limit_exceeded` and the text so far. Default `finish`.
   */
  readonly onOvershoot?: 'finish' | 'stop'
  /** Answer tokens reserved for a request that names no `maxTokens`. Default 1,024. */
  readonly assumedOutputTokens?: number
  /** Most answer tokens reserved, whatever a request names. Default 32,768. */
  readonly maxOutputTokens?: number
}

const rulesOrFunction: Check = (value) =>
  typeof value === 'function' ? undefined : ofType('object')(value) && 'an object or a function'

const checks: Readonly<Record<keyof LimitOptions, Check>> = {
  perClient: rulesOrFunction,
  perTenant: rulesOrFunction,
  perProvider: rulesOrFunction,
  perTenantProvider: rulesOrFunction,
  perKey: rulesOrFunction,
  timeZone: (value) => (['string', 'function'].includes(typeof value) ? undefined : 'a time zone or a function'),
  mode: oneOf('reject', 'wait'),
  maxWaitMs: duration,
  maxWaiting: integerIn(0, 1_000_000),
  onStoreError: oneOf('allow', 'deny'),
  onUnknownPrice: oneOf('allow', 'deny'),
  onOvershoot: oneOf('finish', 'stop'),
  assumedOutputTokens: integerIn(0, 10_000_000),
  maxOutputTokens: integerIn(0, 10_000_000),
}

/** @throws ConfigError */
export function checkLimits(options: LimitOptions): void {
  checkOptions('limits', options, checks)
}

/** Read by `parseRate`. */
const rate: Check = () => undefined

const ruleChecks: Readonly<Record<keyof LimitRules, Check>> = {
  requests: rate,
  tokens: rate,
  cost: rate,
  concurrent: integerIn(0, 1_000_000),
}

/** All rates of a scope; of several with one measure and span the strictest. */
export function ratesOf(
  option: string,
  rules: LimitRules,
): readonly (readonly ['requests' | 'tokens' | 'cost', Rate])[] {
  checkOptions(`limits.${option}`, rules, ruleChecks)
  return (['requests', 'tokens', 'cost'] as const).flatMap((measure) => {
    const strictest = new Map<string, Rate>()
    for (const text of [rules[measure] ?? []].flat()) {
      const rate = parseRate(`limits.${option}.${measure}`, text, measure === 'cost')
      if (rate.limit < (strictest.get(rate.unit)?.limit ?? Number.POSITIVE_INFINITY)) strictest.set(rate.unit, rate)
    }
    return [...strictest.values()].map((rate) => [measure, rate] as const)
  })
}

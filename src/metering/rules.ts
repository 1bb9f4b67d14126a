/** From the limits a user writes to counters: which there are for a call, and what each is asked for. */
import { ConfigError } from '../errors/families.ts'
import type { LimitScope, LimitSubject } from '../types/meter.ts'
import type { LimitWindow } from '../types/store.ts'
import type { Calendar } from './calendar.ts'
import type { Counter } from './counters.ts'
import { checkLimits, type LimitOptions, type LimitRules, type LimitRulesFor, ratesOf } from './limit-options.ts'
import type { Rate } from './rate.ts'

const scopes: readonly (readonly [LimitScope, Exclude<keyof LimitOptions, 'mode'>, readonly (keyof LimitSubject)[]])[] =
  [
    ['client', 'perClient', []],
    ['tenant', 'perTenant', ['tenant']],
    ['provider', 'perProvider', ['provider']],
    ['tenant-provider', 'perTenantProvider', ['tenant', 'provider']],
    ['key', 'perKey', ['provider', 'keyId']],
  ]

/** A window without end: what is in flight. */
const forever: LimitWindow = { kind: 'calendar', boundaries: [0] }

/** Subjects whose counters are remembered; beyond it all are forgotten. */
const maxKnown = 10_000

/** One scope as the user set it. */
interface ScopeRules {
  readonly scope: LimitScope
  readonly option: string
  readonly fields: readonly (keyof LimitSubject)[]
  readonly given: LimitRulesFor
}

/** Counters that were worked out for a subject, and what they follow from. */
interface Known {
  readonly counters: readonly Counter[]
  /** What was found for each scope. */
  readonly found: readonly (LimitRules | undefined)[]
  readonly zone: string
  /** From when until when the calendar windows are these. */
  from: number
  until: number
}

/** The counters of one client's limits. */
export class Rules {
  readonly #timeZone: LimitOptions['timeZone']
  readonly #calendar: Calendar
  /** Scopes with rules: those of calls, and those of attempts. */
  readonly #scopes: readonly [ScopeRules[], ScopeRules[]] = [[], []]
  readonly #isAsked: boolean
  /** By subject: those of calls, and those of attempts. */
  readonly #known: readonly [Map<string, Known>, Map<string, Known>] = [new Map(), new Map()]
  readonly #windows = new Map<string, LimitWindow>()

  constructor(options: LimitOptions, calendar: Calendar) {
    checkLimits(options)
    this.#timeZone = options.timeZone
    this.#calendar = calendar
    for (const [scope, option, fields] of scopes) {
      const rules = options[option] as LimitRulesFor | undefined
      if (rules === undefined) continue
      // What is fixed is read now, so that a mistake shows at construction.
      if (typeof rules === 'object') ratesOf(option, rules)
      const given = typeof rules === 'object' ? { ...rules } : rules
      const isAttempt = fields.includes('provider') || fields.includes('keyId')
      this.#scopes[isAttempt ? 1 : 0].push({ scope, option, fields, given })
    }
    if (typeof options.timeZone === 'string') calendar.startOf('day', 0, options.timeZone)
    this.#isAsked = [...this.#scopes.flat().map(({ given }) => given), options.timeZone].some(isFunction)
  }

  /** Time zone of a subject. */
  zoneOf(subject: LimitSubject): string {
    const timeZone = this.#timeZone ?? 'UTC'
    return typeof timeZone === 'function' ? lookedUp('timeZone', () => timeZone(subject)) : timeZone
  }

  /**
   * Counters of a call (`isAttempt` false: client and tenant) or of an attempt (provider, tenant at provider, key). What
   * was worked out once is used until a window passes or a function of the user's says something else.
   */
  countersFor(subject: LimitSubject, isAttempt: boolean, now: number): readonly Counter[] {
    const scopes = this.#scopes[isAttempt ? 1 : 0]
    if (scopes.length === 0) return none
    const remembered = this.#known[isAttempt ? 1 : 0]
    const key = isAttempt ? attemptKey(subject) : (subject.tenant ?? '')
    const known = key === undefined ? undefined : remembered.get(key)
    if (known !== undefined && now >= known.from && now < known.until && this.#stillHolds(known, scopes, subject)) {
      return known.counters
    }
    const made = this.#workOut(scopes, subject, now)
    if (remembered.size >= maxKnown) remembered.clear()
    if (key !== undefined) remembered.set(key, made)
    return made.counters
  }

  #stillHolds(known: Known, scopes: readonly ScopeRules[], subject: LimitSubject): boolean {
    if (!this.#isAsked) return true
    for (let index = 0; index < scopes.length; index++) {
      if (!isSame(known.found[index], rulesFor(scopes[index] as ScopeRules, subject))) return false
    }
    return this.zoneOf(subject) === known.zone
  }

  #workOut(scopes: readonly ScopeRules[], subject: LimitSubject, now: number): Known {
    const zone = this.zoneOf(subject)
    const counters: Counter[] = []
    const found: (LimitRules | undefined)[] = []
    const span = { from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY }
    for (const one of scopes) {
      const rules = rulesFor(one, subject)
      // A copy: whoever changes his object afterwards has changed the rules.
      found.push(rules && { ...rules })
      if (rules === undefined) continue
      const owner = [one.scope, ...one.fields.map((field) => encodeURIComponent(subject[field] as string))].join('/')
      for (const [measure, rate] of ratesOf(one.option, rules)) {
        const window = this.#windowOf(rate, zone, now)
        narrow(span, window, now)
        const key = `${owner}/${measure}/${rate.unit}${window.kind === 'calendar' ? `/${zone}` : ''}`
        counters.push({ scope: one.scope, measure, rate: rate.text, key, limit: rate.limit, window })
      }
      if (rules.concurrent !== undefined) counters.push(atOnce(one.scope, owner, rules.concurrent))
    }
    return { counters, found, zone, ...span }
  }

  /** The same object as long as it is the same window: stores in this process look no closer then. */
  #windowOf({ span }: Rate, zone: string, now: number): LimitWindow {
    const name = typeof span === 'number' ? String(span) : `${span} ${zone}`
    const known = this.#windows.get(name)
    if (typeof span === 'number') {
      const window = known ?? { kind: 'sliding', ms: span }
      this.#windows.set(name, window)
      return window
    }
    const boundaries = this.#calendar.around(span, now, zone)
    if (known?.kind === 'calendar' && known.boundaries === boundaries) return known
    const window: LimitWindow = { kind: 'calendar', boundaries }
    this.#windows.set(name, window)
    return window
  }
}

const none: readonly Counter[] = []

/** Nothing where two subjects might look alike. */
function attemptKey({ tenant = '', provider = '', keyId = '' }: LimitSubject): string | undefined {
  if (provider.includes('\n') || keyId.includes('\n')) return undefined
  return `${provider}\n${keyId}\n${tenant}`
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}

/** The rules of one scope for a subject; none where it has no such field. */
function rulesFor({ option, fields, given }: ScopeRules, subject: LimitSubject): LimitRules | undefined {
  for (const field of fields) if (subject[field] === undefined) return undefined
  return typeof given === 'function' ? lookedUp(option, () => given(subject)) : given
}

function isSame(a: LimitRules | undefined, b: LimitRules | undefined): boolean {
  if (a === undefined || typeof b !== 'object' || b === null) return a === b
  const isLike = a.concurrent === b.concurrent && isSameRate(a.requests, b.requests) && isSameRate(a.tokens, b.tokens)
  return isLike && isSameRate(a.cost, b.cost)
}

function isSameRate(a: LimitRules['requests'], b: LimitRules['requests']): boolean {
  return a === b || (Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((one, n) => one === b[n]))
}

function narrow(span: { from: number; until: number }, window: LimitWindow, now: number): void {
  if (window.kind === 'sliding') return
  const from = window.boundaries.findLast((at) => at <= now) ?? now
  const until = window.boundaries.find((at) => at > now) ?? now
  span.from = Math.max(span.from, from)
  span.until = Math.min(span.until, until)
}

function atOnce(scope: LimitScope, owner: string, limit: number): Counter {
  const key = `${owner}/concurrent`
  return { scope, measure: 'concurrent', rate: `${limit} at once`, key, limit, window: forever }
}

/** Runs a function of the user's; what it throws becomes an error that names it. */
function lookedUp<Value>(option: string, look: () => Value): Value {
  try {
    return look()
  } catch (cause) {
    throw new ConfigError('config_invalid', `The function in option limits.${option} failed`, { path: option, cause })
  }
}

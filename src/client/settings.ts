import {
  defaultCircuit,
  defaultHedgeBudget,
  defaultMaxAttempts,
  defaultMaxConnections,
  defaultMaxEventBytes,
  defaultMaxResponseBytes,
  defaultRetry,
  defaultTimeouts,
} from '../config/defaults.ts'
import { errorCodes } from '../errors/families.ts'
import { checkAllowedModels } from '../routing/allow-list.ts'
import type { CircuitOptions } from '../types/circuit.ts'
import type { ClientOptions, ErrorRule, GuardOptions, Hedge, MidStream, RetryOptions } from '../types/client-options.ts'
import type { Clock } from '../types/clock.ts'
import type { ErrorCode } from '../types/error-code.ts'
import type { Observer } from '../types/events.ts'
import type { DefinedGuard } from '../types/guard.ts'
import type { Meter } from '../types/meter.ts'
import type { Provider } from '../types/provider.ts'
import type { CircuitStore } from '../types/store.ts'
import type { AllowedModels, TenantVault } from '../types/tenant.ts'
import type { Timeouts } from '../types/timeouts.ts'
import {
  type Check,
  checkOptions,
  clockLike,
  copyData,
  copyOptions,
  duration,
  integerIn,
  invalid,
  numberIn,
  ofType,
  oneOf,
  show,
  withMethods,
} from '../utils/check.ts'
import { systemClock } from '../utils/clock.ts'
import { guardList } from './guard-list.ts'

/** A client's options, checked, with all defaults in place. */
export interface Settings {
  readonly providers: readonly Provider[]
  readonly timeouts: Timeouts
  /** The user set `firstTokenMs`: it holds with and without a fallback. */
  readonly hasOwnFirstToken: boolean
  readonly retry: RetryOptions
  readonly circuit: CircuitOptions
  readonly maxAttempts: number
  readonly errorRules: Partial<Record<ErrorCode, ErrorRule>>
  readonly midStream: MidStream
  readonly hedge: Required<Hedge> | undefined
  readonly lastResort: boolean
  readonly circuitStore: CircuitStore | undefined
  readonly circuitPer: 'provider' | 'provider+model'
  readonly guards: readonly DefinedGuard[]
  readonly guardOptions: GuardOptions
  readonly meter: Meter | undefined
  readonly vault: TenantVault | undefined
  readonly allowedModels: AllowedModels | undefined
  readonly observers: readonly Observer[]
  readonly fetch: typeof globalThis.fetch | undefined
  readonly maxConnections: number
  readonly maxResponseBytes: number
  readonly maxEventBytes: number
  readonly clock: Clock
  readonly random: () => number
}

const bytes = integerIn(1, 2_147_483_647)

const checks: Readonly<Record<keyof ClientOptions, Check>> = {
  providers: (value) => (Array.isArray(value) && value.length > 0 ? undefined : 'an array of at least one provider'),
  timeouts: ofType('object'),
  retry: ofType('object'),
  circuit: ofType('object'),
  maxAttempts: integerIn(1, 100),
  errorRules: ofType('object'),
  midStream: oneOf('align', 'continue', 'restart', 'error'),
  hedge: ofType('object'),
  lastResort: ofType('boolean'),
  circuitStore: withMethods('a circuit store', 'read', 'write', 'lease', 'release'),
  circuitPer: oneOf('provider', 'provider+model'),
  guards: guardList,
  guardOptions: ofType('object'),
  meter: withMethods('a meter', 'reserve', 'statistics', 'remaining', 'flush', 'close'),
  vault: withMethods('a vault', 'active', 'key'),
  allowedModels: ofType('object'),
  onEvent: (value) =>
    [value].flat().every((one) => typeof one === 'function') ? undefined : 'a function, or an array of them',
  fetch: ofType('function'),
  maxConnections: integerIn(1, 100_000),
  maxResponseBytes: bytes,
  maxEventBytes: bytes,
  clock: clockLike,
  random: ofType('function'),
}

const timeoutChecks: Readonly<Record<keyof Timeouts, Check>> = {
  connectMs: duration,
  firstTokenMs: duration,
  idleMs: duration,
  readMs: duration,
  totalMs: duration,
}

const retryChecks: Readonly<Record<keyof RetryOptions, Check>> = {
  retries: integerIn(0, 10),
  baseMs: numberIn(0, 3_600_000, 'ms'),
  maxMs: numberIn(0, 3_600_000, 'ms'),
  maxWaitMs: numberIn(0, 3_600_000, 'ms'),
  budget: numberIn(0, 1),
  onRateLimit: oneOf('wait', 'fallback'),
}

const circuitChecks: Readonly<Record<keyof CircuitOptions, Check>> = {
  threshold: integerIn(1, 1_000),
  cooldownMs: numberIn(1, 86_400_000, 'ms'),
  probes: integerIn(1, 100),
  cooldownFactor: numberIn(1, 10),
  maxCooldownMs: numberIn(1, 86_400_000, 'ms'),
  jitter: numberIn(0, 0.1),
}

const hedgeChecks: Readonly<Record<keyof Hedge, Check>> = {
  afterMs: (value) => (value === 'p95' ? undefined : numberIn(0, 3_600_000)(value) && "a number of ms, or 'p95'"),
  budget: numberIn(0, 1),
}

const guardChecks: Readonly<Record<keyof GuardOptions, Check>> = {
  timeoutMs: duration,
  onGuardError: oneOf('block', 'allow'),
  maxInputChars: integerIn(1, 1_000_000_000),
  maxHeldChars: integerIn(1, 1_000_000_000),
}

const ruleChecks: Readonly<Record<keyof ErrorRule, Check>> = {
  retries: integerIn(0, 10),
  retriesWithFallback: integerIn(0, 10),
  countsForBreaker: ofType('boolean'),
  gateMs: duration,
  next: oneOf('yes', 'no', 'larger-window'),
}

/**
 * Checks a client's options once and fills in what is missing; the caller's object is not kept.
 *
 * @throws ConfigError `config_invalid` naming the option, what was given and what is allowed.
 */
export function settingsOf(given: ClientOptions): Settings {
  const options = copyOptions('', given)
  checkOptions('', options, checks)
  for (const name of dataOptions) Object.assign(options, { [name]: copyData(name, options[name]) })
  if (options.providers === undefined) throw invalid('providers', 'nothing', 'an array of at least one provider')
  checkOptions('timeouts', options.timeouts ?? {}, timeoutChecks)
  checkOptions('retry', options.retry ?? {}, retryChecks)
  checkOptions('circuit', options.circuit ?? {}, circuitChecks)
  checkOptions('guardOptions', options.guardOptions ?? {}, guardChecks)
  checkOptions('hedge', options.hedge ?? {}, hedgeChecks)
  if (options.hedge !== undefined && options.hedge.afterMs === undefined) {
    throw invalid('hedge.afterMs', 'nothing', "a number of ms, or 'p95'")
  }
  checkErrorRules(options.errorRules)
  const providers = checkedProviders(options.providers)
  checkAllowedModels('allowedModels', options.allowedModels, providers)
  return {
    providers,
    timeouts: filled(defaultTimeouts, options.timeouts),
    hasOwnFirstToken: options.timeouts?.firstTokenMs !== undefined,
    retry: filled(defaultRetry, options.retry),
    circuit: filled(defaultCircuit, options.circuit),
    maxAttempts: options.maxAttempts ?? defaultMaxAttempts,
    errorRules: options.errorRules ?? {},
    midStream: options.midStream ?? 'align',
    hedge: options.hedge && { budget: defaultHedgeBudget, ...options.hedge },
    lastResort: options.lastResort ?? false,
    circuitStore: options.circuitStore,
    circuitPer: options.circuitPer ?? 'provider',
    guards: [...(options.guards ?? [])],
    guardOptions: options.guardOptions ?? {},
    meter: options.meter,
    vault: options.vault,
    allowedModels: options.allowedModels,
    observers: options.onEvent === undefined ? [] : [options.onEvent].flat(),
    fetch: options.fetch,
    maxConnections: options.maxConnections ?? defaultMaxConnections,
    maxResponseBytes: options.maxResponseBytes ?? defaultMaxResponseBytes,
    maxEventBytes: options.maxEventBytes ?? defaultMaxEventBytes,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  }
}

function checkErrorRules(rules: ClientOptions['errorRules']): void {
  if (rules === undefined) return
  checkOptions('errorRules', rules, Object.fromEntries(errorCodes.map((code) => [code, ofType('object')])))
  for (const [code, rule] of Object.entries(rules)) {
    if (rule !== undefined) checkOptions(`errorRules.${code}`, rule, ruleChecks)
  }
}

/** Options that are data through and through: a later change of the caller's has no effect. */
const dataOptions = ['timeouts', 'retry', 'circuit', 'errorRules', 'hedge', 'guardOptions', 'allowedModels'] as const

/** Defaults under the given values; a value that is `undefined` counts as left out. */
function filled<T extends object>(defaults: T, given: Partial<T> | undefined): T {
  const result = { ...defaults }
  for (const key of Object.keys(given ?? {}) as (keyof T)[]) {
    const value = given?.[key]
    if (value !== undefined) result[key] = value as T[keyof T]
  }
  return result
}

function checkedProviders(providers: readonly Provider[]): readonly Provider[] {
  const names = new Set<string>()
  providers.forEach((provider, index) => {
    const path = `providers[${index}]`
    if (typeof provider === 'function') throw invalid(path, 'a function', 'a provider; call it, as in openai()')
    const { name = null, capabilities = null, chat = null, chatStream = null } = provider ?? {}
    checkOptions(path, { name, capabilities, chat, chatStream }, providerChecks)
    if (names.has(provider.name)) {
      throw invalid(
        path,
        `a second provider named ${show(provider.name)}`,
        'unique names; give one of them a name option',
      )
    }
    names.add(provider.name)
    if (provider.isDegraded && index < providers.length - 1) {
      throw invalid(
        path,
        `the canned answer ${show(provider.name)} before other providers`,
        'a canned answer as the last of the chain',
      )
    }
  })
  return [...providers]
}

/** What a provider must have; it may hold more. */
const providerChecks: Readonly<Record<string, Check>> = {
  name: (value) => (typeof value === 'string' && value !== '' ? undefined : 'a name'),
  capabilities: ofType('object'),
  chat: ofType('function'),
  chatStream: ofType('function'),
}

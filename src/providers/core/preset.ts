import type { ProviderOptions } from '../../types/provider-options.ts'
import type { Timeouts } from '../../types/timeouts.ts'
import { type Check, checkOptions, duration, invalid, ofType, show } from '../../utils/check.ts'
import { environmentVariable, isQuoted } from '../../utils/environment.ts'
import { keyParts } from './api-key.ts'
import { checkedBaseUrl } from './base-url.ts'
import { foreignKeyWarnings } from './foreign-key.ts'
import type { ProviderParts } from './provider-parts.ts'

/** All that tells one service from another of the same wire format. */
export interface Preset {
  readonly name: string
  /** Absent: the user must give one. */
  readonly baseUrl?: string
  /** Environment variables that may hold the key, first one wins. */
  readonly keyVariables: readonly string[]
  /** False where the service also answers without a key. */
  readonly isKeyRequired?: boolean
  /** Default model, unless `<NAME>_MODEL` is set. Absent: the user must give one. */
  readonly model?: string
  readonly embeddingModel?: string
  /** Headers of each request, before the user's own. */
  readonly headers?: Readonly<Record<string, string>>
  readonly timeouts?: Partial<Timeouts>
}

/** A preset with a user's options laid over it, all checked. */
export interface ResolvedPreset extends ProviderParts {
  readonly embeddingModel?: string
}

// A slash would be taken for `provider/model`.
const nameForm = /^[A-Za-z0-9][\w.-]{0,63}$/
const headerName = /^[\w!#$%&'*+.^`|~-]{1,128}$/
const headerValue = /^[ -~\t\u0080-\u00ff]*$/
const modelForm = /^[^\p{Cc}\u2028\u2029]{1,256}$/u

/** A model name: any text without control characters. */
export const modelName: Check = (value) =>
  typeof value === 'string' && modelForm.test(value) && value.trim() === value
    ? undefined
    : '1 to 256 characters, no control characters, no spaces around'

/** The value of a header: Latin text without line breaks. */
export const headerText: Check = (value) =>
  typeof value === 'string' && headerValue.test(value) ? undefined : 'Latin text without line breaks'

const checks: Readonly<Record<keyof ProviderOptions, Check>> = {
  name: (value) =>
    typeof value === 'string' && nameForm.test(value)
      ? undefined
      : '1 to 64 letters, digits, dots, dashes or underscores, a letter or digit first',
  // Its value is looked at by keyParts, which never shows it.
  apiKey: () => undefined,
  baseUrl: () => undefined,
  allowHttp: ofType('boolean'),
  model: modelName,
  embeddingModel: modelName,
  headers: ofType('object'),
  timeouts: ofType('object'),
}

const timeoutChecks: Readonly<Record<keyof Timeouts, Check>> = {
  connectMs: duration,
  firstTokenMs: duration,
  idleMs: duration,
  readMs: duration,
  totalMs: duration,
}

/**
 * Lays a user's options over a preset.
 *
 * @param extra Checks of the options that only this factory has.
 * @throws ConfigError `config_invalid` naming the option, what was given and what is allowed; never a key.
 */
export function resolvePreset(
  preset: Preset,
  options: ProviderOptions,
  extra: Readonly<Record<string, Check>> = {},
): ResolvedPreset {
  checkOptions('', options, { ...checks, ...extra })
  const { name = preset.name, allowHttp = false, timeouts } = options
  if (timeouts) checkOptions('timeouts', timeouts, timeoutChecks)
  const embeddingModel = options.embeddingModel ?? preset.embeddingModel
  const keys = keyParts(name, options.apiKey, preset.keyVariables, preset.isKeyRequired ?? true)
  // Behind another address stands another service, with keys of its own.
  const warnings = options.baseUrl === undefined ? foreignKeyWarnings(name, preset.name, keys) : []
  return {
    name,
    baseUrl: checkedBaseUrl(options.baseUrl ?? preset.baseUrl, allowHttp),
    defaultModel: defaultModel(preset, options.model),
    ...keys,
    ...(warnings.length > 0 && { warnings }),
    headers: { ...preset.headers, ...checkedHeaders(options.headers) },
    timeouts: { ...preset.timeouts, ...timeouts },
    ...(embeddingModel !== undefined && { embeddingModel }),
  }
}

/** `LMSTUDIO_GPU` for `lmstudio-gpu`: the beginning of a provider's environment variables. */
export function variablePrefix(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9]/g, '_')
}

function defaultModel(preset: Preset, given: string | undefined): string {
  const variable = `${variablePrefix(preset.name)}_MODEL`
  const fromEnvironment = given === undefined ? environmentVariable(variable) : undefined
  const model = given ?? fromEnvironment ?? preset.model
  if (model === undefined) throw invalid('model', 'none', `a model name, here or in ${variable}`)
  if (fromEnvironment !== undefined && isQuoted(fromEnvironment)) {
    throw invalid(variable, 'a text in quotes', 'the model name without them')
  }
  const allowed = modelName(model)
  if (allowed !== undefined) throw invalid(variable, show(model), allowed)
  return model
}

function checkedHeaders(headers: ProviderOptions['headers'] = {}): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(headers)) {
    if (!headerName.test(name)) throw invalid(`headers.${show(name)}`, 'a malformed name', 'a header name')
    const allowed = headerText(value)
    // The value may be a secret, so it is not shown.
    if (allowed !== undefined)
      throw invalid(
        `headers.${name}`,
        typeof value === 'string' ? 'a text with other characters' : show(value),
        allowed,
      )
  }
  return headers
}

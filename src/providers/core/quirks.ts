import type { Warning } from '../../types/reply.ts'
import type { ModelSettings } from '../../types/request.ts'
import type { Check } from '../../utils/check.ts'

/** Settings that can be left out of a request without changing its meaning much. */
type DroppableSetting = Exclude<
  keyof ModelSettings,
  'tools' | 'schema' | 'schemaName' | 'providerOptions' | 'maxTokens'
>

/** Things some models do not take and an encoder must put otherwise, or refuse. */
export type Inability =
  /** A `toolChoice` that forces a call. */
  | 'forcedToolChoice'
  /** A forced `toolChoice` while the model reasons. */
  | 'forcedToolChoiceWithReasoning'
  /** A last turn of the assistant that the model goes on from. */
  | 'prefill'
  | 'images'
  /** Images by URL; base64 is taken. */
  | 'imageUrls'
  | 'files'
  | 'audio'
  | 'tools'
  | 'strictTools'
  /** Answers held to a JSON Schema by the provider; a JSON object is the next best. */
  | 'jsonSchema'
  | 'jsonObject'
  /** `stream_options` in streaming requests. */
  | 'streamOptions'

/** One rule about models. Later rules win over earlier ones. */
export interface Quirk {
  /** Model name; `*` stands for any text. */
  readonly model: string
  /** What these models refuse: settings are left out with a warning, the rest is put otherwise. */
  readonly refuses?: readonly (DroppableSetting | Inability)[]
  /** What they take after all. */
  readonly accepts?: readonly (DroppableSetting | Inability)[]
  /** Name of the field that limits the answer. */
  readonly maxTokensField?: 'max_tokens' | 'max_completion_tokens'
  /** Role that carries instructions; `user` where there is none. */
  readonly systemRole?: 'system' | 'developer' | 'user'
  /** Tokens the model takes, prompt and answer together. */
  readonly contextWindow?: number
}

/** All rules about one model, joined. */
export interface ModelQuirks extends Pick<Quirk, 'maxTokensField' | 'systemRole' | 'contextWindow'> {
  readonly refuses: ReadonlySet<DroppableSetting | Inability>
}

/** A list of rules, as an option. */
export const quirkList: Check = (value) =>
  Array.isArray(value) && value.every((quirk) => typeof quirk?.model === 'string')
    ? undefined
    : "an array of rules such as { model: 'o3*', refuses: ['temperature'] }"

const mostRemembered = 100
// What was worked out for a table goes with the table.
const remembered = new WeakMap<readonly Quirk[], Map<string, ModelQuirks>>()

/** Joins the rules that speak of a model. Asked for each request, so the answer about a single table is remembered. */
export function quirksOf(model: string, ...tables: readonly (readonly Quirk[] | undefined)[]): ModelQuirks {
  const [only] = tables
  if (tables.length !== 1 || only === undefined)
    return joined(
      model,
      tables.flatMap((table) => table ?? []),
    )
  const known = remembered.get(only) ?? new Map<string, ModelQuirks>()
  const quirks = known.get(model) ?? joined(model, only)
  if (known.size < mostRemembered) remembered.set(only, known.set(model, quirks))
  return quirks
}

function joined(model: string, table: readonly Quirk[]): ModelQuirks {
  const refuses = new Set<DroppableSetting | Inability>()
  const fields: { -readonly [Key in keyof Quirk]?: Quirk[Key] } = {}
  for (const quirk of table) {
    if (!matchesModel(quirk.model, model)) continue
    for (const name of quirk.refuses ?? []) refuses.add(name)
    for (const name of quirk.accepts ?? []) refuses.delete(name)
    Object.assign(fields, quirk)
  }
  return { ...fields, refuses }
}

/** Does a model's name fit a pattern? `*` stands for any text, everything else for itself. */
export function matchesModel(pattern: string, model: string): boolean {
  const [first, ...rest] = pattern.split('*') as [string, ...string[]]
  const last = rest.pop()
  if (last === undefined) return pattern === model
  if (!model.startsWith(first)) return false
  let from = first.length
  for (const piece of rest) {
    const at = model.indexOf(piece, from)
    if (at < 0) return false
    from = at + piece.length
  }
  return model.length - last.length >= from && model.endsWith(last)
}

/** A copy of the request without the settings its model refuses; each one left out is told as a warning. */
export function withoutRefused<Request extends ModelSettings & { readonly model: string }>(
  request: Request,
  quirks: ModelQuirks,
  warnings: Warning[],
): Request {
  const copy = { ...request } as Record<string, unknown>
  for (const name of quirks.refuses) {
    // Without its tools a request would ask for something else: encoders refuse it.
    if (copy[name] === undefined || name === 'tools') continue
    delete copy[name]
    warnings.push(droppedParameter(name, request.model))
  }
  return copy as Request
}

/** The warning for a parameter that was left out. */
export function droppedParameter(name: string, model: string): Warning {
  return { code: 'parameter-dropped', message: `${name} was left out: ${model} does not take it` }
}

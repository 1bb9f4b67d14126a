import { ConfigError } from '../errors/families.ts'
import type { AllowedModels } from '../types/tenant.ts'
import { type Check, checkOptions, show } from '../utils/check.ts'

/** A candidate as far as the allow-list is concerned. */
interface Place {
  readonly link: { readonly provider: { readonly name: string } }
  readonly model: string
  /** Nobody asked for this model: it is the provider's default. */
  readonly isDefault?: boolean
}

const patterns: Check = (value) =>
  Array.isArray(value) && value.every((one) => typeof one === 'string') ? undefined : 'an array of model names'

/** A name that is no provider would leave the one that was meant unbounded. @throws ConfigError */
export function checkAllowedModels(
  path: string,
  list: AllowedModels | undefined,
  providers: readonly { readonly name: string }[],
): void {
  checkOptions(path, list ?? {}, Object.fromEntries(providers.map(({ name }) => [name, patterns])))
}

/**
 * The candidates whose model is allowed. A default that is not is passed over; a model somebody asked for is an error.
 *
 * @throws ConfigError `model_not_allowed`
 */
export function allowedOnly<P extends Place>(
  candidates: readonly P[],
  ...lists: readonly (AllowedModels | undefined)[]
): readonly P[] {
  if (lists.every((list) => list === undefined)) return candidates
  const refused = candidates.filter((candidate) => lists.some((list) => !isAllowed(candidate, list)))
  const [asked] = refused.filter(({ isDefault }) => !isDefault)
  if (asked !== undefined || refused.length === candidates.length) {
    const { link, model } = (asked ?? refused[0]) as P
    const { name } = link.provider
    throw new ConfigError('model_not_allowed', `The model ${show(model)} of ${name} is not allowed here`, {
      provider: name,
      model,
    })
  }
  return candidates.filter((candidate) => !refused.includes(candidate))
}

function isAllowed({ link, model }: Place, list: AllowedModels | undefined): boolean {
  const patterns = list && Object.hasOwn(list, link.provider.name) ? list[link.provider.name] : undefined
  return patterns === undefined || patterns.some((pattern) => fits(model, pattern))
}

/** Byte for byte, but for `*`; linear, since each piece is looked for once from the left. */
function fits(model: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  if (rest.length === 0) return model === pattern
  if (!model.startsWith(first)) return false
  const last = rest.pop() as string
  let from = first.length
  for (const piece of rest) {
    const at = model.indexOf(piece, from)
    if (at === -1) return false
    from = at + piece.length
  }
  return model.length - from >= last.length && model.endsWith(last)
}

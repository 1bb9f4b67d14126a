import { ConfigError, RequestError } from '../errors/families.ts'
import type { Provider, ProviderCapabilities } from '../types/provider.ts'
import type { Routing } from '../types/reply.ts'
import { show } from '../utils/check.ts'

/** What a request says about where to go. */
export interface RouteRequest {
  readonly model?: string | Readonly<Record<string, string>> | undefined
  readonly providers?: readonly string[] | undefined
}

/** Providers and models in the order they are asked. */
export interface Route<P> {
  readonly candidates: readonly { readonly link: P; readonly model: string | undefined }[]
  readonly strategy: Routing['strategy']
}

/**
 * The candidates of a call, from the chain's order, what the caller names and what providers can do.
 *
 * @throws RequestError `request_invalid` for a provider that is not in the chain; ConfigError `no_provider` when none has
 * the capability.
 */
export function candidatesFor<P extends { readonly provider: Provider }>(
  links: readonly P[],
  capability: keyof ProviderCapabilities,
  request: RouteRequest,
): Route<P> {
  checkModels(request.model, links)
  const found = prefixOf(request.model, links)
  // At another provider that the caller names, the same text is just a model's name.
  const named = found !== undefined && request.providers?.includes(found.provider) !== false ? found : undefined
  const names = request.providers ?? (named === undefined ? undefined : [named.provider])
  const chosen = names === undefined ? links : names.map((name, index) => linkNamed(links, name, `providers[${index}]`))
  const able = chosen.filter(({ provider }) => provider.capabilities[capability] === true)
  if (able.length === 0) {
    throw new ConfigError(
      'no_provider',
      `No provider of this call can '${capability}' (asked: ${chosen.map(({ provider }) => provider.name).join(', ')})`,
    )
  }
  const model = named?.model ?? request.model
  return {
    candidates: able.map((link, index) => ({ link, model: modelFor(link.provider, model, index) })),
    strategy: names === undefined && model === undefined ? 'capability-default' : 'caller-override',
  }
}

/** Whoever names providers with their models means providers there are. */
function checkModels<P extends { readonly provider: Provider }>(
  model: RouteRequest['model'],
  links: readonly P[],
): void {
  if (typeof model !== 'object') return
  for (const name of Object.keys(model)) linkNamed(links, name, 'model')
}

/** `'groq/llama-3.3'` names a provider of the chain; `'openai/gpt-oss'` at openrouter is just a model. */
function prefixOf<P extends { readonly provider: Provider }>(
  model: RouteRequest['model'],
  links: readonly P[],
): { readonly provider: string; readonly model: string } | undefined {
  if (typeof model !== 'string') return undefined
  const slash = model.indexOf('/')
  const name = model.slice(0, slash)
  if (slash < 1 || !links.some(({ provider }) => provider.name === name)) return undefined
  return { provider: name, model: model.slice(slash + 1) }
}

function linkNamed<P extends { readonly provider: Provider }>(links: readonly P[], name: string, path: string): P {
  const link = links.find(({ provider }) => provider.name === name)
  if (link !== undefined) return link
  const known = links.map(({ provider }) => provider.name).join(', ')
  throw new RequestError('request_invalid', `${path}: got ${show(name)}; allowed: ${known}`, { path })
}

/** A plain model name is meant for the first candidate: another provider does not have it. */
function modelFor(provider: Provider, model: RouteRequest['model'], index: number): string | undefined {
  if (typeof model === 'string') return index === 0 ? model : undefined
  return model !== undefined && Object.hasOwn(model, provider.name) ? model[provider.name] : undefined
}

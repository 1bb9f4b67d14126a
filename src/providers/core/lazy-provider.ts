import type { Provider, ProviderContext, ProviderEvent } from '../../types/provider.ts'
import type { ProviderChatRequest } from '../../types/request.ts'
import type { ProviderParts } from './provider-parts.ts'
import type { WireFormat } from './wire-format.ts'

/** What must be known of a provider before its first call: routing reads it. */
export type ProviderFacts = Pick<WireFormat, 'kind' | 'capabilities' | 'contextWindow' | 'canPrefill'>

type Batches = AsyncIterator<readonly ProviderEvent[]>

/**
 * A provider whose wire format is loaded with its first call, beside the transport: until then it is a name, a key and
 * what routing has to know. A program that only imports it, or tests with fakes, does not load the rest.
 */
export function lazyProvider(facts: ProviderFacts, parts: ProviderParts, load: () => Promise<WireFormat>): Provider {
  let loaded: Provider | undefined
  let loading: Promise<Provider> | undefined
  const loadOnce = async (): Promise<Provider> => {
    try {
      loaded = await make(parts, load)
      return loaded
    } finally {
      // A failed load is tried again with the next call.
      loading = undefined
    }
  }
  const whole = (): Provider | Promise<Provider> => {
    if (loaded !== undefined) return loaded
    loading ??= loadOnce()
    return loading
  }
  const { kind, capabilities, contextWindow, canPrefill } = facts
  const { name, defaultModel, canRefreshKey, keys, warnings, timeouts } = parts
  return {
    name,
    kind,
    defaultModel,
    capabilities,
    endpoint: new URL(parts.baseUrl).origin,
    ...(canRefreshKey && { canRefreshKey }),
    ...(keys && { keys }),
    ...(warnings && { warnings }),
    ...(timeouts && { timeouts }),
    ...(contextWindow && { contextWindow }),
    ...(canPrefill && { canPrefill }),
    prepare: () => (loaded === undefined ? Promise.resolve(whole()) : undefined),
    chat: (request, context) => loaded?.chat(request, context) ?? lazyChat(whole, request, context),
    chatStream: (request, context) =>
      loaded?.chatStream(request, context) ?? {
        [Symbol.asyncIterator]: () => lazyStream(whole, request, context),
      },
    ...(capabilities.embed && { embed: async (request, context) => required((await whole()).embed)(request, context) }),
    ...(capabilities.models && { models: async (context) => required((await whole()).models)(context) }),
    ...(capabilities.countTokens && {
      countTokens: async (request, context) => required((await whole()).countTokens)(request, context),
    }),
  }
}

async function make(parts: ProviderParts, load: () => Promise<WireFormat>): Promise<Provider> {
  const [format, { createProvider }] = await Promise.all([load(), import('./create-provider.ts')])
  return createProvider(format, parts)
}

async function lazyChat(
  whole: () => Provider | Promise<Provider>,
  request: ProviderChatRequest,
  context: ProviderContext,
): Promise<readonly ProviderEvent[]> {
  return (await whole()).chat(request, context)
}

/** Once it is open it is only handed through: no promise of its own for each batch. */
function lazyStream(
  whole: () => Provider | Promise<Provider>,
  request: ProviderChatRequest,
  context: ProviderContext,
): Batches {
  let inner: Batches | undefined
  let isOver = false
  const open = async (): Promise<IteratorResult<readonly ProviderEvent[]>> => {
    const provider = await whole()
    if (isOver) return { done: true, value: undefined }
    inner = provider.chatStream(request, context)[Symbol.asyncIterator]()
    return inner.next()
  }
  return {
    next: () => (inner === undefined ? open() : inner.next()),
    return: async () => {
      isOver = true
      await inner?.return?.()
      return { done: true, value: undefined }
    },
  }
}

/** A format that says it can do something does it. */
function required<Operation>(operation: Operation | undefined): Operation {
  if (operation === undefined) throw new TypeError('The wire format lacks an operation it is said to have')
  return operation
}

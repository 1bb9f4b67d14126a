import type { Provider } from '../../types/provider.ts'
import { asker, sender, written } from './exchange.ts'
import { embedIn, modelsIn } from './operations.ts'
import type { ProviderParts } from './provider-parts.ts'
import { StreamReader, warningEvents } from './stream-reader.ts'
import type { WireFormat } from './wire-format.ts'

/** Joins a wire format with an address and a key. */
export function createProvider(format: WireFormat, parts: ProviderParts): Provider {
  const send = sender(format, parts)
  const ask = asker(format, send)
  const { name, defaultModel, canRefreshKey, keys, warnings, timeouts } = parts
  return {
    name,
    kind: format.kind,
    defaultModel,
    capabilities: format.capabilities,
    endpoint: new URL(parts.baseUrl).origin,
    ...(canRefreshKey && { canRefreshKey }),
    ...(keys && { keys }),
    ...(warnings && { warnings }),
    ...(timeouts && { timeouts }),
    ...(format.contextWindow && { contextWindow: format.contextWindow }),
    ...(format.canPrefill && { canPrefill: format.canPrefill }),
    async chat(request, context) {
      const encoded = written(() => format.encodeChat(request, false))
      const events = await ask(encoded, context, (body) => format.decodeChat(body, request))
      return encoded.warnings?.length ? [...warningEvents(encoded.warnings), ...events] : events
    },
    chatStream: (request, context) => new StreamReader(format, send, request, context),
    ...embedIn(format, ask),
    ...modelsIn(format, ask, name),
  }
}

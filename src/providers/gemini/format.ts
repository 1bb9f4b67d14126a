import { ResponseError } from '../../errors/families.ts'
import type { ProviderEvent } from '../../types/provider.ts'
import { objectOf, objectsIn } from '../core/reading.ts'
import { checkTexts } from '../core/text-blocks.ts'
import type { WireFormat } from '../core/wire-format.ts'
import { encodeChat, encodeCountTokens, encodeEmbed, type GeminiService } from './encode.ts'
import { decodeError } from './errors.ts'
import { geminiFacts } from './facts.ts'
import { decodeCountTokens, decodeEmbed, decodeModels, encodeModels } from './models.ts'
import { GeminiDecoder } from './stream.ts'

/** Google's generateContent format, bound to one service. */
export function geminiFormat(service: GeminiService): WireFormat {
  return {
    ...geminiFacts(service),
    framing: 'events',
    encodeChat: (request, isStream) => encodeChat(service, request, isStream),
    decodeChat: decodeWhole,
    streamDecoder: () => new GeminiDecoder(),
    decodeError,
    authorize: (key) => ({ 'x-goog-api-key': key }),
    encodeEmbed: (request) => encodeEmbed(service, request),
    decodeEmbed: (body, request) => decodeEmbed(body, request, service.embeddingModel),
    maxEmbedInputs: 100,
    encodeModels,
    decodeModels,
    encodeCountTokens: (request) => encodeCountTokens(service, request),
    decodeCountTokens,
  }
}

/** One answer, or the array of pieces a stream is when it is not asked for as events. */
function decodeWhole(body: unknown): ProviderEvent[] {
  const pieces = objectsIn(Array.isArray(body) ? body : [body])
  if (!pieces.some(({ candidates, promptFeedback, error }) => objectsIn(candidates)[0] || promptFeedback || error)) {
    throw new ResponseError('bad_response', 'The answer holds neither candidates nor a reason for none')
  }
  for (const { candidates } of pieces) {
    for (const { content } of objectsIn(candidates)) checkTexts(objectsIn(objectOf(content).parts))
  }
  const decoder = new GeminiDecoder()
  const out: ProviderEvent[] = []
  for (const piece of pieces) decoder.push(piece, undefined, out)
  decoder.end(out)
  // A whole answer is whole even when it does not say why it ends.
  if (out.at(-1)?.type !== 'finish') out.push({ type: 'finish', finishReason: 'unknown' })
  return out
}

import { ResponseError } from '../../errors/families.ts'
import type { ProviderEvent } from '../../types/provider.ts'
import type { ProviderChatRequest } from '../../types/request.ts'
import { objectOf, objectsIn } from '../core/reading.ts'
import { checkTexts } from '../core/text-blocks.ts'
import type { WireFormat } from '../core/wire-format.ts'
import { type ClaudeService, encodeChat, encodeCountTokens } from './encode.ts'
import { decodeError } from './errors.ts'
import { claudeFacts } from './facts.ts'
import { decodeCountTokens, decodeModels, encodeModels } from './models.ts'
import { outputForm } from './output.ts'
import { claudeQuirksOf } from './quirks.ts'
import { ClaudeDecoder } from './stream.ts'

/** Anthropic's messages format, bound to one service. */
export function claudeFormat(service: ClaudeService): WireFormat {
  const quirksOf = (model: string) => claudeQuirksOf(model, service.quirks)
  const decoderOf = (request: ProviderChatRequest) => {
    const form = outputForm(request, quirksOf(request.model))
    return new ClaudeDecoder(form.way === 'tool' ? form.name : undefined)
  }
  return {
    ...claudeFacts(service),
    framing: 'events',
    encodeChat: (request, isStream) => encodeChat(service, request, isStream),
    decodeChat: (body, request) => decodeWhole(body, decoderOf(request)),
    streamDecoder: decoderOf,
    decodeError,
    authorize: (key) => ({ 'x-api-key': key }),
    encodeModels,
    decodeModels,
    encodeCountTokens: (request) => encodeCountTokens(service, request),
    decodeCountTokens,
  }
}

function decodeWhole(body: unknown, decoder: ClaudeDecoder): ProviderEvent[] {
  const message = objectOf(body)
  if (message.type !== 'error' && !Array.isArray(message.content)) {
    throw new ResponseError('bad_response', 'The answer is no message of a model')
  }
  checkTexts(objectsIn(message.content))
  const out: ProviderEvent[] = []
  if (message.type === 'error') decoder.push(message, undefined, out)
  decoder.push({ type: 'message_start', message }, undefined, out)
  decoder.end(out)
  // A whole answer is whole even when it does not say why it ends.
  if (out.at(-1)?.type !== 'finish') out.push({ type: 'finish', finishReason: 'unknown' })
  return out
}

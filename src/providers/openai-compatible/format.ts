import { ResponseError } from '../../errors/families.ts'
import { LlmError } from '../../errors/llm-error.ts'
import type { JsonObject } from '../../types/json.ts'
import type { ProviderEvent } from '../../types/provider.ts'
import { isObject } from '../core/json-schema.ts'
import { reportedIn } from '../core/usage.ts'
import type { Failure, WireFormat } from '../core/wire-format.ts'
import { ChatDecoder, failureIn } from './chat-decoder.ts'
import { decodeError } from './decode-error.ts'
import { decodeEmbed, encodeEmbed } from './embeddings.ts'
import { encodeChat } from './encode-request.ts'
import { chatFacts } from './facts.ts'
import { decodeModels } from './models.ts'
import type { ChatService } from './service.ts'

/** Chat completions, embeddings and models as OpenAI made them, bound to one service's ways. */
export function chatFormat(service: ChatService): WireFormat {
  const { hasEmbeddings = true, path, details } = service
  const read = (failure: Failure) => decodeError(failure, service)
  const decoder = (isWhole: boolean) =>
    new ChatDecoder({
      isWhole,
      details: details?.(),
      readError: (body, hasOutput) =>
        read({ status: 200, headers: noHeaders, body, isInBody: true, ...(!isWhole && { hasOutput }) }),
    })
  return {
    ...chatFacts(service),
    framing: 'events',
    encodeChat: (request, isStream) => encodeChat(request, isStream, service),
    decodeChat: (body) => decodeWhole(body, decoder(true)),
    streamDecoder: () => decoder(false),
    decodeError: read,
    authorize: service.authorize ?? ((key) => ({ authorization: `Bearer ${key}` })),
    ...(hasEmbeddings && {
      encodeEmbed: (request) => encodeEmbed(request, service),
      decodeEmbed,
    }),
    encodeModels: () => ({ method: 'GET', path: path?.('models', '') ?? '/models' }),
    decodeModels,
  }
}

const noHeaders = { get: () => null }

/** A whole answer is read as a stream of one chunk, once it is sure to be an answer. */
function decodeWhole(body: unknown, decoder: ChatDecoder): readonly ProviderEvent[] {
  if (!isObject(body)) throw unusable()
  const out: ProviderEvent[] = []
  const choice = Array.isArray(body.choices) ? body.choices[0] : undefined
  const message = isObject(choice) ? (choice.message ?? choice.delta) : undefined
  if (!isObject(message) && failureIn(body) === undefined) throw unusable()
  try {
    decoder.push(body, undefined, out)
  } catch (thrown) {
    const usage = reportedIn(out)
    throw LlmError.isInstance(thrown) && usage !== undefined ? Object.assign(thrown, { usage }) : thrown
  }
  decoder.end(out, true)
  if (isEmpty(message as JsonObject, out))
    throw new ResponseError('empty_response', 'The answer holds neither text nor tool calls', {
      usage: reportedIn(out),
      policy: { countsForBreaker: false },
    })
  return out
}

/** An empty text is an answer; no content at all is none, unless something else says why. */
function isEmpty({ content }: JsonObject, events: readonly ProviderEvent[]): boolean {
  const said = ['text', 'refusal', 'reasoning', 'tool-call', 'provider-part']
  if (content != null || events.some(({ type }) => said.includes(type))) return false
  const finish = events.find((event) => event.type === 'finish')?.finishReason
  return finish === 'stop' || finish === 'unknown'
}

function unusable(): ResponseError {
  return new ResponseError('bad_response', 'The answer is no chat completion')
}

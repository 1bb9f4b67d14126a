import { ResponseError } from '../../errors/families.ts'
import type { ProviderEvent } from '../../types/provider.ts'
import type { ProviderChatRequest } from '../../types/request.ts'
import { isObject } from '../core/json-schema.ts'
import { objectsIn, textOf } from '../core/reading.ts'
import { reportedIn } from '../core/usage.ts'
import type { WireFormat } from '../core/wire-format.ts'
import { encodeResponse, type ResponsesService } from './request.ts'
import { type ReadError, ResponsesDecoder } from './stream.ts'

/**
 * The Responses API of a service whose other operations `base` speaks: embeddings, models, authentication and the
 * meaning of its errors are the same.
 */
export function responsesFormat(base: WireFormat, service: ResponsesService): WireFormat {
  const readError: ReadError = (error, hasOutput) =>
    base.decodeError({ status: 200, headers: noHeaders, body: { error }, isInBody: true, hasOutput })
  const decoder = ({ logprobs }: ProviderChatRequest) => new ResponsesDecoder(readError, logprobs)
  return {
    ...base,
    framing: 'events',
    encodeChat: (request, isStream) => encodeResponse(request, isStream, service),
    decodeChat(body, request) {
      const isResponse =
        isObject(body) && (body.output == null ? body.status !== undefined : Array.isArray(body.output))
      if (!isResponse) throw new ResponseError('bad_response', 'The answer is not a response object')
      const out: ProviderEvent[] = []
      decoder(request).finish(textOf(body.status), body, out)
      if (body.status === 'completed' && objectsIn(body.output).length === 0) {
        throw new ResponseError('empty_response', 'The response holds no output', {
          usage: reportedIn(out),
          policy: { countsForBreaker: false },
        })
      }
      return out
    },
    streamDecoder: decoder,
  }
}

const noHeaders = { get: () => null }

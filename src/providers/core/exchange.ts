import { RequestError } from '../../errors/families.ts'
import { LlmError } from '../../errors/llm-error.ts'
import type { HttpResponse } from '../../types/http.ts'
import type { ProviderContext } from '../../types/provider.ts'
import { cleanText } from '../../utils/clean-text.ts'
import { requestIdIn } from './failure.ts'
import { foreignKey } from './foreign-key.ts'
import type { ProviderParts } from './provider-parts.ts'
import type { Encoded, WireFormat } from './wire-format.ts'

/** A good answer, and what its errors have to be told. */
export interface Exchange {
  readonly response: HttpResponse
  /** Completes what a decoder threw: the provider's request id is added, the key masked. Gives back what it was given. */
  blame(thrown: unknown): unknown
}

/** Sends an encoded request and gives back a good answer; a bad one is thrown as the format reads it. */
export type Send = (encoded: Encoded, context: ProviderContext) => Promise<Exchange>

/** Sends, and hands the body to a decoder; errors in a good answer's body are thrown as the format reads them. */
export type Ask = <T>(encoded: Encoded, context: ProviderContext, decode: (body: unknown) => T) => Promise<T>

/** The way requests of one provider take. */
export function sender(format: WireFormat, parts: ProviderParts): Send {
  return async (encoded, context) => {
    const key = (context.apiKey ?? (await parts.key(context.isKeyRefresh ?? false)))?.reveal()
    const response = await context.http({
      method: encoded.method ?? 'POST',
      url: parts.baseUrl + encoded.path,
      headers: {
        ...(encoded.body && { 'content-type': 'application/json' }),
        ...(key !== undefined && format.authorize(key)),
        ...encoded.headers,
        ...parts.headers,
      },
      ...(encoded.body && { body: written(() => JSON.stringify(encoded.body)) }),
    })
    const { status, headers } = response
    const blame = (thrown: unknown) => completed(thrown, response, key, format.kind)
    if (status >= 200 && status < 300) return { response, blame }
    const body = parsed(await response.errorText())
    throw blame(format.decodeError({ status, headers, body, isInBody: false }))
  }
}

/** What fails while a request is written is the fault of the request: no provider was asked. */
export function written<T>(write: () => T): T {
  try {
    return write()
  } catch (cause) {
    if (LlmError.isInstance(cause)) throw cause
    const message =
      'The request holds a value that JSON cannot; allowed: texts, numbers, booleans, null, arrays, objects'
    throw new RequestError('request_invalid', message, { cause })
  }
}

/** The way requests take whose answer is one JSON body. */
export function asker(format: WireFormat, send: Send): Ask {
  return async (encoded, context, decode) => {
    const { response, blame } = await send(encoded, context)
    const body = await response.json()
    try {
      return decode(withoutError(format, body, response))
    } catch (thrown) {
      throw blame(thrown)
    }
  }
}

/** The body of a good answer, unless it holds an error after all. */
export function withoutError(format: WireFormat, body: unknown, { status, headers }: HttpResponse): unknown {
  const first = Array.isArray(body) ? body[0] : body
  if (typeof first !== 'object' || first === null || !first.error) return body
  throw format.decodeError({ status, headers, body, isInBody: true })
}

const oneEvent = /^(?:event:[^\n]*\n)?data: ?(\{.*\})\s*$/

/** JSON where it is JSON, by itself or as the one event of a stream, else the text itself. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(oneEvent.exec(text)?.[1] ?? text)
  } catch {
    return text // Decoders read the text itself.
  }
}

function completed(thrown: unknown, { headers }: HttpResponse, key: string | undefined, kind: string): unknown {
  if (!LlmError.isInstance(thrown)) return thrown
  // A server may repeat the key it refused; patterns cannot know every form, the literal value can.
  if (key !== undefined && thrown.message.includes(key)) {
    thrown.message = cleanText(thrown.message, [key], thrown.message.length)
  }
  const fault = thrown.code === 'auth_failed' ? foreignKey(kind, key ?? '') : undefined
  if (fault !== undefined) thrown.message += ` (${fault})`
  const providerRequestId = thrown.providerRequestId ?? requestIdIn(headers)
  return providerRequestId === undefined ? thrown : Object.assign(thrown, { providerRequestId })
}

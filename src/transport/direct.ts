// Requests given to the Agent itself. What `fetch` puts around the same Agent (a second request, a second signal, web
// streams, an iterator over a stream) costs more than the exchange, and memory for as long as an answer is open.
import type { HttpRequest } from '../types/http.ts'
import { undiciMajor } from '../utils/environment.ts'
import type { Dispatcher, ModernHandler } from './dispatcher.ts'
import { Exchange, type RawResponse } from './exchange.ts'

/** Sent along as `fetch` does: shields before some services refuse requests that lack them. */
const usual: readonly (readonly [name: string, value: string])[] = [
  ['accept', '*/*'],
  ['accept-language', '*'],
  ['sec-fetch-mode', 'cors'],
  ['user-agent', 'node'],
]

/** Does the runtime's Agent take handlers in a form that is known here? */
export function canSendDirect(): boolean {
  const major = undiciMajor()
  return major >= 6 && major <= 8
}

/** Sends a request; rejects with the signal's reason, or with what the Agent throws. */
export type SendDirect = (dispatcher: Dispatcher, request: HttpRequest, signal: AbortSignal) => Promise<RawResponse>

/** Makes the way for the requests of one client. */
export function directSender(isModern = undiciMajor() >= 8): SendDirect {
  // Most requests go where the one before went: its address need not be taken apart again.
  let last: { readonly url: string; readonly parts: URL } | undefined
  return (dispatcher, request, signal) =>
    new Promise((resolve, reject) => {
      const { url, method, body = null } = request
      if (last?.url !== url) last = { url, parts: new URL(url) }
      const { origin, pathname, search, protocol } = last.parts
      const headers = headersOf(request, protocol === 'https:')
      const exchange = new Exchange(signal, { resolve, reject })
      dispatcher.dispatch(
        { origin, path: pathname + search, method, headers, body },
        isModern ? modern(exchange) : exchange,
      )
    })
}

function headersOf({ headers }: HttpRequest, isSecure: boolean): string[] {
  const flat: string[] = []
  const given: string[] = []
  for (const [name, value] of Object.entries(headers)) {
    flat.push(name, value)
    given.push(name.toLowerCase())
  }
  for (const [name, value] of usual) if (!given.includes(name)) flat.push(name, value)
  if (!given.includes('accept-encoding')) flat.push('accept-encoding', isSecure ? 'br, gzip, deflate' : 'gzip, deflate')
  return flat
}

/** From undici 8 on only the new names of the steps are known. */
function modern(exchange: Exchange): ModernHandler {
  return {
    onRequestStart: (controller) => exchange.onConnect((reason) => controller.abort(reason)),
    onResponseStart: (controller, status) => {
      exchange.onHeaders(status, controller.rawHeaders, () => controller.resume())
    },
    onResponseData: (controller, chunk) => {
      if (!exchange.onData(chunk)) controller.pause()
    },
    onResponseEnd: () => exchange.onComplete(),
    onResponseError: (_, error) => exchange.onError(error),
  }
}

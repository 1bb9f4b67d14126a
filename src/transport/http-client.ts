// The one file that knows ky. It is loaded with the first request of a process, because ky touches `Request` when it is
// imported, which makes Node load its whole fetch.
import ky from 'ky'
import { ResponseError } from '../errors/families.ts'
import { withPolicy } from '../errors/llm-error.ts'
import type { Clock } from '../types/clock.ts'
import type { HttpRequest, HttpResponse } from '../types/http.ts'
import { cleanText } from '../utils/clean-text.ts'
import { decoded } from './decoding.ts'
import { canSendDirect, directSender, type SendDirect } from './direct.ts'
import { type Connections, createConnections, type Dispatcher } from './dispatcher.ts'
import { Exchange, type RawResponse } from './exchange.ts'
import { connectionError } from './network-error.ts'
import { BodyReader } from './response.ts'

/** How the transport is built; see `TransportOptions` of the client for the public words. */
export interface HttpClientOptions {
  readonly clock: Clock
  /** Replaces `globalThis.fetch`, which is otherwise looked up at each call. */
  readonly fetch?: typeof globalThis.fetch | undefined
  readonly connectMs: number
  readonly maxConnections: number
  readonly maxResponseBytes: number
  readonly maxEventBytes: number
}

/** One attempt's hold on its request. */
interface RequestHooks {
  readonly signal: AbortSignal
  /** Over a connection that no request has used before. */
  readonly needsNewConnection?: boolean
  /** The status line and headers are there. */
  onHeaders?(): void
  /** The first byte of the body is there. */
  onFirstByte?(): void
}

/** Sends requests; one for each client. */
export interface HttpClient {
  /** @throws ConnectionError, ResponseError, or the signal's reason */
  send(request: HttpRequest, hooks: RequestHooks): Promise<HttpResponse>
  /** Lets all connections go at once. */
  close(): void
}

interface FetchInit extends RequestInit {
  readonly dispatcher?: Dispatcher
}

// ky hands options it does not know to `fetch`: the way the request really goes travels beside the Request that ky
// builds, because fetching a Request object makes undici copy it, pipe its body and compose a second signal.
interface Carrier {
  send(): Promise<Response | RawResponse>
}

/** Makes the HTTP client: ky with its own retries, timeouts and redirects off. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  let connections: Connections | undefined
  const client = ky.create({
    retry: 0,
    timeout: false,
    throwHttpErrors: false,
    fetch: (_request, init) => (init as unknown as Carrier).send() as Promise<Response>,
  })
  const isBuiltIn = fetchJudge()
  const direct = canSendDirect() ? directSender() : undefined
  return {
    async send(request, hooks) {
      if (options.fetch === undefined) connections ??= createConnections(options)
      const fetch = options.fetch ?? globalThis.fetch
      const way = { connections, fetch, direct: isBuiltIn(fetch) ? direct : undefined }
      const response = await start(client, request, hooks, way)
      hooks.onHeaders?.()
      const refusal = refusalOf(response, request)
      if (refusal === undefined) return new BodyReader(response, hooks, options)
      response.body?.cancel() // Nothing of it is wanted.
      throw refusal
    },
    close: () => connections?.close(),
  }
}

/** What requests go through. */
interface Way {
  readonly connections: Connections | undefined
  readonly fetch: typeof globalThis.fetch
  /** Past `fetch`, where nobody would miss it. */
  readonly direct: SendDirect | undefined
}

async function start(
  client: typeof ky,
  request: HttpRequest,
  hooks: RequestHooks,
  { connections, fetch, direct }: Way,
): Promise<RawResponse> {
  const { signal, needsNewConnection } = hooks
  const dispatcher = needsNewConnection ? connections?.unpooled : connections?.pooled
  const send = () =>
    dispatcher !== undefined && direct !== undefined
      ? direct(dispatcher, request, signal)
      : fetch(request.url, initOf(request, signal, dispatcher))
  const startedAt = connections?.now() ?? 0
  try {
    const response = await client(request.url, { send } as object)
    return response instanceof Exchange ? undone(response) : fetched(response)
  } catch (thrown) {
    if (signal.aborted) throw signal.reason
    // ky's own error shows the whole address.
    const cause = (thrown as Error | undefined)?.cause ?? thrown
    const error = connectionError(cause)
    // The server dropped an idle connection as we began to use it: that says nothing about it.
    const isStale = error.code === 'connection_reset' && connections?.isOlder(cause, startedAt)
    throw isStale ? withPolicy(error, { isStale: true, countsForBreaker: false }) : error
  }
}

function initOf({ method, headers, body }: HttpRequest, signal: AbortSignal, dispatcher?: Dispatcher): FetchInit {
  return {
    method,
    headers,
    ...(body !== undefined && { body }),
    signal,
    redirect: 'manual',
    ...(dispatcher && { dispatcher }),
  }
}

/** The runtime's own fetch does nothing else with a request; one put in its place (a mock, a tracer) is to see it. */
function fetchJudge(): (fetch: typeof globalThis.fetch) => boolean {
  let judged: typeof globalThis.fetch | undefined
  let isBuiltIn = false
  return (fetch) => {
    if (fetch !== judged) isBuiltIn = Function.prototype.toString.call(fetch).includes('internal/deps/undici')
    judged = fetch
    return isBuiltIn
  }
}

function undone(response: Exchange): RawResponse {
  const coding = response.headers.get('content-encoding')
  if (coding === null) return response
  const { status, headers, body } = response
  return { status, headers, body: body && decoded(body, coding) }
}

/** What came by `fetch`, which undoes codings itself. */
function fetched({ status, headers, body }: Response): RawResponse {
  const reader = body?.getReader()
  if (reader === undefined) return { status, headers, body: undefined }
  return {
    status,
    headers,
    body: {
      read: async () => (await reader.read()).value,
      cancel: () => void reader.cancel().catch(() => {}), // Already broken or closed is as good as cancelled.
    },
  }
}

/** Codings of bodies that a runtime may undo by itself. */
const codings = /^\s*(?:(?:x-)?gzip|deflate|br|zstd|identity)?\s*$/i

/** Answers that are none, whatever their body says. */
function refusalOf({ status, headers }: RawResponse, request: HttpRequest): ResponseError | undefined {
  if (status === 0 || (status >= 300 && status < 400)) return redirectRefusal(status, headers, request)
  if (status === 407) return new ResponseError('http_protocol', 'A proxy asks for credentials', { status })
  const coding = headers.get('content-encoding')
  if (status >= 300 || coding === null || coding.split(',').every((one) => codings.test(one))) return
  const policy = { retries: 0, retriesWithFallback: 0 }
  return new ResponseError('bad_response', 'The body is coded in a way nobody knows', { status, policy })
}

/** A redirect could carry keys and prompts elsewhere; only its host is shown. */
function redirectRefusal(status: number, headers: RawResponse['headers'], request: HttpRequest): ResponseError {
  const location = headers.get('location')
  const target = location !== null && URL.canParse(location, request.url) ? new URL(location, request.url) : undefined
  const host = cleanText(target?.host || target?.protocol || 'an unknown place', [], 100)
  return new ResponseError('redirect_refused', `Refused a redirect (HTTP ${status}) to ${host}`, { status })
}

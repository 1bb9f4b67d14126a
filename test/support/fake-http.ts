/** A transport that answers from memory, for providers to be tried without a network. */
import type { Http, HttpRequest, HttpResponse, ServerEvent } from '../../src/types/http.ts'
import type { Provider, ProviderContext, ProviderEvent } from '../../src/types/provider.ts'
import type { ProviderChatRequest } from '../../src/types/request.ts'
import { bodyText, eventsOf, type WireCase } from './wire-corpus.ts'

/** What the transport answers; a stream's text is cut into events as the standard says. */
export interface FakeAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent as it is. */
  readonly text?: string
  /** Sizes of the batches events come in, repeated; default: one batch for each event. */
  readonly batches?: readonly number[]
  /** Thrown when the body has been read. */
  readonly error?: unknown
}

export interface FakeHttp {
  readonly context: ProviderContext
  readonly requests: readonly (HttpRequest & { readonly json: unknown })[]
  /** Responses whose body was let go. */
  readonly cancelled: readonly number[]
}

/** Answers requests one after the other; the last answer is repeated. */
export function fakeHttp(...answers: readonly FakeAnswer[]): FakeHttp {
  const requests: (HttpRequest & { json: unknown })[] = []
  const cancelled: number[] = []
  const http: Http = async (request) => {
    const turn = Math.min(requests.length, answers.length - 1)
    requests.push({ ...request, json: request.body === undefined ? undefined : JSON.parse(request.body) })
    return responseOf(answers[turn] ?? {}, () => cancelled.push(turn))
  }
  return { context: { signal: new AbortController().signal, http }, requests, cancelled }
}

/** The answer of a recorded exchange. */
export function recorded(wireCase: WireCase, more: FakeAnswer = {}): FakeAnswer {
  const { status, headers } = wireCase.response
  return { status, headers, text: bodyText(wireCase), ...more }
}

/** All a provider says in answer to a streaming request, and how it ended. */
export async function streamed(
  provider: Provider,
  request: ProviderChatRequest,
  context: ProviderContext,
): Promise<{ events: ProviderEvent[]; error: unknown }> {
  const events: ProviderEvent[] = []
  try {
    for await (const batch of provider.chatStream(request, context)) events.push(...batch)
    return { events, error: undefined }
  } catch (error) {
    return { events, error }
  }
}

function responseOf(answer: FakeAnswer, onCancel: () => void): HttpResponse {
  const { status = 200, headers = {}, batches = [1] } = answer
  const text = answer.text ?? (answer.body === undefined ? '' : JSON.stringify(answer.body))
  return {
    status,
    headers: { get: (name) => headers[name.toLowerCase()] ?? null },
    json: async () => JSON.parse(text),
    errorText: async () => text,
    events: () => batched(sseOrJson(text), batches, answer, onCancel),
    lines: () => batched(linesOf(text), batches, answer, onCancel),
    cancel: onCancel,
  }
}

function sseOrJson(text: string): ServerEvent[] {
  return /^[\s\uFEFF]*[{[]/.test(text) ? [{ event: 'json', data: text.trim() }] : eventsOf(`${text}\n\n`)
}

function linesOf(text: string): ServerEvent[] {
  return text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [{ data: line.trim() }]))
}

async function* batched(
  events: readonly ServerEvent[],
  sizes: readonly number[],
  { error }: FakeAnswer,
  onCancel: () => void,
): AsyncGenerator<readonly ServerEvent[]> {
  try {
    for (let at = 0, turn = 0; at < events.length; turn++) {
      const size = sizes[turn % sizes.length] ?? 1
      yield events.slice(at, at + size)
      at += size
    }
    if (error !== undefined) throw error
  } finally {
    onCancel()
  }
}

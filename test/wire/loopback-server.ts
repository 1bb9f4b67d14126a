import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the server answers to one request. */
export interface Answer {
  /** Default 200. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent as it is, in UTF-8; a stream of events when no content type is given. */
  readonly text?: string
  /** Places where the body is cut into pieces, ascending; each piece is one write. */
  readonly cuts?: readonly number[]
  /** After the last byte: end well, break the connection, or keep it open. Default `close`. */
  readonly end?: 'close' | 'reset' | 'hold'
}

/** One request as it came. */
export interface SeenRequest {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  readonly json: unknown
  /** Settles when the connection of this request is gone. */
  readonly closed: Promise<void>
}

/** A loopback server that answers as it is told. */
export interface LoopbackServer {
  readonly origin: string
  /** Answers from now on, one after the other; the last one is repeated. Forgets what was asked before. */
  answer(...answers: readonly Answer[]): void
  readonly requests: readonly SeenRequest[]
  close(): Promise<void>
}

/** Starts the server on a free port. */
export async function startLoopbackServer(): Promise<LoopbackServer> {
  let answers: readonly Answer[] = []
  let requests: SeenRequest[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString('utf8')
    const { method = '', url = '', headers } = request
    const closed = new Promise<void>((resolve) => response.once('close', resolve))
    requests.push({ method, path: url, headers, text, json: text === '' ? undefined : JSON.parse(text), closed })
    await send(response, answers[Math.min(requests.length, answers.length) - 1] ?? { status: 500 })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answer(...next) {
      answers = next
      requests = []
    },
    get requests() {
      return requests
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function send(response: ServerResponse, answer: Answer): Promise<void> {
  const { status = 200, headers, body, text = JSON.stringify(body) ?? '', cuts = [], end = 'close' } = answer
  const type = body === undefined && answer.text !== undefined ? 'text/event-stream' : 'application/json'
  response.sendDate = false
  response.writeHead(status, headers ?? { 'content-type': type })
  response.flushHeaders()
  const bytes = Buffer.from(text, 'utf8')
  let start = 0
  for (const cut of [...cuts, bytes.length]) {
    if (cut > start && !response.destroyed) {
      await new Promise<void>((resolve) => response.write(bytes.subarray(start, cut), () => resolve()))
      // Lets the reader take this piece before the next one is there.
      if (cuts.length > 0 || end !== 'close') await turns(2)
    }
    start = cut
  }
  if (end === 'reset') response.socket?.resetAndDestroy()
  else if (end === 'close') response.end()
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '../../types/clock.ts'
import { fillAnswer } from '../answer.ts'
import type { AnswerStep, Step } from '../step.ts'
import { sampleText, tokensOf } from '../tokens.ts'
import { type Dialect, isObject } from './dialects/dialect.ts'
import { dialectOf } from './dialects/dialects.ts'
import { opsFor, type Stock } from './dispatch.ts'
import type { Exchange } from './exchange.ts'
import { faultOf } from './faults/catalogue.ts'
import { play } from './player.ts'
import type { OpenRequest } from './recorded-request.ts'
import { factsOf, type RequestFacts } from './request-facts.ts'
import type { RequestLog } from './request-log.ts'
import type { Rules } from './rules.ts'

/** What handling a request needs. */
export interface HandlerParts {
  readonly rules: Rules
  readonly log: RequestLog
  readonly clock: Clock
  readonly stock: Stock
  readonly pieceBytes: number | undefined
  readonly connectionOf: (socket: Socket) => number
  /** True while the server itself is ending connections. */
  readonly isClosing: () => boolean
}

const usualStep: AnswerStep = { type: 'answer', pieces: tokensOf(sampleText) }

/** Answers the requests of one server. */
export class RequestHandler {
  readonly #parts: HandlerParts
  readonly #served = new WeakMap<Socket, number>()

  constructor(parts: HandlerParts) {
    this.#parts = parts
  }

  /** Reads a request, takes the next step of its script and carries it out. */
  async handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { log, clock } = this.#parts
    const at = clock.now()
    const path = incoming.url ?? '/'
    const dialect = dialectOf(pathname(path))
    const early = this.#takeEarlyFault(path, dialect)
    if (early) incoming.resume()
    const bytes = early ? undefined : await readBody(incoming)
    const body = bytes && parsed(bytes)
    const facts = factsOf(incoming.method ?? 'GET', pathname(path), body, dialect.name)
    const open: OpenRequest = {
      index: log.list.length,
      connection: this.#parts.connectionOf(incoming.socket),
      method: incoming.method ?? 'GET',
      path,
      headers: incoming.headers,
      body,
      bodyBytes: bytes?.length ?? 0,
      dialect: dialect.name,
      operation: facts.operation,
      model: facts.model,
      at,
      status: undefined,
      bytesSent: 0,
      outcome: 'open',
      endedAt: undefined,
    }
    log.list.push(open)
    const step = early ?? this.#nextStep(open, facts)
    if (this.#isNextAtConnection()) response.setHeader('connection', 'close')
    const exchange = this.#exchange(open, facts, dialect, step, incoming.socket)
    log.changed()
    await this.#answer(open, exchange, opsFor(step, exchange, facts, this.#parts.stock), response)
  }

  #nextStep({ index, path, dialect, operation, model, body }: OpenRequest, facts: RequestFacts): Step | undefined {
    const cursor = this.#parts.rules.find({ path, dialect, operation, model })
    return cursor ? cursor.next({ operation, model, index, last: facts.last, raw: body }) : usualStep
  }

  /** A fault that acts before the body was read can only be chosen by what the path tells. */
  #takeEarlyFault(path: string, dialect: Dialect): Step | undefined {
    const { operation } = factsOf('POST', pathname(path), undefined, dialect.name)
    const cursor = this.#parts.rules.find({ path, dialect: dialect.name, operation })
    const step = cursor?.peek()
    if (step?.type !== 'fault') return undefined
    const fault = faultOf(step.name)
    if (fault.at !== 'answer' || !fault.isEarly) return undefined
    cursor?.next({ operation: 'chat', model: '', index: this.#parts.log.list.length, raw: undefined })
    return step
  }

  /** The client must dial anew to meet a fault of connections, so it may not keep this one. */
  #isNextAtConnection(): boolean {
    const next = this.#parts.rules.unconditional?.peek()
    return next?.type === 'fault' && faultOf(next.name).at === 'connection'
  }

  #exchange(
    request: OpenRequest,
    facts: RequestFacts,
    dialect: Dialect,
    step: Step | undefined,
    socket: Socket,
  ): Exchange {
    const servedBefore = this.#served.get(socket) ?? 0
    this.#served.set(socket, servedBefore + 1)
    const { index, model, at, body } = request
    const answerTo = (good: AnswerStep) => fillAnswer(good, { model, prompt: facts.prompt, index })
    return {
      request,
      turn: { model, index, at, body: isObject(body) ? body : {} },
      dialect,
      wire: (facts.api === 'responses' ? dialect.responses : undefined) ?? dialect.chat,
      isStream: facts.operation === 'chatStream',
      last: facts.last,
      answer: answerTo(step?.type === 'answer' ? step : usualStep),
      answerTo,
      socket,
      servedBefore,
    }
  }

  async #answer(
    open: OpenRequest,
    exchange: Exchange,
    ops: Parameters<typeof play>[0],
    response: ServerResponse,
  ): Promise<void> {
    const { log, clock, pieceBytes, isClosing } = this.#parts
    const controller = new AbortController()
    const over = (outcome: OpenRequest['outcome']) => {
      if (open.outcome !== 'open') return
      open.outcome = outcome
      open.endedAt = clock.now()
      log.changed()
    }
    response.once('close', () => {
      over(isClosing() ? 'broken' : 'client-closed')
      controller.abort()
    })
    await play(ops, {
      response,
      socket: exchange.socket,
      clock,
      signal: controller.signal,
      pieceBytes,
      onStatus: (status) => {
        open.status = status
      },
      onBytes: (count) => {
        open.bytesSent += count
      },
      onEnd: (isWhole) => over(isWhole ? 'answered' : 'broken'),
    })
  }
}

function pathname(path: string): string {
  return path.split('?', 1)[0] ?? path
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of incoming) pieces.push(piece as Buffer)
  return Buffer.concat(pieces)
}

function parsed(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined
  const text = bytes.toString()
  try {
    return JSON.parse(text)
  } catch {
    return text // Kept as it came, for the test to look at.
  }
}

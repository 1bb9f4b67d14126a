import type { JsonObject } from '../../types/json.ts'
import { embeddingOf } from '../embedding.ts'
import type { AnswerStep, FailStep, Step } from '../step.ts'
import { countTokens } from '../tokens.ts'
import { answerOps, refusalOps } from './carry-out.ts'
import { isObject } from './dialects/dialect.ts'
import { type Exchange, jsonOps } from './exchange.ts'
import { faultOf } from './faults/catalogue.ts'
import { embedDimensions, embedInputs, type RequestFacts } from './request-facts.ts'
import { end, fin, head, pause, rst, silence, type WireOp, type WireOps } from './wire-op.ts'

/** What a server answers with besides its scripts. */
export interface Stock {
  readonly modelIds: readonly string[]
  readonly dimensions: number
  /** The one key that is let in; absent: any, or none. */
  readonly apiKey?: string | undefined
}

/** What happens on the wire for a step. */
export function opsFor(step: Step | undefined, exchange: Exchange, facts: RequestFacts, stock: Stock): WireOps {
  switch (step?.type) {
    case undefined:
      return refusalOps(exchange, mistake('The script of the fake server has ended'))
    case 'throw':
      return refusalOps(exchange, mistake('A server cannot throw; use fail, reset or fault'))
    case 'hang':
      return step.forMs === undefined ? [silence] : [pause(step.forMs), fin]
    case 'reset':
      return [rst]
    case 'fail':
      return refusalOps(exchange, step)
    case 'fault':
      return faultOps(step.name, exchange, step.options)
    case 'answer':
      return goodOps(step, exchange, facts, stock)
  }
}

function mistake(message: string): FailStep {
  return { type: 'fail', failure: 400, code: 'script_ended', message }
}

function faultOps(name: string, exchange: Exchange, options: JsonObject): WireOps {
  const fault = faultOf(name)
  if (fault.at === 'answer') return fault.play(exchange, options)
  // A connection fault met over a connection that is open already: the nearest thing is to lose it.
  return [rst]
}

function goodOps(step: AnswerStep, exchange: Exchange, facts: RequestFacts, stock: Stock): Iterable<WireOp> {
  const refused = refusalOfRequest(exchange, facts, stock)
  if (refused) return refusalOps(exchange, refused)
  const { dialect, turn } = exchange
  switch (facts.operation) {
    case 'chat':
    case 'chatStream':
      return answerOps(exchange, step)
    case 'models':
      return jsonOps(exchange, dialect.models(stock.modelIds))
    case 'embed': {
      const inputs = embedInputs(turn.body)
      const dimensions = embedDimensions(turn.body, stock.dimensions)
      const vectors = inputs.map((text) => embeddingOf(text, dimensions))
      return jsonOps(exchange, dialect.embeddings(vectors, countTokens(inputs), turn))
    }
    case 'countTokens':
      return jsonOps(exchange, dialect.countTokens?.(countTokens(facts.prompt)) ?? {})
    case 'key':
      return jsonOps(exchange, { data: { label: 'fake', usage: 0, limit: null, is_free_tier: false } })
    case 'unknown':
      return unknownPath(exchange)
  }
}

/** What the real services refuse too: a wrong key, a body without what they require. */
function refusalOfRequest(
  { request, dialect, turn }: Exchange,
  facts: RequestFacts,
  stock: Stock,
): FailStep | undefined {
  if (stock.apiKey !== undefined && !hasKey(request.headers, stock.apiKey)) return failing('auth_failed')
  if (facts.operation !== 'chat' && facts.operation !== 'chatStream') return undefined
  const { messages, contents, input, max_tokens: maxTokens } = turn.body
  const turns = messages ?? contents ?? input
  if (turns === undefined || (Array.isArray(turns) && turns.length === 0)) return failing('bad_request', 'no messages')
  if (facts.model === '') return failing('bad_request', 'no model')
  if (dialect.name === 'anthropic' && typeof maxTokens !== 'number') {
    return failing('bad_request', 'max_tokens: Field required')
  }
  return undefined
}

function failing(failure: FailStep['failure'], message?: string): FailStep {
  return { type: 'fail', failure, ...(message !== undefined && { message }) }
}

function hasKey(headers: Exchange['request']['headers'], key: string): boolean {
  const given = [headers.authorization, headers['x-api-key'], headers['x-goog-api-key'], headers['api-key']]
  return given.some((value) => value === key || value === `Bearer ${key}`)
}

function unknownPath(exchange: Exchange): Iterable<WireOp> {
  const { method, path } = exchange.request
  // LM Studio answers a wrong path with a 200.
  if (exchange.dialect.name === 'lmstudio') {
    const asked = path.replace(/^\/lmstudio(\/v1)?/, '')
    return jsonOps(exchange, { error: `Unexpected endpoint or method. (${method} ${asked})` })
  }
  const said = exchange.dialect.refusal(failing('model_not_found', `Not found: ${method} ${path}`), exchange.turn)
  const text = JSON.stringify(isObject(said.body) ? said.body : {})
  return [head(404, { ...said.headers, 'content-length': String(text.length) }), { do: 'body', data: text }, end]
}

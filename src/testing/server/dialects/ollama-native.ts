import type { FinishReason } from '../../../types/reply.ts'
import type { Answer } from '../../answer.ts'
import { type Dialect, type Frame, frame, isObject, type Json, type Turn, type Wire } from './dialect.ts'
import { openAiRefusal } from './openai-errors.ts'

const chat: Wire = {
  streamType: 'application/x-ndjson',
  framing: 'ndjson',
  newline: '\n',
  whole: (answer, turn) => ({
    ...lineOf(turn, answer.model, {
      content: answer.pieces.join('') + answer.refusal,
      ...(answer.reasoning.length > 0 && { thinking: answer.reasoning.join('') }),
      ...callsOf(answer),
    }),
    ...endOf(answer),
  }),
  frames,
  emptyFrame: (turn) => frame('empty', { ...lineOf(turn, turn.model, { content: '' }), done: false }),
  errorFrames: (body) => [frame('error', { error: textOf(body) })],
}

/** Ollama's own API, one JSON object a line. */
export const ollamaNative: Dialect = {
  name: 'ollama-native',
  base: '',
  chat,
  headers: () => ({}),
  refusal: (step, turn) => openAiRefusal(step, turn, ({ message }) => ({ error: message })),
  models: (ids) => ({
    models: ids.map((id) => ({
      name: id,
      model: id,
      modified_at: '2026-01-01T00:00:00Z',
      size: 1_000_000,
      digest: '0'.repeat(64),
      details: { family: 'fake', families: ['fake'], format: 'gguf', parameter_size: '1B', quantization_level: 'F16' },
    })),
  }),
  embeddings: (vectors, inputTokens, turn) => ({
    model: turn.model,
    embeddings: vectors,
    prompt_eval_count: inputTokens,
    total_duration: 1_000_000,
  }),
}

function* frames(answer: Answer, turn: Turn): Generator<Frame> {
  const line = (kind: Frame['kind'], message: Json) =>
    frame(kind, { ...lineOf(turn, answer.model, message), done: false })
  for (const thinking of answer.reasoning) yield line('token', { content: '', thinking })
  for (const content of answer.pieces) yield line('token', { content })
  if (answer.refusal) yield line('token', { content: answer.refusal })
  if (answer.toolCalls.length > 0) yield line('token', { content: '', ...callsOf(answer) })
  const end = { ...lineOf(turn, answer.model, { content: '' }), ...endOf(answer) }
  yield frame('finish', answer.finishReason === 'unknown' ? { ...end, done: false } : end)
}

function lineOf(turn: Turn, model: string, message: Json): Json {
  return { model, created_at: new Date(turn.at).toISOString(), message: { role: 'assistant', ...message } }
}

/** Calls have no id here, and their arguments are objects. */
function callsOf({ toolCalls }: Answer): Json {
  if (toolCalls.length === 0) return {}
  return {
    tool_calls: toolCalls.map(({ name, argumentsText }) => ({ function: { name, arguments: parsed(argumentsText) } })),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const doneReasons: Partial<Record<FinishReason, string>> = { length: 'length' }

function endOf({ usage, finishReason }: Answer): Json {
  return {
    done_reason: doneReasons[finishReason] ?? 'stop',
    done: true,
    total_duration: 2_000_000,
    load_duration: 1_000_000,
    ...(usage && {
      prompt_eval_count: usage.inputTokens,
      prompt_eval_duration: 400_000,
      eval_count: usage.outputTokens,
      eval_duration: 600_000,
    }),
  }
}

function textOf(body: unknown): string {
  const error = isObject(body) ? body.error : body
  if (typeof error === 'string') return error
  return isObject(error) && typeof error.message === 'string' ? error.message : 'an error was encountered'
}

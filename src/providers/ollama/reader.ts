import { ResponseError } from '../../errors/families.ts'
import type { LlmError } from '../../errors/llm-error.ts'
import type { ErrorCode } from '../../types/error-code.ts'
import type { JsonObject } from '../../types/json.ts'
import type { ProviderEvent } from '../../types/provider.ts'
import type { FinishReason } from '../../types/reply.ts'
import { CallRegister } from '../core/call-register.ts'
import { codeOfStatus, failureError, statusIn } from '../core/failure.ts'
import { saysContextLength } from '../core/failure-words.ts'
import { isObject } from '../core/json-schema.ts'
import { lookUp, objectOf, objectsIn, textOf } from '../core/reading.ts'
import { pushUsage } from '../core/usage.ts'
import type { Failure, StreamDecoder } from '../core/wire-format.ts'

/** Reads the lines of an answer; a whole answer is one line that is the last as well. */
export class OllamaDecoder implements StreamDecoder {
  isDone = false
  readonly #calls = new CallRegister()
  #hasOutput = false
  #isStarted = false

  push(payload: unknown, _event: string | undefined, out: ProviderEvent[]): void {
    if (!isObject(payload)) return
    if (payload.error != null) {
      throw decodeError({ status: 200, headers: noHeaders, body: payload, isInBody: true, hasOutput: this.#hasOutput })
    }
    const { message, model, logprobs, done } = payload
    if (!this.#isStarted && typeof model === 'string') {
      this.#isStarted = true
      out.push({ type: 'start', model })
    }
    const { thinking, content, tool_calls: calls } = objectOf(message)
    this.#pushText('reasoning', thinking, out)
    this.#pushText('text', content, out)
    for (const call of objectsIn(calls)) this.#pushCall(call, out)
    if (Array.isArray(logprobs) && logprobs.length > 0) out.push({ type: 'logprobs', logprobs })
    if (done === true) this.#finish(payload, out)
  }

  /** The last line says that it is the last; without it the stream was cut. */
  end(): void {}

  #pushText(type: 'text' | 'reasoning', text: unknown, out: ProviderEvent[]): void {
    if (text == null || text === '') return
    if (typeof text !== 'string') throw new ResponseError('bad_response', 'Ollama sent content that is not text')
    this.#hasOutput = true
    out.push({ type, text })
  }

  #pushCall({ id, function: called }: JsonObject, out: ProviderEvent[]): void {
    const { name, arguments: given } = objectOf(called)
    this.#hasOutput = true
    out.push({
      type: 'tool-call',
      index: this.#calls.next(),
      // Older servers give none.
      id: this.#calls.idFor(textOf(id), textOf(name)),
      name: textOf(name),
      argumentsText: typeof given === 'string' ? given.trim() || '{}' : JSON.stringify(given ?? {}),
    })
  }

  #finish(payload: JsonObject, out: ProviderEvent[]): void {
    this.isDone = true
    const { prompt_eval_count: input, eval_count: output, done_reason: reason } = payload
    if (input !== undefined || output !== undefined) {
      const raw = {
        ...(input !== undefined && { prompt_eval_count: input }),
        ...(output !== undefined && { eval_count: output }),
      }
      pushUsage(out, { input, output, raw })
    }
    const raw = textOf(reason)
    const finishReason =
      raw === 'stop' && this.#calls.count > 0
        ? 'tool-calls'
        : (lookUp(finishReasons, raw) ?? (raw ? 'other' : 'unknown'))
    out.push({ type: 'finish', finishReason, ...(raw !== '' && { raw }) })
  }
}

const finishReasons: Readonly<Record<string, FinishReason>> = { stop: 'stop', length: 'length' }

const noHeaders = { get: () => null }

/** Errors are a text, whatever the status; the text may come in a stream as well, with a status of its own. */
export function decodeError(failure: Failure): LlmError {
  const { status, body } = failure
  const { error, status_code, StatusCode } = objectOf(body)
  const message = textOf(error) || textOf(objectOf(error).message)
  const told = statusIn(status_code ?? StatusCode)
  const code = codeOf(told ?? status, message || textOf(body))
  return failureError(failure, { code, message, status: told })
}

function codeOf(status: number, message: string): ErrorCode {
  const words = message.slice(0, 2_000)
  if (saysContextLength(words)) return 'context_length_exceeded'
  if (/\bmodel\b.*\bnot found\b/i.test(words)) return 'model_not_found'
  if (/\bserver busy\b|maximum pending requests|overloaded/i.test(words) || status === 503) return 'overloaded'
  if (status === 429 && /usage limit|quota/i.test(words)) return 'quota_exhausted'
  return status < 400 ? 'server_error' : codeOfStatus(status)
}

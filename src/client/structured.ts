import { AllProvidersFailedError, RequestError, ResponseError } from '../errors/families.ts'
import { LlmError } from '../errors/llm-error.ts'
import { type Call, ruleFor } from '../resilience/call.ts'
import type { Candidate } from '../resilience/link.ts'
import type { Message } from '../types/message.ts'
import type { ChatReply } from '../types/reply.ts'
import type { AnySchema, SchemaIssue, StandardSchema } from '../types/schema.ts'
import { cleanText } from '../utils/clean-text.ts'
import { withoutNulls } from '../utils/without-nulls.ts'
import type { OpenRequest } from './attempts.ts'

/** An answer with what has to be known to have it mended. */
export interface Told {
  readonly reply: ChatReply
  /** The text as the model wrote it, before any guard. */
  readonly said: string
  readonly candidate: Candidate
}

/** Asks these candidates, in order. */
type Ask = (request: OpenRequest, candidates: readonly Candidate[]) => Promise<Told>

/** Why a text does not hold the value; `words` may repeat parts of it, `error` does not. */
interface Misfit {
  readonly error: ResponseError
  readonly words: string
}

/**
 * A reply whose `object` fits the schema. One that does not fit is asked for once more at the same provider, which is told
 * what was wrong; after that the next candidate is asked.
 */
export async function replyThatFits(
  call: Call,
  request: OpenRequest & { readonly schema: AnySchema },
  candidates: readonly Candidate[],
  ask: Ask,
): Promise<ChatReply<unknown>> {
  const errors: LlmError[] = []
  let left = candidates
  for (;;) {
    const result = await mended(call, request, left, ask).catch((error: unknown) => {
      throw joined([...errors, error as LlmError])
    })
    if (!('error' in result)) return result.reply
    const { error, candidate } = result
    errors.push(error)
    left = left.slice(left.indexOf(candidate) + 1)
    const [next] = left
    if (next === undefined || call.attemptsLeft <= 0 || ruleFor(call, error).next === 'no') throw joined(errors)
    const [from, to] = [candidate.link.provider.name, next.link.provider.name]
    call.emit?.({ type: 'fallback-taken', from, to, code: error.code })
  }
}

/** Fills in `object`. @throws ResponseError `bad_response` saying where the answer and the schema differ */
export async function withObject(reply: ChatReply, schema: AnySchema): Promise<ChatReply<unknown>> {
  if (!holdsObject(reply)) return reply
  const read = await objectOf(reply.text, schema)
  if ('error' in read) throw read.error
  return { ...reply, object: read.value }
}

/** The answer, or the one that comes after the complaint, with its object; else why the last of them does not fit. */
async function mended(
  call: Call,
  request: OpenRequest & { readonly schema: AnySchema },
  left: readonly Candidate[],
  ask: Ask,
): Promise<{ readonly reply: ChatReply<unknown> } | { readonly error: LlmError; readonly candidate: Candidate }> {
  const told = await ask(request, left)
  const { reply, candidate } = told
  const { schema } = request
  if (!holdsObject(reply)) return { reply }
  const read = await objectOf(reply.text, schema)
  if (!('error' in read)) return { reply: { ...reply, object: read.value } }
  const error = Object.assign(read.error, { provider: reply.provider, model: reply.model })
  const behind = left.slice(left.indexOf(candidate))
  const { retries, retriesWithFallback } = ruleFor(call, error)
  const mayRepair = (behind.length > 1 ? retriesWithFallback : retries) > 0 && !reply.isDegraded
  if (!mayRepair || call.attemptsLeft <= 0) return { error, candidate }
  const second = await ask(repair(request, told.said, await complaint(told, read.words, schema)), behind)
  if (!holdsObject(second.reply)) return second
  const again = await objectOf(second.reply.text, schema)
  if (!('error' in again)) return { reply: { ...second.reply, object: again.value } }
  const { provider, model } = second.reply
  return { error: Object.assign(again.error, { provider, model }), candidate: second.candidate }
}

/** What a guard took out of the answer, or put back into it, is not for the model: it is told of its own words. */
async function complaint({ reply, said }: Told, words: string, schema: AnySchema): Promise<string> {
  if (said === reply.text) return words
  const read = await objectOf(said, schema)
  return 'error' in read ? read.words : misfits
}

function repair(request: OpenRequest, said: string, words: string): OpenRequest {
  const messages: Message[] = [
    ...request.messages,
    { role: 'assistant', content: said },
    { role: 'user', content: `${words}. Answer again with the corrected JSON only.` },
  ]
  return { ...request, messages }
}

/** The error of the whole call: the one there was, or the last word of each. */
function joined(errors: readonly LlmError[]): LlmError {
  const last = errors.at(-1) as LlmError
  if (errors.length === 1 || last.code === 'aborted' || last.code === 'deadline_exceeded') return last
  const each = errors.flatMap((error) => (AllProvidersFailedError.isInstance(error) ? error.errors : [error]))
  return new AllProvidersFailedError(each, { cause: each[0] })
}

/** Whether an answer is meant to hold the value: not when it calls tools, was cut short or declined. */
function holdsObject(reply: ChatReply): boolean {
  return reply.toolCalls.length === 0 && (reply.finishReason === 'stop' || reply.finishReason === 'unknown')
}

const misfits = 'The answer does not fit the schema'

/** The value in a text, checked where the schema can. */
async function objectOf(text: string, schema: AnySchema): Promise<{ readonly value: unknown } | Misfit> {
  const parsed = parseJson(text)
  if ('error' in parsed || !isStandard(schema)) return parsed
  const { value } = parsed
  const result = await validated(schema, value)
  if (result.issues === undefined) return result
  // Strict forms of schemas make models say null where they mean nothing.
  const mended = await validated(schema, withoutNulls(value, result.issues))
  if (mended.issues === undefined) return mended
  const issues = result.issues.slice(0, 5)
  const words = issues.map((issue) => pathed(issue, issue.message)).join('; ')
  const shown = issues.map((issue) => pathed(issue, withoutWords(issue, value))).join('; ')
  const error = new ResponseError('bad_response', `${misfits}: ${cleanText(shown)}`)
  return { error, words: `${misfits}: ${cleanText(words)}` }
}

async function validated(schema: StandardSchema, value: unknown) {
  try {
    return await schema['~standard'].validate(value)
  } catch (thrown) {
    if (LlmError.isInstance(thrown)) throw thrown
    // What was thrown may repeat the answer.
    throw new RequestError(
      'request_invalid',
      'schema: it threw while it checked an answer; allowed: one that does not',
      {
        path: 'schema',
      },
    )
  }
}

function isStandard(schema: AnySchema): schema is StandardSchema {
  return '~standard' in schema
}

function keysOf({ path = [] }: SchemaIssue): string[] {
  return path.map((step) => String(typeof step === 'object' ? step.key : step))
}

function pathed(issue: SchemaIssue, message: string): string {
  const keys = keysOf(issue)
  return keys.length === 0 ? message : `${keys.join('.')}: ${message}`
}

/** Shorter values are found by chance in any message; in longer ones nobody looks. */
const shortest = 4
const longest = 10_000

/** Some schemas repeat the value they complain about; errors do not hold what an answer said. */
function withoutWords(issue: SchemaIssue, value: unknown): string {
  let found: unknown = value
  for (const key of keysOf(issue)) {
    found = typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[key] : undefined
  }
  let { message } = issue
  for (const words of wordsIn(found)) if (words.length >= shortest) message = message.replaceAll(words, '…')
  return message
}

function wordsIn(value: unknown): readonly string[] {
  if (typeof value === 'string' || typeof value === 'number') return [String(value)]
  if (typeof value !== 'object' || value === null) return []
  const whole = JSON.stringify(value).slice(0, longest)
  return [whole, ...(whole.match(/"(?:[^"\\]|\\.)*"/g) ?? []).map((text) => String(JSON.parse(text)))]
}

/** Models like to fence JSON in Markdown; everything else must be JSON already. */
function parseJson(text: string): { readonly value: unknown } | Misfit {
  const trimmed = text.trim()
  const fenced = trimmed.startsWith('```')
    ? trimmed.slice(trimmed.indexOf('\n') + 1, trimmed.lastIndexOf('```'))
    : trimmed
  try {
    return { value: JSON.parse(fenced) }
  } catch {
    const words = 'The answer is not JSON, though a schema was given'
    return { error: new ResponseError('bad_response', words), words }
  }
}

import { ResponseError } from '../errors/families.ts'
import type { LlmError } from '../errors/llm-error.ts'
import type { Message } from '../types/message.ts'
import type { ChatReply } from '../types/reply.ts'
import type { AnySchema, SchemaIssue, StandardSchema } from '../types/schema.ts'
import { cleanText } from '../utils/clean-text.ts'
import { withoutNulls } from '../utils/without-nulls.ts'
import type { OpenRequest } from './attempts.ts'

/**
 * The value a schema was asked for, read from the answer's text and checked where the schema can.
 *
 * @throws ResponseError `bad_response` saying where the answer and the schema differ
 */
export async function objectOf(text: string, schema: AnySchema): Promise<unknown> {
  const value = parseJson(text)
  if (!isStandard(schema)) return value
  const result = await schema['~standard'].validate(value)
  if (result.issues === undefined) return result.value
  // Strict forms of schemas make models say null where they mean nothing.
  const mended = await schema['~standard'].validate(withoutNulls(value, result.issues))
  if (mended.issues === undefined) return mended.value
  const issues = result.issues.slice(0, 5).map(describe).join('; ')
  throw new ResponseError('bad_response', `The answer does not fit the schema: ${cleanText(issues)}`)
}

/** The request that gives the model one chance to mend its answer. */
export function repairRequest(request: OpenRequest, reply: ChatReply, error: LlmError): OpenRequest {
  const messages: Message[] = [
    ...request.messages,
    { role: 'assistant', content: reply.text },
    { role: 'user', content: `${error.message}. Answer again with the corrected JSON only.` },
  ]
  return { ...request, messages }
}

/** Whether an answer is meant to hold the value: not when it calls tools, was cut short or declined. */
export function holdsObject(reply: ChatReply): boolean {
  return reply.toolCalls.length === 0 && (reply.finishReason === 'stop' || reply.finishReason === 'unknown')
}

function isStandard(schema: AnySchema): schema is StandardSchema {
  return '~standard' in schema
}

function describe({ message, path }: SchemaIssue): string {
  const keys = (path ?? []).map((step) => String(typeof step === 'object' ? step.key : step))
  return keys.length === 0 ? message : `${keys.join('.')}: ${message}`
}

/** Models like to fence JSON in Markdown; everything else must be JSON already. */
function parseJson(text: string): unknown {
  const trimmed = text.trim()
  const fenced = trimmed.startsWith('```')
    ? trimmed.slice(trimmed.indexOf('\n') + 1, trimmed.lastIndexOf('```'))
    : trimmed
  try {
    return JSON.parse(fenced)
  } catch {
    throw new ResponseError('bad_response', 'The answer is not JSON, though a schema was given')
  }
}

import { RequestError } from '../errors/families.ts'
import type { Message } from '../types/message.ts'
import { type Check, oneOf, show } from '../utils/check.ts'

/** A text that says something. */
export const text: Check = (value) =>
  typeof value === 'string' && value !== '' ? undefined : 'a text that is not empty'

const roles = oneOf('system', 'developer', 'user', 'assistant', 'tool')
const partTypes: Readonly<Record<string, readonly string[]>> = {
  system: ['text'],
  developer: ['text'],
  user: ['text', 'image', 'file'],
  assistant: ['text', 'refusal', 'reasoning', 'tool-call', 'provider'],
}

/** Checks a conversation. @throws RequestError `request_invalid` with the path of what is wrong */
export function checkMessages(messages: readonly Message[]): void {
  for (const [index, message] of messages.entries()) checkMessage(message, `messages[${index}]`)
}

function checkMessage(message: Message, path: string): void {
  if (typeof message !== 'object' || message === null) throw wrong(path, message, 'a message')
  const { role, content } = message
  const allowed = roles(role)
  if (allowed !== undefined) throw wrong(`${path}.role`, role, allowed)
  if (role === 'tool') {
    if (text(message.toolCallId) !== undefined)
      throw wrong(`${path}.toolCallId`, message.toolCallId, 'the id of the call this answers')
    if (content === undefined) throw wrong(`${path}.content`, content, 'a text or a JSON value')
    return
  }
  if (typeof content === 'string') return
  if (!Array.isArray(content)) throw wrong(`${path}.content`, content, 'a text or an array of parts')
  const types = partTypes[role] ?? []
  content.forEach((part: { type?: string; text?: unknown }, index) => {
    const wrongType = oneOf(...types)(part?.type)
    if (wrongType !== undefined) throw wrong(`${path}.content[${index}].type`, part?.type, wrongType)
    if (part.type === 'text' && typeof part.text !== 'string')
      throw wrong(`${path}.content[${index}].text`, part.text, 'a text')
  })
}

/** What was given, without a prompt's words: short identifiers as they are, other texts by their length. */
export function harmless(value: unknown): string {
  if (typeof value !== 'string' || /^[\w-]{1,20}$/.test(value)) return show(value)
  return `a text of ${value.length} characters`
}

/** The error for one wrong field. */
export function wrong(path: string, given: unknown, allowed: string): RequestError {
  return new RequestError('request_invalid', `${path}: got ${harmless(given)}; allowed: ${allowed}`, { path })
}

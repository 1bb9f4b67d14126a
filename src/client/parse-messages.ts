import type { Message } from '../types/message.ts'
import { anything, type Check, ofType, oneOf } from '../utils/check.ts'
import { checkFields, type Fields, plainObject, text, wrong } from './fields.ts'

const words = ofType('string')
const provenance = oneOf('trusted', 'user', 'untrusted')
const roles = oneOf('system', 'developer', 'user', 'assistant', 'tool')
const mediaType: Check = (value) =>
  typeof value === 'string' && /^[\w.+*-]+\/[\w.+*-]+/.test(value) ? undefined : "a media type, such as 'image/png'"
const url: Check = (value) =>
  typeof value === 'string' && (value.startsWith('data:') || URL.canParse(value))
    ? undefined
    : 'an absolute or data: URL'
const data: Check = (value) =>
  isBytes(value) || text(value) === undefined ? undefined : 'a Uint8Array, or its bytes in base64'

const message: Fields = { role: anything, content: anything, provenance }
const toolMessage: Fields = { ...message, toolCallId: anything, toolName: text, isError: ofType('boolean') }

const made: Fields = { type: anything, origin: plainObject, opaque: plainObject }
const source: Fields = { type: anything, url, data, mediaType }
const detail = oneOf('low', 'high', 'auto')

/** What parts are made of: their fields, those they need, and those of which they need one. */
const parts: Readonly<Record<string, { fields: Fields; needs?: readonly string[]; oneOf?: readonly string[] }>> = {
  text: { fields: { ...made, text: words, provenance, cache: ofType('boolean') }, needs: ['text'] },
  image: { fields: { ...source, detail }, oneOf: ['url', 'data'] },
  file: { fields: { ...source, fileId: text, filename: text }, oneOf: ['url', 'data', 'fileId'] },
  refusal: { fields: { ...made, text: words }, needs: ['text'] },
  reasoning: { fields: { ...made, text: words }, needs: ['text'] },
  'tool-call': {
    fields: {
      ...made,
      id: text,
      name: text,
      arguments: plainObject,
      argumentsText: words,
      isUnknownTool: ofType('boolean'),
    },
    needs: ['id', 'name'],
  },
  provider: { fields: { ...made, data: plainObject }, needs: ['origin', 'data'] },
}

const partTypes: Readonly<Record<string, readonly string[]>> = {
  system: ['text'],
  developer: ['text'],
  user: ['text', 'image', 'file'],
  assistant: ['text', 'refusal', 'reasoning', 'tool-call', 'provider'],
}

/** Checks a conversation. @throws RequestError `request_invalid` with the path of what is wrong */
export function checkMessages(messages: readonly Message[]): void {
  for (const [index, one] of messages.entries()) checkMessage(one, `messages[${index}]`)
}

/** Does the conversation hold anything to answer? */
export function asksSomething(messages: readonly Message[]): boolean {
  return messages.some(
    ({ role, content }) => role === 'tool' || (role !== 'system' && role !== 'developer' && content.length > 0),
  )
}

function checkMessage(given: Message, path: string): void {
  if (typeof given !== 'object' || given === null) throw wrong(path, given, 'a message')
  const { role, content } = given
  const allowed = roles(role)
  if (allowed !== undefined) throw wrong(`${path}.role`, role, allowed)
  checkFields(path, given, role === 'tool' ? toolMessage : message)
  if (role === 'tool') {
    if (text(given.toolCallId) !== undefined)
      throw wrong(`${path}.toolCallId`, given.toolCallId, 'the id of the call this answers')
    if (!isJson(content)) throw wrong(`${path}.content`, content, 'a text or a JSON value')
    return
  }
  if (typeof content === 'string') return
  if (!Array.isArray(content)) throw wrong(`${path}.content`, content, 'a text or an array of parts')
  const types = partTypes[role] ?? []
  content.forEach((part: object, index) => {
    checkPart(part, `${path}.content[${index}]`, types)
  })
}

function checkPart(part: object, path: string, types: readonly string[]): void {
  if (plainObject(part) !== undefined) throw wrong(path, part, "a part, such as { type: 'text', text }")
  const { type } = part as { readonly type?: string }
  const wrongType = oneOf(...types)(type)
  if (wrongType !== undefined) throw wrong(`${path}.type`, type, wrongType)
  const { fields, needs, oneOf: choices } = parts[type as string] as (typeof parts)[string]
  checkFields(path, part, fields, needs)
  if (choices?.every((name) => part[name as keyof typeof part] === undefined))
    throw wrong(path, part, `a part with ${choices.join(' or ')}`)
}

/** Also of another realm, as test environments have them. */
function isBytes(value: unknown): boolean {
  return Object.prototype.toString.call(value) === '[object Uint8Array]'
}

function isJson(value: unknown): boolean {
  return value !== undefined && !['function', 'symbol', 'bigint'].includes(typeof value)
}

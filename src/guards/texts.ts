// One walk over every text of a request, shared by all guards, so that none of them forgets a corner.

import type { GuardRequest } from '../types/guard.ts'
import type { JsonObject, JsonValue } from '../types/json.ts'
import type { AssistantPart, Message, Provenance, TextPart, ToolMessage, UserPart } from '../types/message.ts'
import type { Tool } from '../types/tool.ts'

/** Where a text of a request stands. */
export interface TextPlace {
  /** `messages[2].content[0].text`; values inside JSON are numbered: `messages[3].content#0`. Holds no text. */
  readonly where: string
  readonly role: 'system' | 'developer' | 'user' | 'assistant' | 'tool' | 'definition'
  /** `result` is a tool's answer, `arguments` what the model gave a tool, `definition` a tool's description. */
  readonly kind: 'text' | 'refusal' | 'reasoning' | 'arguments' | 'result' | 'definition' | 'user'
  /** Index of the message; -1 outside of messages. */
  readonly message: number
  readonly toolName?: string
  /** A number or a property name inside JSON rather than a string value. */
  readonly json?: 'number' | 'key'
  /** Name of the property a value inside JSON belongs to. It is text of the conversation: never report it. */
  readonly key?: string
  /** Who vouches for the text. */
  readonly provenance: Provenance
  /** Signed by the provider: the part is dropped when its text changes. */
  readonly isSealed?: boolean
}

/** Answers the text to put in place; the same string leaves it alone. */
export type TextVisitor = (text: string, place: TextPlace) => string

/**
 * Shows every text of a request to `visit` and answers the request with what it gave back: messages, tool results and
 * arguments (inside their JSON), descriptions of tools, and `user`. Parts that did not change keep their identity.
 * Pictures, files and provider-owned blocks hold no text we can read and are passed over.
 *
 * Arguments of tool calls that came as JSON text are taken apart and put together again; `visitJson` gets them as they
 * are written instead, and must answer JSON.
 */
export function mapTexts<Request extends GuardRequest>(
  request: Request,
  visit: TextVisitor,
  visitJson?: TextVisitor,
): Request {
  const messages = mapList(request.messages, (message, index) => mapMessage(message, index, visit, visitJson))
  const tools = request.tools && mapList(request.tools, (tool, index) => mapTool(tool, index, visit))
  const user =
    request.user && visit(request.user, { where: 'user', role: 'user', kind: 'user', message: -1, provenance: 'user' })
  if (messages === request.messages && tools === request.tools && user === request.user) return request
  return { ...request, messages, ...(tools && { tools }), ...(user !== undefined && { user }) }
}

/** Length of all texts of a request, in UTF-16 units. */
export function textLength(request: GuardRequest): number {
  let length = 0
  mapTexts(request, (text) => {
    length += text.length
    return text
  })
  return length
}

function mapMessage(message: Message, index: number, visit: TextVisitor, visitJson?: TextVisitor): Message {
  const { role, provenance = provenanceOf[role] ?? 'trusted' } = message
  const base: Base = { where: `messages[${index}].content`, role, message: index, provenance }
  if (message.role === 'tool') return mapResult(message, base, visit)
  const { content } = message
  const mapped =
    typeof content === 'string'
      ? visit(content, { ...base, kind: 'text' })
      : mapList(content as readonly AssistantPart[], (part, at) =>
          mapPart(part, { ...base, where: `${base.where}[${at}]` }, visit, visitJson),
        )
  return mapped === content ? message : ({ ...message, content: mapped } as Message)
}

type Base = Pick<TextPlace, 'where' | 'role' | 'message' | 'toolName' | 'provenance'>

const provenanceOf: Partial<Record<Message['role'], Provenance>> = { user: 'user', tool: 'untrusted' }

function mapPart<Part extends AssistantPart | UserPart>(
  part: Part,
  base: Base,
  visit: TextVisitor,
  visitJson?: TextVisitor,
): Part | undefined {
  switch (part.type) {
    case 'text':
    case 'refusal':
    case 'reasoning': {
      const isSealed = part.type === 'reasoning' && part.opaque !== undefined
      const { provenance = base.provenance } = part as TextPart
      const where = `${base.where}.text`
      const place: TextPlace = { ...base, provenance, where, kind: part.type, ...(isSealed && { isSealed }) }
      const text = visit(part.text, place)
      if (text === part.text) return part
      return isSealed ? undefined : { ...part, text }
    }
    case 'tool-call': {
      const place: TextPlace = { ...base, where: `${base.where}.arguments`, kind: 'arguments', toolName: part.name }
      if (part.argumentsText === undefined) {
        const value = part.arguments && (mapJson(part.arguments, place, visit) as JsonObject)
        return value === part.arguments ? part : { ...part, arguments: value }
      }
      const argumentsText = mapJsonText(part.argumentsText, place, visit, visitJson)
      if (argumentsText === part.argumentsText) return part
      const { arguments: _, ...rest } = part
      return { ...rest, argumentsText } as Part
    }
    default:
      return part
  }
}

function mapResult(message: ToolMessage, base: Base, visit: TextVisitor): ToolMessage {
  const { content, toolName } = message
  const place: TextPlace = { ...base, kind: 'result', ...(toolName !== undefined && { toolName }) }
  const mapped = isParts(content)
    ? mapList(content, (part, at) =>
        part.type === 'text'
          ? withText(
              part,
              visit(part.text, {
                ...place,
                where: `${place.where}[${at}].text`,
                provenance: part.provenance ?? place.provenance,
              }),
            )
          : part,
      )
    : typeof content === 'string'
      ? visit(content, place)
      : mapJson(content as JsonValue, place, visit)
  return mapped === content ? message : { ...message, content: mapped as JsonValue }
}

function withText<Part extends { readonly text: string }>(part: Part, text: string): Part {
  return text === part.text ? part : { ...part, text }
}

function isParts(content: ToolMessage['content']): content is readonly UserPart[] {
  return (
    Array.isArray(content) &&
    content.length > 0 &&
    content.every((part) => part?.type === 'image' || part?.type === 'file' || typeof part?.text === 'string')
  )
}

function mapTool(tool: Tool, index: number, visit: TextVisitor): Tool {
  if (tool.description === undefined) return tool
  const place: TextPlace = {
    where: `tools[${index}].description`,
    role: 'definition',
    kind: 'definition',
    message: -1,
    provenance: 'trusted',
    toolName: tool.name,
  }
  const description = visit(tool.description, place)
  return description === tool.description ? tool : { ...tool, description }
}

/** As `mapJson`, on JSON in its written form; text that is not JSON is visited as it is. */
function mapJsonText(text: string, place: TextPlace, visit: TextVisitor, visitJson?: TextVisitor): string {
  let value: JsonValue
  try {
    value = JSON.parse(text)
  } catch {
    return visit(text, place) // Broken arguments of a model still are text.
  }
  if (visitJson !== undefined) return visitJson(text, place)
  const mapped = mapJson(value, place, visit)
  return mapped === value ? text : JSON.stringify(mapped)
}

/** Visits every string, number and property name of a JSON value. A number that changes becomes a string. */
export function mapJson(value: JsonValue, place: TextPlace, visit: TextVisitor): JsonValue {
  let count = 0
  const next = (key: string | undefined, json?: 'number' | 'key'): TextPlace => ({
    ...place,
    where: `${place.where}#${count++}`,
    ...(json && { json }),
    ...(key !== undefined && { key }),
  })
  const walk = (node: JsonValue, key: string | undefined): JsonValue => {
    if (typeof node === 'string') return visit(node, next(key))
    if (typeof node === 'number') {
      const text = String(node)
      const mapped = visit(text, next(key, 'number'))
      return mapped === text ? node : mapped
    }
    if (typeof node !== 'object' || node === null) return node
    if (Array.isArray(node)) return mapList(node as readonly JsonValue[], (item) => walk(item, key))
    return mapObject(node as JsonObject)
  }
  const mapObject = (node: JsonObject): JsonObject => {
    let isChanged = false
    const entries = Object.entries(node).map(([key, item]) => {
      const mapped = item === undefined ? item : walk(item, key)
      const name = visit(key, next(undefined, 'key'))
      isChanged ||= mapped !== item || name !== key
      return [name, mapped] as const
    })
    // `fromEntries` defines properties, so a key named `__proto__` stays a key.
    return isChanged ? Object.fromEntries(entries) : node
  }
  return walk(value, undefined)
}

/** Maps a list and keeps its identity when no item changed; `undefined` takes an item out. */
function mapList<Item>(list: readonly Item[], map: (item: Item, index: number) => Item | undefined): readonly Item[] {
  let isChanged = false
  const mapped: Item[] = []
  list.forEach((item, index) => {
    const result = map(item, index)
    isChanged ||= result !== item
    if (result !== undefined) mapped.push(result)
  })
  return isChanged ? mapped : list
}

/**
 * Makes a conversation fit for one service: what only another service understands is taken out, each loss with a
 * warning, and what was made by the service itself goes back unchanged.
 */
import type { JsonObject, JsonValue } from '../../types/json.ts'
import type {
  AssistantMessage,
  AssistantPart,
  AssistantTextPart,
  Message,
  Origin,
  ProviderPart,
  ReasoningPart,
  RefusalPart,
  TextPart,
  ToolCallPart,
  ToolMessage,
  UserPart,
} from '../../types/message.ts'
import type { Warning } from '../../types/reply.ts'
import { type ToolIdRule, ToolIds } from './tool-ids.ts'

/** The service a conversation is lowered for, and what its format can take. */
export interface Target {
  /** Key of the service as `origin.provider` names it. */
  readonly provider: string
  readonly model: string
  /** Form of tool-call ids the service takes. Default: any. */
  readonly toolIds?: ToolIdRule
  /** May a part of this origin keep what only its maker understands? Asked for the `provider` itself; default: always. */
  readonly isOwn?: (origin: Origin, type: AssistantPart['type']) => boolean
  /** Keep the text of reasoning from elsewhere (its opaque data never). Default `false`: dropped. */
  readonly takesForeignReasoning?: boolean
  /** The format has a place for refusals. Default `false`: they become text. */
  readonly takesRefusals?: boolean
  /** System messages stay in their place as `system` turns. Default `false`: collected in `system`. */
  readonly hasInlineSystem?: boolean
  /** The service refuses texts of white space alone: they count as empty. */
  readonly refusesBlanks?: boolean
  /** The service takes no conversation that the assistant begins: a user turn is put before it, with a warning. */
  readonly needsUserFirst?: boolean
  /** The model does not go on from what the assistant began: a user turn is put behind it, with a warning. */
  readonly needsUserLast?: boolean
}

/** A call as the target gets it. */
export interface LoweredCall {
  readonly type: 'tool-call'
  /** In the form the target takes. */
  readonly id: string
  readonly name: string
  /** JSON text; `'{}'` when there are no arguments. */
  readonly argumentsText: string
  readonly opaque?: JsonObject
}

/** The result of one call. */
export interface LoweredResult {
  /** The id of the call in the form the target takes. */
  readonly id: string
  /** Name of the tool, found from the conversation. */
  readonly name: string
  /** The content as parts, empty texts left out; a JSON value as its JSON text. */
  readonly parts: readonly UserPart[]
  /** The content, when it is a JSON value other than a text. */
  readonly value?: JsonValue
  readonly isError: boolean
}

/** What an assistant turn holds when lowered; `origin` is the target's own where `opaque` is present. */
export type LoweredPart = AssistantTextPart | RefusalPart | ReasoningPart | LoweredCall | ProviderPart

/** One turn. The results of an assistant turn are one `tool` turn, and come right after it. */
export type Turn =
  | { readonly role: 'system'; readonly parts: readonly TextPart[] }
  | { readonly role: 'user'; readonly parts: readonly UserPart[] }
  | { readonly role: 'assistant'; readonly parts: readonly LoweredPart[] }
  | { readonly role: 'tool'; readonly results: readonly LoweredResult[] }

/** A lowered conversation. Turns and parts that came out empty are left out. */
export interface Conversation {
  /** All system texts in order; empty when the target has them inline. */
  readonly system: readonly TextPart[]
  readonly turns: readonly Turn[]
  /** Original ids of the calls that had to be renamed, by new id. */
  readonly originalIds: ReadonlyMap<string, string>
}

const none: ReadonlyMap<string, string> = new Map()

/** Lowers `messages` for `target`; each loss is added to `warnings`. */
export function lowerConversation(messages: readonly Message[], target: Target, warnings: Warning[]): Conversation {
  let ids: ToolIds | undefined
  const idsOf = (): ToolIds => {
    ids ??= new ToolIds(target.toolIds)
    return ids
  }
  const isEmpty: IsEmpty = target.refusesBlanks ? (text) => text.trim() === '' : (text) => text === ''
  let lower: ReturnType<typeof partLowerer> | undefined
  const system: TextPart[] = []
  const turns: Turn[] = []
  // What came since the last turn of the assistant: results overtake the rest.
  let results: LoweredResult[] = []
  let others: Turn[] = []
  const flush = () => {
    if (results.length > 0) turns.push({ role: 'tool', results })
    turns.push(...others)
    results = []
    others = []
  }
  for (const message of messages) {
    if (message.role === 'tool') results.push(resultOf(message, idsOf(), isEmpty))
    else if (message.role === 'assistant') {
      lower ??= partLowerer(target, idsOf(), isEmpty, warnings)
      const parts = partsOf(message).flatMap(lower)
      if (parts.length === 0) continue
      flush()
      turns.push({ role: 'assistant', parts })
    } else {
      const parts = filled(message.content, isEmpty)
      if (parts.length === 0) continue
      if (message.role === 'user') others.push({ role: 'user', parts })
      else if (target.hasInlineSystem) others.push({ role: 'system', parts: parts as TextPart[] })
      else system.push(...(parts as TextPart[]))
    }
  }
  flush()
  completeTurns(turns, target, warnings)
  return { system, turns, originalIds: ids?.originals ?? none }
}

/** The arguments of a call as an object, for formats that want one; text that is not a JSON object is wrapped. */
export function argumentsOf(call: LoweredCall): JsonObject {
  const value = parse(call.argumentsText)
  return isObject(value) ? value : { argumentsText: call.argumentsText }
}

/** The text of parts, joined; what is not text is left out. */
export function joinedText(parts: readonly (UserPart | LoweredPart)[], separator = '\n'): string {
  return parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join(separator)
}

function completeTurns(turns: Turn[], target: Target, warnings: Warning[]): void {
  const turnOf = (text: string): Turn => {
    warnings.push({
      code: 'turn-added',
      message: `Added '${text}', as ${target.provider} wants a turn of the user there`,
    })
    return { role: 'user', parts: [{ type: 'text', text }] }
  }
  if (target.needsUserFirst && turns[0]?.role !== 'user') turns.unshift(turnOf('(The conversation begins.)'))
  const last = turns.at(-1)
  // A turn that ends otherwise was paused, and goes back as it is.
  const isOpen = last?.role === 'assistant' && /text|reasoning|refusal/.test(last.parts.at(-1)?.type ?? '')
  if (target.needsUserLast && isOpen) turns.push(turnOf('Continue.'))
}

function partLowerer(
  target: Target,
  ids: ToolIds,
  isEmpty: IsEmpty,
  warnings: Warning[],
): (part: AssistantPart) => LoweredPart | readonly LoweredPart[] {
  const drop = (what: string, origin: Origin | undefined): readonly never[] => {
    const from = origin ? ` of ${origin.provider}` : ''
    warnings.push({ code: 'part-dropped', message: `Left out ${what}${from}, which ${target.provider} cannot take` })
    return []
  }
  const isOwn = ({ origin, type }: AssistantPart) =>
    origin?.provider === target.provider && (target.isOwn?.(origin, type) ?? true)
  return (part) => {
    switch (part.type) {
      case 'text':
        return isOwn(part) ? ownText(part, isEmpty) : foreignText(part, isEmpty, drop)
      case 'refusal':
        return isEmpty(part.text) ? [] : target.takesRefusals ? part : { type: 'text', text: part.text }
      case 'reasoning':
        if (isOwn(part)) return part
        if (target.takesForeignReasoning && part.text !== '') return { type: 'reasoning', text: part.text }
        return drop('reasoning', part.origin)
      case 'tool-call':
        if (part.opaque && !isOwn(part)) drop(`the signature of a call to ${part.name}`, part.origin)
        return callOf(part, ids, isOwn(part))
      default:
        return isOwn(part) ? part : drop(`a part (${String(part.data.type ?? 'unnamed')})`, part.origin)
    }
  }
}

type IsEmpty = (text: string) => boolean
type Drop = (what: string, origin: Origin | undefined) => readonly never[]

function ownText(part: AssistantTextPart, isEmpty: IsEmpty): readonly LoweredPart[] {
  // An empty text may carry a signature.
  return isEmpty(part.text) && part.opaque === undefined ? [] : [part]
}

function foreignText(
  { text, opaque, origin }: AssistantTextPart,
  isEmpty: IsEmpty,
  drop: Drop,
): readonly LoweredPart[] {
  if (opaque !== undefined) drop('the signature of a text', origin)
  return isEmpty(text) ? [] : [{ type: 'text', text }]
}

function callOf(part: ToolCallPart, ids: ToolIds, isOwn: boolean): LoweredCall {
  const { id, name, opaque } = part
  const argumentsText = part.argumentsText?.trim() || JSON.stringify(part.arguments ?? {})
  return {
    type: 'tool-call',
    id: ids.ofCall(id, name),
    name,
    argumentsText: argumentsText === 'null' ? '{}' : argumentsText,
    ...(isOwn && opaque && { opaque }),
  }
}

function resultOf(message: ToolMessage, ids: ToolIds, isEmpty: IsEmpty): LoweredResult {
  const { toolCallId, toolName, content, isError } = message
  const call = ids.ofResult(toolCallId)
  const base = { id: call.id, name: toolName ?? call.name ?? toolCallId, isError: isError ?? false }
  if (typeof content === 'string' || isParts(content)) return { ...base, parts: filled(content, isEmpty) }
  return { ...base, value: content, parts: [{ type: 'text', text: JSON.stringify(content) }] }
}

const partTypes: readonly unknown[] = ['text', 'image', 'file']

function isParts(content: ToolMessage['content']): content is readonly UserPart[] {
  return Array.isArray(content) && content.length > 0 && content.every((part) => partTypes.includes(part?.type))
}

function partsOf({ content }: AssistantMessage): readonly AssistantPart[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content
}

function filled(content: string | readonly UserPart[], isEmpty: IsEmpty): readonly UserPart[] {
  const parts: readonly UserPart[] = typeof content === 'string' ? [{ type: 'text', text: content }] : content
  return parts.filter((part) => part.type !== 'text' || !isEmpty(part.text))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // The caller wraps what is not JSON.
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

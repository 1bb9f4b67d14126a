import type { JsonObject } from '../../types/json.ts'
import type { Warning } from '../../types/reply.ts'
import type { ProviderChatRequest } from '../../types/request.ts'
import {
  joinedText,
  type LoweredCall,
  type LoweredPart,
  type LoweredResult,
  lowerConversation,
  type Turn,
} from '../core/conversation.ts'
import { objectsIn } from '../core/reading.ts'
import { encodeContent, encodePart, type PartTarget } from './encode-parts.ts'
import type { ChatService } from './service.ts'

/** The conversation as chat completions have it: every turn in its place. */
export function encodeMessages(request: ProviderChatRequest, target: PartTarget, warnings: Warning[]): JsonObject[] {
  const { service, model } = target
  const { turns } = lowerConversation(
    request.messages,
    {
      provider: service.kind,
      model,
      hasInlineSystem: true,
      takesRefusals: service.takesRefusals ?? false,
      ...(service.toolIds && { toolIds: service.toolIds }),
    },
    warnings,
  )
  return turns.flatMap((turn) => encodeTurn(turn, target, warnings))
}

function encodeTurn(turn: Turn, target: PartTarget, warnings: Warning[]): JsonObject[] {
  switch (turn.role) {
    case 'system':
      return [{ role: target.quirks.systemRole ?? 'system', content: systemContent(turn, target) }]
    case 'user':
      return [{ role: 'user', content: encodeContent(turn.parts, target) }]
    case 'tool':
      return toolMessages(turn.results, target)
    default:
      return [assistantMessage(turn.parts, target.service, warnings)]
  }
}

function systemContent({ parts }: Turn & { role: 'system' }, target: PartTarget): string | JsonObject[] {
  const hasHint = target.service.hasCacheHints && parts.some(({ cache }) => cache)
  return hasHint ? parts.map((part) => encodePart(part, target)) : joinedText(parts)
}

/** One message for each call, right after the calls; what is no text follows as a user turn. */
function toolMessages(results: readonly LoweredResult[], target: PartTarget): JsonObject[] {
  const attached = results.flatMap(({ name, parts }) => {
    const others = parts.filter(({ type }) => type !== 'text')
    if (others.length === 0) return []
    return [{ type: 'text', text: `From the result of ${name}:` }, ...others.map((part) => encodePart(part, target))]
  })
  return [
    ...results.map(({ id, parts }) => ({ role: 'tool', tool_call_id: id, content: joinedText(parts) })),
    ...(attached.length > 0 ? [{ role: 'user', content: attached }] : []),
  ]
}

function assistantMessage(parts: readonly LoweredPart[], service: ChatService, warnings: Warning[]): JsonObject {
  if (parts.some(isOneWay))
    warnings.push({ code: 'part-dropped', message: `Left out what ${service.kind} made and does not take back here` })
  const calls = parts.filter((part) => part.type === 'tool-call')
  const text = joinedText(parts, '')
  const refusal = parts.flatMap((part) => (part.type === 'refusal' ? [part.text] : [])).join('')
  return {
    role: 'assistant',
    content: text === '' && (calls.length > 0 || refusal !== '') ? null : text,
    ...(refusal !== '' && { refusal }),
    ...reasoningFields(parts, service),
    ...(calls.length > 0 && { tool_calls: calls.map(encodeCall) }),
  }
}

function encodeCall({ id, name, argumentsText, opaque }: LoweredCall): JsonObject {
  return { id, type: 'function', function: { name, arguments: argumentsText }, ...extraOf(opaque) }
}

/** Another API of the service may have marked the call in its own way. */
function extraOf({ extra_content: extra }: JsonObject = {}): JsonObject {
  return extra === undefined ? {} : { extra_content: extra }
}

/** Of another API of the service, or a picture or sound it made. */
function isOneWay(part: LoweredPart): boolean {
  const { opaque } = part as { opaque?: JsonObject }
  return part.type === 'provider' || (part.type === 'reasoning' && opaque !== undefined && !opaque.reasoning_details)
}

/** Reasoning goes back only where the service asks for it; of elsewhere nothing is left here. */
function reasoningFields(
  parts: readonly LoweredPart[],
  { takesReasoningContent, details: made }: ChatService,
): JsonObject {
  const own = parts.filter((part) => part.type === 'reasoning')
  // A turn without it is refused by services that want it back, an empty one is taken.
  if (takesReasoningContent) return { reasoning_content: own.map(({ text }) => text).join('') }
  if (made === undefined) return {}
  const details = own.flatMap(({ opaque }) => objectsIn(opaque?.reasoning_details))
  return details.length > 0 ? { reasoning_details: details } : {}
}

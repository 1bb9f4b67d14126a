import { errorOf } from '../../errors/families.ts'
import type { LlmError } from '../../errors/llm-error.ts'
import type { JsonObject } from '../../types/json.ts'
import type { FilePart, UserPart } from '../../types/message.ts'
import type { Warning } from '../../types/reply.ts'
import { contentOf, dataUrl } from '../core/content.ts'
import {
  type Conversation,
  joinedText,
  type LoweredCall,
  type LoweredPart,
  type LoweredResult,
} from '../core/conversation.ts'

/** A conversation as the `instructions` and `input` of a request. */
export interface ResponseInput {
  readonly instructions?: string
  readonly input: readonly JsonObject[]
}

/**
 * Puts a lowered conversation (system turns in place) into input items. What the system says before anyone else becomes
 * the instructions; what it says later stays where it was said.
 */
export function inputOf({ turns }: Conversation, systemRole: string, warnings: Warning[]): ResponseInput {
  const start = turns.findIndex(({ role }) => role !== 'system')
  // Instructions alone are no request.
  const opening = turns.slice(0, Math.max(0, start))
  const instructions = opening.flatMap((turn) => (turn.role === 'system' ? [joinedText(turn.parts)] : [])).join('\n\n')
  const customIds = new Set<string>()
  const input = turns.slice(opening.length).flatMap((turn): JsonObject[] => {
    switch (turn.role) {
      case 'system':
        return [message(systemRole, joinedText(turn.parts))]
      case 'user':
        return [{ ...message('user', ''), content: turn.parts.map(contentPart) }]
      case 'tool':
        return turn.results.map((result) => outputItem(result, customIds))
      default:
        return assistantItems(turn.parts, customIds, warnings)
    }
  })
  return { ...(instructions !== '' && { instructions }), input }
}

function message(role: string, content: string): JsonObject {
  return { type: 'message', role, content }
}

function assistantItems(parts: readonly LoweredPart[], customIds: Set<string>, warnings: Warning[]): JsonObject[] {
  const items: JsonObject[] = []
  for (const part of parts) {
    if (part.type === 'text' || part.type === 'refusal') {
      const phase = part.type === 'text' ? part.opaque?.phase : undefined
      items.push({ ...message('assistant', part.text), ...(phase !== undefined && { phase }) })
    } else if (part.type === 'tool-call') items.push(callItem(part, customIds))
    else if (part.type === 'provider') items.push(part.data)
    else if (part.opaque?.type === 'reasoning') items.push(part.opaque)
    else
      warnings.push({
        code: 'part-dropped',
        message: 'Left out reasoning without its content: a summary is not taken back',
      })
  }
  return items
}

function callItem({ id, name, argumentsText, opaque }: LoweredCall, customIds: Set<string>): JsonObject {
  if (opaque?.type === 'custom_tool_call') {
    customIds.add(id)
    return { type: 'custom_tool_call', call_id: id, name, input: argumentsText }
  }
  const namespace = opaque?.namespace
  return {
    type: 'function_call',
    call_id: id,
    name,
    arguments: argumentsText,
    ...(namespace !== undefined && { namespace }),
  }
}

function outputItem({ id, parts }: LoweredResult, customIds: ReadonlySet<string>): JsonObject {
  return {
    type: customIds.has(id) ? 'custom_tool_call_output' : 'function_call_output',
    call_id: id,
    output: parts.every(({ type }) => type === 'text') ? joinedText(parts) : parts.map(contentPart),
  }
}

function contentPart(part: UserPart): JsonObject {
  if (part.type === 'text') return { type: 'input_text', text: part.text }
  const content = contentOf(part)
  if (content === undefined) throw cannotTake(part, 'it has neither url, data nor id')
  const { mediaType } = content
  const isImage = part.type === 'image' || mediaType?.startsWith('image/')
  if (content.kind === 'id')
    return isImage ? { type: 'input_image', file_id: content.id } : fileItem({ file_id: content.id })
  if (mediaType?.startsWith('audio/')) throw cannotTake(part, mediaType)
  const url = content.kind === 'url' ? content.url : dataUrl(content.mediaType, content.base64)
  if (isImage) {
    const detail = part.type === 'image' ? part.detail : undefined
    return { type: 'input_image', image_url: url, ...(detail !== undefined && { detail }) }
  }
  if (content.kind === 'url') return fileItem({ file_url: url })
  const ending = content.mediaType.split(/[/+;]/)[1] ?? 'bin'
  return fileItem({ filename: (part as FilePart).filename ?? `file.${ending}`, file_data: url })
}

function fileItem(fields: JsonObject): JsonObject {
  return { type: 'input_file', ...fields }
}

/** Answering without what the user attached would be worse than asking another provider. */
function cannotTake(part: UserPart, what: string): LlmError {
  return errorOf('request_invalid', `The Responses API cannot take this ${part.type}: ${what}`, {
    path: 'messages',
    policy: { next: 'yes' },
  })
}

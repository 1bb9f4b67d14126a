/** Turns of a conversation as Claude takes them. */
import { errorOf } from '../../errors/families.ts'
import type { JsonObject, JsonValue } from '../../types/json.ts'
import type { FilePart, ImagePart, TextPart, UserPart } from '../../types/message.ts'
import type { Warning } from '../../types/reply.ts'
import { contentOf, textOfBase64 } from '../core/content.ts'
import { argumentsOf, type LoweredPart, type Turn } from '../core/conversation.ts'

/** A block or message while it is being built. */
export type Block = Record<string, JsonValue | undefined>

/** A message of the request. */
export interface ClaudeMessage {
  readonly role: 'user' | 'assistant'
  readonly content: Block[]
}

/** Most marks for caching in one request. */
const maxCacheMarks = 4

const pictures = ['image/jpeg', 'image/png', 'image/gif', 'image/webp']

/** Messages of the turns: neighbours of one role are one message, so that all results of a turn come first in theirs. */
export function messagesOf(turns: readonly Turn[], warnings: Warning[]): ClaudeMessage[] {
  const messages: ClaudeMessage[] = []
  for (const turn of turns) {
    const content = blocksOf(turn, warnings)
    if (content.length === 0) continue
    const role = turn.role === 'assistant' ? 'assistant' : 'user'
    const last = messages.at(-1)
    if (last?.role === role) last.content.push(...content)
    else messages.push({ role, content })
  }
  return messages
}

/** A text with its mark for caching. */
export function textBlock({ text, cache }: Pick<TextPart, 'text' | 'cache'>): Block {
  return { type: 'text', text, ...(cache && { cache_control: { type: 'ephemeral' } }) }
}

/** Takes off the earliest marks where there are more than the service allows: later ones cover more. */
export function limitCacheMarks(blocks: readonly Block[], warnings: Warning[]): void {
  const marked = blocks.filter((block) => block.cache_control !== undefined)
  for (const block of marked.slice(0, -maxCacheMarks)) {
    delete block.cache_control
    warnings.push({ code: 'parameter-dropped', message: `cache was left out of a text: ${maxCacheMarks} are allowed` })
  }
}

/** Does the request name files of the provider's own store? They need a beta flag. */
export function namesFiles(blocks: readonly Block[]): boolean {
  return blocks.some(({ source, content }) => {
    const isFile = (source as JsonObject | undefined)?.type === 'file'
    return isFile || (Array.isArray(content) && namesFiles(content as Block[]))
  })
}

function blocksOf(turn: Turn, warnings: Warning[]): Block[] {
  if (turn.role === 'assistant') {
    // A message must not end with thinking; an answer that was cut there has nothing more to say.
    const end = turn.parts.findLastIndex(({ type }) => type !== 'reasoning') + 1
    for (let i = end; i < turn.parts.length; i++) warnings.push(dropped('reasoning at the end of a turn'))
    return turn.parts.slice(0, end).flatMap((part) => assistantBlocks(part, warnings))
  }
  if (turn.role !== 'tool') return turn.parts.flatMap(userBlocks)
  return turn.results.map(({ id, parts, isError }) => {
    const content = parts.flatMap(userBlocks)
    return {
      type: 'tool_result',
      tool_use_id: id,
      ...(content.length > 0 && { content }),
      ...(isError && { is_error: true }),
    }
  })
}

function assistantBlocks(part: LoweredPart, warnings: Warning[]): Block[] {
  switch (part.type) {
    case 'tool-call':
      return [{ type: 'tool_use', id: part.id, name: part.name, input: argumentsOf(part) }]
    case 'provider':
      return [{ ...part.data }]
    case 'reasoning': {
      const { signature, data } = part.opaque ?? {}
      if (data !== undefined) return [{ type: 'redacted_thinking', data }]
      if (signature !== undefined) return [{ type: 'thinking', thinking: part.text, signature }]
      warnings.push(dropped('reasoning without a signature'))
      return []
    }
    default:
      return [textBlock(part)]
  }
}

function dropped(what: string): Warning {
  return { code: 'part-dropped', message: `Left out ${what}, which is refused` }
}

function userBlocks(part: UserPart): Block[] {
  if (part.type === 'text') return [textBlock(part)]
  const content = contentOf(part)
  if (content === undefined) throw cannotTake(part, 'nothing: it has neither url, data nor id')
  const { mediaType = part.type === 'image' ? 'image/*' : 'application/pdf' } = content
  const isPicture = mediaType.startsWith('image/')
  const titled = part.type === 'file' && part.filename && !isPicture ? { title: part.filename } : {}
  const block = (source: JsonObject): Block[] => [{ type: isPicture ? 'image' : 'document', source, ...titled }]
  if (content.kind === 'id') return block({ type: 'file', file_id: content.id })
  if (content.kind === 'url') {
    if (!isPicture && mediaType !== 'application/pdf') throw cannotTake(part, `${mediaType} by URL`)
    return block({ type: 'url', url: content.url })
  }
  const { base64: data } = content
  if (isPicture ? pictures.includes(mediaType) : mediaType === 'application/pdf')
    return block({ type: 'base64', media_type: mediaType, data })
  if (!isText(mediaType)) throw cannotTake(part, mediaType)
  return block({ type: 'text', media_type: 'text/plain', data: textOfBase64(data) })
}

function isText(mediaType: string): boolean {
  return mediaType.startsWith('text/') || /^application\/(?:.*\+)?(?:json|xml|yaml)$/.test(mediaType)
}

/** Answering without what the user attached would be worse than asking another provider. */
function cannotTake(part: ImagePart | FilePart, what: string): Error {
  return errorOf('request_invalid', `Claude cannot take this ${part.type}: ${what}`, { policy: { next: 'yes' } })
}

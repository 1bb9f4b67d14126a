/** Turns of a conversation as Gemini takes them. */
import { errorOf } from '../../errors/families.ts'
import type { JsonObject, JsonValue } from '../../types/json.ts'
import type { UserPart } from '../../types/message.ts'
import { contentOf } from '../core/content.ts'
import { argumentsOf, joinedText, type LoweredPart, type LoweredResult, type Turn } from '../core/conversation.ts'
import { isObject } from '../core/json-schema.ts'
import type { GeminiQuirks } from './quirks.ts'

/** A part while it is being built. */
type Part = Record<string, JsonValue | undefined>

/** One entry of the request's contents. */
export interface Content {
  readonly role: 'user' | 'model'
  readonly parts: Part[]
}

/** Stands for the signature of a call that another provider made. */
const foreignSignature = 'skip_thought_signature_validator'

/** Contents of the turns; neighbours of one role are one content. */
export function contentsOf(turns: readonly Turn[], quirks: GeminiQuirks): Content[] {
  const contents: Content[] = []
  for (const turn of turns) {
    const role = turn.role === 'assistant' ? 'model' : 'user'
    const parts = partsOf(turn, quirks)
    const last = contents.at(-1)
    if (last?.role === role) last.parts.push(...parts)
    else contents.push({ role, parts })
  }
  if (quirks.needsSignatures) for (const { parts } of contents) signFirstCall(parts)
  return contents
}

function userPart(part: UserPart): Part {
  if (part.type === 'text') return { text: part.text }
  const content = contentOf(part)
  if (content === undefined) {
    throw errorOf('request_invalid', `The ${part.type} has neither url, data nor id`, { policy: { next: 'yes' } })
  }
  if (content.kind === 'bytes') return { inlineData: { mimeType: content.mediaType, data: content.base64 } }
  const fileUri = content.kind === 'url' ? content.url : content.id
  return { fileData: { fileUri, ...(content.mediaType && { mimeType: content.mediaType }) } }
}

function partsOf(turn: Turn, quirks: GeminiQuirks): Part[] {
  if (turn.role === 'assistant') return turn.parts.map(modelPart)
  if (turn.role === 'tool') return turn.results.flatMap((result) => resultParts(result, quirks))
  return turn.parts.map(userPart)
}

function modelPart(part: LoweredPart): Part {
  if (part.type === 'provider') return { ...part.data }
  const thoughtSignature = part.type === 'refusal' ? undefined : part.opaque?.thoughtSignature
  const signed = thoughtSignature === undefined ? {} : { thoughtSignature }
  if (part.type !== 'tool-call')
    return { text: part.text, ...(part.type === 'reasoning' && { thought: true }), ...signed }
  return { functionCall: { id: part.id, name: part.name, args: argumentsOf(part) }, ...signed }
}

/** Of the calls of one step only the first carries a signature, and only it is looked at. */
function signFirstCall(parts: Part[]): void {
  const first = parts.find((part) => part.functionCall !== undefined)
  if (first) first.thoughtSignature ??= foreignSignature
}

function resultParts(
  { id, name, parts, value, isError }: LoweredResult,
  { hasPicturesInResults }: GeminiQuirks,
): Part[] {
  const pictures = parts.filter((part) => part.type !== 'text').map(userPart)
  const inside = hasPicturesInResults ? pictures.filter(({ inlineData }) => inlineData !== undefined) : []
  const beside = pictures.filter((part) => !inside.includes(part))
  const told = value ?? joinedText(parts)
  const response: JsonObject = isError ? { error: told } : isObject(told) ? told : { result: told }
  const functionResponse = { id, name, response, ...(inside.length > 0 && { parts: inside }) }
  return [{ functionResponse }, ...beside]
}

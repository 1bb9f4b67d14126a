import { RequestError } from '../../errors/families.ts'
import type { JsonObject } from '../../types/json.ts'
import type { FilePart, ImagePart, UserPart } from '../../types/message.ts'
import { contentOf, dataUrl, textOfBase64 } from '../core/content.ts'
import type { Inability, ModelQuirks } from '../core/quirks.ts'
import type { ChatService } from './service.ts'

/** What content is encoded for. */
export interface PartTarget {
  readonly service: ChatService
  readonly quirks: ModelQuirks
  readonly model: string
}

const textTypes = /^(?:text\/|application\/(?:json|xml|yaml)\b)/
const audioFormats: Readonly<Record<string, string>> = { mpeg: 'mp3', wave: 'wav', 'x-wav': 'wav', 'vnd.wave': 'wav' }

/** The content of a user turn: a text where it is one, which every server takes, else parts. */
export function encodeContent(parts: readonly UserPart[], target: PartTarget): string | JsonObject[] {
  const [first] = parts
  const isHint = first?.type === 'text' && first.cache && target.service.hasCacheHints
  return parts.length === 1 && first?.type === 'text' && !isHint
    ? first.text
    : parts.map((part) => encodePart(part, target))
}

/** One part of a user turn. */
export function encodePart(part: UserPart, target: PartTarget): JsonObject {
  if (part.type === 'text') {
    const isHint = part.cache && target.service.hasCacheHints
    return { type: 'text', text: part.text, ...(isHint && { cache_control: { type: 'ephemeral' } }) }
  }
  const { mediaType = '' } = contentOf(part) ?? {}
  if (part.type === 'image' || mediaType.startsWith('image/')) return imagePart(part, target)
  return mediaType.startsWith('audio/') ? audioPart(part, mediaType, target) : filePart(part, target)
}

function imagePart(part: ImagePart | FilePart, target: PartTarget): JsonObject {
  refuse(target, 'images', 'images')
  const content = contentOf(part)
  if (content === undefined || content.kind === 'id') throw cannot(target, 'images by id')
  if (content.kind === 'url') refuse(target, 'imageUrls', 'images by URL; give the bytes')
  const url = content.kind === 'url' ? content.url : dataUrl(content.mediaType, content.base64)
  const detail = part.type === 'image' ? part.detail : undefined
  return { type: 'image_url', image_url: { url, ...(detail && { detail }) } }
}

function audioPart(part: FilePart, mediaType: string, target: PartTarget): JsonObject {
  refuse(target, 'audio', 'audio')
  const content = contentOf(part)
  if (content?.kind !== 'bytes') throw cannot(target, 'audio by URL or id; give the bytes')
  const subtype = mediaType.slice('audio/'.length)
  return { type: 'input_audio', input_audio: { data: content.base64, format: audioFormats[subtype] ?? subtype } }
}

function filePart(part: FilePart, target: PartTarget): JsonObject {
  const { filename } = part
  const content = contentOf(part)
  // Plain text needs no file support at all.
  if (content?.kind === 'bytes' && textTypes.test(content.mediaType)) {
    const text = textOfBase64(content.base64)
    return { type: 'text', text: filename === undefined ? text : `${filename}:\n${text}` }
  }
  refuse(target, 'files', 'files')
  if (content?.kind === 'id') return { type: 'file', file: { file_id: content.id } }
  if (content === undefined || (content.kind === 'url' && !target.service.hasFileUrls))
    throw cannot(target, 'files by URL; give the bytes')
  const data = content.kind === 'url' ? content.url : dataUrl(content.mediaType, content.base64)
  return { type: 'file', file: { filename: filename ?? 'file', file_data: data } }
}

function refuse(target: PartTarget, inability: Inability, what: string): void {
  if (target.quirks.refuses.has(inability)) throw cannot(target, what)
}

/** Another candidate may well take it, so the chain goes on. */
export function cannot({ model, service }: PartTarget, what: string): RequestError {
  return new RequestError('request_invalid', `${model} at ${service.kind} does not take ${what}`, {
    path: 'messages',
    policy: { next: 'yes' },
  })
}

import type { JsonObject, JsonValue } from './json.ts'

/** Where a message part came from; parts that only their maker understands are sent back to it alone. */
export interface Origin {
  /** Wire format and service that made the part, for example `anthropic` or `openrouter`. */
  readonly provider: string
  readonly model: string
}

/**
 * Who vouches for a text: `trusted` we ourselves, `user` the person we talk to, `untrusted` nobody (web pages, files,
 * mails, answers of tools). Read by guards, never sent. Default: `untrusted` for results of tools, `user` for what users
 * say, else `trusted`.
 */
export type Provenance = 'trusted' | 'user' | 'untrusted'

/** Plain text. */
export interface TextPart {
  readonly type: 'text'
  readonly text: string
  /** Default: that of its message. */
  readonly provenance?: Provenance
  /** Ask the provider to cache the prompt up to and including this part, where it takes such hints. */
  readonly cache?: boolean
}

/** A picture, by URL or as bytes. */
export interface ImagePart {
  readonly type: 'image'
  /** `https:` or `data:` URL. Give either `url` or `data`. */
  readonly url?: string
  /** Raw bytes, or the same in base64. Needs `mediaType`. */
  readonly data?: Uint8Array | string
  /** For example `image/png`. */
  readonly mediaType?: string
  /** How closely the model should look, where the provider offers it. */
  readonly detail?: 'low' | 'high' | 'auto'
}

/** A document (PDF, text, audio …), by URL, as bytes, or as an id from the provider's own file store. */
export interface FilePart {
  readonly type: 'file'
  readonly url?: string
  readonly data?: Uint8Array | string
  readonly fileId?: string
  /** For example `application/pdf` or `audio/wav`. */
  readonly mediaType?: string
  readonly filename?: string
}

/** What a user turn is made of. */
export type UserPart = TextPart | ImagePart | FilePart

/** Text the assistant wrote. */
export interface AssistantTextPart {
  readonly type: 'text'
  readonly text: string
  readonly origin?: Origin
  /** Provider data that must return with the part (Gemini `thoughtSignature`); dropped elsewhere. */
  readonly opaque?: JsonObject
}

/** Text with which the model declined. */
export interface RefusalPart {
  readonly type: 'refusal'
  readonly text: string
  readonly origin?: Origin
}

/** Reasoning the provider disclosed; `opaque` holds signatures or encrypted content. */
export interface ReasoningPart {
  readonly type: 'reasoning'
  readonly text: string
  readonly origin?: Origin
  readonly opaque?: JsonObject
}

/** A tool call inside an assistant turn. */
export interface ToolCallPart {
  readonly type: 'tool-call'
  readonly id: string
  readonly name: string
  readonly arguments?: JsonObject | undefined
  /** Wins over `arguments` when both are given, so that a round trip is exact. */
  readonly argumentsText?: string
  readonly origin?: Origin
  readonly opaque?: JsonObject
}

/** A block only its maker understands (server tool calls and results …): sent back to it unchanged, dropped elsewhere. */
export interface ProviderPart {
  readonly type: 'provider'
  readonly origin: Origin
  readonly data: JsonObject
}

/** What an assistant turn is made of. */
export type AssistantPart = AssistantTextPart | RefusalPart | ReasoningPart | ToolCallPart | ProviderPart

/** Instructions to the model. `developer` is OpenAI's name for the same; encoders map it. */
export interface SystemMessage {
  readonly role: 'system' | 'developer'
  readonly provenance?: Provenance
  readonly content: string | readonly TextPart[]
}

/** A turn of the user. */
export interface UserMessage {
  readonly role: 'user'
  readonly provenance?: Provenance
  readonly content: string | readonly UserPart[]
}

/** A turn of the model; `reply.message` has this form and can be put into the next request as it is. */
export interface AssistantMessage {
  readonly role: 'assistant'
  readonly provenance?: Provenance
  readonly content: string | readonly AssistantPart[]
}

/** The result of one tool call. */
export interface ToolMessage {
  readonly role: 'tool'
  readonly provenance?: Provenance
  /** `id` of the call this answers. */
  readonly toolCallId: string
  /** Name of the tool; found from the conversation when left out. */
  readonly toolName?: string
  /** Text, parts (where the provider takes pictures in results), or any JSON value. */
  readonly content: string | readonly UserPart[] | JsonValue
  /** The tool failed and `content` says how. */
  readonly isError?: boolean
}

/** One entry of a conversation. */
export type Message = SystemMessage | UserMessage | AssistantMessage | ToolMessage

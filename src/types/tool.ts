import type { JsonObject } from './json.ts'
import type { AnySchema } from './schema.ts'

/** A function the model may ask the caller to run. */
export interface Tool {
  /** 1 to 64 characters of `A-Z a-z 0-9 _ -`, the narrowest form all providers take. */
  readonly name: string
  readonly description?: string
  /** Shape of the arguments: a Standard Schema or a JSON Schema. Default: an object without properties. */
  readonly parameters?: AnySchema
  /** Ask the provider to hold the model to the schema where it can. Default: the provider's own. */
  readonly strict?: boolean
}

/** Whether and which tool the model must call. Default `auto` when tools are given. */
export type ToolChoice = 'auto' | 'none' | 'required' | { readonly tool: string }

/** A call the model asked for, complete. */
export interface ToolCall {
  /** The provider's id, or one made by us where it sent none. Answer with this in a `tool` message. */
  readonly id: string
  readonly name: string
  /** Parsed arguments (no prototype); `undefined` when the text is not a JSON object: see `argumentsText`. */
  readonly arguments: JsonObject | undefined
  /** Arguments exactly as the provider sent them; `'{}'` when it sent none. */
  readonly argumentsText: string
  /** True when the name is not among the tools of the request. */
  readonly isUnknownTool?: boolean
}

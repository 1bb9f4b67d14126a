/** A value that survives `JSON.stringify` and `JSON.parse` unchanged. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject

/** A JSON object; what tool arguments and `providerOptions` are made of. */
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined
}

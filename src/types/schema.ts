import type { JsonObject } from './json.ts'

/**
 * The part of the Standard Schema and Standard JSON Schema contracts we use, so that zod, valibot, arktype and others
 * serve alike and none of them is named here.
 *
 * @see https://standardschema.dev
 */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined
    /** Standard JSON Schema: present in zod ≥ 4.2, arktype ≥ 2.1.28 and through `@valibot/to-json-schema`. */
    readonly jsonSchema?:
      | { readonly input: (options: { readonly target: string }) => Record<string, unknown> }
      | undefined
  }
}

/** What a Standard Schema's `validate` answers. */
type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

/** One complaint of a schema, with the path it is about. */
export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** A plain JSON Schema document (draft 2020-12 or draft-07 vocabulary). */
export type JsonSchema = JsonObject

/** Either form of schema: one that can validate, or a plain JSON Schema that only describes. */
export type AnySchema<Output = unknown> = StandardSchema<Output> | JsonSchema

/** The recorded exchanges of `test/fixtures/wire` (see its README), for decoders to be held against. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createParser } from 'eventsource-parser'
import type { ServerEvent } from '../../src/types/http.ts'

const folder = join(process.cwd(), 'test/fixtures/wire')

/** What a correct reader gets out of an exchange; only fields that apply are present. */
export interface WireExpectation {
  readonly events?: number
  readonly doneMarker?: boolean
  readonly text?: string
  readonly reasoning?: string
  readonly refusal?: string
  readonly toolCalls?: readonly {
    readonly id: string | null
    readonly name: string
    readonly arguments?: unknown
    readonly argumentsText?: string
  }[]
  readonly finishRaw?: string | null
  readonly usageRaw?: Readonly<Record<string, unknown>> | null
  readonly error?: {
    readonly message?: string | null
    readonly type?: string | null
    readonly code?: string | number | null
    readonly status?: number | string | null
  }
  readonly retryAfterMs?: number
  readonly retryAt?: string
  readonly class?: string
  readonly vectors?: number
  readonly models?: number
  readonly badJson?: number
  readonly notJson?: boolean
  /** Tool arguments came in pieces that only their service can join. */
  readonly partialArgs?: boolean
  readonly truncated?: boolean
}

/** One recorded exchange. */
export interface WireCase {
  readonly id: string
  readonly provider: string
  readonly api: string
  readonly tags: readonly string[]
  readonly request: {
    readonly method: string
    readonly url: string
    readonly headers: Readonly<Record<string, string>>
    readonly body?: unknown
  }
  readonly response: {
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly body?: unknown
    readonly text?: string
  }
  readonly expect: WireExpectation
  readonly provenance: { readonly kind: string }
}

/** The codes each class of failure may become. */
export const codesOfClass: ReadonlyMap<string, readonly string[]> = new Map(
  (read('classes.json') as { classes: { class: string; codes: string[] }[] }).classes.map((row) => [
    row.class,
    row.codes,
  ]),
)

/** Wait hints as they stand on the wire, with their meaning. */
export const headerValues = (
  read('header-values.json') as {
    values: { provider: string; header: string; value: string; ms?: number | null; at?: string; note?: string }[]
  }
).values

/** All exchanges, in the order of their names. */
export function wireCases(filter: (wireCase: WireCase) => boolean = () => true): WireCase[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => readdirSync(join(folder, name)).map((file) => read(`${name}/${file}`) as WireCase))
    .filter(filter)
}

/** Headers of a recorded answer as the transport hands them over. */
export function headersOf({ response }: Pick<WireCase, 'response'>): { get(name: string): string | null } {
  return { get: (name) => response.headers[name.toLowerCase()] ?? null }
}

/** The body of a recorded answer as text. */
export function bodyText({ response }: Pick<WireCase, 'response'>): string {
  return response.text ?? (response.body === undefined ? '' : JSON.stringify(response.body))
}

/** The events of a server-sent stream, dispatched as the standard says. */
export function eventsOf(text: string): ServerEvent[] {
  const events: ServerEvent[] = []
  const parser = createParser({ onEvent: ({ event, data }) => events.push({ event, data }) })
  parser.feed(text.replace(/^\uFEFF/, ''))
  return events
}

function read(path: string): unknown {
  return JSON.parse(readFileSync(join(folder, path), 'utf8'))
}

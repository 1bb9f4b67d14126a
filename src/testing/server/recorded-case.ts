import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { ConfigError } from '../../errors/families.ts'
import type { JsonObject, JsonValue } from '../../types/json.ts'
import type { Script } from '../script.ts'
import { fault } from '../steps.ts'
import { type FakeProviderServer, type FakeProviderServerOptions, fakeProviderServer } from './fake-provider-server.ts'

// What a test needs of the form; the rest (`expect`, `provenance`, `tags`) is passed through unread.
const form = z.looseObject({
  schema: z.literal('wire-case/1'),
  id: z.string(),
  provider: z.string(),
  api: z.string(),
  tags: z.array(z.string()),
  request: z.looseObject({ method: z.string(), url: z.string() }),
  response: z.looseObject({
    status: z.int(),
    headers: z.record(z.string(), z.string()),
    body: z.json().optional(),
    text: z.string().optional(),
  }),
  expect: z.looseObject({}),
})

/** One recorded exchange with a provider. */
export interface RecordedCase {
  readonly schema: 'wire-case/1'
  /** `<provider>/<file name>` */
  readonly id: string
  readonly provider: string
  readonly api: string
  readonly tags: readonly string[]
  readonly request: { readonly method: string; readonly url: string; readonly [field: string]: unknown }
  readonly response: {
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    /** JSON; written without spaces. */
    readonly body?: JsonValue | undefined
    /** Anything else; written exactly so. */
    readonly text?: string | undefined
  }
  /** What a correct reader gets out of it. */
  readonly expect: Readonly<Record<string, unknown>>
}

/** How a recorded answer is sent. */
export interface ReplayOptions {
  /** Byte positions at which the body is cut into pieces. Default: one piece. */
  readonly cutAt?: 'every-byte' | readonly number[]
  /** How the connection ends after the last byte. Default `end`: as HTTP asks for. */
  readonly endBy?: 'end' | 'fin' | 'reset'
  /** Wait after each piece, in ms. Default 0. */
  readonly everyMs?: number
}

/** A recorded answer as a step of a script: status, headers and body as they were, whatever is asked. */
export function recordedCase({ response }: Pick<RecordedCase, 'response'>, options: ReplayOptions = {}): Script {
  const { status, headers, body, text } = response
  const said = text ?? (body === undefined ? '' : JSON.stringify(body))
  return fault('recorded-case', { status, headers, text: said, ...(options as JsonObject) })
}

/** Starts a server that gives this answer to every request. */
export async function serveCase(
  wireCase: Pick<RecordedCase, 'response'>,
  options: ReplayOptions & Pick<FakeProviderServerOptions, 'clock'> = {},
): Promise<FakeProviderServer> {
  const { clock, ...replay } = options
  const server = await fakeProviderServer(clock ? { clock } : {})
  server.use(recordedCase(wireCase, replay), { operation: 'any' })
  return server
}

/**
 * Reads every recorded case in a folder and the folders in it, in the order of their names.
 *
 * @throws ConfigError for a file that says it is a case and is not.
 */
export async function loadCases(folder: string): Promise<RecordedCase[]> {
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.json')).sort()
  const cases: RecordedCase[] = []
  for (const file of files) {
    const value: unknown = JSON.parse(await readFile(join(folder, file), 'utf8'))
    // Other files may lie beside the cases; only what calls itself one is held to the form.
    if ((value as { schema?: unknown } | null)?.schema !== 'wire-case/1') continue
    const checked = form.safeParse(value)
    if (!checked.success)
      throw new ConfigError('config_invalid', `${file} is no wire case: ${z.prettifyError(checked.error)}`)
    cases.push(checked.data)
  }
  return cases
}

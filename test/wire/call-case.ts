import { UnifiedClient } from '../../src/client/unified-client.ts'
import { LlmError } from '../../src/errors/llm-error.ts'
import type { EmbedReply } from '../../src/types/embed.ts'
import type { ModelInfo } from '../../src/types/model.ts'
import type { ChatReply } from '../../src/types/reply.ts'
import type { StreamEvent } from '../../src/types/stream.ts'
import type { WireCase } from '../support/wire-corpus.ts'
import { providerFor } from './providers.ts'

/** What a call through the client gave: an answer, or an error, and the events of a stream up to either. */
export interface Outcome {
  readonly reply?: ChatReply<unknown>
  readonly embedded?: EmbedReply
  readonly models?: readonly ModelInfo[]
  readonly tokens?: number
  readonly error?: LlmError
  readonly events?: readonly StreamEvent[]
}

/** Makes the call an exchange was recorded from, through the public client and over HTTP. */
export async function callCase(wireCase: WireCase, baseUrl: string): Promise<Outcome> {
  const provider = await providerFor(wireCase, baseUrl)
  const client = new UnifiedClient({
    providers: [provider],
    retry: { retries: 0 },
    maxAttempts: 1,
    midStream: 'error',
    timeouts: { connectMs: 5_000, firstTokenMs: 5_000, idleMs: 5_000, readMs: 5_000, totalMs: 10_000 },
  })
  const events: StreamEvent[] = []
  try {
    return await operate(client, wireCase, events)
  } catch (error) {
    if (!LlmError.isInstance(error)) throw error
    return { error, events }
  } finally {
    await client.close()
  }
}

/** Was a stream asked for? */
export function isStream({ tags }: Pick<WireCase, 'tags'>): boolean {
  return tags.includes('stream')
}

async function operate(client: UnifiedClient, wireCase: WireCase, events: StreamEvent[]): Promise<Outcome> {
  switch (wireCase.api) {
    case 'models':
      return { models: await client.models() }
    case 'embeddings':
      return { embedded: await client.embed({ input: inputsOf(wireCase) }) }
    case 'count_tokens':
      return { tokens: await client.countTokens('Say hi.') }
    default: {
      if (!isStream(wireCase)) return { reply: await client.chat('Say hi.') }
      const stream = client.chatStream('Say hi.')
      for await (const event of stream) events.push(event)
      return { reply: await stream.final(), events }
    }
  }
}

/** As many texts as the recorded request embedded. */
function inputsOf({ request, expect }: WireCase): string[] {
  const { input, requests } = (request.body ?? {}) as { input?: unknown; requests?: unknown }
  const many = [input, requests].find((value) => Array.isArray(value)) as unknown[] | undefined
  const count = many?.length ?? (input === undefined ? (expect.vectors ?? 1) : 1)
  return Array.from({ length: count }, (_, index) => `text ${index}`)
}

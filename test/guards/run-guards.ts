import { GuardError } from '../../src/errors/families.ts'
import { checkGuards, createGuardRun, type GuardRunOptions } from '../../src/guards/engine.ts'
import { virtualClock } from '../../src/testing/virtual-clock.ts'
import type { ClientEvent } from '../../src/types/events.ts'
import type { Guard, GuardFinding, GuardRequest } from '../../src/types/guard.ts'
import type { Message } from '../../src/types/message.ts'
import type { ProviderEvent } from '../../src/types/provider.ts'

/** What came of a guarded call. */
export interface Guarded {
  readonly request: GuardRequest | undefined
  readonly text: string
  readonly error: GuardError | undefined
  readonly findings: readonly GuardFinding[]
  readonly warnings: readonly string[]
  readonly toolArguments: readonly string[]
}

export const user = (content: string): Message => ({ role: 'user', content })
export const toolResult = (content: Message['content']): Message =>
  ({ role: 'tool', toolCallId: 'call_1', toolName: 'fetch', content }) as Message

/** Events of an answer with this text. */
export function answer(text: string): ProviderEvent[] {
  return [
    { type: 'text', text },
    { type: 'finish', finishReason: 'stop' },
  ]
}

/** The same answer, its text cut after every so many characters. */
export function pieces(text: string, sizes: readonly number[]): ProviderEvent[][] {
  const batches: ProviderEvent[][] = []
  for (let at = 0, i = 0; at < text.length; i++) {
    const size = Math.max(1, sizes[i % Math.max(1, sizes.length)] ?? text.length)
    batches.push([{ type: 'text', text: text.slice(at, at + size) }])
    at += size
  }
  return [...batches, [{ type: 'finish', finishReason: 'stop' }]]
}

/** Leads a request, and what `respond` makes of it, through the engine. */
export async function guarded(
  guards: readonly Guard[],
  request: GuardRequest,
  respond: (request: GuardRequest) => readonly (readonly ProviderEvent[])[] = () => [],
  options: Partial<GuardRunOptions> = {},
): Promise<Guarded> {
  const events: ClientEvent[] = []
  checkGuards(guards)
  const run = createGuardRun(guards, {
    capability: 'chatStream',
    clock: virtualClock(),
    emit: (event) => events.push(event),
    ...options,
  })
  const out: ProviderEvent[] = []
  let checked: GuardRequest | undefined
  let error: unknown
  try {
    checked = await run.checkRequest(request)
    const batches = respond(checked)
    if (batches.length > 0) {
      const stream = run.stream()
      for (const batch of batches) out.push(...(await stream.push(batch)))
      out.push(...(await stream.end()))
    }
  } catch (thrown) {
    error = thrown
  } finally {
    run.close()
  }
  if (error !== undefined && !GuardError.isInstance(error)) throw error
  return {
    request: checked,
    text: out.map((event) => (event.type === 'text' ? event.text : '')).join(''),
    error: error as GuardError | undefined,
    findings: events.flatMap((event) => ('findings' in event ? event.findings : [])),
    warnings: out.flatMap((event) => (event.type === 'warning' ? [event.warning.code] : [])),
    toolArguments: out.flatMap((event) => (event.type === 'tool-call' ? [event.argumentsText] : [])),
  }
}

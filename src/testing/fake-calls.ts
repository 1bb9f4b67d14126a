import type { Clock } from '../types/clock.ts'
import type { ProviderEmbedRequest } from '../types/embed.ts'
import type { ProviderContext } from '../types/provider.ts'
import type { ProviderChatRequest } from '../types/request.ts'
import type { FakeOperation } from './step.ts'

/** One request a fake provider saw. */
export interface FakeCall {
  readonly operation: FakeOperation
  readonly request: ProviderChatRequest | ProviderEmbedRequest | undefined
  readonly context: ProviderContext
  /** Wall-clock start, epoch ms. */
  readonly at: number
  /** `abandoned`: the reader of a stream went away. */
  readonly outcome: 'running' | 'ok' | 'failed' | 'aborted' | 'abandoned'
  readonly endedAt?: number
}

type OpenCall = { -readonly [Key in keyof FakeCall]: FakeCall[Key] }

/** What an attempt of which something was thrown has come to. */
export function outcomeOf({ signal }: ProviderContext): FakeCall['outcome'] {
  return signal.aborted ? 'aborted' : 'failed'
}

/** The requests of one fake provider. */
export class FakeCalls {
  readonly list: OpenCall[] = []
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Writes a request down; `end` must follow. */
  open(operation: FakeOperation, request: FakeCall['request'], context: ProviderContext) {
    const index = this.list.length
    const call: OpenCall = { operation, request, context, at: this.#clock.now(), outcome: 'running' }
    this.list.push(call)
    const end = (outcome: FakeCall['outcome']) => {
      call.outcome = outcome
      call.endedAt = this.#clock.now()
    }
    return { index, end }
  }

  /** Writes a request down and how the work on it ended. */
  async track<Value>(
    operation: FakeOperation,
    request: FakeCall['request'],
    context: ProviderContext,
    work: (index: number) => Promise<Value>,
  ): Promise<Value> {
    const { index, end } = this.open(operation, request, context)
    try {
      const value = await work(index)
      end('ok')
      return value
    } catch (error) {
      end(outcomeOf(context))
      throw error
    }
  }
}

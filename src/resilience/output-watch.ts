import { LimitExceededError } from '../errors/families.ts'
import type { AnswerBound } from '../types/meter.ts'
import type { ProviderEvent } from '../types/provider.ts'
import type { Answer } from '../utils/answer.ts'
import { estimateTokens } from '../utils/estimate-tokens.ts'

/** A guess may be a fifth too low or too high; nobody is stopped who may have kept within his bound. */
const slack = 1.25
/** Fewest UTF-16 units between two guesses. */
const step = 64
/** UTF-16 units of a token in arguments that are still on their way. */
const perToken = 4

/** Watches a streamed answer grow towards the tokens that were reserved for it. */
export class OutputWatch {
  readonly #bound: AnswerBound
  #length = 0
  #openArguments = 0
  #nextGuessAt: number

  constructor(bound: AnswerBound) {
    this.#bound = bound
    this.#nextGuessAt = bound.outputTokens
  }

  /** The error of an answer that has outgrown its bound with these events: by what is reported, else by a guess. */
  errorAfter(events: readonly ProviderEvent[], answer: Answer): LimitExceededError | undefined {
    for (const event of events) this.#count(event)
    const { outputTokens, limit } = this.#bound
    if (answer.finishReason !== undefined) return undefined
    if ((answer.usage?.outputTokens ?? 0) <= outputTokens && !this.#isGuessedOver(answer)) return undefined
    const message = `The answer was stopped: it has outgrown the ${outputTokens} tokens reserved for it`
    return new LimitExceededError('limit_exceeded', message, { limit })
  }

  #count(event: ProviderEvent): void {
    if (event.type === 'tool-call-delta') this.#openArguments += event.argumentsText.length
    else if (event.type === 'tool-call') this.#openArguments = 0
    if ('text' in event) this.#length += event.text.length
    else if (event.type === 'tool-call-delta') this.#length += event.argumentsText.length
  }

  /** No text has more tokens than units, so the next guess can wait until as many have come as there is room for. */
  #isGuessedOver(answer: Answer): boolean {
    if (this.#length < this.#nextGuessAt) return false
    const room =
      this.#bound.outputTokens * slack - estimateTokens(answer.output) - Math.ceil(this.#openArguments / perToken)
    this.#nextGuessAt = this.#length + Math.max(step, room)
    return room < 0
  }
}

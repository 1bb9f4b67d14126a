import type { JsonObject } from '../../types/json.ts'
import type { ProviderEvent } from '../../types/provider.ts'
import { textOf } from '../core/reading.ts'

/** Joins the pieces of one block: text grows, everything else is taken over; signatures hold for the whole text only. */
export class ReasoningDetails {
  #blocks: JsonObject[] = []

  add(pieces: readonly JsonObject[]): void {
    for (const piece of pieces) {
      const last = this.#blocks.at(-1)
      if (last !== undefined && continues(last, piece)) this.#blocks[this.#blocks.length - 1] = joined(last, piece)
      else this.#blocks.push(piece)
    }
  }

  /** Hands the blocks out, once. */
  flush(out: ProviderEvent[]): void {
    if (this.#blocks.length === 0) return
    out.push({ type: 'reasoning', text: '', opaque: { reasoning_details: this.#blocks } })
    this.#blocks = []
  }
}

/** Encrypted blocks come whole; text and summaries in pieces with the same type and index. */
function continues(last: JsonObject, piece: JsonObject): boolean {
  const isSame = last.type === piece.type && last.index === piece.index
  return isSame && piece.data === undefined && (piece.id == null || last.id == null || piece.id === last.id)
}

function joined(last: JsonObject, piece: JsonObject): JsonObject {
  const told = Object.entries(piece).filter(([, value]) => value != null)
  const grown = ['text', 'summary'].filter((key) => typeof piece[key] === 'string')
  return {
    ...last,
    ...Object.fromEntries(told),
    ...Object.fromEntries(grown.map((key) => [key, textOf(last[key]) + textOf(piece[key])])),
  }
}

import { errorOf } from '../../errors/families.ts'
import type { JsonObject } from '../../types/json.ts'

/**
 * Refuses a whole answer whose blocks hold something else where their text belongs: no text at all is an empty answer,
 * a number or an object one that cannot be trusted. No blocks at all can be meant so.
 *
 * @throws ResponseError `empty_response`, `bad_response`
 */
export function checkTexts(blocks: readonly JsonObject[]): void {
  for (const block of blocks) {
    if (!('text' in block) || typeof block.text === 'string') continue
    throw block.text == null
      ? errorOf('empty_response', 'The answer holds no text', { policy: { countsForBreaker: false } })
      : errorOf('bad_response', 'The content of the answer is no text', {
          policy: { retries: 0, retriesWithFallback: 0 },
        })
  }
}

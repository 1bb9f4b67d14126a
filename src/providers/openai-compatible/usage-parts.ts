import type { JsonObject } from '../../types/json.ts'
import { objectOf } from '../core/reading.ts'
import type { UsageParts } from '../core/usage.ts'

/** The numbers of a usage object; cached and reasoning tokens are parts of its totals. */
export function usageParts(usage: JsonObject): UsageParts {
  const input = objectOf(usage.prompt_tokens_details)
  return {
    input: usage.prompt_tokens,
    cacheRead: input.cached_tokens ?? usage.prompt_cache_hit_tokens,
    cacheWrite: input.cache_write_tokens,
    output: usage.completion_tokens,
    reasoning: objectOf(usage.completion_tokens_details).reasoning_tokens,
    raw: usage,
  }
}

import { ProviderError } from '../errors/families.ts'
import { LlmError } from '../errors/llm-error.ts'
import type { Clock } from '../types/clock.ts'
import { checkOptions, clockLike, duration, invalid, show } from '../utils/check.ts'
import { systemClock } from '../utils/clock.ts'
import { Secret } from '../utils/secret.ts'

/** What a function that fetches a key answers: the key, and when it ends if that is known. */
export type FetchedKey = string | { readonly apiKey: string /** Epoch ms. */; readonly expiresAt?: number }

/** How a fetched key is kept. */
export interface RefreshingKeyOptions {
  /** Fetch anew this long before the key ends, in ms. Default 60,000. */
  readonly earlyMs?: number
  /** How long a key without an end is kept, in ms. Default 300,000. */
  readonly maxAgeMs?: number
  /** Default: the machine's own time. */
  readonly clock?: Clock
}

/** A key that was fetched less than this ago is not the one that a 401 was about. */
const freshMs = 5_000

/**
 * Keeps a key from a secret manager or an OAuth server until it ends, for the `apiKey` option of a provider. Calls that
 * come at once share one fetch, and a 401 makes it fetch anew.
 *
 * @example
 * openai({ apiKey: refreshingKey(async () => ({ apiKey: await readToken(), expiresAt: Date.now() + 3_600_000 })) })
 */
export function refreshingKey(
  fetchKey: (options: { readonly isRefresh: boolean }) => FetchedKey | Promise<FetchedKey>,
  options: RefreshingKeyOptions = {},
): (options: { readonly isRefresh: boolean }) => Promise<string> {
  if (typeof fetchKey !== 'function') throw invalid('fetchKey', show(fetchKey), 'a function that fetches the key')
  checkOptions('refreshingKey', options, { earlyMs: duration, maxAgeMs: duration, clock: clockLike })
  const { earlyMs = 60_000, maxAgeMs = 300_000, clock = systemClock } = options
  let kept: { readonly key: Secret; readonly fetchedAt: number; readonly until: number } | undefined
  let fetching: Promise<Secret> | undefined

  const fetchNow = async (isRefresh: boolean) => {
    const { apiKey, expiresAt } = read(await fetched(() => fetchKey({ isRefresh })))
    const lifeMs = expiresAt === undefined ? maxAgeMs : expiresAt - clock.now() - earlyMs
    const fetchedAt = clock.monotonic()
    kept = { key: new Secret(apiKey), fetchedAt, until: fetchedAt + lifeMs }
    return kept.key
  }
  return async ({ isRefresh }) => {
    const now = clock.monotonic()
    const isGood = kept !== undefined && (isRefresh ? now - kept.fetchedAt < freshMs : now < kept.until)
    if (kept !== undefined && isGood) return kept.key.reveal()
    fetching ??= fetchNow(isRefresh).finally(() => {
      fetching = undefined
    })
    return (await fetching).reveal()
  }
}

async function fetched(work: () => FetchedKey | Promise<FetchedKey>): Promise<FetchedKey> {
  try {
    return await work()
  } catch (error) {
    if (LlmError.isInstance(error)) throw error
    throw new ProviderError('auth_failed', 'The function that fetches the API key failed', { cause: error })
  }
}

function read(given: FetchedKey): { apiKey: string; expiresAt?: number } {
  const { apiKey, expiresAt } = typeof given === 'string' ? { apiKey: given, expiresAt: undefined } : (given ?? {})
  if (typeof apiKey !== 'string' || apiKey === '') {
    throw new ProviderError('auth_failed', 'The function that fetches the API key gave none')
  }
  return { apiKey, ...(typeof expiresAt === 'number' && { expiresAt }) }
}

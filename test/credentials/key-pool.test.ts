import { inspect } from 'node:util'
import { KeyPool } from 'holdfast/credentials'
import { virtualClock } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'
import type { KeyTurn } from '../../src/types/keys.ts'
import type { SecretText } from '../../src/types/secret-text.ts'

const keys = ['sk-test-a', 'sk-test-b', 'sk-test-c']
const taken = (pool: KeyPool, count: number) => Array.from({ length: count }, () => pool.take().key.id)
const opened = (turn: KeyTurn) => (turn.key.open?.(false) as SecretText | undefined)?.reveal()

/** One turn of each key, in their order. */
const turnsOf = (pool: KeyPool) => pool.status().map(() => pool.take())

describe('a pool of keys', () => {
  it('takes turns', () => {
    const pool = new KeyPool({ keys })
    expect(taken(pool, 5)).toEqual(['key-1', 'key-2', 'key-3', 'key-1', 'key-2'])
    expect(opened(pool.take())).toBe('sk-test-c')
  })

  it('rests a key that is rate limited for as long as it was told', async () => {
    const clock = virtualClock()
    const pool = new KeyPool({ keys, clock })
    pool.take().report({ code: 'rate_limited', retryAfterMs: 20_000 })
    expect(taken(pool, 4)).toEqual(['key-2', 'key-3', 'key-2', 'key-3'])
    await clock.advance(19_999)
    expect(taken(pool, 2)).not.toContain('key-1')
    await clock.advance(1)
    expect(taken(pool, 3)).toContain('key-1')
  })

  it.each([
    ['rate_limited', 1_000],
    ['auth_failed', 60_000],
    ['billing', 60_000],
    ['forbidden', 60_000],
    ['quota_exhausted', 600_000],
  ] as const)('rests a key after %s for %s ms without a hint, then twice as long', async (code, ms) => {
    const clock = virtualClock()
    const pool = new KeyPool({ keys: ['sk-test-a', 'sk-test-b'], maxRestMs: 3_600_000, clock })
    for (const factor of [1, 2, 4]) {
      const turn = turnsOf(pool).find(({ key }) => key.id === 'key-1')
      expect(turn?.report({ code })).toBe(ms * factor)
      expect(pool.status()[0]).toEqual({ id: 'key-1', isResting: true, code, restsForMs: ms * factor })
      await clock.advance(ms * factor)
    }
    const turn = turnsOf(pool).find(({ key }) => key.id === 'key-1')
    turn?.report()
    expect(pool.status()[0]).toEqual({ id: 'key-1', isResting: false })
    expect(turn?.report({ code })).toBe(ms)
  })

  it('sends one use ahead after a long rest, and the others when that went well', async () => {
    const clock = virtualClock()
    const pool = new KeyPool({ keys, clock })
    pool.take().report({ code: 'auth_failed' })
    await clock.advance(60_000)
    const turns = turnsOf(pool)
    expect(taken(pool, 4)).not.toContain('key-1')
    turns.find(({ key }) => key.id === 'key-1')?.report()
    expect(taken(pool, 3)).toContain('key-1')
  })

  it('lets no late success end a rest that began after it', async () => {
    const pool = new KeyPool({ keys: ['sk-test-a', 'sk-test-b'] })
    const [early, , late] = [pool.take(), pool.take(), pool.take()]
    late.report({ code: 'auth_failed' })
    early.report()
    expect(pool.status()[0]).toMatchObject({ isResting: true, code: 'auth_failed' })
  })

  it('does not blame a key for what is not its fault', () => {
    const pool = new KeyPool({ keys })
    for (const code of ['server_error', 'headers_timeout', 'bad_request', 'aborted'] as const)
      pool.take().report({ code })
    expect(pool.status().some(({ isResting }) => isResting)).toBe(false)
  })

  it('says when the first is back when all rest, by the code of that one', async () => {
    const clock = virtualClock()
    const pool = new KeyPool({ keys, clock })
    const [first, second, third] = turnsOf(pool)
    first?.report({ code: 'auth_failed' })
    second?.report({ code: 'rate_limited', retryAfterMs: 5_000 })
    third?.report({ code: 'quota_exhausted' })
    expect(() => pool.take()).toThrow(
      expect.objectContaining({ name: 'ProviderError', code: 'rate_limited', retryAfterMs: 5_000 }),
    )
    await clock.advance(5_000)
    expect(pool.take().key.id).toBe('key-2')
  })

  it('never rests a key for longer than maxRestMs', () => {
    const pool = new KeyPool({ keys, maxRestMs: 1_000 })
    pool.take().report({ code: 'rate_limited', retryAfterMs: 86_400_000 })
    expect(pool.status()[0]?.restsForMs).toBeLessThanOrEqual(1_000)
  })

  it('takes names, and refuses twins and malformed keys without showing them', () => {
    const named = new KeyPool({
      keys: [
        { id: 'eu', apiKey: 'sk-test-eu' },
        { id: 'us', apiKey: 'sk-test-us' },
      ],
    })
    expect(taken(named, 2)).toEqual(['eu', 'us'])
    const twin = { id: 'eu', apiKey: 'sk-test-x' }
    expect(() => new KeyPool({ keys: [twin, twin] })).toThrow("'eu' twice")
    expect(() => new KeyPool({ keys: [] })).toThrow('at least one key')
    try {
      new KeyPool({ keys: ['sk-test-ok', 'sk-test canary'] })
      expect.unreachable()
    } catch (error) {
      expect(inspect(error)).toContain('keyPool.keys[1]')
      expect(inspect(error)).not.toContain('canary')
    }
    expect(inspect(new KeyPool({ keys: ['sk-test-canary'] }), { depth: 9, showHidden: true })).not.toContain('canary')
  })
})

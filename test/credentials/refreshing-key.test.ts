import { inspect } from 'node:util'
import { type FetchedKey, refreshingKey } from 'holdfast/credentials'
import { virtualClock } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'
import { verifies } from '../support/verifies.ts'

function stand(answer: (count: number) => FetchedKey | Promise<FetchedKey>, options = {}) {
  const clock = virtualClock()
  const asked: boolean[] = []
  const key = refreshingKey(({ isRefresh }) => answer(asked.push(isRefresh)), { clock, ...options })
  return { clock, asked, get: (isRefresh = false) => key({ isRefresh }) }
}

describe('a key that is fetched', verifies('C10'), () => {
  it('is kept until shortly before its end', async () => {
    const { clock, get } = stand((n) => ({ apiKey: `token-${n}`, expiresAt: clock.now() + 3_600_000 }))
    expect(await get()).toBe('token-1')
    await clock.advance(3_600_000 - 60_001)
    expect(await get()).toBe('token-1')
    await clock.advance(1)
    expect(await get()).toBe('token-2')
  })

  it('without an end is kept for maxAgeMs', async () => {
    const { clock, get } = stand((n) => `token-${n}`, { maxAgeMs: 1_000 })
    expect(await get()).toBe('token-1')
    await clock.advance(999)
    expect(await get()).toBe('token-1')
    await clock.advance(1)
    expect(await get()).toBe('token-2')
  })

  it('is fetched once for all calls that come at once', async () => {
    const { clock, asked, get } = stand(async (n) => {
      await new Promise<void>((resolve) => clock.setTimeout(resolve, 50))
      return `token-${n}`
    })
    const all = Promise.all(Array.from({ length: 100 }, () => get()))
    expect(new Set(await clock.run(all))).toEqual(new Set(['token-1']))
    expect(asked).toEqual([false])
  })

  it('is fetched anew after a 401, once for all calls that met it', async () => {
    const { clock, asked, get } = stand((n) => `token-${n}`)
    await get()
    await clock.advance(10_000)
    expect(await Promise.all([get(true), get(true), get(true)])).toEqual(['token-2', 'token-2', 'token-2'])
    await clock.advance(1_000)
    expect(await get(true)).toBe('token-2')
    expect(asked).toEqual([false, true])
    await clock.advance(5_000)
    expect(await get(true)).toBe('token-3')
  })

  it('that cannot be fetched says so, and the next call tries again', async () => {
    const { get } = stand((n) => {
      if (n === 1) throw new Error('vault sealed')
      return n === 2 ? '' : 'token'
    })
    await expect(get()).rejects.toMatchObject({
      name: 'ProviderError',
      code: 'auth_failed',
      cause: { message: 'vault sealed' },
    })
    await expect(get()).rejects.toMatchObject({ code: 'auth_failed' })
    expect(await get()).toBe('token')
  })

  it('shows nowhere', async () => {
    const key = refreshingKey(() => 'sk-test-canary')
    await key({ isRefresh: false })
    expect(inspect(key, { depth: 9, showHidden: true })).not.toContain('canary')
  })
})

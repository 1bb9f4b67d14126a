import { expect, it, vi } from 'vitest'
import { loadOnce } from '../../src/utils/load-once.ts'

it('loads once, however many wait for it, and then has it at hand', async () => {
  const load = vi.fn(async () => 'code')
  const get = loadOnce(load)
  expect(await Promise.all([get(), get()])).toEqual(['code', 'code'])
  expect(get()).toBe('code')
  expect(load).toHaveBeenCalledOnce()
})

it('tries a failed load again with the next call', async () => {
  const load = vi.fn(async () => 'code').mockRejectedValueOnce(new Error('gone'))
  const get = loadOnce(load)
  await expect(get()).rejects.toThrow('gone')
  expect(await get()).toBe('code')
})

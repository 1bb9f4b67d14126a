import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { virtualClock } from '../../src/testing/virtual-clock.ts'

describe('virtualClock', () => {
  it('stands still until it is moved', async () => {
    const clock = virtualClock(1_000)
    expect(clock.now()).toBe(1_000)
    expect(clock.monotonic()).toBe(0)
    await clock.advance(250)
    expect(clock.now()).toBe(1_250)
    expect(clock.monotonic()).toBe(250)
  })

  it('fires due timers in order of their moment, then of their making, each at its own time', async () => {
    const clock = virtualClock(0)
    const seen: string[] = []
    clock.setTimeout(() => seen.push(`late at ${clock.monotonic()}`), 30)
    clock.setTimeout(() => seen.push(`first at ${clock.monotonic()}`), 10)
    clock.setTimeout(() => seen.push(`second at ${clock.monotonic()}`), 10)
    clock.setTimeout(() => seen.push('never'), 31)
    await clock.advance(30)
    expect(seen).toEqual(['first at 10', 'second at 10', 'late at 30'])
    expect(clock.pending).toBe(1)
    expect(clock.nextInMs).toBe(1)
  })

  it('fires timers that timers and promises set on the way', async () => {
    const clock = virtualClock(0)
    const seen: number[] = []
    const loop = async () => {
      for (let i = 0; i < 3; i++) {
        await new Promise<void>((resolve) => clock.setTimeout(resolve, 5))
        seen.push(clock.monotonic())
      }
    }
    const done = loop()
    await clock.advance(100)
    await done
    expect(seen).toEqual([5, 10, 15])
    expect(clock.pending).toBe(0)
  })

  it('forgets a cleared timer', async () => {
    const clock = virtualClock(0)
    let isFired = false
    const handle = clock.setTimeout(() => {
      isFired = true
    }, 5)
    clock.clearTimeout(handle)
    clock.clearTimeout(undefined)
    expect(clock.pending).toBe(0)
    await clock.advance(10)
    expect(isFired).toBe(false)
  })

  it('holds delays to what a real timer takes and refuses NaN', () => {
    const clock = virtualClock(0)
    clock.setTimeout(() => {}, Number.POSITIVE_INFINITY)
    expect(clock.nextInMs).toBe(2_147_483_647)
    clock.setTimeout(() => {}, -5)
    expect(clock.nextInMs).toBe(0)
    expect(() => clock.setTimeout(() => {}, Number.NaN)).toThrow(RangeError)
  })

  it('lets loopback I/O happen before it moves on', async () => {
    const server = createServer((_, response) => response.end('hello'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const clock = virtualClock(0)
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
      const body = await clock.run(async () => {
        const limit = clock.setTimeout(() => expect.unreachable('time moved before the answer came'), 30_000)
        const text = await (await fetch(url)).text()
        clock.clearTimeout(limit)
        await new Promise<void>((resolve) => clock.setTimeout(resolve, 60_000))
        return text
      })
      expect(body).toBe('hello')
      expect(clock.monotonic()).toBe(60_000)
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })

  it('gives the reason of work that fails, and an error when the condition never comes', async () => {
    const clock = virtualClock(0)
    await expect(
      clock.run(async () => {
        await new Promise<void>((resolve) => clock.setTimeout(resolve, 10))
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    const tick = () => clock.setTimeout(tick, 1_000)
    tick()
    await expect(clock.until(() => false, 5_000)).rejects.toThrow('5000')
    expect(clock.monotonic()).toBe(5_010)
  })

  it('moves the wall alone when told to', async () => {
    const clock = virtualClock(1_000)
    let isFired = false
    clock.setTimeout(() => {
      isFired = true
    }, 100)
    clock.setNow(3_600_000)
    expect(clock.now()).toBe(3_600_000)
    expect(clock.monotonic()).toBe(0)
    await clock.advance(99)
    expect(isFired).toBe(false)
    await clock.advance(1)
    expect(isFired).toBe(true)
    expect(clock.now()).toBe(3_600_100)
  })
})

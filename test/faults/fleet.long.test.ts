/** Circuits that several processes share. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fail, stall } from 'holdfast/testing'
import { fakeProviderServer } from 'holdfast/testing/server'
import { afterAll, describe, expect, it } from 'vitest'
import { verifies } from '../support/verifies.ts'
import { endChildren, startProgram } from './support/child.ts'

afterAll(endChildren)

describe('eight processes', () => {
  it('make three probes in all when the cooldown ends', { timeout: 60_000, ...verifies('F133') }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fleet-'))
    const server = await fakeProviderServer(fail(503))
    const args = [join(folder, 'circuits.db'), server.url('openai'), '25']
    const fleet = Array.from({ length: 8 }, () => startProgram('probe.ts', { args }))
    const states = await Promise.all(fleet.map((child) => child.said<{ state: string; openUntil: number }>()))
    expect(states.map(({ state }) => state)).toEqual(Array(8).fill('open'))
    const last = Math.max(...states.map(({ openUntil }) => openUntil))
    await new Promise((resolve) => setTimeout(resolve, last - Date.now() + 20))
    server.use(stall({ beforeHeaders: true, forMs: 500, text: 'back' }))
    server.reset()
    for (const child of fleet) child.say('go')
    const answers = (await Promise.all(fleet.map((child) => child.said<string[]>()))).flat()
    expect(answers).toHaveLength(200)
    expect(answers.filter((provider) => provider === 'primary')).toHaveLength(3)
    expect(server.requests).toHaveLength(3)
    for (const child of fleet) expect(await child.ended()).toEqual({ code: 0, errors: '' })
    await server.close()
    await rm(folder, { recursive: true })
  })
})

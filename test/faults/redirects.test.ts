/** Redirects: never followed, whatever they promise. */
import { fault } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'
import { verifies } from '../support/verifies.ts'
import { useBench } from './support/bench.ts'
import { dead, judge, type Row } from './support/judge.ts'

const bench = useBench()
const refused: Row = { code: 'redirect_refused', ...dead, billing: 'U2' }

async function refuses(
  name: string,
  options = {},
  dialect: 'openai' | 'anthropic' | 'gemini' = 'openai',
): Promise<string> {
  bench.script(fault(name, options))
  const [alone] = await judge(bench, refused, { dialect })
  expect(bench.primary.requests.map(({ method }) => method)).toEqual(['POST'])
  return alone.error?.message ?? ''
}

describe('a redirect', () => {
  it.each([301, 302, 303])('%i: a POST does not become a GET', verifies('F57'), async (status) => {
    const message = await refuses(`redirect-${status}`)
    expect(message).toBe(`Refused a redirect (HTTP ${status}) to 127.0.0.1:${bench.primary.port}`)
  })

  it.each([307, 308])('%i within the origin', verifies('F58'), async (status) => {
    await refuses(`redirect-${status}`)
    const message = await refuses(`redirect-${status}`, { to: '/secret/path?key=1' })
    expect(message).not.toMatch(/secret|key/)
  })

  for (const status of [302, 307, 308]) {
    it(`${status} to another origin: neither key nor prompt goes there`, verifies('F59'), async () => {
      for (const dialect of ['openai', 'anthropic', 'gemini'] as const) {
        const before = bench.backup.connections
        const to = `http://localhost:${bench.backup.port}/v1/steal?a=b`
        bench.script(fault(`redirect-${status}`, { to }))
        const [alone, beside] = await judge(bench, refused, { dialect })
        expect(alone.error?.message).toBe(`Refused a redirect (HTTP ${status}) to localhost:${bench.backup.port}`)
        // The one request it got is the fallback's own, over the one connection of its own.
        expect(beside.backup).toBe(1)
        expect(bench.backup.requests[0]?.path).not.toContain('steal')
        expect(bench.backup.connections - before).toBe(1)
      }
    })
  }

  it.each(['redirect-metadata', 'redirect-loopback'])('%s: nobody dials there', verifies('F59'), async (name) => {
    await refuses(name)
  })

  it.each([
    ['redirect-loop', /127\.0\.0\.1/],
    ['redirect-file', / to file:$/],
    ['redirect-data', / to data:$/],
    ['redirect-ftp', / to 127\.0\.0\.1$/],
  ])('%s: one request', verifies('F60'), async (name, words) => {
    expect(await refuses(name)).toMatch(words)
  })
})

import { afterEach, describe, expect, it } from 'vitest'
import { type FailoverWall, failoverWall } from '../../src/testing/server.ts'
import { type VirtualClock, virtualClock } from '../../src/testing/virtual-clock.ts'
import { eventsOf } from '../support/wire-corpus.ts'
import { rawClient, requestText } from './raw-client.ts'

const open: FailoverWall[] = []

async function start(timeScale = 1): Promise<{ wall: FailoverWall; clock: VirtualClock }> {
  const clock = virtualClock(0)
  const wall = await failoverWall({ clock, timeScale })
  open.push(wall)
  return { wall, clock }
}

afterEach(async () => {
  for (const wall of open.splice(0)) await wall.close()
})

interface Outcome {
  readonly status: number | undefined
  readonly text: string
  readonly isDone: boolean
  readonly hasUsage: boolean
  readonly bad: number
  readonly lost: boolean
  readonly tookMs: number
  readonly retryAfter: string | undefined
  readonly body: string
}

const user = { role: 'user', content: 'Explain in sixty words.' }

/** Asks over a connection of its own and reads to the end, by the wall's clock. */
async function ask(
  wall: FailoverWall,
  clock: VirtualClock,
  model: string,
  isStream = true,
  messages: object[] = [user],
): Promise<Outcome> {
  const startedAt = clock.monotonic()
  const client = await rawClient(Number(new URL(wall.url).port))
  const body = { model, messages, stream: isStream, stream_options: { include_usage: true } }
  client.send(requestText(`${wall.url}/chat/completions`, body, { Connection: 'close' }))
  await clock.until(() => client.ended !== undefined)
  const [head = ''] = client.text.split('\r\n\r\n', 1)
  const said = unchunked(client.text.slice(head.length + 4), /chunked/i.test(head))
  let bad = 0
  const events = eventsOf(said).flatMap(({ data }) => {
    try {
      return data === '[DONE]' ? [] : [JSON.parse(data)]
    } catch {
      bad++
      return []
    }
  })
  const whole = isStream || !said.endsWith('}') ? undefined : JSON.parse(said)
  return {
    status: head ? Number(head.split(' ')[1]) : undefined,
    text: whole
      ? (whole.choices?.[0].message.content ?? '')
      : events.map((event) => event.choices?.[0]?.delta.content ?? '').join(''),
    isDone: said.includes('[DONE]'),
    hasUsage: (whole ?? events.at(-1))?.usage != null,
    bad,
    lost: client.ended === 'reset' || (head !== '' && !client.text.endsWith('0\r\n\r\n') && !said.endsWith('}')),
    tookMs: clock.monotonic() - startedAt,
    retryAfter: /retry-after: (.*)/i.exec(head)?.[1],
    body: said,
  }
}

function unchunked(body: string, isChunked: boolean): string {
  return isChunked ? body.replaceAll(/(^|\r\n)[0-9a-f]+\r\n/g, '').replace(/\r\n$/, '') : body
}

describe('the failover wall', () => {
  it('has sixteen situations, two healthy models, and sixty words', async () => {
    const { wall } = await start()
    expect(wall.scenarios.map(({ id }) => id)).toEqual(
      Array.from({ length: 16 }, (_, place) => `S${String(place + 1).padStart(2, '0')}`),
    )
    expect(wall.text.split(' ')).toHaveLength(60)
    expect(wall.scenarios.filter(({ fallback }) => fallback === wall.noPrefillModel).map(({ id }) => id)).toEqual([
      'S14',
    ])
  })

  it('healthy: sixty tokens, 15 ms apart, with usage and [DONE]', async () => {
    const { wall, clock } = await start()
    const streamed = await ask(wall, clock, 'healthy')
    expect(streamed).toMatchObject({ status: 200, text: wall.text, isDone: true, hasUsage: true, tookMs: 59 * 15 })
    expect(await ask(wall, clock, 'healthy', false)).toMatchObject({ text: wall.text, hasUsage: true })
    expect(await ask(wall, clock, 'openai/healthy')).toMatchObject({ text: wall.text })
    expect((await ask(wall, clock, 'S17')).status).toBe(404)
  })

  it('healthy: goes on from a prefill that is the beginning of the text', async () => {
    const { wall, clock } = await start()
    const given = wall.text.split(' ').slice(0, 40).join(' ')
    const rest = await ask(wall, clock, 'healthy', true, [user, { role: 'assistant', content: given }])
    expect(given + rest.text).toBe(wall.text)
    expect(wall.attempts('healthy')[0]?.isPrefill).toBe(true)
  })

  it.each([true, false])('S01, S03, S05: wrong once, then fine (streamed: %s)', async (isStream) => {
    const { wall, clock } = await start()
    expect(await ask(wall, clock, 'S01', isStream)).toMatchObject({ status: 429, retryAfter: '2' })
    expect(await ask(wall, clock, 'S03', isStream)).toMatchObject({ status: 500 })
    expect(await ask(wall, clock, 'S05', isStream)).toMatchObject({ status: undefined, lost: true })
    for (const id of ['S01', 'S03', 'S05'])
      expect(await ask(wall, clock, id, isStream)).toMatchObject({ status: 200, text: wall.text })
    wall.reset()
    expect(wall.attempts()).toEqual([])
    expect((await ask(wall, clock, 'S01', isStream)).status).toBe(429)
  })

  it.each([true, false])('S02, S04, S12, S13, S16: always refused (streamed: %s)', async (isStream) => {
    const { wall, clock } = await start()
    for (let time = 0; time < 2; time++) {
      expect(await ask(wall, clock, 'S02', isStream)).toMatchObject({ status: 429, retryAfter: undefined })
      expect((await ask(wall, clock, 'S04', isStream)).status).toBe(503)
      expect((await ask(wall, clock, 'S16', isStream)).status).toBe(503)
      const long = await ask(wall, clock, 'S12', isStream)
      expect([long.status, long.body]).toEqual([400, expect.stringContaining('context_length_exceeded')])
      const policy = await ask(wall, clock, 'S13', isStream)
      expect([policy.status, policy.body]).toEqual([400, expect.stringContaining('content_policy_violation')])
    }
  })

  it.each([true, false])('S06, S07: silent, or slow to begin (streamed: %s)', async (isStream) => {
    const { wall, clock } = await start()
    expect(await ask(wall, clock, 'S06', isStream)).toMatchObject({ status: undefined, tookMs: 120_000 })
    const slow = await ask(wall, clock, 'S07', isStream)
    expect(slow).toMatchObject({ status: 200, text: wall.text })
    expect(slow.tookMs).toBe(isStream ? 20_000 + 59 * 15 : 20_000)
  })

  it('S08, S09, S14: streams that break off', async () => {
    const { wall, clock } = await start()
    for (const id of ['S08', 'S14']) {
      const dead = await ask(wall, clock, id)
      expect(dead).toMatchObject({ status: 200, isDone: false, hasUsage: false, lost: true, tookMs: 39 * 15 })
      expect(dead.text).toBe(wall.text.split(' ').slice(0, 40).join(' '))
    }
    const stalled = await ask(wall, clock, 'S09')
    expect(stalled).toMatchObject({ status: 200, lost: true, isDone: false, tookMs: 19 * 15 + 30_000 })
    expect(stalled.text).toBe(wall.text.split(' ').slice(0, 20).join(' '))
    for (const id of ['S08', 'S09'])
      expect(await ask(wall, clock, id, false)).toMatchObject({ status: 200, text: '', lost: true })
  })

  it('S10, S11: complete all the same', async () => {
    const { wall, clock } = await start()
    const garbled = await ask(wall, clock, 'S10')
    expect(garbled).toMatchObject({ text: wall.text, bad: 1, isDone: true, hasUsage: true, tookMs: 59 * 15 })
    expect(eventsOf(garbled.body).findIndex(({ data }) => !data.endsWith('}'))).toBe(9)
    expect(await ask(wall, clock, 'S11')).toMatchObject({ text: wall.text, isDone: false, hasUsage: true, lost: false })
    for (const id of ['S10', 'S11'])
      expect(await ask(wall, clock, id, false)).toMatchObject({ text: wall.text, hasUsage: true })
  })

  it('S14: its fallback refuses a prefill and nothing else', async () => {
    const { wall, clock } = await start()
    const refused = await ask(wall, clock, wall.noPrefillModel, true, [user, { role: 'assistant', content: 'A good' }])
    expect([refused.status, refused.body]).toEqual([400, expect.stringContaining('prefill')])
    expect(await ask(wall, clock, wall.noPrefillModel)).toMatchObject({ text: wall.text })
  })

  it('S15: an outage of a minute, counted from the first request', async () => {
    const { wall, clock } = await start()
    await clock.advance(500_000)
    expect((await ask(wall, clock, 'S15')).status).toBe(503)
    await clock.advance(wall.outageMs - 1)
    expect((await ask(wall, clock, 'S15')).status).toBe(503)
    await clock.advance(1)
    expect(await ask(wall, clock, 'S15')).toMatchObject({ text: wall.text })
    expect(wall.gaps('S15')).toEqual([59_999, 1])
    expect(wall.attempts('S15').map(({ status }) => status)).toEqual([503, 503, 200])
  })

  it('makes every wait shorter by its scale', async () => {
    const { wall, clock } = await start(10)
    expect(await ask(wall, clock, 'S01')).toMatchObject({ retryAfter: '0.2' })
    expect((await ask(wall, clock, 'S06')).tookMs).toBe(12_000)
    expect((await ask(wall, clock, 'S07')).tookMs).toBeCloseTo(2_000 + 59 * 1.5)
    expect((await ask(wall, clock, 'S09')).tookMs).toBeCloseTo(3_000 + 19 * 1.5)
    expect(wall.outageMs).toBe(6_000)
  })
})

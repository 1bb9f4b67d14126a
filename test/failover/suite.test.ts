import { describe, expect, it } from 'vitest'
import type { Adapter, Question, Setup, Told } from '../../bench/failover/adapter.ts'
import { cases } from '../../bench/failover/catalogue.ts'
import { runSuite } from '../../bench/failover/suite.ts'
import { virtualClock } from '../../src/testing/virtual-clock.ts'
import { eventsOf } from '../support/wire-corpus.ts'

// Systems that do it wrong, each in one way, over raw fetch: the suite must say so.

type Ask = (setup: Setup, question: Question) => Promise<Told>

function system(ask: Ask): Adapter {
  return {
    name: 'wrong',
    open: (setup) => ({ ask: (question) => ask(setup, question), close: async () => {} }),
  }
}

async function verdictsOf(
  ask: Ask,
  ...ids: readonly string[]
): Promise<readonly (readonly [string, string, string])[]> {
  const clock = virtualClock({ turns: 12 })
  const only = cases.filter(({ id }) => ids.length === 0 || ids.includes(id))
  const { scenarios } = await clock.run(runSuite(system(ask), clock, only))
  return scenarios.map(({ id, verdict, reason }) => [id, verdict, reason] as const)
}

async function post(setup: Setup, model: string, { prompt, signal }: Question, messages: object[] = []): Promise<Told> {
  const body = {
    model,
    stream: true,
    stream_options: { include_usage: true },
    messages: [{ role: 'user', content: prompt }, ...messages],
  }
  const response = await fetch(`${setup.baseUrl}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
    signal,
  })
  if (!response.ok) throw new Error(`HTTP ${response.status}`)
  let said = ''
  try {
    for await (const chunk of response.body ?? []) said += new TextDecoder().decode(chunk)
  } catch (error) {
    if (signal.aborted) throw error
    // The careless reader: what came is the answer.
  }
  return readEvents(said)
}

function readEvents(said: string): Told {
  const events = eventsOf(said).flatMap(({ data }) => {
    try {
      return data === '[DONE]' ? [] : [JSON.parse(data)]
    } catch {
      return []
    }
  })
  return {
    text: events.map((event) => event.choices?.[0]?.delta.content ?? '').join(''),
    model: events.at(-1)?.model,
    hasUsage: events.at(-1)?.usage != null,
  }
}

const modelFor = ({ primary, healthy }: Setup, { to }: Question) => (to === 'chain' ? primary : healthy)
const once: Ask = (setup, question) => post(setup, modelFor(setup, question), question)

function retrying(times: number): Ask {
  return async (setup, question) => {
    for (let left = times; ; left--) {
      try {
        return await once(setup, question)
      } catch (error) {
        if (left === 0) throw error
      }
    }
  }
}

const orFallback: Ask = async (setup, question) => {
  try {
    return await once(setup, question)
  } catch {
    return post(setup, setup.fallback, question)
  }
}

describe('the failover suite', () => {
  it('calls a cut answer that is shown as a success a fail', async () => {
    expect(await verdictsOf(once, 'S08', 'S09', 'S14')).toEqual(
      ['S08', 'S09', 'S14'].map((id) => [id, 'fail', 'a truncated answer presented as success']),
    )
  })

  it('calls clean errors safe, and what no fault hinders a pass', async () => {
    const seen = await verdictsOf(once, 'S01', 'S04', 'S05', 'S10', 'S11', 'S12', 'S13', 'S16')
    expect(seen.map(([id, verdict]) => [id, verdict])).toEqual([
      ['S01', 'safe'],
      ['S04', 'safe'],
      ['S05', 'safe'],
      ['S10', 'pass'],
      ['S11', 'pass'],
      ['S12', 'safe'],
      ['S13', 'pass'],
      ['S16', 'safe'],
    ])
  })

  it('calls waiting out a silent or slow provider what it is', async () => {
    expect(await verdictsOf(once, 'S06', 'S07')).toEqual([
      ['S06', 'fail', 'within 100 s'],
      ['S07', 'partial', 'within 15 s'],
    ])
  })

  it('calls a storm of retries a fail, and retries that do not wait a partial', async () => {
    expect(await verdictsOf(retrying(8), 'S01', 'S02', 'S04', 'S12', 'S13', 'S16')).toEqual([
      ['S01', 'partial', 'first gap ≥ 1.8 s'],
      ['S02', 'fail', '≤ 4 in 3 s, primary ≤ 6'],
      ['S04', 'fail', 'primary ≤ 6'],
      ['S12', 'fail', 'primary 1'],
      ['S13', 'fail', 'primary 1'],
      ['S16', 'fail', 'primary ≤ 6'],
    ])
  })

  it('calls falling back without a retry, or around a refusal, a partial', async () => {
    expect(await verdictsOf(orFallback, 'S01', 'S03', 'S13')).toEqual([
      ['S01', 'partial', 'primary ≥ 2, first gap ≥ 1.8 s'],
      ['S03', 'partial', 'primary ≥ 2'],
      ['S13', 'partial', 'answered by routing around the refusal'],
    ])
  })

  it('calls never ending a hang, everywhere', async () => {
    const seen = await verdictsOf(() => new Promise(() => {}))
    expect(seen.map(([, verdict, reason]) => `${verdict} ${reason}`)).toEqual(cases.map(() => 'fail hang'))
  })

  it('sees a client that is broken afterwards', async () => {
    const broken: Ask = (setup, question) =>
      question.to === 'chain' ? once(setup, question) : Promise.reject(new Error('still broken'))
    expect(await verdictsOf(broken, 'S10')).toEqual([['S10', 'fail', 'next call healthy']])
  })

  it('sees the wrong model and missing usage in the books', async () => {
    const cooked: Ask = async (setup, question) => ({
      ...(await orFallback(setup, question)),
      model: setup.primary,
      hasUsage: false,
    })
    expect(await verdictsOf(cooked, 'S11', 'S16')).toEqual([
      ['S11', 'partial', 'usage present'],
      ['S16', 'fail', 'model is the fallback'],
    ])
  })

  it('sees that a prefill the fallback refused hides the first failure', async () => {
    const continuing: Ask = async (setup, question) => {
      const first = await once(setup, question)
      if (question.to !== 'chain') return first
      return post(setup, setup.fallback, question, [{ role: 'assistant', content: first.text }])
    }
    expect(await verdictsOf(continuing, 'S14')).toEqual([['S14', 'fail', 'no masking by the prefill']])
  })

  it('sees an outage that callers feel, and a primary that is never asked again', async () => {
    expect(await verdictsOf(once, 'S15')).toEqual([['S15', 'fail', 'all served in the outage']])
    const stuck: Ask = (setup, question) => post(setup, setup.fallback, question)
    const once15 = async () => {
      let isFirst = true
      return verdictsOf(async (setup, question) => {
        if (!isFirst || question.to !== 'chain') return stuck(setup, question)
        isFirst = false
        return orFallback(setup, question)
      }, 'S15')
    }
    expect(await once15()).toEqual([['S15', 'fail', 'primary back ≤ 30 s']])
  })
})

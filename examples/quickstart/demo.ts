/** Three fake providers on 127.0.0.1, of which the first has a bad day. */
import { setTimeout as sleep } from 'node:timers/promises'
import { UnifiedClient } from 'holdfast'
import { anthropic } from 'holdfast/providers/anthropic'
import { groq } from 'holdfast/providers/groq'
import { openai } from 'holdfast/providers/openai'
import { cut, decide, fail, reply } from 'holdfast/testing'
import { fakeProviderServer } from 'holdfast/testing/server'
import { ask } from './ask.ts'
import type { Screen } from './screen.ts'

/** How fast the demo is played. */
interface Pace {
  /** Between two words, in ms. */
  readonly everyMs: number
  readonly cooldownMs: number
}

const scenes = [
  {
    title: '1  The first provider answers 503, twice',
    question: 'Why is the sky blue?',
    answer:
      'Air scatters short waves of light far more than long ones, so from every side of the sky ' +
      'it is mostly blue that reaches your eye.',
  },
  {
    title: '2  It accepts the next call, and cuts the stream before the first word',
    question: 'Then why is it red in the evening?',
    answer: 'A low sun shines through much more air. Most of the blue is lost on the way, and red is what is left.',
  },
  {
    title: '3  Three failures in a row: its circuit is open, nobody waits for it any more',
    question: 'And at noon on Mars?',
    answer: 'Butterscotch. Fine dust takes the blue out of the light, and the sunsets there are the blue ones.',
  },
  {
    title: '4  The first provider is well again',
    question: 'Did I miss anything?',
    answer: 'Not a word. The next in line answered while I was away.',
  },
]

/** Plays the demo. */
export async function playDemo(screen: Screen, { everyMs, cooldownMs }: Pace): Promise<void> {
  const answer = decide(({ last }) => {
    const scene = scenes.find(({ question }) => question === last?.text)
    return reply(scene?.answer, { firstTokenAfterMs: 2 * everyMs, everyMs })
  })
  const unwell = await fakeProviderServer(
    fail(503)
      .times(2)
      .then(cut({ afterTokens: 0 }))
      .then(answer),
  )
  const healthy = await fakeProviderServer(answer)
  const apiKey = 'sk-test-quickstart'
  const llm = new UnifiedClient({
    providers: [
      anthropic({ apiKey, baseUrl: unwell.url('anthropic') }),
      openai({ apiKey, baseUrl: healthy.url('openai') }),
      groq({ apiKey, baseUrl: healthy.url('groq') }),
    ],
    // A demo has no time for the defaults: a minute of cooldown, up to half a second before a retry.
    circuit: { cooldownMs, probes: 1 },
    retry: { baseMs: 10 * everyMs },
    onEvent: (event) => screen.event(event),
  })
  screen.title(
    'holdfast quickstart',
    'No provider key in the environment: three fake providers on 127.0.0.1 answer.',
    'The chain is anthropic, openai, groq.',
  )
  const replies = []
  for (const { title, question } of scenes.slice(0, 3)) replies.push(await ask(llm, screen, title, question))
  screen.note('The cooldown passes …')
  await sleep(cooldownMs * 1.1)
  for (const { title, question } of scenes.slice(3)) replies.push(await ask(llm, screen, title, question))
  screen.table(replies)
  await llm.close()
  await Promise.all([unwell.close(), healthy.close()])
}

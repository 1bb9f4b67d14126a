import type { Clock } from '../../types/clock.ts'
import { systemClock } from '../../utils/clock.ts'
import { type Script, type ScriptCursor, scriptOf, startScript } from '../script.ts'
import type { AnswerOptions, FakeRequest } from '../step.ts'
import { decide, fail, fault, hang, reply, reset } from '../steps.ts'
import { sampleText } from '../tokens.ts'
import { fakeProviderServer } from './fake-provider-server.ts'

// The sixteen situations of the public Failover Bench (methodology v0.1), made by our own server. The model's name
// chooses the situation; the numbers (60 words, 15 ms, 40 tokens, 20 s …) are the bench's.

/** One situation of the wall. */
export interface WallScenario {
  /** `S01` to `S16`; also the model by which it is asked for. */
  readonly id: string
  readonly title: string
  /** Model the bench gives as the one fallback. */
  readonly fallback: string
}

/** One request the wall saw. */
export interface WallAttempt {
  readonly model: string
  /** When it arrived, epoch ms by the wall's clock. */
  readonly at: number
  readonly endedAt: number | undefined
  readonly status: number | undefined
  readonly isStream: boolean
  /** The conversation ended with a turn of the assistant. */
  readonly isPrefill: boolean
}

/** How the wall behaves. */
export interface FailoverWallOptions {
  /** Divides every wait: 10 makes 20 s 2 s and `Retry-After: 2` 0.2. Default 1. */
  readonly timeScale?: number
  readonly clock?: Clock
}

/** A running wall. */
export interface FailoverWall {
  /** Base URL; speaks OpenAI's chat completions, streamed and whole. */
  readonly url: string
  /** The one answer of every healthy model: sixty words. */
  readonly text: string
  readonly scenarios: readonly WallScenario[]
  /** Always answers, and goes on from a prefill. */
  readonly healthyModel: string
  /** Always answers, and refuses a prefill. */
  readonly noPrefillModel: string
  /** How long the outage of S15 lasts, in ms of the wall's clock, from the first request for it. */
  readonly outageMs: number
  /** Requests for a model, in order; all of them when none is named. */
  attempts(model?: string): readonly WallAttempt[]
  /** Milliseconds between neighbouring attempts. */
  gaps(model: string): readonly number[]
  /** Forgets all attempts and starts every situation anew. */
  reset(): void
  close(): Promise<void>
}

const healthyModel = 'healthy'
const noPrefillModel = 'no-prefill'

const titles: readonly string[] = [
  '429 with Retry-After: 2 once, then fine',
  'always 429, without Retry-After',
  '500 once, then fine',
  'always 503',
  'connection reset before any byte, once',
  'takes the request and is silent for 120 s',
  'headers at once, first token after 20 s',
  'stream dies after 40 of 60 tokens',
  'silent for 30 s after 20 tokens, then closes',
  'tenth event is not JSON, the rest is fine',
  'complete stream without [DONE]',
  'always 400 context_length_exceeded',
  'always 400 content_policy_violation',
  'stream dies after 40 tokens, the fallback refuses a prefill',
  '503 for 60 s, then fine',
  'always 503: the books must show the fallback',
]

const scenarios: readonly WallScenario[] = titles.map((title, place) => {
  const id = `S${String(place + 1).padStart(2, '0')}`
  return { id, title, fallback: id === 'S14' ? noPrefillModel : healthyModel }
})

/** Starts the wall. */
export async function failoverWall(options: FailoverWallOptions = {}): Promise<FailoverWall> {
  const { timeScale = 1, clock = systemClock } = options
  const outageMs = 60_000 / timeScale
  let cursors = new Map<string, ScriptCursor>()
  const cursorOf = (model: string): ScriptCursor | undefined => {
    if (cursors.size === 0) cursors = startAll(timeScale, clock, outageMs)
    return cursors.get(nameOf(model))
  }
  const server = await fakeProviderServer({
    clock,
    modelIds: [...scenarios.map(({ id }) => id), healthyModel, noPrefillModel],
  })
  server.use(
    decide((request) => {
      const step = cursorOf(request.model)?.next(request)
      return step ? scriptOf([{ step }]) : fail('model_not_found')
    }),
  )
  const attempts = (model?: string) =>
    server.requests
      .filter((request) => model === undefined || nameOf(request.model) === model)
      .map(({ at, endedAt, status, operation, body, ...request }) => ({
        model: nameOf(request.model),
        at,
        endedAt,
        status,
        isStream: operation === 'chatStream',
        isPrefill: (body as { messages?: { role?: string }[] }).messages?.at(-1)?.role === 'assistant',
      }))
  return {
    url: server.url('openai'),
    text: sampleText,
    scenarios,
    healthyModel,
    noPrefillModel,
    outageMs,
    attempts,
    gaps: (model) =>
      attempts(model).flatMap(({ at }, place, all) => (place === 0 ? [] : [at - (all[place - 1]?.at ?? at)])),
    reset() {
      server.reset()
      cursors = new Map()
    },
    close: () => server.close(),
  }
}

/** Gateways put a vendor before the model's name. */
function nameOf(model: string): string {
  return model.slice(model.lastIndexOf('/') + 1)
}

function startAll(timeScale: number, clock: Clock, outageMs: number): Map<string, ScriptCursor> {
  const scripts = scriptsOf((ms) => ms / timeScale, clock, outageMs)
  return new Map(Object.entries(scripts).map(([id, script]) => [id, startScript(script)]))
}

function scriptsOf(scaled: (ms: number) => number, clock: Clock, outageMs: number): Readonly<Record<string, Script>> {
  const everyMs = scaled(15)
  const fine = decide((request) => healthy(request, everyMs))
  const dies = broken({ everyMs, closeAfter: 40 })
  const streamed = (script: Script) => decide(({ operation }) => (operation === 'chatStream' ? script : fine))
  let outageEndsAt: number | undefined
  return {
    S01: fail(429, { retryAfter: scaled(2_000) / 1_000 }).then(fine),
    S02: fail(429),
    S03: fail(500).then(fine),
    S04: fail('overloaded'),
    S05: reset().then(fine),
    S06: hang({ forMs: scaled(120_000) }),
    S07: broken({ everyMs, firstTokenAfterMs: scaled(20_000) }),
    S08: dies,
    S09: broken({ everyMs, stallAfter: 20, stallMs: scaled(30_000), closeAfter: 20 }),
    // The first event opens the answer, so the tenth comes after eight tokens.
    S10: streamed(fault('sse-bad-json', { tokens: 8, everyMs })),
    S11: streamed(fault('sse-no-done', { everyMs })),
    S12: fail('context_length_exceeded'),
    S13: fail('content_filtered'),
    S14: dies,
    S15: decide((request) => {
      outageEndsAt ??= clock.monotonic() + outageMs
      return clock.monotonic() < outageEndsAt ? fail('overloaded') : healthy(request, everyMs)
    }),
    S16: fail('overloaded'),
    [healthyModel]: fine,
    [noPrefillModel]: decide((request) => (isPrefill(request) ? refusePrefill : healthy(request, everyMs))),
  }
}

const refusePrefill = fail(400, {
  code: 'invalid_prefill',
  message: 'This model does not support assistant message prefill. The conversation must end with a user message.',
})

function isPrefill({ last }: FakeRequest): boolean {
  return last?.role === 'assistant'
}

/** The whole text; after a prefill that is its beginning, the rest of it. */
function healthy({ last }: FakeRequest, everyMs: number): Script {
  const given = last?.role === 'assistant' ? last.text.trim() : ''
  const isBeginning = given !== '' && sampleText.startsWith(given)
  return reply(isBeginning ? sampleText.slice(given.length) : sampleText, { everyMs })
}

function broken(options: AnswerOptions): Script {
  return reply(sampleText, options)
}

import { describe, expect, it } from 'vitest'
import { startScript } from '../../src/testing/script.ts'
import type { FakeRequest, Step } from '../../src/testing/step.ts'
import { cut, decide, fail, fault, hang, reply, reset, stall, stream, toolCall } from '../../src/testing/steps.ts'
import { countTokens, sampleText, tokensOf } from '../../src/testing/tokens.ts'

const request: FakeRequest = { operation: 'chat', model: 'm', index: 0, raw: {} }

function take(count: number, script: Parameters<typeof startScript>[0]): (Step | undefined)[] {
  const cursor = startScript(script)
  return Array.from({ length: count }, (_, index) => cursor.next({ ...request, index }))
}

function shortly(step: Step | undefined): unknown {
  if (step?.type === 'answer') return step.pieces.join('')
  return step?.type === 'fail' ? step.failure : step?.type
}

describe('a script', () => {
  it('carries out each line, and the last for ever', () => {
    expect(take(5, fail(503).times(2).then('hello')).map(shortly)).toEqual([503, 503, 'hello', 'hello', 'hello'])
  })

  it('takes a text, a list, a script or several in a row', () => {
    expect(take(2, 'hi').map(shortly)).toEqual(['hi', 'hi'])
    expect(take(4, ['a', fail(500), ['b', reset()]]).map(shortly)).toEqual(['a', 500, 'b', 'reset'])
  })

  it('ends when the last line has a number of times', () => {
    expect(take(3, fail(503).times(2)).map(shortly)).toEqual([503, 503, undefined])
    expect(take(2, reply('once').times(1)).map(shortly)).toEqual(['once', undefined])
  })

  it('is not changed by what is added to it', () => {
    const failing = fail(500)
    failing.times(3).then('x')
    expect(failing.lines).toHaveLength(1)
    expect(failing.lines[0]?.times).toBeUndefined()
  })

  it('refuses a number of times that is none', () => {
    for (const count of [0, -1, 1.5, Number.NaN]) expect(() => fail(500).times(count)).toThrow(RangeError)
  })

  it('says so when it is awaited by mistake, instead of hanging', async () => {
    await expect(
      (async () => {
        await (fail(500) as unknown as Promise<unknown>)
      })(),
    ).rejects.toThrow('not a promise')
  })

  it('decides by the request when told to', () => {
    const script = decide(({ index }) => (index % 2 === 0 ? 'even' : fail(400)))
    expect(take(3, script).map(shortly)).toEqual(['even', 400, 'even'])
    const loop: ReturnType<typeof decide> = decide(() => loop)
    expect(() => take(1, loop)).toThrow('never comes')
  })

  it('can be looked at without being moved', () => {
    const cursor = startScript(fault('rst-on-accept').times(1).then('hello'))
    expect(cursor.peek()).toMatchObject({ type: 'fault', name: 'rst-on-accept' })
    cursor.next(request)
    expect(shortly(cursor.peek())).toBe('hello')
    expect(startScript(decide(() => 'x')).peek()).toBeUndefined()
  })

  it('has words for the usual breaks', () => {
    expect(take(1, cut({ afterTokens: 3 }))[0]).toMatchObject({ type: 'answer', cutAfter: 3 })
    expect(take(1, cut({ afterTokens: 1, text: 'a b' }))[0]).toMatchObject({ pieces: ['a', ' b'] })
    expect(take(1, stream(['a', 'b'], { everyMs: 5, resetAfter: 1 }))[0]).toMatchObject({
      pieces: ['a', 'b'],
      everyMs: 5,
      resetAfter: 1,
    })
    expect(take(1, stall({ beforeHeaders: true }))[0]).toEqual({ type: 'hang' })
    expect(take(1, stall({ beforeHeaders: true, forMs: 9 }))[0]).toMatchObject({ headersAfterMs: 9 })
    expect(take(1, stall({ beforeFirstToken: true }))[0]).toMatchObject({ stallAfter: 0 })
    expect(take(1, stall({ afterTokens: 4, forMs: 7 }))[0]).toMatchObject({ stallAfter: 4, stallMs: 7 })
    expect(() => stall({})).toThrow('stall')
    expect(take(1, reset({ afterTokens: 2 }))[0]).toMatchObject({ resetAfter: 2 })
    expect(take(1, hang({ forMs: 5 }))[0]).toEqual({ type: 'hang', forMs: 5 })
    expect(take(1, fail('overloaded', { afterTokens: 2 }))[0]).toMatchObject({
      type: 'answer',
      failAfter: { tokens: 2, failure: { failure: 'overloaded' } },
    })
    expect(take(1, toolCall('weather', { city: 'Oslo' }))[0]).toMatchObject({
      pieces: [],
      toolCalls: [{ name: 'weather', arguments: { city: 'Oslo' } }],
    })
  })
})

describe('the tokens of the fakes', () => {
  it('are words with the space before them, and join to the text', () => {
    for (const text of ['', ' ', 'a', 'a b\n c ', sampleText, '日本 語 👩‍👩‍👧'])
      expect(tokensOf(text).join('')).toBe(text)
    expect(tokensOf('Hello big world')).toEqual(['Hello', ' big', ' world'])
    expect(tokensOf(sampleText)).toHaveLength(60)
  })

  it('count the words of a conversation, not its names', () => {
    expect(
      countTokens([
        { role: 'user', content: 'one two' },
        { role: 'tool', content: [{ type: 'text', text: 'three' }] },
      ]),
    ).toBe(3)
  })
})

import { describe, expect, it, vi } from 'vitest'
import { createGuardRun } from '../../../src/guards/engine.ts'
import { type RedactPiiOptions, redactPii } from '../../../src/guards/pii/redact-pii.ts'
import { virtualClock } from '../../../src/testing/virtual-clock.ts'
import type { ClientEvent } from '../../../src/types/events.ts'
import type { GuardCall, GuardRequest } from '../../../src/types/guard.ts'
import type { ProviderEvent } from '../../../src/types/provider.ts'
import { fc, runs } from '../../support/property.ts'
import { verifies } from '../../support/verifies.ts'

const finish: ProviderEvent = { type: 'finish', finishReason: 'stop' }
const random = 'aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3z'
const key = `sk-proj-${random}`

function open(options: RedactPiiOptions = {}, capability: GuardCall['capability'] = 'chatStream') {
  const events: ClientEvent[] = []
  const run = createGuardRun([redactPii(options)], {
    capability,
    clock: virtualClock(),
    emit: (event) => events.push(event),
  })
  const ask = async (content: string, more: Partial<GuardRequest> = {}) => {
    const request = await run.checkRequest({ messages: [{ role: 'user', content }], ...more })
    return request.messages[0]?.content as string
  }
  /** What a caller gets of an answer that comes in these pieces. */
  const answer = async (...pieces: string[]) => {
    const stream = run.stream()
    let text = ''
    for (const piece of pieces) text += textOf(await stream.push([{ type: 'text', text: piece }]))
    return text + textOf(await stream.push([finish])) + textOf(await stream.end())
  }
  const call = async (argumentsText: string) => {
    const events = await run.checkReply([{ type: 'tool-call', index: 0, id: '1', name: 'send', argumentsText }, finish])
    return (events[0] as { argumentsText: string }).argumentsText
  }
  return { run, events, ask, answer, call }
}

function textOf(events: readonly ProviderEvent[]): string {
  return events.map((event) => (event.type === 'text' ? event.text : '')).join('')
}

/** Arguments of the tool call in a message. */
function argumentsOf(request: GuardRequest, message: number): string {
  const parts = request.messages[message]?.content as readonly { argumentsText: string }[] | undefined
  return parts?.[0]?.argumentsText ?? ''
}

/** Cuts a text at the given places. */
function cut(text: string, places: readonly number[]): string[] {
  const sorted = [0, ...places.map((place) => place % (text.length + 1)).sort((a, b) => a - b), text.length]
  return sorted.slice(1).map((end, index) => text.slice(sorted[index], end))
}

const tokenOf = (text: string) => /\[[A-Z_]+_\d+_[a-z0-9]{8}\]/.exec(text)?.[0] as string

describe('requests', () => {
  it('go out with tokens in place of personal data, the same for the same value', verifies('E6'), async () => {
    const { ask } = open()
    const sent = await ask('ann@example.com and bob@example.com, again ann@example.com')
    const tokens = sent.match(/\[EMAIL_\d_\w{8}\]/g)
    expect(sent).toMatch(/^\[EMAIL_1_\w+\] and \[EMAIL_2_\w+\], again \[EMAIL_1_\w+\]$/)
    expect(tokens?.[0]).toBe(tokens?.[2])
  })

  it('are redacted in every corner, and stay JSON where they are JSON', verifies('E6'), async () => {
    const { run } = open()
    const mail = 'ann@example.com'
    const argumentsText = `{"to": "${mail}", "note":"say \\"hi\\" to ann\\u0040example.com","card":4111111111111111,"n":1e3,"big":9007199254740993}`
    const request = await run.checkRequest({
      messages: [
        { role: 'system', content: [{ type: 'text', text: mail }] },
        { role: 'user', content: [{ type: 'text', text: `+1 202 555 0143 ${mail}` }] },
        { role: 'assistant', content: [{ type: 'tool-call', id: '1', name: 'f', argumentsText }] },
        { role: 'tool', toolCallId: '1', content: { [mail]: [mail, 4111111111111111, 7], password: 'hunter22x' } },
      ],
      tools: [{ name: 'f', description: `mails ${mail}` }],
      user: mail,
    })
    const all = JSON.stringify(request)
    for (const secret of [mail, 'u0040', '4111111111111111', '202 555', 'hunter22x']) expect(all).not.toContain(secret)
    const sent = argumentsOf(request, 2)
    expect(JSON.parse(sent)).toMatchObject({
      n: 1000,
      card: expect.stringContaining('CREDIT_CARD_1'),
    })
    expect(sent).toContain('"big":9007199254740993')
    expect(sent).toContain('say \\"hi\\" to [EMAIL_1')
    expect(request.tools?.[0]?.description).toContain('[EMAIL_1')
  })

  it('without personal data stay the very same object', async () => {
    const { run } = open()
    const request: GuardRequest = { messages: [{ role: 'user', content: 'What is 2 + 2?' }] }
    expect(await run.checkRequest(request)).toBe(request)
  })

  it('keep reasoning a provider has signed, unless there is something to hide in it', async () => {
    const { run } = open()
    const reasoning = (text: string) => ({ type: 'reasoning', text, opaque: { signature: 's' } }) as const
    const request = await run.checkRequest({
      messages: [
        { role: 'assistant', content: [reasoning('about [EMAIL_1_abc234]'), reasoning('mail ann@example.com')] },
        { role: 'user', content: 'go on' },
      ],
    })
    expect(request.messages[0]?.content).toEqual([reasoning('about [EMAIL_1_abc234]')])
  })

  it('for embeddings get masks, which are the same in every call', async () => {
    const { run } = open({}, 'embed')
    expect(await run.checkTexts(['mail ann@example.com', 'none'])).toEqual(['mail [EMAIL]', 'none'])
  })

  it('are read by recognizers too, at once or later', verifies('E6'), async () => {
    const { ask } = open({
      recognizers: [
        (text) => [...text.matchAll(/Zork/g)].map(({ index }) => ({ start: index, end: index + 4, type: 'PERSON' })),
        async (text) =>
          [...text.matchAll(/\bX\d+/g)].map(({ 0: found, index }) => ({ start: index, end: index + found.length })),
      ],
    })
    expect(await ask('Zork has X12 and X9')).toMatch(/^\[PERSON_1_\w+\] has \[CUSTOM_1_\w+\] and \[CUSTOM_2_\w+\]$/)
  })

  it('are not sent when a recognizer points outside the text', async () => {
    const { ask } = open({ recognizers: [() => [{ start: 0, end: 99 }]] })
    await expect(ask('short')).rejects.toMatchObject({ code: 'guard_failed' })
  })
})

describe('actions', () => {
  it.each([
    ['mask', /^to \[EMAIL\]$/],
    ['drop', /^to $/],
    ['hash', /^to \[EMAIL_[0-9a-f]{12}\]$/],
    ['token', /^to \[EMAIL_1_\w{8}\]$/],
  ] as const)('can be %s', async (action, form) => {
    const { ask } = open({ actions: action, hashKey: 'k'.repeat(16) })
    expect(await ask('to ann@example.com')).toMatch(form)
  })

  it('can differ by type, and block', async () => {
    const { ask } = open({ actions: { SECRET: 'block', EMAIL: 'mask' } })
    expect(await ask('to ann@example.com')).toBe('to [EMAIL]')
    await expect(ask(`key ${key}`)).rejects.toMatchObject({ code: 'guard_blocked', rule: 'pii.secret' })
  })

  it('name the same value the same in every call when they hash', async () => {
    const options = { actions: 'hash', hashKey: 'k'.repeat(16) } as const
    const first = await open(options).ask('ann@example.com')
    expect(await open(options).ask('ann@example.com')).toBe(first)
    expect(await open({ ...options, hashKey: 'q'.repeat(16) }).ask('ann@example.com')).not.toBe(first)
  })

  it('block answers too', verifies('F199'), async () => {
    const { answer } = open({ actions: { EMAIL: 'block' } })
    await expect(answer('shown text. ', 'mail ann@example.com ', 'x')).rejects.toMatchObject({
      code: 'guard_blocked',
      partialText: 'shown text. ',
    })
  })
})

describe('answers', () => {
  it('get the originals back, however the model writes the token', verifies('E6'), async () => {
    const { ask, answer } = open()
    const token = tokenOf(await ask('ann@example.com'))
    const core = token.slice(1, -1)
    for (const [written, wanted] of [
      [token, 'ann@example.com'],
      [token.toLowerCase(), 'ann@example.com'],
      [core, 'ann@example.com'],
      [core.replaceAll('_', '\\_'), 'ann@example.com'],
      [`[${core.replaceAll('_', ' ')}]`, 'ann@example.com'],
      [core.replaceAll('_', '-'), 'ann@example.com'],
      [`**${token}**`, '**ann@example.com**'],
      [`[${core}](mailto:${token})`, '[ann@example.com](mailto:ann@example.com)'],
      [`x${core}`, `x${core}`],
      [core.replace('EMAIL_1', 'EMAIL_7'), core.replace('EMAIL_1', 'EMAIL_7')],
      [core.slice(0, -1), core.slice(0, -1)],
      [`[EMAIL_1_zzzzzz]`, '[EMAIL_1_zzzzzz]'],
    ]) {
      expect(await answer(`to ${written}!`)).toBe(`to ${wanted}!`)
      expect(await answer(...`to ${written}!`)).toBe(`to ${wanted}!`)
    }
  })

  it('report tokens that were never given out', async () => {
    const { run, ask, answer, events } = open()
    const token = tokenOf(await ask('ann@example.com'))
    await answer(token.replace('_1_', '_8_'))
    run.close()
    expect(JSON.stringify(events)).toContain('pii.unknown-token')
  })

  it('lose what the model brings up by itself, but not what stood in the request', verifies('E6', 'E8'), async () => {
    const { ask, answer } = open({ allow: ['info@acme.example'] })
    await ask('our address is info@acme.example')
    expect(await answer('info@acme.example, eve@example.com, 4111 1111 1111 1111')).toBe(
      'info@acme.example, [EMAIL], [CREDIT_CARD]',
    )
  })

  it('are restored only where that is asked for', verifies('F196'), async () => {
    const bare = open({ restore: false })
    const token = tokenOf(await bare.ask('ann@example.com'))
    expect(await bare.answer(token)).toBe(token)
    expect(await bare.call(`{"to":"${token}"}`)).toBe(`{"to":"${token}"}`)
    const text = open({ restore: ['text'] })
    const other = tokenOf(await text.ask('ann@example.com'))
    expect(await text.answer(other)).toBe('ann@example.com')
    expect(await text.call(`{"to":"${other}"}`)).toBe(`{"to":"${other}"}`)
  })

  it('never put a value into events, errors or warnings', verifies('F196', 'F184'), async () => {
    const secrets = ['ann@example.com', '4111 1111 1111 1111', key, 'Zork Zorkson', '+1 202 555 0143']
    const { run, ask, answer, events } = open({ actions: { IBAN: 'block' } })
    const sent = await ask(`I am Zork Zorkson, ${secrets.join(', ')}`)
    await answer(sent, ' and eve@example.org')
    const error = await ask(`DE89 3704 0044 0532 0130 00 ${secrets.join(' ')}`).catch((thrown: unknown) => thrown)
    run.close()
    const told = JSON.stringify([events, error, String(error), (error as Error).stack, redactPii()])
    for (const secret of [...secrets, 'eve@example.org', 'DE89 3704']) expect(told).not.toContain(secret)
    expect(events.length).toBeGreaterThan(1)
  })

  it('with schema are JSON and stay JSON', verifies('E6'), async () => {
    const { run } = open()
    const quoted = 'I am O"Neil\\ Smith. My number is +1 202 555 0143, key '
    const request = await run.checkRequest({
      messages: [{ role: 'user', content: `${quoted}${key}` }],
      responseFormat: 'json',
    })
    const [phone, secret] = JSON.stringify(request.messages).match(/\[(?:PHONE|SECRET)_\d_\w+\]/g) ?? []
    const json = `{"phone":"${phone}","card":4111111111111111,"k":["${secret}"],"mail":"eve\\u0040example.com"}`
    const events = await run.checkReply([...json].map((text) => ({ type: 'text', text })))
    expect(JSON.parse(textOf(events))).toEqual({
      phone: '+1 202 555 0143',
      card: '[CREDIT_CARD]',
      k: [key],
      mail: '[EMAIL]',
    })
  })

  it('put values into arguments as JSON wants them, one and two levels deep', verifies('E6'), async () => {
    const { run, call } = open({
      recognizers: [
        (text) =>
          [...text.matchAll(/<[^>]*>/g)].map(({ 0: found, index }) => ({ start: index, end: index + found.length })),
      ],
    })
    const value = '<a "quoted" \\ value\nwith a line>'
    const request = await run.checkRequest({ messages: [{ role: 'user', content: value }] })
    const token = request.messages[0]?.content as string
    const inner = JSON.stringify({ deep: token, list: [token] })
    const restored = JSON.parse(await call(JSON.stringify({ to: token, inner, text: `see ${token}, "${token}"` })))
    expect(restored.to).toBe(value)
    expect(restored.text).toBe(`see ${value}, "${value}"`)
    expect(JSON.parse(restored.inner)).toEqual({ deep: value, list: [value] })
    expect(JSON.parse(await call(`{"to": ${token}}`))).toEqual({ to: value })
  })
})

describe('text that looks like our tokens', () => {
  it('is kept apart and comes back as it was', verifies('F195'), async () => {
    const { ask, answer } = open()
    const text = 'Use [EMAIL_1] or [EMAIL_1_abc123] or PHONE_2_zzz999 for ann@example.com, LITERAL_1 too'
    const sent = await ask(text)
    expect(sent).not.toMatch(/\[EMAIL_1\]|EMAIL_1_abc123|PHONE_2_zzz999|LITERAL_1 /)
    expect(await answer(...sent)).toBe(text)
  })

  it('never holds the mark of the call, by whatever chance', verifies('F195'), async () => {
    const real = crypto.getRandomValues.bind(crypto)
    let calls = 0
    // The first mark drawn is `aaaaaaaa`, which stands in the text already.
    const spy = vi.spyOn(crypto, 'getRandomValues').mockImplementation((array) => (calls++ === 0 ? array : real(array)))
    const { ask, answer } = open()
    const text = 'mine is ann@example.com, not [EMAIL_1_AAAAAAAA]'
    const sent = await ask(text)
    spy.mockRestore()
    expect(calls).toBeGreaterThan(1)
    expect(sent).not.toContain('EMAIL_1_aaaaaaaa')
    expect(await answer(sent)).toBe(text)
  })

  it('cannot fetch the value of someone else', verifies('F195'), async () => {
    const { ask, answer } = open()
    const sent = await ask('mine is ann@example.com; show me [EMAIL_1]')
    // A model that obeys and repeats only the look-alike gives back the look-alike.
    const literal = sent.slice(sent.indexOf('show me ') + 8)
    expect(await answer(literal)).toBe('[EMAIL_1]')
    expect(await answer('[EMAIL_1] EMAIL_1')).toBe('[EMAIL_1] EMAIL_1')
  })
})

const values = [
  'ann@example.com',
  '4111 1111 1111 1111',
  '+44 20 7946 0958',
  'DE89 3704 0044 0532 0130 00',
  '536-90-4399',
  '203.0.113.7',
  key,
  '[EMAIL_1]',
  'EMAIL_1_abc123',
  'Dear Mr. Smith,',
  'password: hunter22x',
  'CPF 529.982.247-25',
  'a',
  '"',
  '\\',
  ' ',
  '\n',
  'ж',
  '😀',
  '電話番号は',
  '[',
  ']',
  '_1_',
  '12',
  '(',
  '-',
  '.',
  ',',
  ':',
  '{"',
  '["',
  '"}',
  '":"',
  '\\"',
  '\\n',
  '%40',
  '&#64;',
  '\u200b',
  '\u2028',
  'password":"',
  'https://ann:pw1234x@example.com/',
]
const pem = `-----BEGIN ${'PRIVATE'} KEY-----\n${'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDZ\n'.repeat(2)}-----END ${'PRIVATE'} KEY-----`
/** JSON with some letters in its strings coded, which says the same. */
const escaped = (json: string) =>
  json.replace(/"(?:[^"\\]|\\.)*"/g, (text) =>
    text.replace(/\\u....|\\.|[g-z@.]/g, (unit, at: number) =>
      unit.length === 1 && at % 3 === 0 ? `\\u00${unit.charCodeAt(0).toString(16)}` : unit,
    ),
  )
/** What JSON says, numbers as text. */
const asText = (value: unknown) =>
  JSON.stringify(value, (_, each) => (typeof each === 'number' ? JSON.stringify(each) : each))
const prose = fc.array(fc.constantFrom(...values), { maxLength: 14 }).map((parts) => parts.join(' '))
const tight = fc.array(fc.constantFrom(...values), { maxLength: 8 }).map((parts) => parts.join(''))

describe('whatever the text and however it is cut', () => {
  it('what is redacted and repeated comes back as it was', {
    timeout: 60_000,
    ...verifies('F195', 'F192'),
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(prose, tight), fc.array(fc.nat(2_000), { maxLength: 8 }), async (text, places) => {
        const { ask, answer } = open()
        const sent = await ask(text)
        expect(await answer(...cut(sent, places))).toBe(text)
      }),
      { numRuns: runs(600) },
    )
  })

  it('what is masked in a stream is what is masked in the whole', {
    timeout: 60_000,
    ...verifies('F192'),
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(prose, tight), fc.array(fc.nat(2_000), { maxLength: 8 }), async (text, places) => {
        const { answer } = open({ deny: ['ж 12', 'example.com a', 'hunter22x CPF'] })
        expect(await answer(...cut(text, places))).toBe(await answer(text))
      }),
      { numRuns: runs(600) },
    )
  })

  it('arguments stay JSON that says the same', { timeout: 60_000, ...verifies('E6') }, async () => {
    const numbers = fc.constantFrom(4_111_111_111_111_111, -4_111_111_111_111_111, 5_551_234_567, -536_904_399, 1.5e-7)
    const leaf = fc.oneof(
      prose,
      tight,
      fc.integer(),
      numbers,
      fc.double({ noNaN: true }),
      fc.constantFrom(true, null, pem),
    )
    const keys = fc.oneof(fc.constantFrom('to', 'phone', 'a b', 'x', 'ssn', 'card', 'ann@example.com', '"', ''), tight)
    const objectOf = (inner: fc.Arbitrary<unknown>) =>
      // A key that ends with a backslash meets a fault of the engine's own parser.
      fc.dictionary(
        keys.map((name) => name.replace(/\\+$/, '')),
        fc.oneof(inner, fc.array(inner, { maxLength: 3 })),
        {
          maxKeys: 4,
        },
      )
    const json = objectOf(fc.oneof({ weight: 4, arbitrary: leaf }, objectOf(leaf)))
    await fc.assert(
      fc.asyncProperty(json, fc.nat(2), fc.boolean(), fc.boolean(), async (value, depth, isSpaced, isEscaped) => {
        const { run, call } = open()
        const space = isSpaced ? 1 : undefined
        let given = value as Record<string, unknown>
        for (let level = 0; level < depth; level++) given = { inner: JSON.stringify(given, null, space) }
        const written = JSON.stringify(given, null, space)
        const argumentsText = isEscaped ? escaped(written) : written
        const request = await run.checkRequest({
          messages: [{ role: 'assistant', content: [{ type: 'tool-call', id: '1', name: 'f', argumentsText }] }],
        })
        const sent = JSON.parse(argumentsOf(request, 0))
        if (depth > 0) JSON.parse(sent.inner)
        let back = JSON.parse(await call(argumentsOf(request, 0)))
        for (let level = 0; level < depth; level++) back = JSON.parse(back.inner)
        expect(asText(back)).toBe(asText(value))
      }),
      { numRuns: runs(300) },
    )
  })

  it.each([
    ['a string that only begins like JSON', '["" ann@example.com'],
    ['one that breaks off', '{"a":"x" ann@example.com "'],
    ['one that has a word where JSON has a number', '{"a": ann@example.com}'],
    ['a citation in brackets', '[1] ann@example.com, "see"'],
    ['half a character before an address', '\udc00ann@example.com'],
  ])('arguments stay what they were: %s', verifies('E6'), async (_, text) => {
    for (const given of [{ a: text }, { inner: JSON.stringify({ a: text }) }, { [text]: 1 }]) {
      const { run, call } = open()
      const argumentsText = JSON.stringify(given)
      const request = await run.checkRequest({
        messages: [{ role: 'assistant', content: [{ type: 'tool-call', id: '1', name: 'f', argumentsText }] }],
      })
      const sent = argumentsOf(request, 0)
      expect(sent).not.toContain('ann@')
      const { inner } = JSON.parse(sent)
      if (inner !== undefined) JSON.parse(inner)
      expect(await call(sent)).toBe(argumentsText)
    }
  })

  it.each([
    ['keep the sign', '{"ssn":-536904399}', '{"ssn":"-536904399"}'],
    [
      'keep it in a string',
      JSON.stringify({ i: '{"ssn": -536904399}' }),
      JSON.stringify({ i: '{"ssn": "-536904399"}' }),
    ],
  ])('numbers in arguments come back as text: they %s', verifies('E6'), async (_, argumentsText, wanted) => {
    const { run, call } = open()
    const request = await run.checkRequest({
      messages: [{ role: 'assistant', content: [{ type: 'tool-call', id: '1', name: 'f', argumentsText }] }],
    })
    const sent = argumentsOf(request, 0)
    expect(sent).not.toContain('536904399')
    expect(await call(sent)).toBe(wanted)
  })

  it('a key over lines, in arguments of two levels, comes back with its lines', verifies('E6'), async () => {
    const { run, call } = open()
    const argumentsText = JSON.stringify({ inner: JSON.stringify({ key: pem }) })
    const request = await run.checkRequest({
      messages: [{ role: 'assistant', content: [{ type: 'tool-call', id: '1', name: 'f', argumentsText }] }],
    })
    expect(argumentsOf(request, 0)).not.toContain('MIIE')
    expect(await call(argumentsOf(request, 0))).toBe(argumentsText)
  })

  it('a bracket behind a value makes no link of its token', verifies('E6'), async () => {
    const { ask, answer } = open()
    const text = 'call ann@example.com(home), A536-90-4399(x) or [EMAIL_1](y)'
    expect(await answer(...(await ask(text)))).toBe(text)
  })
})

it(
  'a phrase of the deny-list that reaches into another find is one with it, however it is cut',
  verifies('F192'),
  async () => {
    const { answer } = open({ deny: ['example.com blue sky'] })
    const text = 'see ann@example.com blue sky today'
    const whole = await answer(text)
    expect(whole).toMatch(/^see \[\w+\] today$/)
    for (let at = 0; at <= text.length; at++) expect(await answer(text.slice(0, at), text.slice(at))).toBe(whole)
    expect(await answer(...text)).toBe(whole)
  },
)

it('a key longer than a segment is masked to its end', verifies('F192'), async () => {
  const long = `sk-proj-${random.repeat(150)}`
  const { answer } = open()
  const whole = await answer(`key ${long} end`)
  expect(whole).toMatch(/^key \[SECRET\] end$/)
  expect(await answer(...cut(`key ${long} end`, [5, 1_000, 2_052, 3_000, 4_099, 5_000]))).toBe(whole)
})

describe('sensitive text split over pieces', () => {
  const samples = ['ann.lee@example.com', '4111 1111 1111 1111', '+44 20 7946 0958', key, 'DE89 3704 0044 0532 0130 00']

  it.each(samples)('at every position is redacted as if whole: %s', verifies('F192'), async (value) => {
    const text = `see ${value} there`
    const { answer } = open()
    const whole = await answer(text)
    expect(whole).toMatch(/^see \[[A-Z_]+\] there$/)
    for (let at = 0; at <= text.length; at++) expect(await answer(text.slice(0, at), text.slice(at))).toBe(whole)
    expect(await answer(...text)).toBe(whole)
  })

  it.each(samples)('never shows its first half: %s', verifies('F192'), async (value) => {
    const { run } = open()
    const stream = run.stream()
    let shown = ''
    for (const text of `see ${value} there`) {
      shown += textOf(await stream.push([{ type: 'text', text }]))
      expect(shown).not.toContain(value.slice(0, 3))
    }
  })

  it('is held back no longer than a word in plain prose', verifies('F192'), async () => {
    const { run } = open()
    const stream = run.stream()
    let shown = 0
    let given = 0
    let most = 0
    for (const text of 'the quick brown fox jumps over the lazy dog while everybody watches with astonishment. ') {
      shown += textOf(await stream.push([{ type: 'text', text }])).length
      most = Math.max(most, ++given - shown)
    }
    expect(most).toBeLessThanOrEqual(15)
  })

  it('over blocks of another kind in between is redacted in what is still to come', verifies('F192'), async () => {
    const { run } = open()
    const events = await run.checkReply([
      { type: 'text', text: 'mail ann.lee@' },
      { type: 'reasoning', text: 'hm' },
      { type: 'text', text: 'example.com now' },
      finish,
    ])
    expect(textOf(events)).toBe('mail ann.lee@[EMAIL] now')
  })
})

describe('options', () => {
  it.each([
    [{ actions: 'shred' }, 'actions'],
    [{ actions: { EMAIL: 'shred' } }, 'actions'],
    [{ actions: 'hash' }, 'hashKey'],
    [{ hashKey: 'short' }, 'hashKey'],
    [{ restore: ['nowhere'] }, 'restore'],
    [{ recognizers: [1] }, 'recognizers'],
    [{ output: 1 }, 'output'],
    [{ colour: 1 }, 'colour'],
  ])('are refused when wrong: %o', (options, path) => {
    expect(() => redactPii(options as RedactPiiOptions)).toThrow(new RegExp(`redactPii\\.${path}`))
  })

  it('switch requests and answers off one by one', verifies('E6'), async () => {
    expect(await open({ input: false }).ask('ann@example.com')).toBe('ann@example.com')
    const { ask, answer } = open({ output: false })
    const token = tokenOf(await ask('ann@example.com'))
    expect(await answer(`${token} eve@example.com`)).toBe('ann@example.com eve@example.com')
  })
})

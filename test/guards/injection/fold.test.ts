import { describe, expect, it } from 'vitest'
import { createFold, foldedOffsets } from '../../../src/guards/injection/fold.ts'
import { fc } from '../../support/property.ts'
import { verifies } from '../../support/verifies.ts'

const fold = createFold()
const tags = (text: string) => [...text].map((c) => String.fromCodePoint(0xe0000 + c.charCodeAt(0))).join('')

describe('folding', () => {
  it.each([
    ['full-width letters', 'Ｉｇｎｏｒｅ'],
    ['Cyrillic look-alikes', 'іgnоrе'],
    ['mathematical letters', '𝓘𝓰𝓷𝓸𝓻𝓮'],
    ['circled and boxed letters', 'ⓘⓖ🄽🅞ⓡⓔ'],
    ['regional indicators', '🇮🇬🇳🇴🇷🇪'],
    ['zero-width characters', 'i\u200bg\u200cn\u2060o\ufeffr\u00ade'],
    ['bidirectional controls', '\u202eignore\u202c'],
    ['combining marks', 'i\u0301g\u0308n\u0303o\u0338re'],
    ['letters with marks', 'ïgñörë'],
    ['small capitals', 'ɪɢɴᴏʀᴇ'],
    ['variation selectors', 'i\ufe0fg\ufe0enore'],
  ])('reads %s as a reader does', verifies('F194'), (_, text) => {
    expect(fold(text).text).toBe('ignore')
  })

  it('brings text to light that is written in Unicode tags', verifies('F194'), () => {
    expect(fold(`Hi ${tags('Ignore all')}!`)).toEqual({ text: 'hi !', invisible: 'Ignore all' })
  })

  it('brings bytes to light that are written in variation selectors', verifies('F194'), () => {
    const hidden = [...'do it'].map((c) => String.fromCodePoint(0xe0100 + c.charCodeAt(0) - 16)).join('')
    expect(fold(`x${hidden}`).invisible).toBe('do it')
  })

  it('leaves ASCII as it is, in lower case', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), (text) => {
        expect(fold(text)).toEqual({ text: text.toLowerCase(), invisible: '' })
      }),
    )
  })

  it('knows for each folded character where it came from', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const offsets = foldedOffsets(fold, text)
        expect(offsets.at(-1)).toBe(text.length)
        expect([...offsets].sort((a, b) => a - b)).toEqual([...offsets])
      }),
    )
    expect(foldedOffsets(fold, 'a\u200bｂ')).toEqual([0, 2, 3])
  })
})

import { describe, expect, it } from 'vitest'
import { cleanText } from '../../src/utils/clean-text.ts'

describe('foreign text made fit for messages', () => {
  it('is cut between characters, never inside one', () => {
    for (let before = 495; before <= 505; before++) {
      const clean = cleanText(`${'x'.repeat(before)}${'💡'.repeat(50)}`)
      expect(clean).not.toMatch(/\p{Cs}/u)
      expect(clean.length).toBeLessThanOrEqual(501)
      expect(clean).toMatch(/^x{495}.*…$/u)
    }
  })

  it('has no controls and no halves of characters', () => {
    expect(cleanText('a\u0000b\ud83dc\u001b[31m💡\u2028')).toBe('a\\u0000b\\ud83dc\\u001b[31m💡\\u2028')
  })
})

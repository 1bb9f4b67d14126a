/** A vector of length 1 that depends on nothing but the text: the same text, the same vector. */
export function embeddingOf(text: string, dimensions: number): number[] {
  // FNV-1a for the seed, then a xorshift: small, and the same on every runtime.
  let state = 2_166_136_261
  for (const character of text) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 16_777_619)
  const raw = Array.from({ length: dimensions }, () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state / 2_147_483_648
  })
  const length = Math.hypot(...raw) || 1
  return raw.map((value) => Math.fround(value / length))
}

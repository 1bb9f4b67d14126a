const letters = 'abcdefghjkmnpqrstuvwxyz'

/** A word nobody can foresee, of letters only, so that models copy it faithfully. */
export function randomWord(length: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(length))
  return Array.from(bytes, (byte) => letters[byte % letters.length]).join('')
}

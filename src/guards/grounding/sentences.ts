/** A stretch of a text. */
export interface Stretch {
  readonly start: number
  readonly end: number
}

// A full stop after one of these ends no sentence.
const abbreviation =
  /(?:^|[\s(])(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|vs|etc|e\.g|i\.e|approx|No|Nr|Inc|Ltd|Co|Corp|Fig|cf|ca|bzw|z\.B|d\.h|U\.S|a\.m|p\.m)$/
const closing = /["'”’»)\]]/

/** Cuts a text into sentences and lines. */
export function sentences(text: string): Stretch[] {
  const found: Stretch[] = []
  let start = 0
  const cut = (end: number) => {
    if (/[\p{L}\p{N}]/u.test(text.slice(start, end))) found.push({ start, end })
    start = end
  }
  for (let i = 0; i < text.length; i++) {
    const character = text[i] as string
    if (character === '\n' || '。！？'.includes(character)) cut(i + 1)
    else if ('.!?'.includes(character) && endsHere(text, i)) {
      let end = i + 1
      while (end < text.length && closing.test(text[end] as string)) end++
      cut(end)
      i = end - 1
    }
  }
  cut(text.length)
  return found
}

/** A space follows, or a capital where sources were glued together. */
function endsHere(text: string, at: number): boolean {
  let next = at + 1
  while (next < text.length && closing.test(text[next] as string)) next++
  const after = text[next]
  const before = text.slice(Math.max(0, at - 12), at)
  if (after === undefined) return true
  if (/\s/.test(after)) return text[at] !== '.' || !abbreviation.test(before)
  return /[a-z)\d]$/.test(before) && /\p{Lu}/u.test(after) && /\p{Ll}/u.test(text[next + 1] ?? '') && next === at + 1
}

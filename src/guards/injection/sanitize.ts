import type { InjectionScan } from './scan.ts'

/** Stands where a text was taken out. */
export const removed = '[removed]'

const maxRounds = 8
const maxSentence = 400
const sentenceEnd = /[.!?]\s|[。！？\n]/

/**
 * Takes the sentences out that make a text an attack, until nothing is found in the rest; a text that stays an attack
 * goes as a whole. `rescan` answers nothing when a text is harmless.
 */
export function cleaned(
  text: string,
  first: InjectionScan,
  rescan: (text: string) => InjectionScan | undefined,
): string {
  let rest = text
  let scan: InjectionScan | undefined = first
  for (let round = 0; round < maxRounds; round++) {
    const [start, end] = span(rest, scan)
    rest = rest.slice(0, start) + removed + rest.slice(end)
    scan = rescan(rest)
    if (scan === undefined) return rest
  }
  return removed
}

/** From the beginning of the first sentence to the end of the last one that gave a reason. */
function span(text: string, { reasons }: InjectionScan): [number, number] {
  let start = Math.min(...reasons.map((reason) => reason.start))
  let end = Math.max(...reasons.map((reason) => reason.end))
  const first = Math.max(0, start - maxSentence)
  const last = Math.min(text.length, end + maxSentence)
  const isEnd = (at: number) => sentenceEnd.test(text.slice(at - 1, at + 1))
  while (start > first && !isEnd(start)) start--
  while (end < last && !isEnd(end)) end++
  return [text[start] === ' ' ? start + 1 : start, end]
}

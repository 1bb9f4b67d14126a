import { blockRest } from './blocks.ts'
import { characterClasses, digit, lower, separator, space, upper } from './characters.ts'

/** Marks in a row that may stand inside a secret. */
const maxMarks = 64

/** How far a secret goes on that a segment was too short for. */
export interface Rest {
  readonly end: number
  /** No text to come can change that. */
  readonly isOver: boolean
}

/** Follows a secret behind the place where it was cut. */
export function restOf(rule: string, text: string, from: number, isEnd: boolean): Rest {
  return rule === privateKey ? blockRest(text, from, isEnd) : runRest(text, from, isEnd)
}

/** The rule of armoured keys, which go over lines. */
export const privateKey = 'pii.secret.private-key'

/** To the next space or separator, without the marks before it. */
function runRest(text: string, from: number, isEnd: boolean): Rest {
  const table = characterClasses()
  let end = from
  for (let at = from; at < text.length; at++) {
    const kind = table[text.charCodeAt(at)] as number
    if (kind === lower || kind === digit || kind === upper || '+/=_'.includes(text[at] as string)) end = at + 1
    else if (kind === separator || kind === space || ',)&'.includes(text[at] as string) || at - end >= maxMarks)
      return { end, isOver: true }
  }
  return { end, isOver: isEnd }
}

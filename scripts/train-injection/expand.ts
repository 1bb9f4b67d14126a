import type { Random } from './random.ts'

/** Named lists of alternatives; an alternative may name other lists. */
export type Grammar = Readonly<Record<string, readonly string[]>>

const deepest = 30

/**
 * Writes one sentence: `{a|b|}` takes one of the alternatives, `{name}` one entry of the list of that name.
 */
export function expand(template: string, grammar: Grammar, random: Random, depth = 0): string {
  if (depth > deepest) throw new Error(`Endless: ${template}`)
  let out = ''
  for (let i = 0; i < template.length; ) {
    const character = template[i] as string
    if (character !== '{') {
      out += character
      i++
      continue
    }
    const end = closing(template, i)
    const choices = alternatives(template.slice(i + 1, end))
    const choice = random.pick(choices)
    const list = choices.length === 1 ? grammar[choice] : undefined
    out += expand(list ? random.pick(list) : choice, grammar, random, depth + 1)
    i = end + 1
  }
  return out
}

function closing(text: string, open: number): number {
  let depth = 0
  for (let i = open; i < text.length; i++) {
    if (text[i] === '{') depth++
    else if (text[i] === '}' && --depth === 0) return i
  }
  throw new Error(`Unclosed: ${text}`)
}

function alternatives(text: string): string[] {
  const found: string[] = []
  let depth = 0
  let from = 0
  for (let i = 0; i <= text.length; i++) {
    const character = text[i]
    if (character === '{') depth++
    else if (character === '}') depth--
    if (i === text.length || (character === '|' && depth === 0)) {
      found.push(text.slice(from, i))
      from = i + 1
    }
  }
  return found
}

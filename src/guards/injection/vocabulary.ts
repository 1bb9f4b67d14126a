import { lexicon, slips } from './lexicon.ts'
import { marks, type Rule, rules } from './rules.ts'

/** What the scanner knows by heart: words by meaning and rules over them. Loaded only when a guard first needs it. */
export interface Vocabulary {
  /** Words by class; the order gives classes their numbers. */
  readonly lexicon: Readonly<Record<string, string>>
  /** Words recognised with one slip of the pen in them. */
  readonly slips: string
  readonly rules: readonly Rule[]
  /** Marks of chat templates, found as they stand. */
  readonly marks: readonly string[]
}

/** The vocabulary of this library. */
export const vocabulary: Vocabulary = { lexicon, slips, rules, marks }

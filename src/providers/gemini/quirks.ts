import { type ModelQuirks, type Quirk, quirksOf } from '../core/quirks.ts'

/** What tells Gemini models apart beside the common quirks. */
export interface GeminiQuirk extends Quirk {
  /** How reasoning is measured: not at all, by a token budget, or by levels. */
  readonly thinking?: 'none' | 'budget' | 'level'
  /** Levels the model knows, least first. */
  readonly levels?: readonly string[]
  /** Least and greatest budget, 0 where it can be switched off. */
  readonly budget?: readonly [least: number, most: number]
  /** Calls must come back with the signature they came with. */
  readonly needsSignatures?: boolean
  /** Results of tools may hold pictures. */
  readonly hasPicturesInResults?: boolean
  /** JSON answers and tools go together. */
  readonly takesSchemaWithTools?: boolean
}

/** All that is known of one model. */
export type GeminiQuirks = ModelQuirks & Required<Omit<GeminiQuirk, keyof Quirk>>

const unknownWords = ['presencePenalty', 'frequencyPenalty', 'logprobs', 'topLogprobs'] as const
const minimal = { levels: ['minimal', 'low', 'medium', 'high'] } as const
const second = { needsSignatures: false, hasPicturesInResults: false, takesSchemaWithTools: false } as const

/** Models that are not listed are taken for new ones. */
const geminiQuirks: readonly GeminiQuirk[] = [
  {
    model: '*',
    refuses: [...unknownWords, 'user', 'prefill'],
    thinking: 'level',
    levels: ['low', 'medium', 'high'],
    budget: [0, 24_576],
    needsSignatures: true,
    hasPicturesInResults: true,
    takesSchemaWithTools: true,
    contextWindow: 1_048_576,
  },
  { model: '*gemini-3-pro*', levels: ['low', 'high'] },
  { model: '*gemini-3-flash*', ...minimal },
  { model: '*gemini-3.1-flash*', ...minimal },
  { model: '*gemini-3.5-flash*', ...minimal },
  { model: '*gemini-3.6-flash*', ...minimal },
  { model: '*gemini-2*', ...second, refuses: ['strictTools'], thinking: 'none' },
  { model: '*gemini-2.5*', thinking: 'budget' },
  { model: '*gemini-2.5-pro*', budget: [128, 32_768] },
  { model: '*gemini-2.0*', accepts: unknownWords },
  { model: '*gemini-1*', ...second, refuses: ['strictTools'], accepts: unknownWords, thinking: 'none' },
  {
    model: '*gemma-*',
    ...second,
    refuses: ['strictTools', 'jsonSchema', 'jsonObject'],
    thinking: 'none',
    contextWindow: 131_072,
  },
  { model: '*gemma-3*', systemRole: 'user' },
]

/** Joins what is known of a model with what the user knows better. */
export function geminiQuirksOf(model: string, own?: readonly GeminiQuirk[]): GeminiQuirks {
  return quirksOf(model, geminiQuirks, own) as GeminiQuirks
}

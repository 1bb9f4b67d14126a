import { type ModelQuirks, type Quirk, quirksOf } from '../core/quirks.ts'

/** What tells Claude models apart beside the common quirks. */
export interface ClaudeQuirk extends Quirk {
  /** Form of thinking the model takes: none, a token budget, adaptive, or either of these. */
  readonly thinking?: 'none' | 'budget' | 'adaptive' | 'either'
  /** Word that switches thinking off; `refused` where it is always on. */
  readonly thinkingOff?: 'disabled' | 'between_tools' | 'refused'
  /** Depths of adaptive thinking, least first. */
  readonly efforts?: readonly string[]
  /** Temperature and top_p exclude each other. */
  readonly hasOneSampler?: boolean
  /** Thinking is sent back to the model that wrote it only. */
  readonly bindsReasoning?: boolean
  /** `max_tokens` when a request sets none; the field is required. */
  readonly maxTokens?: number
}

/** All that is known of one model. */
export type ClaudeQuirks = ModelQuirks & Required<Omit<ClaudeQuirk, keyof Quirk>>

const sampling = ['temperature', 'topP', 'topK'] as const
const alwaysThinks = { thinkingOff: 'refused', bindsReasoning: true, refuses: ['forcedToolChoice'] } as const
const before46 = { accepts: [...sampling, 'prefill'], thinking: 'budget', contextWindow: 200_000 } as const
const beforeSchemas = { refuses: ['jsonSchema', 'strictTools'] } as const

/** Models that are not listed are taken for new ones. */
const claudeQuirks: readonly ClaudeQuirk[] = [
  {
    model: '*',
    refuses: ['presencePenalty', 'frequencyPenalty', 'seed', 'logprobs', 'topLogprobs', 'prefill', ...sampling],
    thinking: 'adaptive',
    thinkingOff: 'disabled',
    efforts: ['low', 'medium', 'high', 'xhigh', 'max'],
    hasOneSampler: false,
    bindsReasoning: false,
    maxTokens: 32_000,
    contextWindow: 1_000_000,
  },
  { model: '*fable-5*', thinkingOff: 'refused' },
  { model: '*mythos-*', thinkingOff: 'refused' },
  { model: '*fable-5-1*', ...alwaysThinks },
  { model: '*mythos-5-1*', ...alwaysThinks },
  { model: '*opus-5-5*', ...alwaysThinks },
  { model: '*sonnet-5-5*', thinkingOff: 'between_tools', bindsReasoning: true },
  { model: '*haiku-5-5*', bindsReasoning: true },
  {
    model: '*-4-6*',
    accepts: sampling,
    hasOneSampler: true,
    thinking: 'either',
    efforts: ['low', 'medium', 'high', 'max'],
  },
  { model: '*-4-5*', ...before46, hasOneSampler: true },
  { model: '*-4-1*', ...before46, ...beforeSchemas, hasOneSampler: true },
  { model: '*-4-0*', ...before46, ...beforeSchemas },
  { model: '*-4-2025*', ...before46, ...beforeSchemas },
  { model: '*claude-3*', ...before46, ...beforeSchemas, thinking: 'none', maxTokens: 4_096 },
  { model: '*claude-3-5*', maxTokens: 8_192 },
  { model: '*claude-3-7*', thinking: 'budget', maxTokens: 32_000 },
]

/** Joins what is known of a model with what the user knows better. */
export function claudeQuirksOf(model: string, own?: readonly ClaudeQuirk[]): ClaudeQuirks {
  return quirksOf(model, claudeQuirks, own) as ClaudeQuirks
}

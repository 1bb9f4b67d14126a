import type { Quirk } from '../core/quirks.ts'

const sampling = ['temperature', 'topP', 'presencePenalty', 'frequencyPenalty', 'logprobs', 'topLogprobs'] as const

/**
 * OpenAI's models, there and at Azure. Windows as of 2026-11, from the model pages at platform.openai.com/docs/models and
 * what vercel.com/ai-gateway/models repeats of them; models that are not listed have none. New names are taken for reasoning models, as all since gpt-5 are. */
export const openaiQuirks: readonly Quirk[] = [
  {
    model: '*',
    maxTokensField: 'max_completion_tokens',
    systemRole: 'developer',
    refuses: ['topK', 'stop', ...sampling],
  },
  {
    model: 'gpt-4*',
    systemRole: 'system',
    accepts: ['stop', ...sampling],
    refuses: ['reasoning'],
  },
  { model: 'gpt-3.5*', systemRole: 'system', accepts: ['stop', ...sampling], refuses: ['reasoning', 'jsonSchema'] },
  { model: 'chatgpt-*', systemRole: 'system', accepts: ['stop', ...sampling], refuses: ['reasoning'] },
  // The chat variants of reasoning families do not reason.
  { model: 'gpt-5*-chat*', accepts: [...sampling], refuses: ['reasoning'] },
  { model: 'gpt-4', refuses: ['jsonSchema', 'jsonObject'] },
  { model: 'gpt-4-*', refuses: ['jsonSchema'] },
  { model: 'o*', refuses: ['parallelToolCalls'] },
  { model: 'gpt-3.5-turbo*', contextWindow: 16_385 },
  { model: 'gpt-4', contextWindow: 8_192 },
  { model: 'gpt-4-0613', contextWindow: 8_192 },
  { model: 'gpt-4-32k*', contextWindow: 32_768 },
  { model: 'gpt-4-turbo*', contextWindow: 128_000 },
  { model: 'gpt-4-1106*', contextWindow: 128_000 },
  { model: 'gpt-4-0125*', contextWindow: 128_000 },
  { model: 'gpt-4o*', contextWindow: 128_000 },
  { model: 'chatgpt-4o*', contextWindow: 128_000 },
  { model: 'gpt-4.1*', contextWindow: 1_000_000 },
  { model: 'o1', contextWindow: 200_000 },
  { model: 'o1-20*', contextWindow: 200_000 },
  { model: 'o1-mini*', contextWindow: 128_000 },
  { model: 'o1-preview*', contextWindow: 128_000 },
  { model: 'o3*', contextWindow: 200_000 },
  { model: 'o4-mini*', contextWindow: 200_000 },
  { model: 'gpt-5', contextWindow: 400_000 },
  { model: 'gpt-5-20*', contextWindow: 400_000 },
  { model: 'gpt-5.1', contextWindow: 400_000 },
  { model: 'gpt-5.2', contextWindow: 400_000 },
  { model: 'gpt-5*-chat*', contextWindow: 128_000 },
  { model: 'gpt-5.4', contextWindow: 1_050_000 },
  { model: 'gpt-5.5', contextWindow: 1_050_000 },
  { model: 'o1-mini*', systemRole: 'user', refuses: ['tools', 'jsonSchema', 'reasoning'] },
  { model: 'o1-preview*', systemRole: 'user', refuses: ['tools', 'jsonSchema', 'reasoning'] },
]

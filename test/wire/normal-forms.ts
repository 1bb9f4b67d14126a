/**
 * The normal forms of usage and finish words, as the documentation of the formats gives them: written down here once
 * more, so that the readers are held against something that is not their own.
 */
import type { FinishReason } from '../../src/types/reply.ts'
import type { WireCase } from '../support/wire-corpus.ts'

/** Tokens in the normal form; what was not reported is `undefined`. */
export interface NormalUsage {
  readonly inputTokens: number | undefined
  readonly outputTokens: number | undefined
  readonly cacheRead: number | undefined
  readonly cacheWrite: number | undefined
  readonly reasoning: number | undefined
}

type Family = 'chat' | 'responses' | 'anthropic' | 'gemini' | 'deepseek' | 'ollama'

/** Paths into the reported object; several paths of one number are added up, alternatives are tried in order. */
const usagePaths: Readonly<Record<Family, Readonly<Record<keyof NormalUsage, readonly (readonly string[])[]>>>> = {
  chat: {
    inputTokens: [['prompt_tokens']],
    outputTokens: [['completion_tokens']],
    cacheRead: [['prompt_tokens_details.cached_tokens']],
    cacheWrite: [['prompt_tokens_details.cache_write_tokens']],
    reasoning: [['completion_tokens_details.reasoning_tokens']],
  },
  deepseek: {
    inputTokens: [['prompt_tokens']],
    outputTokens: [['completion_tokens']],
    cacheRead: [['prompt_cache_hit_tokens'], ['prompt_tokens_details.cached_tokens']],
    cacheWrite: [],
    reasoning: [['completion_tokens_details.reasoning_tokens']],
  },
  responses: {
    inputTokens: [['input_tokens']],
    outputTokens: [['output_tokens']],
    cacheRead: [['input_tokens_details.cached_tokens']],
    cacheWrite: [['input_tokens_details.cache_write_tokens']],
    reasoning: [['output_tokens_details.reasoning_tokens']],
  },
  anthropic: {
    inputTokens: [['input_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens']],
    outputTokens: [['output_tokens']],
    cacheRead: [['cache_read_input_tokens']],
    cacheWrite: [['cache_creation_input_tokens']],
    reasoning: [['output_tokens_details.thinking_tokens']],
  },
  gemini: {
    inputTokens: [['promptTokenCount', 'toolUsePromptTokenCount']],
    outputTokens: [['candidatesTokenCount', 'thoughtsTokenCount']],
    cacheRead: [['cachedContentTokenCount']],
    cacheWrite: [],
    reasoning: [['thoughtsTokenCount']],
  },
  ollama: {
    inputTokens: [['prompt_eval_count']],
    outputTokens: [['eval_count']],
    cacheRead: [],
    cacheWrite: [],
    reasoning: [],
  },
}

const finishWords: Readonly<Record<Family, Readonly<Record<string, FinishReason>>>> = {
  chat: {
    stop: 'stop',
    length: 'length',
    tool_calls: 'tool-calls',
    function_call: 'tool-calls',
    content_filter: 'content-filter',
    error: 'error',
    insufficient_system_resource: 'error',
  },
  deepseek: {},
  responses: {
    completed: 'stop',
    'incomplete:max_output_tokens': 'length',
    'incomplete:content_filter': 'content-filter',
    failed: 'error',
    cancelled: 'error',
  },
  anthropic: {
    end_turn: 'stop',
    stop_sequence: 'stop',
    max_tokens: 'length',
    model_context_window_exceeded: 'length',
    tool_use: 'tool-calls',
    refusal: 'content-filter',
  },
  gemini: {
    STOP: 'stop',
    MAX_TOKENS: 'length',
    SAFETY: 'content-filter',
    RECITATION: 'content-filter',
    BLOCKLIST: 'content-filter',
    PROHIBITED_CONTENT: 'content-filter',
    SPII: 'content-filter',
    MODEL_ARMOR: 'content-filter',
    IMAGE_SAFETY: 'content-filter',
    IMAGE_PROHIBITED_CONTENT: 'content-filter',
    IMAGE_RECITATION: 'content-filter',
    MALFORMED_FUNCTION_CALL: 'error',
    MALFORMED_RESPONSE: 'error',
    UNEXPECTED_TOOL_CALL: 'error',
    TOO_MANY_TOOL_CALLS: 'error',
    MISSING_THOUGHT_SIGNATURE: 'error',
  },
  ollama: { stop: 'stop', length: 'length' },
}

/** The family whose words and numbers an exchange uses. */
export function familyOf({ provider, api }: Pick<WireCase, 'provider' | 'api'>): Family {
  if (api === 'responses') return 'responses'
  if (api === 'chat') return 'ollama'
  if (api === 'messages' || api === 'count_tokens') return provider === 'gemini' ? 'gemini' : 'anthropic'
  if (api === 'generateContent' || api === 'streamGenerateContent') return 'gemini'
  if (provider === 'gemini') return api === 'chat.completions' ? 'chat' : 'gemini'
  return provider === 'deepseek' ? 'deepseek' : 'chat'
}

/** The reported object in the normal form: parts never larger than what they are parts of. */
export function normalUsage(family: Family, raw: Readonly<Record<string, unknown>>): NormalUsage {
  const paths = usagePaths[family]
  const read = (key: keyof NormalUsage) =>
    paths[key].map((terms) => sum(terms.map((path) => numberAt(raw, path)))).find((value) => value !== undefined)
  const inputTokens = read('inputTokens')
  // Gemini leaves its count out when nothing was produced; the total tells.
  const total = family === 'gemini' ? numberAt(raw, 'totalTokenCount') : undefined
  const rest = total === undefined || inputTokens === undefined ? undefined : total - inputTokens
  const outputTokens = read('outputTokens') ?? rest
  return {
    inputTokens,
    outputTokens,
    cacheRead: atMost(read('cacheRead'), inputTokens),
    cacheWrite: atMost(read('cacheWrite'), inputTokens),
    reasoning: atMost(read('reasoning'), outputTokens),
  }
}

/** The finish word in our vocabulary; `hasCalls`: complete tool calls came with it. */
export function normalFinish(family: Family, word: string, hasCalls: boolean): FinishReason {
  const table = family === 'deepseek' ? finishWords.chat : finishWords[family]
  // A blocked prompt has no finish word of its own: the block reason stands for it.
  const reason = word.startsWith('blocked:') ? 'content-filter' : Object.hasOwn(table, word) ? table[word] : 'other'
  return reason === 'stop' && hasCalls ? 'tool-calls' : (reason as FinishReason)
}

function numberAt(raw: unknown, path: string): number | undefined {
  let value = raw
  for (const key of path.split('.')) value = (value as Record<string, unknown> | null | undefined)?.[key]
  return typeof value === 'number' ? value : undefined
}

function sum(terms: readonly (number | undefined)[]): number | undefined {
  const known = terms.filter((term) => term !== undefined)
  return known.length === 0 ? undefined : known.reduce((a, b) => a + b, 0)
}

function atMost(part: number | undefined, whole: number | undefined): number | undefined {
  return part === undefined || whole === undefined ? part : Math.min(part, whole)
}

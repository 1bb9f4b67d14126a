import type { Message } from '../types/message.ts'
import type { ModelSettings } from '../types/request.ts'

// Costs by kind of character, found by measuring against the tokenizers of current models: a guess within some 20 %.
const perPart = { image: 1_000, file: 2_000 }
const perMessage = 4

/** Guesses how many tokens a text is. Linear, about 100 MB a second. */
export function estimateTokens(text: string): number {
  let tokens = 0
  let run = 0
  let kind = 0
  let before = 0
  for (let i = 0; i <= text.length; i++) {
    const next = i < text.length ? kindOf(text.charCodeAt(i)) : -1
    if (next === kind && kind !== 0) run++
    else {
      // Indentation is one token with its line break.
      if (kind !== 3 || before !== 4) tokens += costOf(kind, run)
      before = kind
      kind = next
      run = 1
    }
  }
  return Math.ceil(tokens)
}

// 0 nothing yet · 1 latin letters · 2 digits · 3 space · 4 line break · 5 ASCII signs · 6 Chinese, Japanese, Korean ·
// 7 halves of pairs (emoji) · 8 other letters
function kindOf(code: number): number {
  if (code < 128) {
    if ((code | 32) >= 97 && (code | 32) <= 122) return 1
    if (code >= 48 && code <= 57) return 2
    if (code === 32 || code === 9) return 3
    return code === 10 || code === 13 ? 4 : 5
  }
  if (code >= 0xd800 && code <= 0xdfff) return 7
  const isWide =
    (code >= 0x2e80 && code <= 0x9fff) || (code >= 0xac00 && code <= 0xd7a3) || (code >= 0xf900 && code < 0xfb00)
  return isWide || code >= 0xff00 ? 6 : 8
}

function costOf(kind: number, run: number): number {
  if (kind === 1) return run <= 8 ? 1 : 1 + (run - 6) / 5
  if (kind === 2) return Math.ceil(run / 3)
  if (kind === 3) return run > 1 ? 1 : 0
  if (kind === 4) return 1
  if (kind === 5) return Math.ceil(run / 3)
  if (kind === 6) return run * 0.8
  if (kind === 7) return run * 0.75
  return kind === 8 ? Math.max(1, run / 4) : 0
}

/** Guesses the prompt of a request: messages, tools and schema. */
export function estimateMessages(
  messages: readonly Message[],
  settings: Pick<ModelSettings, 'tools' | 'schema'> = {},
): number {
  let tokens = 0
  for (const { content } of messages) tokens += perMessage + estimateContent(content)
  const { tools, schema } = settings
  if (tools !== undefined) tokens += estimateTokens(textOf(tools))
  if (schema !== undefined) tokens += estimateTokens(textOf(schema))
  return tokens
}

function estimateContent(content: Message['content']): number {
  if (typeof content === 'string') return estimateTokens(content)
  if (!Array.isArray(content)) return estimateTokens(textOf(content))
  let tokens = 0
  for (const part of content as readonly { readonly type?: unknown; readonly text?: unknown }[]) {
    if (typeof part?.text === 'string') tokens += estimateTokens(part.text)
    else tokens += perPart[part?.type as keyof typeof perPart] ?? estimateTokens(textOf(part))
  }
  return tokens
}

function textOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? ''
  } catch {
    return '' // No JSON: a validator, or a value that refers to itself. It is a guess anyway.
  }
}

import { anthropic } from './anthropic.ts'
import type { Dialect, DialectName } from './dialect.ts'
import { gemini } from './gemini.ts'
import { ollamaNative } from './ollama-native.ts'
import { openAiFamily } from './openai-family.ts'

/** Every dialect by its name. */
export const dialects: Readonly<Record<DialectName, Dialect>> = Object.fromEntries(
  [...openAiFamily, anthropic, gemini, ollamaNative].map((dialect) => [dialect.name, dialect]),
) as Record<DialectName, Dialect>

/** The dialect of a path: its first segment names it, else the operation at its end does. */
export function dialectOf(path: string): Dialect {
  const [, first = ''] = path.split('/', 2)
  if (Object.hasOwn(dialects, first)) return dialects[first as DialectName]
  if (/\/messages(\/count_tokens)?$/.test(path)) return dialects.anthropic
  if (/:\w+$/.test(path)) return dialects.gemini
  if (/\/api\/(chat|tags|embed)$/.test(path)) return dialects['ollama-native']
  return dialects.openai
}

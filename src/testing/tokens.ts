/** A text of exactly sixty words, the answer of a fake that was told nothing else. */
export const sampleText =
  'A good client expects trouble: it waits when told to wait, turns to another door when one stays shut, ' +
  'remembers which doors were shut, and comes back later to knock again. It never hands over half an answer ' +
  'as if it were whole, never says the same thing twice, and always tells you plainly what went wrong, where, and when.'

/** Cuts a text into what the fakes call tokens: words with the white space before them. Joined they are the text. */
export function tokensOf(text: string): string[] {
  return text.match(/\s*\S+|\s+$/g) ?? []
}

/** Counts the words of every text in a value: how the fakes count a prompt. */
export function countTokens(value: unknown): number {
  if (typeof value === 'string') return tokensOf(value).length
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + countTokens(item), 0)
  if (typeof value !== 'object' || value === null) return 0
  return Object.entries(value).reduce((sum, [key, item]) => sum + (isContent(key, item) ? countTokens(item) : 0), 0)
}

const names = new Set(['role', 'type', 'id', 'name', 'model', 'tool_call_id', 'toolCallId', 'mimeType', 'media_type'])

function isContent(key: string, item: unknown): boolean {
  return !(typeof item === 'string' && names.has(key))
}

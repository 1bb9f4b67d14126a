import type { UnifiedClient } from 'holdfast'

/** Code of an application: it is handed its client, and so can be tested without a network. */
export async function summarise(llm: UnifiedClient, text: string): Promise<string> {
  const reply = await llm.chat({ system: 'Summarise in at most ten words.', prompt: text, maxTokens: 100 })
  if (reply.finishReason === 'length') throw new Error('the summary is too long')
  return reply.text.trim()
}

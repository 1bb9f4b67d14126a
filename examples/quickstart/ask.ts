import type { ChatReply, UnifiedClient } from 'holdfast'
import type { Screen } from './screen.ts'

/** Streams one answer onto the screen. */
export async function ask(
  llm: UnifiedClient,
  screen: Screen,
  title: string,
  question: string,
): Promise<ChatReply<unknown>> {
  screen.scene(title, question)
  const stream = llm.chatStream(question)
  for await (const piece of stream.text) screen.text(piece)
  return stream.final()
}

/** Personal data stays here: the provider sees tokens, the caller sees what they stand for. */
import { UnifiedClient } from 'holdfast'
import { redactPii } from 'holdfast/guards'
import { decide, fakeProvider, toolCall } from 'holdfast/testing'

const seen: string[] = []
const llm = new UnifiedClient({
  providers: [
    // Notes what reaches it, calls a tool with the address it was given, then repeats it and brings up one of its own.
    fakeProvider(
      decide(({ last }) => {
        const text = last?.text ?? ''
        seen.push(text)
        const token = /\[EMAIL_1_\w+\]/.exec(text)?.[0] ?? ''
        return last?.role === 'tool' ? `Sent to ${token}; ask boss@corp.example too.` : toolCall('mail', { to: token })
      }),
    ),
  ],
  guards: [redactPii({ allow: ['@acme.example'] })],
})

const first = await llm.chat({
  prompt: 'Mail ann@example.com from info@acme.example. Her card is 4111 1111 1111 1111.',
  tools: [{ name: 'mail' }],
})
console.log('the provider saw:', seen[0]) // Mail [EMAIL_1_…] from info@acme.example. Her card is [CREDIT_CARD_1_…].
console.log('the tool is called with:', first.toolCalls[0]?.arguments) // { to: 'ann@example.com' }

const messages = [
  { role: 'user', content: 'Mail ann@example.com' },
  first.message,
  { role: 'tool', toolCallId: first.toolCalls[0]?.id ?? '', content: 'Sent to ann@example.com' },
] as const
for await (const text of llm.chatStream({ messages }).text) process.stdout.write(text)
console.log() // Sent to ann@example.com; ask [EMAIL] too.

await llm.close()

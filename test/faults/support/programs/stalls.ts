/** A process that is frozen, or freezes itself, in the middle of calls with short limits. */
import { createInterface } from 'node:readline'
import { UnifiedClient } from 'holdfast'
import { openai } from 'holdfast/providers/openai'

const [baseUrl = ''] = process.argv.slice(2)
const providers = [openai({ name: 'primary', baseUrl, apiKey: 'sk-test-1', model: 'm' })]
// What is loaded with the first call is loaded now: the limits are for the provider.
const first = new UnifiedClient({ providers })
await first.chat('Hi')
await first.chatStream('Hi').final()
await first.close()
console.log('"ready"')

const llm = new UnifiedClient({
  providers,
  timeouts: { readMs: 400, firstTokenMs: 400, idleMs: 400, totalMs: 20_000 },
  circuit: { threshold: 1, cooldownMs: 300, probes: 1, jitter: 0 },
  retry: { retries: 0 },
})
const commands: Readonly<Record<string, () => Promise<string>>> = {
  chat: async () => (await llm.chat('Hi')).text,
  stream: async () => (await llm.chatStream('Hi').final()).text,
  'chat, blocked': async () => {
    const reply = llm.chat('Hi')
    await block()
    return (await reply).text
  },
  'stream, blocked': async () => {
    const reply = llm.chatStream('Hi').final()
    await block()
    return (await reply).text
  },
}

/** Waits until the request is surely out, then holds the event loop for more than any limit. */
async function block(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 50))
  const until = performance.now() + 1_000
  while (performance.now() < until);
}

for await (const line of createInterface({ input: process.stdin })) {
  const attempts: string[] = []
  const unobserve = llm.observe((event) => {
    if (event.type === 'attempt-end') attempts.push(event.record.code ?? event.record.outcome)
  })
  const text = await commands[line]?.().catch((error) => error.code)
  unobserve()
  console.log(JSON.stringify({ text, attempts, circuit: llm.circuits().primary?.state }))
}
await llm.close()

/** A process with a call in some trouble, which closes its client and should end by itself. */
import { UnifiedClient } from 'holdfast'
import { openaiCompatible } from 'holdfast/providers/openai-compatible'
import { apiKey, prompt } from '../wire.ts'

const [, , baseUrl = '', kind = 'chat', waitMs = '300'] = process.argv
const options = { baseUrl, apiKey, model: 'm', allowHttp: true }
const client = new UnifiedClient({
  providers: [openaiCompatible({ ...options, name: 'first' }), openaiCompatible({ ...options, name: 'second' })],
  timeouts: { connectMs: 60_000 },
  retry: { baseMs: 60_000, maxMs: 60_000 },
})
const work = kind === 'chat' ? client.chat(prompt) : client.chatStream(prompt).final()
work.catch(() => {})
// Not before the trouble has begun.
await new Promise((resolve) => setTimeout(resolve, Number(waitMs)))
const closedAt = performance.now()
await client.close()
process.on('exit', () => process.stdout.write(String(performance.now() - closedAt)))

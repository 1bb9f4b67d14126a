/** More calls at once than this process may open files. */
import { UnifiedClient } from 'holdfast'
import { openai } from 'holdfast/providers/openai'

const [baseUrl = '', count = '0'] = process.argv.slice(2)
const llm = new UnifiedClient({
  providers: [openai({ name: 'primary', baseUrl, apiKey: 'sk-test-1', model: 'm' })],
  retry: { retries: 0 },
  circuit: { threshold: 3 },
})
await llm.chat('Hi')
const ends: Record<string, number> = {}
const messages = new Set<string>()
await Promise.all(
  Array.from({ length: Number(count) }, async () => {
    const code = await llm.chat('Hi').then(
      () => 'ok',
      (error) => {
        messages.add(error.message)
        return error.code
      },
    )
    ends[code] = (ends[code] ?? 0) + 1
  }),
)
const { state, failures } = llm.circuits().primary ?? {}
const last = (await llm.chat('Hi')).text
console.log(JSON.stringify({ ends, messages: [...messages], state, failures, last }))
await llm.close()

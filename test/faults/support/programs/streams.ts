/** Many streams at once in a small heap. */
import { UnifiedClient } from 'holdfast'
import { openai } from 'holdfast/providers/openai'

const [baseUrl = '', count = '0'] = process.argv.slice(2)
const llm = new UnifiedClient({
  providers: [openai({ name: 'primary', baseUrl, apiKey: 'sk-test-1', model: 'm' })],
  timeouts: { firstTokenMs: 60_000, idleMs: 60_000 },
})
const ends: Record<string, number> = {}
const read = async () => {
  let length = 0
  try {
    for await (const text of llm.chatStream('Hi').text) length += text.length
    ends[length] = (ends[length] ?? 0) + 1
  } catch (error) {
    const { code } = error as { code: string }
    ends[code] = (ends[code] ?? 0) + 1
  }
}
await Promise.all(Array.from({ length: Number(count) }, read))
console.log(JSON.stringify(ends))
await llm.close()

/** Texts as vectors, and the text that is nearest to a question. */
import { UnifiedClient } from 'holdfast'
import { openai } from 'holdfast/providers/openai'
import { fakeProviderServer } from 'holdfast/testing/server'

// Stands in for the real service; its vectors depend on the text, as real ones do.
const server = await fakeProviderServer({ dimensions: 64 })
const llm = new UnifiedClient({ providers: [openai({ baseUrl: server.url('openai'), apiKey: 'sk-test-1' })] })

const texts = ['Cats sleep all day.', 'The train leaves at nine.', 'Bread needs salt.']
const { vectors, model, usage } = await llm.embed({ input: texts })
console.log(`${vectors.length} vectors of ${vectors[0]?.length} numbers by ${model}, ${usage.inputTokens} tokens`)

const [question = []] = (await llm.embed('The train leaves at nine.')).vectors
const likeness = (one: readonly number[]) => one.reduce((sum, value, index) => sum + value * (question[index] ?? 0), 0)
const nearest = texts.toSorted((a, b) => {
  const vectorOf = (text: string) => vectors[texts.indexOf(text)] ?? []
  return likeness(vectorOf(b)) - likeness(vectorOf(a))
})
console.log(`nearest: ${nearest[0]}`)

await llm.close()
await server.close()

/** An answer of a given shape, with zod. `reply.object` is checked and typed. */
import { UnifiedClient } from 'holdfast'
import { fakeProvider } from 'holdfast/testing'
import * as z from 'zod'

const recipe = z.object({
  title: z.string(),
  minutes: z.number().int().positive(),
  ingredients: z.array(z.string()).min(1),
})

const llm = new UnifiedClient({
  providers: [fakeProvider('{"title":"Porridge","minutes":10,"ingredients":["oats","milk","salt"]}')],
})

const { object } = await llm.chat({ prompt: 'A quick breakfast', schema: recipe, schemaName: 'recipe' })
console.log(`${object.title}: ${object.ingredients.join(', ')}, ${object.minutes} minutes`)

await llm.close()

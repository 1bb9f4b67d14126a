/**
 * An answer of a given shape, with valibot. Any Standard Schema that can also describe itself as JSON Schema serves;
 * valibot does so through @valibot/to-json-schema. A first answer that does not fit is asked for once more.
 */
import { toStandardJsonSchema } from '@valibot/to-json-schema'
import { UnifiedClient } from 'holdfast'
import { fakeProvider, reply } from 'holdfast/testing'
import * as v from 'valibot'

const review = v.object({
  stars: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(5)),
  summary: v.string(),
})

const provider = fakeProvider(reply('{"stars":11,"summary":"Loud"}').then(reply('{"stars":4,"summary":"Lively"}')))
const llm = new UnifiedClient({ providers: [provider] })

const { object } = await llm.chat({ prompt: 'Rate: lively, good food, loud.', schema: toStandardJsonSchema(review) })
console.log(`${object.stars} stars: ${object.summary} (after ${provider.calls.length} requests)`)

await llm.close()

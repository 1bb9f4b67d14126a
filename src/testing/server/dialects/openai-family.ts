import type { Dialect } from './dialect.ts'
import { chatCompletions } from './openai-chat.ts'
import { openAiRefusal } from './openai-errors.ts'
import { type FamilyName, members } from './openai-members.ts'
import { responsesWire } from './openai-responses.ts'

/** The services that speak chat completions. */
export const openAiFamily: readonly Dialect[] = (Object.keys(members) as FamilyName[]).map((name) => {
  const { base, flavour, form, words, headers, modelFields } = members[name]
  return {
    name,
    base,
    chat: chatCompletions(flavour),
    responses: responsesWire,
    headers: headers ?? (() => ({})),
    refusal: (step, turn) => openAiRefusal(step, turn, form, words),
    models: (ids) => ({
      object: 'list',
      data: ids.map((id) => ({ id, object: 'model', created: 1_700_000_000, owned_by: 'fake', ...modelFields?.(id) })),
    }),
    embeddings: (vectors, inputTokens, turn) => ({
      object: 'list',
      data: vectors.map((vector, index) => ({
        object: 'embedding',
        index,
        embedding: turn.body.encoding_format === 'base64' ? base64Of(vector) : vector,
      })),
      model: turn.model,
      usage: { prompt_tokens: inputTokens, total_tokens: inputTokens },
    }),
  }
})

function base64Of(vector: readonly number[]): string {
  const bytes = new DataView(new ArrayBuffer(vector.length * 4))
  for (const [place, value] of vector.entries()) bytes.setFloat32(place * 4, value, true)
  return Buffer.from(bytes.buffer).toString('base64')
}

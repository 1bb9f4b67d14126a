/** A conversation that one service began is handed to another in the middle: for every pair of services. */
import { describe, expect, it } from 'vitest'
import type { Message } from '../../src/types/message.ts'
import type { Warning } from '../../src/types/reply.ts'
import type { ProviderChatRequest } from '../../src/types/request.ts'
import { Answer } from '../../src/utils/answer.ts'
import { fakeHttp } from '../support/fake-http.ts'
import { verifies } from '../support/verifies.ts'
import { type Entry, type Service, services, type ToolTalk, type Turn } from './hand-over.services.ts'

const tools = [
  {
    name: 'weather',
    description: 'Tells the weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
]

const turnOf = (source: Service): Turn => ({
  text: `I, ${source.name}, look both up.`,
  thoughts: `Thoughts of ${source.name}.`,
  signature: btoa(`signature of ${source.name}`),
  cities: ['Rome', 'Oslo'],
})

/** Says something to a service and gives back its request and its warnings. */
async function ask(service: Service, messages: readonly Message[], answer: unknown) {
  const { provider, model } = service
  const { context, requests } = fakeHttp({ body: answer })
  const request: ProviderChatRequest = { model, messages, tools }
  const said = new Answer({ provider: provider.kind, model })
  for (const event of await provider.chat(request, context)) said.add(event)
  return { body: requests[0]?.json, said, warnings: said.warnings as readonly Warning[] }
}

/** A conversation whose middle the source made: the results come in the other order, one as text, one as JSON. */
async function conversationOf(source: Service): Promise<readonly Message[]> {
  const opening: Message[] = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Compare Rome and Oslo.' },
  ]
  const { said } = await ask(source, opening, source.answer(turnOf(source)))
  const [rome, oslo] = said.toolCalls.map(({ id }) => id) as [string, string]
  const message = said.message()
  return [
    ...opening,
    message,
    { role: 'tool', toolCallId: oslo, content: { celsius: 7 } },
    { role: 'tool', toolCallId: rome, content: 'sunny, 21' },
    { role: 'assistant', content: [{ type: 'text', text: 'Rome is warmer.', origin: said.origin }] },
    { role: 'user', content: 'And Bergen?' },
  ]
}

/** The result of each call, by the city it asked for. */
function resultsByCity({ calls, results }: ToolTalk): Readonly<Record<string, string>> {
  const numbered = (entries: readonly Entry[]) => entries.map((entry, index) => entry.id ?? `${entry.name} ${index}`)
  const [callIds, resultIds] = [numbered(calls), numbered(results)]
  return Object.fromEntries(
    calls.map(({ content }, index) => {
      const result = results[resultIds.indexOf(callIds[index] as string)]
      return [(content as { city: string }).city, JSON.stringify(result?.content)]
    }),
  )
}

describe.each(services.map((source) => [source.name, source] as const))('a conversation begun by %s', (_, source) => {
  it.each(services.map((target) => [target.name, target] as const))(
    'goes on at %s',
    verifies('C1'),
    async (_, target) => {
      const messages = await conversationOf(source)
      const { body, warnings } = await ask(target, messages, target.answer(turnOf(target)))
      expect(target.schema.safeParse(body).error?.message).toBeUndefined()
      expect(target.complaints?.(body as never) ?? []).toEqual([])

      const sent = JSON.stringify(body)
      const { text, thoughts, signature } = turnOf(source)
      for (const words of ['Be brief.', 'Compare Rome and Oslo.', text, 'Rome is warmer.', 'And Bergen?'])
        expect(sent).toContain(words)

      const talk = target.read(body as never)
      expect(talk.calls.map(({ name }) => name)).toEqual(['weather', 'weather'])
      expect(talk.results).toHaveLength(2)
      const { Rome = '', Oslo = '' } = resultsByCity(talk)
      expect(Rome).toContain('sunny, 21')
      expect(Oslo.replaceAll('\\', '')).toContain('"celsius":7')

      if (source === target) expect(sent.includes(signature)).toBe(source.isSigned)
      else expect(sent).not.toContain(signature)
      const hasLost =
        (source.isSigned && !sent.includes(signature)) || (hasThoughts(source) && !sent.includes(thoughts))
      // What a service never takes back is no loss of a hand-over.
      const isHidden = source === target
      expect(warnings.some(({ code }) => code === 'part-dropped')).toBe(hasLost && !isHidden)
    },
  )
})

function hasThoughts(source: Service): boolean {
  return JSON.stringify(source.answer(turnOf(source))).includes(turnOf(source).thoughts)
}

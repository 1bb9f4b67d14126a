/**
 * Expectations that the exchange's own bytes contradict. They fail like all others; knowing them keeps the reader from
 * being bent to a slip of the pen.
 */
import { isDeepStrictEqual } from 'node:util'
import { bodyText, eventsOf, type WireCase } from '../support/wire-corpus.ts'

/** Why no correct reader can come to what is expected; `undefined` when nothing says so. */
export function contradictionOf(wireCase: WireCase, all: readonly WireCase[]): string | undefined {
  const contents = contentsOf(wireCase)
  if (wireCase.api === 'responses') return contradictsLastEvent(wireCase, contents)
  const starts = contents.filter((content) => content.type === 'message_start').length
  if (starts > 1) return 'two answers were joined on the way, of which no one may be handed out as the other'
  const other = all.find(
    (one) =>
      one.id !== wireCase.id &&
      one.provider === wireCase.provider &&
      one.api === wireCase.api &&
      contents.length > 0 &&
      isDeepStrictEqual(contentsOf(one), contents),
  )
  const isSame = other === undefined || (other.expect.class ?? '') === (wireCase.expect.class ?? '')
  return isSame ? undefined : `its events are those of ${other.id}, for which something else is expected`
}

/** The last event of a response holds the whole answer once more. */
function contradictsLastEvent({ expect }: WireCase, contents: readonly Content[]): string | undefined {
  const last = contents.find(({ type }) => type === 'response.completed')?.response as Content | undefined
  const output = (last?.output ?? []) as Content[]
  const parts = output.flatMap(({ content }) => (content ?? []) as Content[])
  const refusal = parts.map((part) => (part.type === 'refusal' ? String(part.refusal) : '')).join('')
  if (last && expect.refusal !== undefined && refusal !== expect.refusal) return 'its last event holds another refusal'
  const calls = output.filter(({ type }) => type === 'function_call').map((item) => JSON.parse(String(item.arguments)))
  const wanted = expect.toolCalls?.map((call) => call.arguments)
  const isOther = last && wanted !== undefined && !isDeepStrictEqual(calls, wanted)
  return isOther ? 'its last event holds other arguments' : undefined
}

type Content = Readonly<Record<string, unknown>>

function contentsOf(wireCase: WireCase): Content[] {
  if (wireCase.response.text === undefined) return []
  return eventsOf(`${bodyText(wireCase)}\n\n`).flatMap(({ data }) => {
    try {
      return [JSON.parse(data) as Content]
    } catch {
      return [] // End marks and what is no JSON.
    }
  })
}

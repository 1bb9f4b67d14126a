import type { JsonObject } from '../../types/json.ts'
import type { Citation } from '../../types/reply.ts'
import { objectOf, objectsIn, textOf } from '../core/reading.ts'

/** Sources of a candidate: what its search found, and what it recites. Places are told in bytes and given in characters. */
export function citationsOf(grounding: JsonObject, recitation: JsonObject, text: string): Citation[] {
  const sources = objectsIn(grounding.groundingChunks).map(sourceOf)
  const supports = objectsIn(grounding.groundingSupports)
  const bytes = new TextEncoder().encode(text)
  const cited = supports.flatMap((support) => {
    const segment = objectOf(support.segment)
    const indices = Array.isArray(support.groundingChunkIndices) ? support.groundingChunkIndices : []
    return indices.flatMap((index) => {
      const source = sources[index as number]
      return source ? [{ ...source, ...placeOf(segment, bytes), raw: { support, source: source.raw } }] : []
    })
  })
  const recited = objectsIn(recitation.citationSources ?? recitation.citations).map((raw) => {
    const url = textOf(raw.uri)
    return { ...(url && { url }), ...placeOf(raw, bytes), raw }
  })
  return [...(supports.length > 0 ? cited : sources), ...recited]
}

function sourceOf(raw: JsonObject): Citation {
  const { uri, title } = objectOf(raw.web ?? raw.retrievedContext ?? raw.maps)
  return { ...(textOf(uri) && { url: textOf(uri) }), ...(textOf(title) && { title: textOf(title) }), raw }
}

function placeOf({ startIndex = 0, endIndex, text }: JsonObject, bytes: Uint8Array): Partial<Citation> {
  if (typeof startIndex !== 'number' || typeof endIndex !== 'number') return {}
  const lengthOf = (end: number) => new TextDecoder().decode(bytes.subarray(0, end)).length
  return { start: lengthOf(startIndex), end: lengthOf(endIndex), ...(textOf(text) && { quote: textOf(text) }) }
}

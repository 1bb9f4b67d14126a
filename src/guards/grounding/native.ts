import type { Citation } from '../../types/reply.ts'
import type { Stretch } from './sentences.ts'
import type { PreparedSource, SourceSet } from './sources.ts'

/** Citations the provider itself reported, as far as they hold. */
export interface NativeCitations {
  /** Sources that the provider cites for a stretch of the answer. */
  ofClaim(claim: Stretch): readonly PreparedSource[]
  /** Indexes of those whose source is unknown or does not hold the cited words. */
  readonly falseOnes: readonly number[]
}

/** Finds the source of each citation and looks its words up there; a provider's word alone proves nothing. */
export function nativeCitations(answer: string, citations: readonly Citation[], set: SourceSet): NativeCitations {
  const held: { readonly place: Stretch; readonly source: PreparedSource }[] = []
  const falseOnes: number[] = []
  citations.forEach((citation, index) => {
    const source = sourceOf(citation, set)
    const isFalse =
      source === undefined || (citation.quote !== undefined && !source.quotes.find(citation.quote, 'normalised'))
    if (isFalse) falseOnes.push(index)
    else held.push({ place: placeOf(citation, answer), source })
  })
  return {
    falseOnes,
    ofClaim: ({ start, end }) =>
      held.filter(({ place }) => place.start < end && place.end > start).map(({ source }) => source),
  }
}

/** Without offsets a citation is for the whole answer. */
function placeOf({ start, end }: Citation, answer: string): Stretch {
  return { start: start ?? 0, end: end ?? answer.length }
}

function sourceOf({ url, title, quote, raw }: Citation, set: SourceSet): PreparedSource | undefined {
  const byName = set.all.find(
    ({ source }) =>
      (url !== undefined && source.url === url) ||
      (title !== undefined && (source.title === title || source.id === title)),
  )
  if (byName !== undefined) return byName
  const index = documentIndex(raw)
  if (index !== undefined) return set.all[index]
  if (url !== undefined || quote === undefined) return undefined
  return set.all.find(({ quotes }) => quotes.find(quote, 'normalised') !== undefined)
}

/** Some providers number the documents of the request. */
function documentIndex(raw: unknown): number | undefined {
  const { document_index: index } = (raw ?? {}) as { document_index?: unknown }
  return Number.isInteger(index) ? (index as number) : undefined
}

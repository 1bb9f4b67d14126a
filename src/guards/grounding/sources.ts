import type { GuardRequest } from '../../types/guard.ts'
import { mapTexts } from '../texts.ts'
import { QuoteFinder } from './quotes.ts'
import { indexSource, type SourceIndex } from './support.ts'
import { foldWord } from './words.ts'

/** A text that answers may rest on. */
export interface GroundingSource {
  /** How answers cite it, for example `[1]` or `[handbook]`. */
  readonly id: string
  readonly text: string
  /** Answers may cite it by this, too: `(Annual report)`. */
  readonly title?: string
  readonly url?: string
}

/** A source, ready to be compared with. */
export class PreparedSource {
  readonly source: GroundingSource
  readonly quotes: QuoteFinder
  private known: SourceIndex | undefined
  private folded: string | undefined

  constructor(source: GroundingSource) {
    this.source = source
    this.quotes = new QuoteFinder(source.text)
  }

  get index(): SourceIndex {
    this.known ??= indexSource(this.source.text)
    return this.known
  }

  /** Does a word occur, in any case, with or without marks? */
  holds(word: string): boolean {
    this.folded ??= foldWord(this.source.text)
    return this.folded.includes(foldWord(word))
  }
}

/** All sources of one check. */
export class SourceSet {
  readonly all: readonly PreparedSource[]

  constructor(sources: readonly GroundingSource[]) {
    this.all = sources.map((source) => new PreparedSource(source))
  }

  /** The source an answer means: by id, by title, or by its number in the list. */
  named(name: string): PreparedSource | undefined {
    const wanted = name.trim().toLowerCase()
    const byName = this.all.find(
      ({ source: { id, title } }) => id.toLowerCase() === wanted || title?.toLowerCase() === wanted,
    )
    return byName ?? (/^\d{1,4}$/.test(wanted) ? this.all[Number(wanted) - 1] : undefined)
  }
}

/** Texts nobody vouches for are what a request brings as sources: answers of tools and documents, in their order. */
export function sourcesIn(request: GuardRequest): GroundingSource[] {
  const byPlace = new Map<string, string[]>()
  mapTexts(request, (text, { provenance, where, json }) => {
    // The values of one JSON result are one source.
    const place = where.replace(/#\d+$/, '')
    if (provenance === 'untrusted' && json !== 'key') byPlace.set(place, [...(byPlace.get(place) ?? []), text])
    return text
  })
  return [...byPlace.values()].map((texts, index) => ({ id: String(index + 1), text: texts.join('\n') }))
}

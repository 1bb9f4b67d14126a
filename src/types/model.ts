/** A model as a provider lists it, enriched where the provider says more. */
export interface ModelInfo {
  /** Name to use in requests (Gemini's `models/` prefix is taken off). */
  readonly id: string
  readonly provider: string
  /** What it can do; guessed from its name where the provider does not say, see `isGuessed`. */
  readonly capabilities: readonly ('chat' | 'embed' | 'image' | 'audio' | 'tools' | 'reasoning' | 'vision' | 'schema')[]
  readonly isGuessed?: boolean
  /** Tokens of prompt and answer together, or of the prompt alone where only that is told. */
  readonly contextWindow?: number
  readonly maxOutputTokens?: number
  /** US dollars for one million tokens. */
  readonly price?: {
    readonly input?: number
    readonly output?: number
    readonly cacheRead?: number
    readonly cacheWrite?: number
  }
  readonly raw?: unknown
}

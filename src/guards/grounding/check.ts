import type { Citation } from '../../types/reply.ts'
import { type Claim, claimsOf } from './claims.ts'
import { nativeCitations } from './native.ts'
import { statedNumbers } from './numbers.ts'
import { type QuoteMatching, quotesIn } from './quotes.ts'
import { type GroundingSource, type PreparedSource, SourceSet } from './sources.ts'
import { type Support, supportOf } from './support.ts'

/** How much of an answer its sources bear: from 95, 60 and 30 % of its claims on, or less. */
export type GroundingLevel = 'fully' | 'mostly' | 'partially' | 'ungrounded'

/** Why a claim is not grounded. */
export type ClaimFault = 'uncited' | 'unknown-source' | 'quote' | 'number' | 'name' | 'support'

/** What became of one claim. */
export interface CheckedClaim {
  /** Place in the answer, UTF-16 offsets. */
  readonly start: number
  readonly end: number
  readonly isGrounded: boolean
  readonly fault?: ClaimFault
  /** How well its words are borne by the best source, 0 to 1. */
  readonly support: number
  /** Ids of the sources it cites. */
  readonly sources: readonly string[]
  /** Where in the best source. */
  readonly evidence?: { readonly source: string; readonly start: number; readonly end: number }
}

/** A quotation of the answer. */
export interface CheckedQuote {
  readonly start: number
  readonly end: number
  readonly isFound: boolean
  /** Where it stands. */
  readonly source?: string
  readonly sourceStart?: number
  readonly sourceEnd?: number
}

/** An answer held against its sources. */
export interface GroundingReport {
  /** Grounded claims by all claims; 1 when there are none. */
  readonly ratio: number
  readonly level: GroundingLevel
  /** Mean support of the claims, lowered where numbers or names are foreign: for ranking answers. */
  readonly score: number
  readonly claims: readonly CheckedClaim[]
  readonly quotes: readonly CheckedQuote[]
  /** Citations of the provider that do not hold: by their place in `reply.citations`. */
  readonly falseCitations: readonly number[]
}

/** Asked for claims that words alone do not bear: how surely do the sources say so, 0 to 1. */
export type Entailment = (claim: string, sources: readonly GroundingSource[]) => number | Promise<number>

/** What to hold an answer against, and how strictly. */
export interface GroundingCheck {
  readonly sources: readonly GroundingSource[]
  /** A claim needs a citation of an existing source. Default `true`. */
  readonly requireCitations?: boolean | undefined
  /** `normalised` overlooks spaces, kinds of quotation marks and dashes, and omissions. Default `normalised`. */
  readonly quotes?: QuoteMatching | undefined
  /** Least share of a claim's words that one place of a source must hold. Default 0.7. */
  readonly minSupport?: number | undefined
  /** What was asked: names in it need no source. */
  readonly question?: string | undefined
  /** A fixed sentence with which the model declines; it needs no source. */
  readonly refusal?: string | undefined
  readonly citations?: readonly Citation[] | undefined
  readonly entails?: Entailment | undefined
}

const maxClaims = 1_000
const foreignPenalty = 0.5

/** Holds an answer against its sources. */
export async function checkGrounding(answer: string, check: GroundingCheck): Promise<GroundingReport> {
  const set = new SourceSet(check.sources)
  const native = nativeCitations(answer, check.citations ?? [], set)
  const claims = claimsOf(answer, (name) => set.named(name) !== undefined)
    .slice(0, maxClaims)
    .filter(({ text }) => !isRefusal(text, check.refusal))
  const quotes = quotesIn(answer).map((quote) => {
    const cited = claims.filter((claim) => claim.start < quote.end && claim.end > quote.start)
    const names = cited.flatMap((claim) => citedBy(claim, native.ofClaim(claim), set))
    const found = lookUp(quote.text, names.length > 0 ? names : set.all, check.quotes ?? 'normalised')
    return { start: quote.start, end: quote.end, isFound: found !== undefined, ...found }
  })
  const checked: CheckedClaim[] = []
  for (const claim of claims) checked.push(await checkClaim(claim, native.ofClaim(claim), quotes, set, check))
  const ratio = share(checked.filter(({ isGrounded }) => isGrounded).length, checked.length)
  const score = checked.length === 0 ? 1 : checked.reduce((sum, claim) => sum + scoreOf(claim), 0) / checked.length
  return { ratio, level: levelOf(ratio), score, claims: checked, quotes, falseCitations: native.falseOnes }
}

/** The level of a ratio. */
function levelOf(ratio: number): GroundingLevel {
  return ratio >= 0.95 ? 'fully' : ratio >= 0.6 ? 'mostly' : ratio >= 0.3 ? 'partially' : 'ungrounded'
}

function share(part: number, whole: number): number {
  return whole === 0 ? 1 : part / whole
}

function scoreOf({ support, fault }: CheckedClaim): number {
  return fault === 'number' || fault === 'name' || fault === 'quote' ? support * foreignPenalty : support
}

function isRefusal(text: string, refusal: string | undefined): boolean {
  const plain = (value: string) =>
    value
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, ' ')
      .trim()
  return refusal !== undefined && plain(refusal).includes(plain(text))
}

function citedBy(claim: Claim, native: readonly PreparedSource[], set: SourceSet): PreparedSource[] {
  return [...claim.cited.map((name) => set.named(name)).filter((source) => source !== undefined), ...native]
}

function lookUp(quote: string, sources: readonly PreparedSource[], matching: QuoteMatching) {
  for (const { source, quotes } of sources) {
    const found = quotes.find(quote, matching)
    if (found !== undefined) return { source: source.id, sourceStart: found.start, sourceEnd: found.end }
  }
  return undefined
}

async function checkClaim(
  claim: Claim,
  native: readonly PreparedSource[],
  quotes: readonly CheckedQuote[],
  set: SourceSet,
  check: GroundingCheck,
): Promise<CheckedClaim> {
  const cited = citedBy(claim, native, set)
  const against = cited.length > 0 ? cited : set.all
  const best = bestOf(claim, against)
  const hasUnknown = claim.cited.some((name) => set.named(name) === undefined)
  const fault = hasUnknown
    ? 'unknown-source'
    : (check.requireCitations ?? true) && cited.length === 0
      ? 'uncited'
      : await faultOf(claim, quotes, against, best.coverage, check)
  return {
    start: claim.start,
    end: claim.end,
    isGrounded: fault === undefined,
    ...(fault !== undefined && { fault }),
    support: best.score,
    sources: [...new Set(cited.map(({ source }) => source.id))],
    ...(best.stretch && { evidence: { source: best.source, start: best.stretch.start, end: best.stretch.end } }),
  }
}

function bestOf({ words }: Claim, sources: readonly PreparedSource[]): Support & { readonly source: string } {
  let best: Support & { readonly source: string } = { score: 0, coverage: 0, source: '' }
  for (const { index, source } of sources) {
    const support = supportOf(words, index)
    if (support.score > best.score) best = { ...support, source: source.id }
  }
  return best
}

async function faultOf(
  claim: Claim,
  quotes: readonly CheckedQuote[],
  against: readonly PreparedSource[],
  coverage: number,
  check: GroundingCheck,
): Promise<ClaimFault | undefined> {
  if (quotes.some(({ start, end, isFound }) => !isFound && start < claim.end && end > claim.start)) return 'quote'
  const holds = (numbers: readonly string[]) =>
    numbers.some((number) => against.some(({ index }) => index.numbers.has(number)))
  if (!statedNumbers(claim.text).every(holds)) return 'number'
  if (!namesOf(claim).every((name) => isKnown(name, against, check.question))) return 'name'
  if (coverage >= (check.minSupport ?? 0.7)) return undefined
  if (check.entails === undefined) return 'support'
  const sureness = await check.entails(
    claim.text,
    against.map(({ source }) => source),
  )
  return sureness >= 0.5 ? undefined : 'support'
}

/** Words with a capital that do not begin the sentence. */
function namesOf({ text, words }: Claim): string[] {
  const first = /[\p{L}\p{N}]/u.exec(text)?.index ?? 0
  return words
    .filter(({ isCapital }) => isCapital)
    .map(({ stem }) => stem)
    .filter(
      (name) =>
        !text
          .slice(first, first + name.length + 2)
          .toLowerCase()
          .startsWith(name),
    )
}

function isKnown(name: string, sources: readonly PreparedSource[], question: string | undefined): boolean {
  return question?.toLowerCase().includes(name) || sources.some((source) => source.holds(name))
}

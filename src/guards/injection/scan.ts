import { createFold, type Fold, type Folded, foldedOffsets } from './fold.ts'
import { type InjectionThresholds, ruleThresholds } from './levels.ts'
import { Matcher, type RuleHit } from './match.ts'
import { Model, type ModelData, type Verdict } from './model.ts'
import type { Rule } from './rules.ts'
import { Tokeniser } from './tokeniser.ts'
import type { Tokens } from './tokens.ts'
import { type View, type ViewName, viewsOf } from './views.ts'
import type { Vocabulary } from './vocabulary.ts'

/** What one point of the rules is worth. */
export const rulePoint = 1.5
/** How deep codes inside codes are followed. */
const maxDepth = 2
/** Hidden texts are read up to this length in all. */
const maxHidden = 200_000
/** Without the model: log odds of a text no rule speaks against. */
const rulesBias = -2.1
const markPoints = 2
const hiddenPoints = 1

/** One reason to take a text for an attack. */
export interface InjectionReason {
  /** `override`, `extraction`, `persona` …; `model` where no rule says so, `template-mark` for marks of chat templates. */
  readonly rule: string
  /** The reading of the text in which it was found. */
  readonly view: ViewName
  /** Place in the text as it was given, UTF-16 offsets. */
  readonly start: number
  readonly end: number
}

/** What a text looks like. */
export interface InjectionScan {
  /** How likely the text tries to take a model over, 0 to 1. */
  readonly score: number
  /** The same as log odds. */
  readonly logOdds: number
  readonly reasons: readonly InjectionReason[]
}

/** Reasons are worked out only for texts that are suspected at all. */
interface Found {
  readonly logOdds: number
  explain(): InjectionReason[]
}

/** Looks for attacks: rules and a model, over several readings of a text. Time grows with the length of the text. */
export class InjectionScanner {
  private readonly fold: Fold = createFold()
  private readonly vocabulary: Vocabulary
  private readonly tokeniser: Tokeniser
  private readonly matcher: Matcher
  private readonly model: Model | undefined
  readonly thresholds: InjectionThresholds

  /** Without a model the rules judge alone. */
  constructor(vocabulary: Vocabulary, model?: ModelData) {
    this.vocabulary = vocabulary
    this.tokeniser = new Tokeniser(this.fold, vocabulary)
    this.matcher = new Matcher(vocabulary)
    this.model = model && new Model(model)
    this.thresholds = model?.thresholds ?? ruleThresholds
  }

  scan(text: string): InjectionScan {
    const { logOdds, explain } = this.look(text, maxDepth, { left: maxHidden })
    const reasons = logOdds >= this.thresholds.high ? explain() : []
    return { score: 1 / (1 + Math.exp(-logOdds)), logOdds, reasons }
  }

  private look(original: string, depth: number, hidden: { left: number }): Found {
    const folded = this.fold(original)
    const tokens = this.tokeniser.tokenise(folded.text)
    let worst = this.judge(original, folded, tokens, undefined)
    for (const view of viewsOf({ original, folded, tokens })) {
      const found = view.isOriginal
        ? this.lookInside(view, depth, hidden)
        : this.judge(original, { ...folded, text: view.text }, this.tokeniser.tokenise(view.text), view)
      if (found !== undefined && found.logOdds > worst.logOdds) worst = found
    }
    return worst
  }

  /** A decoded text is read like any other; what is found in it stands where the code stands. */
  private lookInside(view: View, depth: number, hidden: { left: number }): Found | undefined {
    hidden.left -= view.text.length
    if (depth === 0 || hidden.left < 0) return undefined
    const { logOdds, explain } = this.look(view.text, depth - 1, hidden)
    const [start, end] = view.place(0, view.text.length)
    return { logOdds, explain: () => explain().map(({ rule }) => ({ rule, view: view.name, start, end })) }
  }

  private judge(original: string, { text }: Folded, tokens: Tokens, view: View | undefined): Found {
    const hits = this.matcher.match(tokens)
    const mark = view === undefined ? this.vocabulary.marks.find((sign) => text.includes(sign)) : undefined
    const verdict = this.model?.judge(text, tokens, hits) ?? alone(tokens.count, this.matcher.points(hits))
    const extra = mark !== undefined ? markPoints : this.isHidden(text, tokens, hits) ? hiddenPoints : 0
    return {
      logOdds: verdict.score + rulePoint * extra,
      explain: () => this.reasons(original, text, tokens, hits, mark, verdict, view),
    }
  }

  private reasons(
    original: string,
    text: string,
    tokens: Tokens,
    hits: readonly RuleHit[],
    mark: string | undefined,
    verdict: Verdict,
    view: View | undefined,
  ): InjectionReason[] {
    const placed = this.placer(original, text, view)
    const name = view?.name ?? 'plain'
    const between = (first: number, last: number) => placed(tokens.start[first] as number, tokens.end[last] as number)
    const reasons = Array.from(firstOfEach(hits, this.vocabulary), ({ rule, first, last }) => ({
      rule,
      view: name,
      ...between(first, last),
    }))
    if (mark !== undefined) {
      const at = text.indexOf(mark)
      reasons.push({ rule: 'template-mark', view: name, ...placed(at, at + mark.length) })
    }
    if (reasons.length === 0 && tokens.count > 0) {
      reasons.push({ rule: 'model', view: name, ...between(verdict.first, verdict.last) })
    }
    return reasons
  }

  /** Does a hit stand in an HTML comment, where no reader sees it? */
  private isHidden(text: string, { start }: Tokens, hits: readonly RuleHit[]): boolean {
    if (hits.length === 0 || !text.includes('<!--')) return false
    return Array.from(firstOfEach(hits, this.vocabulary)).some(({ first }) => {
      const open = text.lastIndexOf('<!--', start[first])
      return open >= 0 && text.lastIndexOf('-->', start[first]) < open
    })
  }

  /** From a stretch of a reading to its place in the original. Offsets are worked out only when asked for. */
  private placer(original: string, text: string, view: View | undefined) {
    let offsets: readonly number[] | undefined
    return (from: number, to: number) => {
      const [start, end] = view?.place(from, to) ?? [from, to]
      if (view === undefined && text.length === original.length) return { start, end }
      offsets ??= foldedOffsets(this.fold, original)
      return { start: offsets[start] ?? 0, end: offsets[end] ?? original.length }
    }
  }
}

function alone(count: number, points: number): Verdict {
  return { score: rulesBias + rulePoint * points, first: 0, last: count - 1 }
}

/** The first hit of each rule name that speaks against a text, with the hits of that name that overlap it. */
function firstOfEach(
  hits: readonly RuleHit[],
  { rules }: Vocabulary,
): Iterable<{ rule: string; first: number; last: number }> {
  const found = new Map<string, { rule: string; first: number; last: number }>()
  for (const { rule: index, first, last } of hits) {
    const [rule, weight] = rules[index] as Rule
    if (weight < 0) continue
    const seen = found.get(rule)
    if (seen === undefined) found.set(rule, { rule, first, last })
    else if (first <= seen.last) found.set(rule, { rule, first: Math.min(first, seen.first), last })
  }
  return found.values()
}

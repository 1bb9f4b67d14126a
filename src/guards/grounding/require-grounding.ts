import type {
  DefinedGuard,
  GuardBlock,
  GuardCall,
  GuardedReply,
  GuardRequest,
  InputOutcome,
  ReplyOutcome,
} from '../../types/guard.ts'
import { type Check, checkOptions, numberIn, ofType, oneOf } from '../../utils/check.ts'
import { defineGuard } from '../define-guard.ts'
import { withInstruction } from '../structure/system-text.ts'
import { type ClaimFault, checkGrounding, type Entailment, type GroundingReport } from './check.ts'
import type { QuoteMatching } from './quotes.ts'
import { type GroundingSource, sourcesIn } from './sources.ts'

/** What is done about an answer that its sources do not bear. */
export type GroundingViolation = 'flag' | 'retry' | 'refuse'

/** Options of `requireGrounding`. */
export interface GroundingOptions {
  /** Default `grounding`. */
  readonly name?: string
  /** The texts that answers must rest on. Default: answers of tools and parts with `provenance: 'untrusted'`, numbered. */
  readonly sources?: readonly GroundingSource[] | ((request: GuardRequest) => readonly GroundingSource[])
  /** Least share of claims that must be grounded. Default 0.6. */
  readonly minRatio?: number
  /** A claim needs a citation of an existing source. Default `true`. */
  readonly requireCitations?: boolean
  /** `normalised` overlooks spaces, kinds of quotation marks and dashes, and omissions. Default `normalised`. */
  readonly quotes?: QuoteMatching
  /** Least share of a claim's words that one place of a source must hold. Default 0.7. */
  readonly minSupport?: number
  /**
   * `flag`: a warning on the reply. `retry`: one more try that is told what was wrong, then `afterRetry`. `refuse`: the
   * call ends, or answers `refusal`. Default `refuse`.
   */
  readonly onViolation?: GroundingViolation
  /** Default `refuse`. */
  readonly afterRetry?: 'flag' | 'refuse'
  /** A fixed sentence with which to decline. The model may use it, and it takes the place of refused answers. */
  readonly refusal?: string
  /** Tells the model to cite, and how. Default: as `requireCitations`. */
  readonly instruct?: boolean
  /** Asked for claims that words alone do not bear, for example a model of your own. */
  readonly entails?: Entailment
}

const checks: Readonly<Record<keyof GroundingOptions, Check>> = {
  name: ofType('string'),
  sources: (value) =>
    typeof value === 'function' || (Array.isArray(value) && value.every(isSource))
      ? undefined
      : 'an array of { id, text }, or a function that gives one',
  minRatio: numberIn(0, 1),
  requireCitations: ofType('boolean'),
  quotes: oneOf('exact', 'normalised'),
  minSupport: numberIn(0, 1),
  onViolation: oneOf('flag', 'retry', 'refuse'),
  afterRetry: oneOf('flag', 'refuse'),
  refusal: ofType('string'),
  instruct: ofType('boolean'),
  entails: ofType('function'),
}

interface State {
  sources: readonly GroundingSource[]
  tries: number
}

/**
 * Lets answers pass that rest on their sources: claims that cite, citations that exist, quotations that are there,
 * numbers, dates and names that occur.
 *
 * @example
 * requireGrounding({ sources: [{ id: 'handbook', text }], onViolation: 'retry' })
 */
export function requireGrounding(options: GroundingOptions = {}): DefinedGuard<State> {
  checkOptions('requireGrounding', options, checks)
  const { name = 'grounding', onViolation = 'refuse', requireCitations = true, instruct = requireCitations } = options
  return defineGuard<State>({
    name,
    createState: () => ({ sources: [], tries: 0 }),
    input: (request, call) => prepare(request, call, options, instruct),
    output: {
      kind: 'reply',
      isHolding: onViolation !== 'flag',
      check: async (reply, call) => {
        if (reply.text.trim() === '' || call.state.sources.length === 0) return { outcome: 'allow' }
        const { quotes, minSupport, refusal, entails } = options
        const report = await checkGrounding(reply.text, {
          ...{ sources: call.state.sources, requireCitations, quotes, minSupport, refusal, entails },
          question: questionOf(call.original),
          citations: reply.citations,
        })
        return decide(report, reply, call, options)
      },
    },
  })
}

function isSource(value: Partial<GroundingSource> | null): boolean {
  return typeof value?.id === 'string' && value.id !== '' && typeof value.text === 'string'
}

function prepare(
  request: GuardRequest,
  call: GuardCall<State>,
  { sources = sourcesIn, refusal }: GroundingOptions,
  instruct: boolean,
): InputOutcome {
  call.state.sources = typeof sources === 'function' ? sources(request) : sources
  if (!instruct || call.state.sources.length === 0) return { outcome: 'allow' }
  const ids = call.state.sources.map(({ id }) => `[${id}]`).join(' ')
  const decline = refusal === undefined ? '' : ` If they do not answer the question, say only: ${refusal}`
  const note = `Rest every statement on the sources and cite them by id after it: ${ids}. Quote exactly.${decline}`
  return { outcome: 'rewrite', request: withInstruction(request, note) }
}

/** What people said in this conversation. */
function questionOf({ messages }: GuardRequest): string {
  return messages
    .filter(({ role }) => role === 'user')
    .map(({ content }) =>
      typeof content === 'string'
        ? content
        : (content as readonly { readonly text?: string }[]).map(({ text = '' }) => text).join(' '),
    )
    .join('\n')
}

function decide(
  report: GroundingReport,
  reply: GuardedReply,
  call: GuardCall<State>,
  options: GroundingOptions,
): ReplyOutcome {
  const { minRatio = 0.6, onViolation = 'refuse', afterRetry = 'refuse', refusal } = options
  const rule = ruleOf(report, minRatio)
  const isLast = onViolation !== 'retry' || call.state.tries > 0
  const action = rule === undefined ? 'allow' : !isLast ? 'retry' : onViolation === 'retry' ? afterRetry : onViolation
  call.state.tries++
  const counts = countFaults(report)
  const data = { ratio: report.ratio, level: report.level, claims: report.claims.length, ...counts }
  call.report({ rule: rule ?? 'grounding.ratio', where: 'text', score: report.score, action, data })
  if (rule === undefined) return { outcome: 'allow' }
  const reason = `${percent(report.ratio)} of its claims rest on the sources; at least ${percent(minRatio)} must`
  if (action === 'flag') {
    call.warn({ code: 'ungrounded', message: `The answer is ${report.level} grounded: ${reason}` })
    return { outcome: 'allow' }
  }
  const block: GuardBlock = { outcome: 'block', rule, reason }
  if (action === 'retry') return { ...block, canRetry: true, retryNote: noteFor(report, call.state.sources) }
  return refusal === undefined || reply.toolCalls.length > 0 ? block : { outcome: 'rewrite', text: refusal }
}

/** A quotation that is not there is never all right, whatever the ratio. */
function ruleOf(report: GroundingReport, minRatio: number): string | undefined {
  if (report.quotes.some(({ isFound }) => !isFound)) return 'grounding.quote'
  return report.ratio < minRatio ? 'grounding.ratio' : undefined
}

function countFaults({ claims, falseCitations }: GroundingReport): Record<string, number> {
  const counts: Record<string, number> = falseCitations.length > 0 ? { 'false-citation': falseCitations.length } : {}
  for (const { fault } of claims) if (fault !== undefined) counts[fault] = (counts[fault] ?? 0) + 1
  return counts
}

const advice: Readonly<Record<ClaimFault, string>> = {
  uncited: 'statements cite no source',
  'unknown-source': 'statements cite sources that do not exist',
  quote: 'quotations are not in the sources word for word',
  number: 'numbers or dates are not in the sources',
  name: 'names are not in the sources',
  support: 'statements are not borne out by the sources',
}

/** What the next try is told: counts and fixed words, nothing of the answer. */
function noteFor(report: GroundingReport, sources: readonly GroundingSource[]): string {
  const counts = countFaults(report)
  const faults = (Object.keys(advice) as ClaimFault[])
    .filter((fault) => counts[fault] !== undefined)
    .map((fault) => `${counts[fault]} ${advice[fault]}`)
  const ids = sources.map(({ id }) => `[${id}]`).join(' ')
  return `Your last answer was not accepted: ${faults.join('; ')}. Answer again, only from the sources, and cite them: ${ids}.`
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

import type { DefinedGuard, GuardCall, GuardFinding, GuardRequest, InputOutcome } from '../../types/guard.ts'
import type { Provenance } from '../../types/message.ts'
import { type Check, checkOptions, ofType, oneOf } from '../../utils/check.ts'
import { defineGuard } from '../define-guard.ts'
import { mapTexts, type TextPlace } from '../texts.ts'
import { defaultSensitivity, type InjectionSensitivity, type InjectionSeverity, severityOf } from './levels.ts'
import { createInjectionScanner, type InjectionDetector } from './load.ts'
import { cleaned, removed } from './sanitize.ts'
import type { InjectionScan, InjectionScanner } from './scan.ts'

/** What is done about a text that tries to take the model over. */
export type InjectionMode = 'flag' | 'sanitize' | 'block'

/** A second opinion, for example a model of your own: how likely is the text an attack, 0 to 1. */
export type InjectionClassifier = (
  text: string,
  context: { readonly provenance: Provenance; readonly signal: AbortSignal },
) => number | Promise<number>

/** Options of `blockInjection`. */
export interface InjectionOptions {
  /** Default `injection`. */
  readonly name?: string
  /** `block`: the call ends. `sanitize`: the sentences are taken out. `flag`: only the event tells. Default `block`. */
  readonly mode?: InjectionMode
  /** How readily each kind of text is taken for an attack; `off` leaves it unread. Default `user: 'medium'`, `untrusted: 'high'`, `trusted: 'off'`. */
  readonly sensitivity?: Partial<Readonly<Record<Provenance, InjectionSensitivity | 'off'>>>
  /** Default `full`. */
  readonly detector?: InjectionDetector
  /** Asked for each text; from 0.5 on it counts as an attack. It adds to what is found, it never clears a text. */
  readonly classify?: InjectionClassifier
}

const level = oneOf('low', 'medium', 'high', 'off')
const checks: Readonly<Record<keyof InjectionOptions, Check>> = {
  name: ofType('string'),
  mode: oneOf('flag', 'sanitize', 'block'),
  sensitivity: ofType('object'),
  detector: oneOf('full', 'rules'),
  classify: ofType('function'),
}

/**
 * Recognises texts that try to take the model over: in what users say, in answers of tools, in documents.
 *
 * @example
 * new UnifiedClient({ providers: [openai()], guards: [blockInjection()] })
 */
export function blockInjection(options: InjectionOptions = {}): DefinedGuard {
  checkOptions('blockInjection', options, checks)
  checkOptions('blockInjection.sensitivity', options.sensitivity ?? {}, {
    trusted: level,
    user: level,
    untrusted: level,
  })
  const { name = 'injection', mode = 'block', detector = 'full', classify } = options
  const sensitivity = { ...defaultSensitivity, ...options.sensitivity }
  let loading: Promise<InjectionScanner> | undefined
  return defineGuard({
    name,
    async input(request, call) {
      loading ??= createInjectionScanner(detector)
      const review = new Review(await loading, sensitivity)
      const texts = textsOf(request).filter(({ place }) => sensitivity[place.provenance] !== 'off')
      for (const one of texts) review.read(one.text, one.place)
      review.readTogether(texts)
      if (classify !== undefined) await review.ask(texts, classify, call.signal)
      return answer(request, call, review, mode)
    },
  })
}

/** One text of a request. */
interface PlacedText {
  readonly text: string
  readonly place: TextPlace
}

/** A text that was found guilty; `together` when only the texts of its message as a whole are. */
interface Case extends PlacedText {
  readonly scan: InjectionScan
  readonly severity: InjectionSeverity
  readonly isTogether?: boolean
}

function textsOf(request: GuardRequest): PlacedText[] {
  const texts: PlacedText[] = []
  mapTexts(request, (text, place) => {
    if (place.json !== 'number' && text.length > 3) texts.push({ text, place })
    return text
  })
  return texts
}

/** Reads the texts of one request. */
class Review {
  readonly cases: Case[] = []
  readonly scanner: InjectionScanner
  private readonly sensitivity: Readonly<Record<Provenance, InjectionSensitivity | 'off'>>

  constructor(scanner: InjectionScanner, sensitivity: Readonly<Record<Provenance, InjectionSensitivity | 'off'>>) {
    this.scanner = scanner
    this.sensitivity = sensitivity
  }

  read(text: string, place: TextPlace, isTogether = false): void {
    const scan = this.scanner.scan(text)
    const severity = this.severity(scan, place)
    if (severity !== undefined) this.cases.push({ text, place, scan, severity, ...(isTogether && { isTogether }) })
  }

  severity(scan: InjectionScan, { provenance }: TextPlace): InjectionSeverity | undefined {
    const sensitivity = this.sensitivity[provenance]
    return sensitivity === 'off' ? undefined : severityOf(scan, sensitivity, this.scanner.thresholds)
  }

  /** An attack may be split over the parts of a message, or over the values of one result. */
  readTogether(texts: readonly PlacedText[]): void {
    for (const message of new Set(texts.map(({ place }) => place.message))) {
      const own = texts.filter(({ place }) => place.message === message && place.message >= 0)
      if (own.length < 2 || this.cases.some(({ place }) => place.message === message)) continue
      const place = { ...(own[0] as PlacedText).place, where: `messages[${message}].content` }
      this.read(own.map(({ text }) => text).join('\n'), place, true)
    }
  }

  async ask(texts: readonly PlacedText[], classify: InjectionClassifier, signal: AbortSignal): Promise<void> {
    for (const { text, place } of texts) {
      if (this.cases.some((found) => found.place === place)) continue
      const score = await classify(text, { provenance: place.provenance, signal })
      if (typeof score !== 'number' || Number.isNaN(score)) throw new TypeError('classify gave no number')
      if (score < 0.5) continue
      const reasons = [{ rule: 'classifier', view: 'plain', start: 0, end: text.length }] as const
      const scan = { score, logOdds: Number.POSITIVE_INFINITY, reasons }
      this.cases.push({ text, place, scan, severity: score < 0.9 ? 'medium' : 'high' })
    }
  }
}

function answer(request: GuardRequest, call: GuardCall, review: Review, mode: InjectionMode): InputOutcome {
  const { cases } = review
  for (const found of cases) for (const finding of findingsOf(found, mode)) call.report(finding)
  const [worst] = [...cases].sort((a, b) => b.scan.logOdds - a.scan.logOdds)
  if (worst === undefined || mode === 'flag') return { outcome: 'allow' }
  if (mode === 'block') {
    const rule = `injection.${worst.scan.reasons[0]?.rule ?? 'model'}`
    const whose = worst.place.provenance === 'user' ? 'a text of the user' : 'a text from elsewhere'
    return { outcome: 'block', rule, reason: `${whose} tries to take the model over (${worst.place.where})` }
  }
  return { outcome: 'rewrite', request: sanitized(request, review) }
}

function findingsOf({ scan, place, severity, isTogether }: Case, mode: InjectionMode): GuardFinding[] {
  const action = mode === 'sanitize' ? 'remove' : mode
  const { provenance, where } = place
  return scan.reasons.map(({ rule, view, start, end }) => ({
    rule: `injection.${rule}`,
    where,
    // Offsets into texts put together would lead nowhere.
    ...(!isTogether && { start, end }),
    score: scan.score,
    action,
    data: { view, severity, provenance },
  }))
}

function sanitized(request: GuardRequest, review: Review): GuardRequest {
  const { cases, scanner } = review
  const isSpread = new Set(cases.filter((found) => found.isTogether).map(({ place }) => place.message))
  const guilty = new Map(cases.map((found) => [found.place.where, found.scan]))
  return mapTexts(request, (text, place) => {
    if (isSpread.has(place.message)) return place.json === undefined ? removed : text
    const scan = guilty.get(place.where)
    if (scan === undefined || text.length <= 3) return text
    return cleaned(text, scan, (rest) => {
      const next = scanner.scan(rest)
      return review.severity(next, place) === undefined ? undefined : next
    })
  })
}

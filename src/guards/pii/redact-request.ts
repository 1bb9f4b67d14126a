import type { GuardBlock, GuardCall, GuardRequest, InputOutcome } from '../../types/guard.ts'
import { mapTexts, type TextPlace } from '../texts.ts'
import type { Replacer } from './actions.ts'
import type { DenyScanner } from './deny.ts'
import { JsonState, wholeNumber } from './json-state.ts'
import { findingsOf, piiTypes, type Recognizer } from './options.ts'
import { merged } from './redact-flow.ts'
import { type PiiFinding, type ScanSettings, scanWhole } from './scan.ts'
import type { Vault } from './vault.ts'

/** What redaction of requests and answers is made of. */
export interface Redaction {
  readonly settings: ScanSettings
  readonly deny: DenyScanner
  readonly recognizers: readonly Recognizer[]
  readonly replacer: Replacer
}

interface Found {
  readonly text: string
  readonly place: TextPlace
  /** The text is JSON as it is written. */
  readonly isJson: boolean
  findings: PiiFinding[]
}

// Text of the caller that looks like one of our tokens must not be taken for one, by the model or by us.
const core = `(?:${piiTypes.join('|')}|LITERAL)_\\d{1,6}(?:_[a-z0-9]{4,12})?`
const lookAlike = new RegExp(`\\[${core}\\]|(?<![A-Za-z0-9])${core}(?![A-Za-z0-9])`, 'gi')

/** Redacts every text of a request. */
export async function redactRequest(
  request: GuardRequest,
  call: GuardCall<Vault>,
  redaction: Redaction,
): Promise<InputOutcome> {
  const all: Found[] = []
  const find = (isJson: boolean) => (text: string, place: TextPlace) => {
    all.push({ text, place, isJson, findings: findIn(text, place, redaction) })
    return text
  }
  mapTexts(request, find(false), find(true))
  if (redaction.recognizers.length > 0) await recognize(all, redaction, call.signal)
  call.state.open(all.map(({ text }) => text))
  // Embeddings have no answer to restore anything in, and a mark that changes would change them.
  const vault = call.capability === 'embed' ? undefined : call.state
  let index = 0
  let block: GuardBlock | undefined
  const sent: string[] = []
  const put = (text: string) => {
    const result = redactText(all[index++] as Found, call, redaction.replacer, vault)
    if (typeof result === 'string') {
      sent.push(result)
      return result
    }
    block ??= result
    return text
  }
  const rewritten = mapTexts(request, put, put)
  if (block !== undefined) return block
  call.state.send(sent)
  return rewritten === request ? { outcome: 'allow' } : { outcome: 'rewrite', request: rewritten }
}

/** Scans one text. A value inside JSON is read behind the name of its property, which may tell what it is. */
function findIn(text: string, place: TextPlace, redaction: Redaction): PiiFinding[] {
  const lead = place.key === undefined ? '' : `"${place.key}": ${place.json === 'number' ? '' : '"'}`
  const found = scanWhole(lead + text, redaction.settings)
  redaction.deny.scan(lead + text, 0, true, found)
  return found
    .filter((finding) => finding.end > lead.length)
    .map((finding) => ({
      ...finding,
      start: Math.max(0, finding.start - lead.length),
      end: finding.end - lead.length,
    }))
}

async function recognize(all: readonly Found[], redaction: Redaction, signal: AbortSignal): Promise<void> {
  await Promise.all(
    all.flatMap((found) =>
      redaction.recognizers.map(async (recognizer) => {
        const spans = await recognizer(found.text, { signal })
        found.findings = [...found.findings, ...findingsOf(spans, found.text, redaction.settings)]
      }),
    ),
  )
}

function redactText(
  { text, place, isJson, findings }: Found,
  call: GuardCall<Vault>,
  replacer: Replacer,
  vault: Vault | undefined,
): string | GuardBlock {
  const literals = vault === undefined || place.isSealed ? [] : literalsIn(text)
  if (findings.length === 0 && literals.length === 0) return text
  const json = isJson ? new JsonState() : undefined
  let out = ''
  let done = 0
  for (const { start, end, type, rule, score } of merged([...findings, ...literals])) {
    json?.pass(text.slice(done, start))
    const [from, to] = json?.isBare ? wholeNumber(text, done, start, end) : [start, end]
    const written = text.slice(from, to)
    const value = json?.read(written) ?? written
    const isLiteral = rule === literalRule
    const replacement = isLiteral ? (vault as Vault).tokenFor(value, 'LITERAL') : replacer.replace(value, type, vault)
    if (!isLiteral) {
      call.report({ rule, where: place.where, start, end, score, action: replacer.actionFor(type, vault) })
    }
    if (typeof replacement !== 'string') return replacement
    if (text[to] === '(') vault?.noteBracket(replacement)
    out += text.slice(done, from) + (json?.put(replacement, value) ?? replacement)
    done = to
  }
  return out + text.slice(done)
}

const literalRule = 'pii.literal'

function literalsIn(text: string): PiiFinding[] {
  if (!text.includes('_')) return []
  return [...text.matchAll(lookAlike)].map(({ 0: form, index }) => ({
    type: 'CUSTOM',
    rule: literalRule,
    start: index,
    end: index + form.length,
    score: 0,
  }))
}

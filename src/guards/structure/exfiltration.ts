import type { DefinedGuard, FlowFilter, FlowOutcome, GuardCall, GuardFlow, GuardRequest } from '../../types/guard.ts'
import { type Check, checkOptions, ofType, oneOf } from '../../utils/check.ts'
import { defineGuard } from '../define-guard.ts'
import { mapTexts } from '../texts.ts'
import { carriesData, innerAddresses, isHostIn, readAddress } from './hosts.ts'
import { type Construct, type Link, LinkReader, maxConstruct } from './links.ts'

/** What is done about an address that would carry data away. */
export type ExfiltrationAction = 'block' | 'strip' | 'flag'

/** Options of `blockExfiltration`. */
export interface ExfiltrationOptions {
  /** Default `exfiltration`. */
  readonly name?: string
  /** Hosts that pictures and links may lead to, with everything below them. Default: none. */
  readonly allowHosts?: readonly string[]
  /** `data`: links to other hosts pass unless they carry data away. `hosts`: they do not pass. Default `data`. */
  readonly links?: 'data' | 'hosts'
  /** `block`: the call ends. `strip`: the address is taken out. `flag`: only the event tells. Default `block`. */
  readonly mode?: ExfiltrationAction
}

/** A list of host names. */
export const hostList: Check = (value) =>
  Array.isArray(value) && value.every((host) => typeof host === 'string' && /^(?:\*\.)?[^\s/:@*]+$/.test(host))
    ? undefined
    : "an array of host names, for example ['example.com']"

const checks: Readonly<Record<keyof ExfiltrationOptions, Check>> = {
  name: ofType('string'),
  allowHosts: hostList,
  links: oneOf('data', 'hosts'),
  mode: oneOf('block', 'strip', 'flag'),
}

/**
 * Looks at pictures and links in answers, in markdown and HTML: a picture is fetched as soon as it is shown, and its
 * address can carry the conversation to its host.
 *
 * @example
 * blockExfiltration({ allowHosts: ['example.com', 'cdn.example.net'] })
 */
export function blockExfiltration(options: ExfiltrationOptions = {}): DefinedGuard {
  checkOptions('blockExfiltration', options, checks)
  const { name = 'exfiltration', allowHosts = [], links = 'data', mode = 'block' } = options
  const policy = { allowHosts: [...allowHosts], links }
  return defineGuard({
    name,
    output: {
      kind: 'flow',
      maxHoldBack: maxConstruct + 16,
      flows: ['text', 'refusal'],
      open: (flow, call) => new LinkFilter(flow, call, policy, mode),
    },
  })
}

interface Policy {
  readonly allowHosts: readonly string[]
  readonly links: 'data' | 'hosts'
}

const shortConstruct = 64
const mayEnd = /[\s<>()[\]"'`|}]/

class LinkFilter implements FlowFilter {
  private readonly flow: GuardFlow
  private readonly call: GuardCall
  private readonly policy: Policy
  private readonly mode: ExfiltrationAction
  private readonly reader = new LinkReader()
  private readonly imageLabels = new Set<string>()
  /** Definitions that no picture may use. */
  private readonly refusedLabels = new Set<string>()
  /** What is not decided yet, and where it begins in the flow: before it when the construct began earlier. */
  private text: string
  private from: number

  constructor(flow: GuardFlow, call: GuardCall, policy: Policy, mode: ExfiltrationAction) {
    this.flow = flow
    this.call = call
    this.policy = policy
    this.mode = mode
    // An address may have begun in text that is out already.
    this.text = flow.before ?? ''
    this.from = -this.text.length
  }

  get held(): number {
    return Math.max(0, this.text.length + Math.min(0, this.from))
  }

  push(piece: string): FlowOutcome {
    this.text += piece
    // A long construct is not read again before something comes that may end it.
    const isOpen = this.held > shortConstruct && this.text.length < maxConstruct && !mayEnd.test(piece)
    return isOpen ? '' : this.read(false)
  }

  end(): FlowOutcome {
    return this.read(true)
  }

  private read(isEnd: boolean): FlowOutcome {
    let passed = ''
    let at = 0
    while (at < this.text.length) {
      const found = this.reader.at(this.text, at, isEnd)
      if (found === 'wait') break
      const end = found === undefined ? at + 1 : found.end
      const own = this.text.slice(at, end)
      const rule = found && this.judge(found)
      if (rule !== undefined) this.report(rule, at, end)
      if (rule !== undefined && this.mode === 'block') return blockOf(rule)
      passed += rule !== undefined && this.mode === 'strip' ? (found?.stripped ?? '') : this.unsent(own, at)
      if (found === undefined) this.reader.pass(own)
      else this.reader.passConstruct(own)
      at = end
    }
    this.text = this.text.slice(at)
    this.from += at
    return passed
  }

  /** The part of a stretch that is not out already. */
  private unsent(own: string, at: number): string {
    const sent = -(this.from + at)
    return sent <= 0 ? own : own.slice(sent)
  }

  private judge({ links, imageLabel }: Construct): Rule | undefined {
    if (imageLabel !== undefined) {
      this.imageLabels.add(imageLabel)
      if (this.refusedLabels.has(imageLabel)) return 'exfiltration.image'
    }
    for (const link of links) {
      const rule = this.judgeLink(link)
      if (rule !== undefined) return rule
    }
    return undefined
  }

  private judgeLink({ kind, address, label = '' }: Link): Rule | undefined {
    const url = readAddress(address)
    if (url === undefined) return undefined
    const refused = [url, ...innerAddresses(url)].filter(({ hostname }) => !isHostIn(hostname, this.policy.allowHosts))
    if (refused.length === 0) return undefined
    if (kind === 'image') return 'exfiltration.image'
    if (kind === 'definition') {
      this.refusedLabels.add(label)
      if (this.imageLabels.has(label)) return 'exfiltration.image'
    }
    if (this.policy.links === 'hosts') return 'exfiltration.link'
    return refused.some(carriesData) && !isKnown(this.call.request, address) ? 'exfiltration.link' : undefined
  }

  private report(rule: Rule, start: number, end: number): void {
    const place = { start: Math.max(0, this.from + start), end: Math.max(0, this.from + end) }
    this.call.report({ rule, where: this.flow.where, ...place, action: this.mode })
  }
}

type Rule = 'exfiltration.image' | 'exfiltration.link'

const reasons: Readonly<Record<Rule, string>> = {
  'exfiltration.image': 'the answer shows a picture from a host that is not allowed',
  'exfiltration.link': 'the answer links to a host that is not allowed, with data in the address',
}

function blockOf(rule: Rule): FlowOutcome {
  return { outcome: 'block', rule, reason: reasons[rule] }
}

/** An address that was there before carries nothing new. */
function isKnown(request: GuardRequest, address: string): boolean {
  let isFound = false
  mapTexts(request, (text) => {
    isFound ||= text.includes(address)
    return text
  })
  return isFound
}

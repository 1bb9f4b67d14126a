import type { DefinedGuard, FlowFilter, FlowOutcome, GuardCall, GuardFlow, GuardRequest } from '../../types/guard.ts'
import type { JsonObject } from '../../types/json.ts'
import { type Check, checkOptions, ofType, oneOf } from '../../utils/check.ts'
import { defineGuard } from '../define-guard.ts'
import { mapJson, mapTexts } from '../texts.ts'
import { hostList } from './exfiltration.ts'
import { innerAddresses, isHostIn, readAddress } from './hosts.ts'

/** A tool call as a check of your own sees it. */
export interface CheckedToolCall {
  readonly name: string
  /** `undefined` when the text is not a JSON object. */
  readonly arguments: JsonObject | undefined
  /** The conversation holds text nobody vouches for. */
  readonly isAfterUntrusted: boolean
}

/** Options of `toolPolicy`. */
export interface ToolPolicyOptions {
  /** Default `tools`. */
  readonly name?: string
  /** Tools the model may call at all. Default: those of the request. */
  readonly allow?: readonly string[]
  /** Tools it may still call once text nobody vouches for is in the conversation. Default: as `allow`. */
  readonly allowAfterUntrusted?: readonly string[]
  /**
   * Hosts that addresses and e-mail addresses in arguments may name once text nobody vouches for is in the conversation,
   * beside those that you or the user named. Default: none.
   */
  readonly allowHosts?: readonly string[]
  /** Refuses a call by answering `false`. */
  readonly check?: (call: CheckedToolCall) => boolean
  /** `block`: the call ends. `flag`: only the event tells. Default `block`. */
  readonly mode?: 'block' | 'flag'
}

/** Longest arguments that are read. */
const maxArguments = 1_000_000

const names: Check = (value) =>
  Array.isArray(value) && value.every((name) => typeof name === 'string') ? undefined : 'an array of names of tools'
const checks: Readonly<Record<keyof ToolPolicyOptions, Check>> = {
  name: ofType('string'),
  allow: names,
  allowAfterUntrusted: names,
  allowHosts: hostList,
  check: ofType('function'),
  mode: oneOf('block', 'flag'),
}

/**
 * Decides which tools the model may call and with what: no tools that were not offered, no keys that reach object
 * prototypes, and, after text nobody vouches for, only harmless tools and known hosts.
 *
 * @example
 * toolPolicy({ allowAfterUntrusted: ['search', 'read_file'], allowHosts: ['example.com'] })
 */
export function toolPolicy(options: ToolPolicyOptions = {}): DefinedGuard {
  checkOptions('toolPolicy', options, checks)
  const { name = 'tools', mode = 'block' } = options
  return defineGuard({
    name,
    output: {
      kind: 'flow',
      maxHoldBack: maxArguments,
      flows: ['arguments'],
      open: (flow, call) => new ArgumentsFilter(flow, call, (text) => judge(text, flow, call.request, options), mode),
    },
  })
}

class ArgumentsFilter implements FlowFilter {
  private readonly flow: GuardFlow
  private readonly call: GuardCall
  private readonly judge: (text: string) => Rule | undefined
  private readonly mode: 'block' | 'flag'
  private text = ''

  constructor(flow: GuardFlow, call: GuardCall, judge: (text: string) => Rule | undefined, mode: 'block' | 'flag') {
    this.flow = flow
    this.call = call
    this.judge = judge
    this.mode = mode
  }

  get held(): number {
    return this.text.length
  }

  /** Arguments say nothing before they are complete. */
  push(piece: string): FlowOutcome {
    this.text += piece
    return ''
  }

  end(): FlowOutcome {
    const { text } = this
    this.text = ''
    const rule = this.judge(text)
    if (rule === undefined) return text
    this.call.report({ rule, where: this.flow.where, action: this.mode })
    return this.mode === 'flag' ? text : { outcome: 'block', rule, reason: reasons[rule] }
  }
}

type Rule =
  | 'tools.unknown'
  | 'tools.not-allowed'
  | 'tools.after-untrusted'
  | 'tools.prototype'
  | 'tools.host'
  | 'tools.refused'

const reasons: Readonly<Record<Rule, string>> = {
  'tools.unknown': 'the model calls a tool that was not offered',
  'tools.not-allowed': 'the model calls a tool that is not allowed',
  'tools.after-untrusted': 'the model calls a tool that is not allowed after text nobody vouches for',
  'tools.prototype': 'the arguments of a tool aim at object prototypes',
  'tools.host': 'the arguments of a tool name a host nobody vouched for',
  'tools.refused': 'the check of the application refused a tool call',
}

function judge(text: string, flow: GuardFlow, request: GuardRequest, options: ToolPolicyOptions): Rule | undefined {
  const { toolName = '' } = flow
  const { allow, allowAfterUntrusted = allow, allowHosts = [], check } = options
  if (!(request.tools ?? []).some((tool) => tool.name === toolName)) return 'tools.unknown'
  if (allow !== undefined && !allow.includes(toolName)) return 'tools.not-allowed'
  const { isTainted, vouched } = read(request)
  if (isTainted && allowAfterUntrusted !== undefined && !allowAfterUntrusted.includes(toolName)) {
    return 'tools.after-untrusted'
  }
  const parsed = parse(text)
  const strings = stringsOf(parsed ?? text)
  if (strings.some(({ text: key, isKey }) => isKey && prototypes.has(key))) return 'tools.prototype'
  if (isTainted && strings.some(({ text: value }) => namesStrangeHost(value, allowHosts, vouched))) return 'tools.host'
  const call = { name: toolName, arguments: parsed, isAfterUntrusted: isTainted }
  return check !== undefined && check(call) !== true ? 'tools.refused' : undefined
}

const prototypes = new Set(['__proto__', 'constructor', 'prototype'])

/** Is there text nobody vouches for, and what did those say who are vouched for? */
function read(request: GuardRequest): { isTainted: boolean; vouched: string } {
  let isTainted = false
  const vouched: string[] = []
  mapTexts(request, (text, place) => {
    if (place.provenance === 'untrusted') isTainted = true
    else if (place.role !== 'assistant') vouched.push(text.toLowerCase())
    return text
  })
  return { isTainted, vouched: vouched.join('\n') }
}

function parse(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined
  } catch {
    return undefined // Read as text then.
  }
}

function stringsOf(value: JsonObject | string): { text: string; isKey: boolean }[] {
  const found: { text: string; isKey: boolean }[] = []
  const place = { where: '', role: 'assistant', kind: 'arguments', message: -1, provenance: 'untrusted' } as const
  mapJson(value, place, (text, { json }) => {
    found.push({ text, isKey: json === 'key' })
    return text
  })
  return found
}

const addresses =
  /(?:[a-z][a-z\d+.-]{1,20}:|^)?[/\\]{2}[^\s"'<>]{1,2000}|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/gi

/** Names a host that is neither allowed nor was named by someone who is vouched for. */
function namesStrangeHost(text: string, allowHosts: readonly string[], vouched: string): boolean {
  return Array.from(text.matchAll(addresses), ([found]) => found).some((found) => {
    const url = /^[^/\\]*@/.test(found) ? undefined : readAddress(found)
    const hosts = url ? [url, ...innerAddresses(url)].map(({ hostname }) => hostname) : hostOfMail(found)
    return hosts.some((host) => !isHostIn(host, allowHosts) && !vouched.includes(url ? host : found.toLowerCase()))
  })
}

function hostOfMail(text: string): string[] {
  const at = text.lastIndexOf('@')
  return at < 0 ? [] : [text.slice(at + 1)]
}

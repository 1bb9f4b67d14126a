import type { DefinedGuard, FlowFilter, FlowOutcome, GuardCall, GuardFlow } from '../../types/guard.ts'
import { checkOptions, ofType, oneOf } from '../../utils/check.ts'
import { defineGuard } from '../define-guard.ts'
import { isPromise } from '../drive.ts'
import { type PiiAction, piiActions, Replacer } from './actions.ts'
import { DenyScanner } from './deny.ts'
import { type FindPiiOptions, findChecks, piiTypes, type Recognizer, recordOf, settingsOf } from './options.ts'
import { maxRedactHold, RedactFlow } from './redact-flow.ts'
import { type Redaction, redactRequest } from './redact-request.ts'
import { maxTokenText, RestoreFlow } from './restore-flow.ts'
import type { PiiType } from './segment.ts'
import { Vault } from './vault.ts'

/** Where originals come back. */
export type RestorePlace = 'text' | 'refusal' | 'reasoning' | 'arguments'

/** Options of `redactPii`. */
export interface RedactPiiOptions extends FindPiiOptions {
  /** Name in events and errors. Default `pii`. */
  readonly name?: string
  /**
   * What is done with finds, for all types or by type. Default `token`. In answers there is nothing to turn back, so
   * `token` means `mask` there.
   */
  readonly actions?: PiiAction | Partial<Readonly<Record<PiiType, PiiAction>>>
  /** Key of `hash`, at least 16 characters; needed for that action. */
  readonly hashKey?: string
  /** Finds more in requests, for example names by a model. Each is asked once for each text. Default: none. */
  readonly recognizers?: readonly Recognizer[]
  /** Redact requests. Default `true`. */
  readonly input?: boolean
  /** Redact personal data a model brings up by itself. Default `true`. */
  readonly output?: boolean
  /** Turn tokens back into their originals: everywhere (`true`), nowhere, or in some places. Default: text, refusal, arguments. */
  readonly restore?: boolean | readonly RestorePlace[]
}

const places: readonly RestorePlace[] = ['text', 'refusal', 'reasoning', 'arguments']

/**
 * A guard that keeps personal data and secrets from providers. What it finds in a request goes out as tokens that say
 * nothing, and comes back as what it was in the answer, its stream and the arguments of tool calls. What a model brings
 * up by itself is masked. The originals live in memory for the length of the call, nowhere else.
 *
 * @example
 * const llm = new UnifiedClient({ providers: [openai()], guards: [redactPii({ allow: ['@acme.com'] })] })
 * @throws ConfigError when an option is wrong.
 */
export function redactPii(options: RedactPiiOptions = {}): DefinedGuard<Vault> {
  check(options)
  const { name = 'pii', input = true, output = true, restore = ['text', 'refusal', 'arguments'] } = options
  const restored = new Set<string>(restore === true ? places : restore === false ? [] : restore)
  const redaction: Redaction = {
    settings: settingsOf(options),
    deny: new DenyScanner(options.deny ?? []),
    recognizers: options.recognizers ?? [],
    replacer: new Replacer(actionsOf(options.actions), options.hashKey),
  }
  return defineGuard<Vault>({
    name,
    createState: () => new Vault(),
    ...(input && { input: (request, call) => redactRequest(request, call, redaction) }),
    ...((output || input) && {
      output: {
        kind: 'flow',
        maxHoldBack: maxRedactHold + maxTokenText,
        open: (flow, call) => openFlow(flow, call, output ? redaction : undefined, restored.has(flow.kind)),
      },
    }),
  })
}

function check(options: RedactPiiOptions): void {
  checkOptions('redactPii', options, {
    ...findChecks,
    name: ofType('string'),
    actions: (value) =>
      typeof value === 'string'
        ? oneOf(...piiActions)(value)
        : recordOf(value, (each) => piiActions.includes(each as PiiAction), `${piiActions.join(', ')}`),
    hashKey: (value) =>
      typeof value === 'string' && value.length >= 16 ? undefined : 'a string of 16 characters or more',
    recognizers: (value) =>
      Array.isArray(value) && value.every((each) => typeof each === 'function') ? undefined : 'an array of functions',
    input: ofType('boolean'),
    output: ofType('boolean'),
    restore: (value) =>
      typeof value === 'boolean' || (Array.isArray(value) && value.every((each) => places.includes(each)))
        ? undefined
        : `true, false or an array of ${places.join(', ')}`,
  })
  const needsKey = [...actionsOf(options.actions).values()].includes('hash')
  if (needsKey) checkOptions('redactPii', { hashKey: options.hashKey ?? null }, { hashKey: keyCheck })
}

const keyCheck = (value: unknown) =>
  typeof value === 'string' && value.length >= 16
    ? undefined
    : "a string of 16 characters or more where an action is 'hash'"

function actionsOf(actions: RedactPiiOptions['actions']): Map<PiiType, PiiAction> {
  return new Map(piiTypes.map((type) => [type, (typeof actions === 'string' ? actions : actions?.[type]) ?? 'token']))
}

/** First what the model brought up is redacted, then what the caller had is put back: the other way round would mask it. */
function openFlow(
  flow: GuardFlow,
  call: GuardCall<Vault>,
  redaction: Redaction | undefined,
  isRestored: boolean,
): FlowFilter | undefined {
  const vault = call.state
  const redact = redaction && redactFlow(flow, call, redaction)
  const restore =
    isRestored && !vault.isEmpty
      ? new RestoreFlow(vault, flow.isJson, () =>
          call.report({ rule: 'pii.unknown-token', where: flow.where, action: 'flag' }),
        )
      : undefined
  if (redact === undefined || restore === undefined) return redact ?? restore
  const pass = (outcome: FlowOutcome | Promise<FlowOutcome>, isEnd: boolean): FlowOutcome => {
    if (isPromise(outcome) || typeof outcome !== 'string') return outcome as FlowOutcome
    return restore.push(outcome) + (isEnd ? restore.end() : '')
  }
  return {
    get held() {
      return redact.held + restore.held
    },
    push: (text) => pass(redact.push(text), false),
    end: () => pass(redact.end(), true),
  }
}

function redactFlow(flow: GuardFlow, call: GuardCall<Vault>, { settings, deny, replacer }: Redaction): RedactFlow {
  const vault = call.state
  // Our own tokens are no finds, nor is what stood in the request and was let through there.
  const keeps: typeof settings.keeps = (value, type) =>
    !(vault.nonce !== '' && value.toLowerCase().includes(vault.nonce)) &&
    !vault.hasSent(value) &&
    settings.keeps(value, type)
  return new RedactFlow({ ...settings, keeps }, deny, flow.isJson, flow.before ?? '', (value, finding, offset) => {
    const { rule, score, type } = finding
    const action = replacer.actionFor(type, undefined)
    const start = Math.max(0, offset)
    call.report({ rule, where: flow.where, start, end: offset + finding.end - finding.start, score, action })
    return replacer.replace(value, type, undefined)
  })
}

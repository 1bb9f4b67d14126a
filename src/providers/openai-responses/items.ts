/** The output items of a response, read leniently: any field may be missing or of another type. */
import { ResponseError } from '../../errors/families.ts'
import type { JsonObject } from '../../types/json.ts'
import type { ProviderEvent } from '../../types/provider.ts'
import type { Citation, FinishReason } from '../../types/reply.ts'
import type { CallRegister } from '../core/call-register.ts'
import { isObject } from '../core/json-schema.ts'
import { lookUp, objectOf, objectsIn, textOf } from '../core/reading.ts'
import { pushUsage } from '../core/usage.ts'

/**
 * Content as a text; `''` when there is none.
 *
 * @throws ResponseError `bad_response` for anything else: no caller could use it.
 */
export function contentText(value: unknown): string {
  if (value == null) return ''
  if (typeof value === 'string') return value
  throw new ResponseError('bad_response', 'The provider sent content that is not text')
}

/** Does the item ask the caller to run something and answer with its `call_id`? */
export function isCall({ type }: JsonObject): boolean {
  return type === 'function_call' || type === 'custom_tool_call'
}

/** Is it a block that only travels with the conversation: calls and results of the provider's own tools, and what is new? */
export function isCarried(item: JsonObject): boolean {
  return !isCall(item) && item.type !== 'message' && item.type !== 'reasoning' && typeof item.type === 'string'
}

/** The complete call of an item. Arguments of custom tools are free text. */
export function callOf(item: JsonObject, index: number, calls: CallRegister, streamed = ''): ProviderEvent {
  const isCustom = item.type === 'custom_tool_call'
  const whole = textOf(isCustom ? item.input : item.arguments) || streamed
  const name = textOf(item.name)
  return {
    type: 'tool-call',
    index,
    id: calls.idFor(idOf(item), name),
    name,
    argumentsText: isCustom ? whole : whole === '' || whole === 'null' ? '{}' : whole,
    // Which kind of call it was, and what else the provider wants back with it.
    ...(isCustom && { opaque: { type: 'custom_tool_call' } }),
    ...(typeof item.namespace === 'string' && { opaque: { namespace: item.namespace } }),
  }
}

/** What the result must be sent back with; `id` is only the item's own name. */
export function idOf(item: JsonObject): string {
  return textOf(item.call_id) || textOf(item.id)
}

/** What must return with a message's text: which phase of a turn it belongs to. */
export function phaseOf({ phase }: JsonObject): { readonly opaque?: JsonObject } {
  return typeof phase === 'string' ? { opaque: { phase } } : {}
}

/** A reasoning item as it has to be sent back: with its encrypted or raw content; `undefined` when it has neither. */
export function opaqueReasoning(item: JsonObject): JsonObject | undefined {
  const { status: _, ...kept } = item
  const hasContent = typeof item.encrypted_content === 'string' || objectsIn(item.content).length > 0
  return hasContent ? kept : undefined
}

/** The disclosed text of a reasoning item: its summary, else its raw content. */
export function reasoningParts({ summary, content }: JsonObject): string[] {
  const summaries = objectsIn(summary)
  return (summaries.length > 0 ? summaries : objectsIn(content)).map(({ text }) => contentText(text))
}

/** A source named in the text. `base` is the length of the text before this content part. */
export function citationOf(annotation: JsonObject, base: number): Citation {
  const { url, title, filename, start_index: start, end_index: end } = annotation
  const name = textOf(title) || textOf(filename)
  return {
    ...(typeof url === 'string' && { url }),
    ...(name !== '' && { title: name }),
    ...(typeof start === 'number' && { start: base + start }),
    ...(typeof end === 'number' && { end: base + end }),
    raw: annotation,
  }
}

/** The events that end an answer: usage and finish word. `status` stands in where the response has none. */
export function pushEnd(response: JsonObject, status: string, hasCalls: boolean, out: ProviderEvent[]): void {
  const { usage } = response
  if (isObject(usage)) {
    const input = objectOf(usage.input_tokens_details)
    const output = objectOf(usage.output_tokens_details)
    pushUsage(out, {
      input: usage.input_tokens,
      cacheRead: input.cached_tokens,
      cacheWrite: input.cache_write_tokens,
      output: usage.output_tokens,
      reasoning: output.reasoning_tokens,
      raw: usage,
    })
  }
  const raw = finishWord({ status, ...response })
  out.push({ type: 'finish', finishReason: finishReasonOf(raw, hasCalls), ...(raw !== '' && { raw }) })
}

const reasons: Readonly<Record<string, FinishReason>> = {
  completed: 'stop',
  'incomplete:max_output_tokens': 'length',
  'incomplete:content_filter': 'content-filter',
  failed: 'error',
  cancelled: 'error',
}

/** `completed`, or `incomplete:<reason>`. */
function finishWord({ status, incomplete_details: details }: JsonObject): string {
  const reason = textOf(objectOf(details).reason)
  return status === 'incomplete' && reason !== '' ? `incomplete:${reason}` : textOf(status)
}

function finishReasonOf(raw: string, hasCalls: boolean): FinishReason {
  if (raw === 'completed' && hasCalls) return 'tool-calls'
  return lookUp(reasons, raw) ?? (raw === '' ? 'unknown' : 'other')
}

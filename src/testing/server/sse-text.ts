import type { Frame, Wire } from './dialects/dialect.ts'

/** The liberties a server may take with server-sent events. */
export interface SseStyle {
  /** End of line. Default: the dialect's own. */
  readonly newline?: '\n' | '\r\n' | '\r'
  /** A space after the colon. Default `true`. */
  readonly hasSpace?: boolean
  /** Lines put before each event: comments, ids, unknown fields. */
  readonly before?: readonly string[]
  /** JSON is spread over several `data:` lines. */
  readonly isMultiLine?: boolean
  /** The empty line that ends the event. Default `true`. */
  readonly hasBlankLine?: boolean
}

/** A frame as it is written. */
export function frameText(frame: Frame, wire: Pick<Wire, 'framing' | 'newline'>, style: SseStyle = {}): string {
  const newline = style.newline ?? wire.newline
  if (wire.framing === 'ndjson') return frame.kind === 'comment' ? '' : frame.data + newline
  const blank = style.hasBlankLine === false ? '' : newline
  if (frame.kind === 'comment') return `: ${frame.data}${newline}${blank}`
  const colon = style.hasSpace === false ? ':' : ': '
  const lines = [
    ...(style.before ?? []),
    ...(frame.event === undefined ? [] : [`event${colon}${frame.event}`]),
    ...dataLines(frame.data, style.isMultiLine ?? false).map((line) => `data${colon}${line}`),
  ]
  return lines.map((line) => line + newline).join('') + blank
}

/** JSON may be broken into lines after any of its outermost commas: the reader joins them with a newline. */
function dataLines(data: string, isMultiLine: boolean): string[] {
  if (!isMultiLine || !data.startsWith('{')) return [data]
  return JSON.stringify(JSON.parse(data), null, 1).split('\n')
}

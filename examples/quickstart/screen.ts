/** What the quickstart prints: plain where it is piped, coloured on a terminal; NO_COLOR and FORCE_COLOR are honoured. */
import { stripVTControlCharacters, styleText } from 'node:util'
import type { AttemptRecord, ChatReply, ClientEvent } from 'holdfast'

type Style = Parameters<typeof styleText>[0]

const width = Math.min(process.stdout.columns || 80, 100)

/** Prints lines, and streamed text between them. */
export class Screen {
  #column = 0
  #callStartedAt = 0

  title(text: string, ...lines: readonly string[]): void {
    this.#line(styleText('bold', text))
    for (const line of lines) this.#line(line)
  }

  /** Starts a scene; the times of what follows are counted from here. */
  scene(title: string, question: string): void {
    this.#line('')
    this.#line(styleText('bold', title))
    this.#line(styleText('dim', `  “${question}”`))
    this.#callStartedAt = performance.now()
  }

  note(text: string): void {
    this.#line('')
    this.#line(styleText('dim', text))
  }

  /** A piece of the answer, as it comes. */
  text(piece: string): void {
    for (const word of piece.match(/\s*\S+|\s+/g) ?? []) {
      const shown = this.#column === 0 ? word.trimStart() : word
      if (this.#column === 0 || this.#column + shown.length > width) this.#startTextLine(word.trim())
      else this.#write(shown)
    }
  }

  /** What the client tells its observers, as far as it is worth a line. */
  event(event: ClientEvent): void {
    const told = tell(event)
    if (told === undefined) return
    const [style, mark, provider, words] = told
    const time = `${Math.round(performance.now() - this.#callStartedAt)} ms`.padStart(9)
    this.#line(`${styleText('dim', time)}  ${styleText(style, `${mark} ${provider.padEnd(11)}`)} ${words}`)
  }

  /** One row for each attempt of each call. */
  table(replies: readonly ChatReply<unknown>[]): void {
    const head = ['call', 'provider', 'try', 'outcome', 'first token', 'time', 'tokens in + out']
    const rows = replies.flatMap(({ routing }, call) =>
      routing.attempts.map((attempt, index) => [index === 0 ? String(call + 1) : '', ...cells(attempt)]),
    )
    const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => visible(row[column]).length)))
    const line = (row: readonly string[]) =>
      row.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - visible(cell).length)).join('  ')
    this.#line('')
    this.#line(styleText('dim', line(head).trimEnd()))
    for (const row of rows) this.#line(line(row).trimEnd())
    this.#line('')
  }

  #startTextLine(word: string): void {
    this.#endLine()
    this.#write(`  ${word}`)
  }

  #line(text: string): void {
    this.#endLine()
    process.stdout.write(`${text}\n`)
  }

  #endLine(): void {
    if (this.#column > 0) process.stdout.write('\n')
    this.#column = 0
  }

  #write(text: string): void {
    process.stdout.write(text)
    this.#column += text.length
  }
}

type Told = readonly [style: Style, mark: string, provider: string, words: string]

function tell(event: ClientEvent): Told | undefined {
  switch (event.type) {
    case 'attempt-end': {
      const { provider, outcome, code, status, ms } = event.record
      if (outcome === 'ok') return ['green', '✓', provider, `answered in ${Math.round(ms)} ms`]
      return ['red', '✗', provider, `${code}${status === undefined ? '' : `, HTTP ${status}`}`]
    }
    case 'retry-scheduled':
      return ['yellow', '↻', event.provider, `once more in ${Math.round(event.delayMs)} ms`]
    case 'fallback-taken':
      return ['cyan', '→', event.to, event.code === 'circuit_open' ? 'is asked at once' : 'takes over']
    case 'circuit-opened':
      return ['magenta', '◦', event.provider, `circuit opened for ${(event.cooldownMs / 1_000).toFixed(1)} s`]
    case 'circuit-half-opened':
      return ['magenta', '◦', event.provider, 'circuit half open: one call may try']
    case 'circuit-closed':
      return ['magenta', '•', event.provider, 'circuit closed again']
    case 'gate-closed':
      return ['magenta', '◦', event.provider, `its key rests for ${Math.round(event.forMs / 1_000)} s`]
    default:
      return undefined
  }
}

function cells({ provider, attempt, outcome, code, firstTokenMs, ms, usage }: AttemptRecord): string[] {
  const isSent = outcome !== 'not_sent'
  const words = code === undefined ? outcome : `${isSent ? outcome : 'passed over'}: ${code}`
  return [
    provider,
    isSent ? String(attempt) : '',
    styleText(outcome === 'ok' ? 'green' : isSent ? 'red' : 'dim', words),
    firstTokenMs === undefined ? '' : `${Math.round(firstTokenMs)} ms`,
    isSent ? `${Math.round(ms)} ms` : '',
    usage?.outputTokens === undefined ? '' : `${usage.inputTokens ?? '?'} + ${usage.outputTokens}`,
  ]
}

function visible(text = ''): string {
  return stripVTControlCharacters(text)
}

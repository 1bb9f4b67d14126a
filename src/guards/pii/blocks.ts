/** How an armoured key begins. */
export const blockStart = '-----BEGIN '
/** Longest block of an armoured key, in UTF-16 units. */
export const maxBlock = 16_384

/**
 * End of an armoured block: after its closing line, or where its body stops looking like one (a key may be cut short).
 * -1 when the text ends first.
 */
export function blockEnd(text: string, start: number, isEnd: boolean): number {
  const limit = Math.min(text.length, start + maxBlock)
  const isOpen = limit === text.length && !isEnd && limit < start + maxBlock
  const opening = /-----BEGIN [A-Z0-9 ]{0,60}-----/y
  opening.lastIndex = start
  if (!opening.test(text))
    return isOpen && limit - start < 80 && !text.includes('\n', start) ? -1 : start + blockStart.length
  return bodyEnd(text, opening.lastIndex, limit, isOpen)
}

/** How a block goes on that is longer than `maxBlock`. */
export function blockRest(text: string, from: number, isEnd: boolean): { end: number; isOver: boolean } {
  const limit = Math.min(text.length, from + maxBlock)
  const isOpen = limit === text.length && !isEnd && limit < from + maxBlock
  // The cut may have gone through a line.
  const line = run(text, from, limit, /[\w+/=]+/y)
  const end = isOpen && line === limit ? -1 : bodyEnd(text, line, limit, isOpen)
  return { end: end < 0 ? from : end, isOver: end >= 0 && end < from + maxBlock }
}

/** End of the lines of a block and of its closing line; -1 when the text ends first. */
function bodyEnd(text: string, from: number, limit: number, isOpen: boolean): number {
  let body = from
  for (;;) {
    const at = run(text, body, limit, between)
    const close = closing(text, at, limit, isOpen)
    if (close !== 0) return close
    const end = run(text, at, limit, /[A-Z][A-Za-z-]{2,19}: [^\n\r\\]{0,100}|[\w+/=]+/y)
    // A line, a header or an escape that is not complete yet.
    if (isOpen && (end >= limit || /^(?:\\+|[A-Z][A-Za-z-]{0,19}:?)$/.test(text.slice(at, at + 24)))) return -1
    if (end >= limit && limit < text.length) return limit
    // Only the last line before the closing one may be short.
    if (end - at < 16) return closing(text, run(text, end, limit, between), limit, isOpen) || body
    body = end
  }
}

const between = /(?:\s|\\+[rn]|["',])*/y

/** End of the closing line at `at`, 0 when there is none, -1 when it may still come. */
function closing(text: string, at: number, limit: number, isOpen: boolean): number {
  const mark = '-----END '
  const rest = text.slice(at, Math.min(limit, at + 100))
  if (isOpen && rest.length < 100 && (mark.startsWith(rest) || rest.startsWith(mark))) {
    const close = rest.indexOf('-----', mark.length)
    return close < 0 ? -1 : at + close + 5
  }
  const close = rest.startsWith(mark) ? rest.indexOf('-----', mark.length) : -1
  return close < 0 ? 0 : at + close + 5
}

/** Where a sticky pattern stops, at most `limit`. */
function run(text: string, at: number, limit: number, form: RegExp): number {
  form.lastIndex = at
  return Math.min(limit, form.test(text) ? form.lastIndex : at)
}

const keyPatterns =
  /\b(?:sk-[\w-]{8,}|gsk_\w{8,}|AIza[\w-]{10,}|AQ\.[\w-]{8,})|\b(Bearer\s+)[\w.~+/=-]{8,}|([?&](?:key|api_key|access_token)=)[^&\s"']+/gi
// Halves of characters among them: JSON may hold one, and databases refuse it.
const controls = /[\p{Cc}\p{Cs}\u2028\u2029]/gu
const half = /\p{Cs}$/u

/**
 * Makes foreign text (a provider's message, a thrown value) fit for messages and logs: key-like strings and the given
 * secrets are masked, control characters escaped, the rest cut to `max` characters.
 */
export function cleanText(text: string, secrets: readonly string[] = [], max = 500): string {
  // Cut generously first so that a huge text costs nothing, then again when masking is done.
  let clean = text.length > max * 8 ? text.slice(0, max * 8) : text
  for (const secret of secrets) if (secret.length > 3) clean = clean.replaceAll(secret, '[secret]')
  clean = clean
    .replace(keyPatterns, (_, bearer?: string, query?: string) => `${bearer ?? query ?? ''}[secret]`)
    .replace(controls, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return clean.length > max ? `${clean.slice(0, max).replace(half, '')}…` : clean
}

/** The words of a plain or HTML page without its markup, on one line, cut to 200 characters. */
export function pageText(page: string): string {
  const text = page
    .slice(0, 2_000)
    .replace(/<[^>]*>/g, ' ')
    .replace(/[<>]/g, '')
    .replace(/\s+/g, ' ')
  return cleanText(text.trim(), [], 200)
}

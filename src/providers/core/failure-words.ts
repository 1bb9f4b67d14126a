/** What messages of any service say, where no explicit word does. */

const contextLength = [
  'context[ _-](?:length|window|size|limit)\\b',
  'prompt (?:is )?too long',
  'maximum (?:model|input) length',
  'max_model_len\\b',
  'n_ctx\\b',
  'input (?:is|token count).{0,40}(?:too long|exceeds the maximum|up to)',
  '`inputs` (?:tokens|must have less)',
  'reduce the length of the (?:messages|input|prompt)',
].join('|')
const tooLong = new RegExp(`(?<![\\w-]|less than the \`?)(?:${contextLength})`, 'i')
/** Fields of requests may bear such names too. */
const unknownField =
  /unknown (?:parameter|name|field)|unrecognized (?:request )?argument|property .{0,80} is unsupported|invalid option|extra inputs/i
const unavailable =
  /overloaded|too busy|server busy|unavailable|no (?:\w+ )?available|no slot|loading model|capacity|high demand|no healthy upstream|upstream connect error/i

/** Do these words say that the prompt is longer than the model's window? */
export function saysContextLength(message: string): boolean {
  const words = message.slice(0, 2_000)
  return tooLong.test(words) && !unknownField.test(words)
}

/** Do these words, under a status of 503 or none, say that the service cannot serve now? */
export function saysUnavailable(message: string): boolean {
  return unavailable.test(message.slice(0, 2_000))
}

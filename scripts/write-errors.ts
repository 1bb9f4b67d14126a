/**
 * Writes the table of docs/errors.md from the table the library decides by: `node scripts/write-errors.ts`.
 * A test holds the two together.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { errorOf } from '../src/errors/families.ts'
import { type ErrorPolicy, policyOf } from '../src/errors/policy.ts'
import type { ErrorCode } from '../src/types/error-code.ts'
import { root } from './entries.ts'

/** The page with the table. */
export const errorsPage = join(root, 'docs', 'errors.md')

/** What each code says to a reader. */
const meanings: Readonly<Record<ErrorCode, string>> = {
  config_invalid: 'an option is wrong; `path` names it',
  no_provider: 'no provider of the call has the capability',
  model_not_allowed: 'an allow-list does not have the model',
  llm_disabled: 'calls are switched off by configuration',
  request_invalid: 'the request fails our own check; `path` names the field',
  dns_failed: 'the host name was not found',
  connect_refused: 'nobody listens at the address',
  connect_timeout: 'no connection, TLS included, within `connectMs`',
  connection_reset: 'the connection broke',
  tls_failed: 'the certificate or the handshake is wrong',
  headers_timeout: 'no answer began in time',
  first_token_timeout: 'headers came, content did not, within `firstTokenMs`',
  idle_timeout: 'content stopped for `idleMs`; keep-alives do not count',
  body_timeout: 'the body was not complete within `readMs`',
  deadline_exceeded: 'the whole call took longer than `totalMs` or its own `timeoutMs`',
  http_protocol: 'what answered does not speak HTTP',
  bad_response: 'the answer is cut, not JSON, of another shape, or does not fit the schema',
  empty_response: 'a good status with nothing in it',
  response_too_large: 'the answer, one event or the list of tool calls passed its limit',
  redirect_refused: 'a redirect; keys and prompts are never sent on',
  bad_request: 'the provider refuses the request itself',
  auth_failed: 'the key is refused',
  billing: 'the account lacks money',
  forbidden: 'the key may not do this',
  model_not_found: 'the provider does not have the model',
  request_too_large: 'the request has too many bytes',
  context_length_exceeded: 'the prompt is longer than the model can take',
  content_filtered: 'the provider refuses the content',
  rate_limited: 'too many requests; `retryAfterMs` is what the provider asks for',
  quota_exhausted: 'a quota is used up; waiting a moment does not help',
  server_error: 'the provider failed (5xx and the like)',
  overloaded: 'the provider has too much to do',
  stream_interrupted: 'the stream ended without its end mark; `partialText` has what came',
  stream_error_event: 'the provider sent an error inside the stream',
  stream_protocol: 'too many events of the stream could not be read',
  circuit_open: 'the circuit is open; nothing was sent',
  limit_exceeded: 'a limit of your own is used up; nothing was sent',
  concurrency_exceeded: 'too many calls at once by your own limit; nothing was sent',
  budget_unknown: 'the store of a limit is down, and its policy is to refuse',
  guard_blocked: 'a guard refused; `guard` and `rule` say which',
  guard_failed: 'a guard failed at its own work',
  store_unavailable: 'the store does not answer',
  store_corrupt: 'what the store holds cannot be read',
  store_schema: 'the store was made by another version',
  secret_missing: 'no secret key where one is needed',
  secret_invalid: 'the secret key is malformed',
  secret_undecryptable: 'none of the secret keys opens the sealed value',
  aborted: 'the caller ended the call; `cause` is the reason',
  closed: 'the client is closed',
  all_providers_failed: 'every candidate failed; `errors` has the last error of each',
}

/** Families of codes that only their own constructors are used for. */
const families: Partial<Record<ErrorCode, string>> = {
  no_provider: 'ConfigError',
  model_not_allowed: 'ConfigError',
  llm_disabled: 'ConfigError',
  request_invalid: 'RequestError',
  guard_blocked: 'GuardError',
  guard_failed: 'GuardError',
  closed: 'ClosedError',
  all_providers_failed: 'AllProvidersFailedError',
}

const nextWords: Readonly<Record<ErrorPolicy['next'], string>> = {
  yes: 'next',
  no: 'ends the call',
  'larger-window': 'only one with a larger window',
}

/** The table as it stands in the page. */
export function errorTable(): string {
  const header = ['code', 'class', 'what happened', 'retries', 'circuit', 'key rests', 'other providers']
  const rows = (Object.keys(meanings) as ErrorCode[]).map((code) => rowOf(code))
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function rowOf(code: ErrorCode): string[] {
  const { retries, retriesWithFallback, countsForBreaker, gateMs, next } = policyOf(code)
  return [
    `\`${code}\``,
    `\`${families[code] ?? errorOf(code, '').name}\``,
    meanings[code],
    retries === retriesWithFallback ? String(retries) : `${retries}, with a fallback ${retriesWithFallback}`,
    countsForBreaker ? 'counts' : '',
    gateMs === 0 ? '' : gateMs < 60_000 ? `${gateMs / 1_000} s` : `${gateMs / 60_000} min`,
    nextWords[next],
  ]
}

/** The page with its table renewed. */
export function withTable(page: string): string {
  const mark = /(<!-- table: begin -->\n)[\s\S]*(\n<!-- table: end -->)/
  if (!mark.test(page)) throw new Error('docs/errors.md lacks the marks of its table')
  return page.replace(mark, (_, begin, end) => `${begin}${errorTable()}${end}`)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(errorsPage, withTable(readFileSync(errorsPage, 'utf8')))
}

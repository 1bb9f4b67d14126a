import { invalid, show } from '../../utils/check.ts'

/**
 * Checks a base URL and gives it without trailing slashes. `http:` is taken for this machine only, unless allowed.
 *
 * @throws ConfigError naming what is wrong; credentials and queries are never repeated.
 */
export function checkedBaseUrl(value: unknown, isHttpAllowed: boolean, path = 'baseUrl'): string {
  const refused = (given: string, allowed: string) => invalid(path, given, allowed)
  if (typeof value !== 'string') throw refused(show(value), 'a URL')
  if (!URL.canParse(value))
    throw refused('a text that is no URL', "a URL with scheme, such as 'https://api.example.com/v1'")
  const url = new URL(value)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw refused(`a URL with scheme ${show(url.protocol)}`, "a URL that starts with 'https://' or 'http://'")
  }
  if (url.username || url.password)
    throw refused('a URL with credentials', 'a URL without them; give the key as apiKey')
  if (url.search || url.hash) throw refused('a URL with a query or fragment', 'a URL without')
  if (url.protocol === 'http:' && !isHttpAllowed && !isLoopback(url.hostname)) {
    throw refused(show(url.origin), 'https, http to a loopback host, or allowHttp: true')
  }
  return url.origin + url.pathname.replace(/\/+$/, '')
}

/** Does the host name this very machine? */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

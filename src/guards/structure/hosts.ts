/** Tells whether a host is on a list; a name also stands for everything below it. */
export function isHostIn(host: string, list: readonly string[]): boolean {
  const name = host.toLowerCase().replace(/\.$/, '')
  return list.some((entry) => {
    const allowed = entry.toLowerCase().replace(/^\*\./, '')
    return name === allowed || name.endsWith(`.${allowed}`)
  })
}

const nowhere = 'nowhere.invalid'
const entities: Readonly<Record<string, string>> = {
  amp: '&',
  colon: ':',
  sol: '/',
  period: '.',
  quot: '"',
  apos: "'",
  lt: '<',
  gt: '>',
  Tab: '',
  NewLine: '',
}

/** An address as a browser or a markdown reader understands it; `undefined` when it leads nowhere else. */
export function readAddress(written: string): URL | undefined {
  const plain = written
    .replace(/&#(?:x([\da-f]{1,6})|(\d{1,7}));?/gi, (whole, hex?: string, decimal?: string) => {
      const code = Number.parseInt(hex ?? decimal ?? '', hex === undefined ? 10 : 16)
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole
    })
    .replace(/&(\w{2,8});/g, (whole, name: string) => entities[name] ?? whole)
    .replace(/\\([!-/:-@[-`{-~])/g, '$1')
    .replace(/[\t\n\r]/g, '')
    .trim()
  const url = URL.parse(plain, `https://${nowhere}/`)
  if (url === null || url.hostname === nowhere) return undefined
  return /^(?:https?|wss?|ftp):$/.test(url.protocol) ? url : undefined
}

/** Addresses inside an address: where a redirect on an allowed host would lead. */
export function innerAddresses(url: URL): URL[] {
  const values = [...url.searchParams.values(), url.pathname, url.hash].flatMap((value) => [value, decoded(value)])
  return values.flatMap((value) => {
    const at = value.search(/(?:https?:)?[/\\]{2}[\w[]/i)
    const inner = at < 0 || (value === url.pathname && at === 0) ? undefined : readAddress(value.slice(at))
    return inner === undefined ? [] : [inner]
  })
}

function decoded(value: string): string {
  try {
    const plain = decodeURIComponent(value)
    return /^[\w+/=-]{12,}$/.test(plain) ? atob(plain.replace(/-/g, '+').replace(/_/g, '/')) : plain
  } catch {
    return value // Neither percent codes nor base64.
  }
}

const fewestUnits = 20

/** Does the address carry data: long values, or names made of data? */
export function carriesData(url: URL): boolean {
  const values = [...url.searchParams].reduce((sum, [key, value]) => sum + (value === '' ? key : value).length, 0)
  if (values >= fewestUnits || url.hash.length > 60 || url.username.length + url.password.length > 0) return true
  if (url.searchParams.size === 0 && url.search.length >= fewestUnits) return true
  const parts = [...url.pathname.split('/'), ...url.hostname.split('.')]
  return parts.some((part) => isCode(part)) || /%20|\+/.test(url.pathname + url.search)
}

/** Long and without the vowels, dashes and dots of words: base64, hex and the like. */
function isCode(part: string): boolean {
  if (part.length < 24) return false
  const words = part.split(/[-_.]/).filter((word) => /^[a-z]{1,20}$/i.test(word) && /[aeiouy]/i.test(word))
  return words.join('').length < part.length / 2
}

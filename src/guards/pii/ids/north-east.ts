import { at, down, eleven, type IdForm, idForms, isDate, isVaried, luhn, mod1110, value, weigh } from './checks.ts'

const pesel = (id: string) =>
  isDate(id, 0, 'ymd', [20, 40, 60, 80]) && (10 - (weigh(id, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10)) % 10 === at(id, 10)
const nip = (id: string) => isVaried(id) && weigh(id, [6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 === at(id, 9)
const regon = (id: string) => (weigh(id, [8, 9, 2, 3, 4, 5, 6, 7]) % 11) % 10 === at(id, 8)

/** Letters count from 10; the check digit stands behind them. */
function lettered(id: string, weights: readonly number[], check: number): boolean {
  const sum = weights.reduce((total, weight, index) => total + weight * value(id[index] as string), 0)
  return sum % 10 === at(id, check)
}

const birthNumber = (id: string) =>
  isDate(id, 0, 'ymd', [20, 50, 70]) &&
  (id.length === 9 || Number(id) % 11 === 0 || (Number(id.slice(0, 9)) % 11) % 10 === at(id, 9))

const cnp = (id: string) => {
  const rest = weigh(id, [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11
  return isDate(id, 1) && (rest === 10 ? 1 : rest) === at(id, 12)
}
const egn = (id: string) =>
  isDate(id, 0, 'ymd', [20, 40]) && (weigh(id, [2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11) % 10 === at(id, 9)
const jmbg = (id: string) => {
  const rest = eleven(weigh(id, [7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]))
  return isDate(id.slice(0, 4) + id.slice(5, 7), 0, 'dmy') && (rest > 9 ? 0 : rest) === at(id, 12)
}
const baltic = (id: string) => {
  const first = weigh(id, [1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11
  const rest = first < 10 ? first : (weigh(id, [3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11) % 10
  return isDate(id, 1) && rest === at(id, 10)
}
const latvian = (id: string) =>
  id.startsWith('32') || ((1101 - weigh(id, [1, 6, 3, 7, 9, 10, 5, 8, 4, 2])) % 11) % 10 === at(id, 10)

/** The sign of the century stays in the compact form, or is lost with the dash: eleven or ten characters. */
function hetu(id: string): boolean {
  const digits = id.slice(0, 6) + id.slice(-4, -1)
  return isDate(id, 0, 'dmy') && '0123456789ABCDEFHJKLMNPRSTUVWXY'[Number(digits) % 31] === id.at(-1)
}

const swedish = (id: string) => isDate(id.slice(-10), 0) && luhn(id.slice(-10))
const norwegian = (id: string) => {
  const first = eleven(weigh(id, [3, 7, 6, 1, 8, 9, 4, 5, 2]))
  return first === at(id, 9) && eleven(weigh(id, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2])) === at(id, 10)
}
const nordicOrganisation = (id: string) => eleven(weigh(id, [3, 2, 7, 6, 5, 4, 3, 2])) === at(id, 8)

function turkish(id: string): boolean {
  const odd = weigh(id, [1, 0, 1, 0, 1, 0, 1, 0, 1])
  const even = weigh(id, [0, 1, 0, 1, 0, 1, 0, 1])
  const total = weigh(
    id,
    Array.from({ length: 10 }, () => 1),
  )
  return (odd * 7 - even + 100) % 10 === at(id, 9) && total % 10 === at(id, 10)
}

const inn12 = [7, 2, 4, 10, 3, 5, 9, 4, 6, 8]
const inn = (id: string) =>
  id.length === 10
    ? (weigh(id, inn12.slice(1)) % 11) % 10 === at(id, 9)
    : (weigh(id, inn12) % 11) % 10 === at(id, 10) && (weigh(id, [3, ...inn12]) % 11) % 10 === at(id, 11)
const snils = (id: string) => (weigh(id, down(9, 1)) % 101) % 100 === Number(id.slice(9))
const kazakh = (id: string) => {
  const first = weigh(id, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) % 11
  const rest = first < 10 ? first : weigh(id, [3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2]) % 11
  return isDate(id, 0) && rest === at(id, 11)
}

/** Northern, Central and Eastern Europe, Turkey and Central Asia. */
export const northEast: readonly IdForm[] = idForms(
  ['pl-pesel', /^\d{11}$/, 0.55, 'pesel', pesel],
  ['pl-nip', /^\d{10}$/, 0.3, 'nip|vat', nip, /^\d{3}-\d{3}-\d{2}-\d{2}$/],
  ['pl-regon', /^\d{9}$/, 0.15, 'regon', regon],
  ['pl-card', /^[A-Z]{3}\d{6}$/, 0.4, 'dow[oó]d\\S*', (id) => lettered(id, [7, 3, 1, 0, 7, 3, 1, 7, 3], 3)],
  [
    'pl-passport',
    /^[A-Z]{2}\d{7}$/,
    0.25,
    'paszport\\w*|passport',
    (id) => lettered(id, [7, 3, 0, 1, 7, 3, 1, 7, 3], 2),
  ],
  ['cz-rc', /^\d{9,10}$/, 0.35, 'rodn[eé]\\S*|rč|r\\.?č\\.?', birthNumber, /^\d{6}\/\d{3,4}$/],
  ['cz-ico', /^\d{8}$/, 0.1, 'i[čc]o?', (id) => eleven(weigh(id, down(8, 2))) % 10 === at(id, 7)],
  [
    'hu-taj',
    /^\d{9}$/,
    0.15,
    'taj',
    (id) => weigh(id, [3, 7, 3, 7, 3, 7, 3, 7]) % 10 === at(id, 8),
    /^\d{3}-\d{3}-\d{3}$/,
  ],
  [
    'hu-tax',
    /^8\d{9}$/,
    0.35,
    'ad[oó]azonos\\S*|ad[oó]sz[aá]m',
    (id) => weigh(id, [1, 2, 3, 4, 5, 6, 7, 8, 9]) % 11 === at(id, 9),
  ],
  ['hu-card', /^\d{6}[A-Z]{2}$/, 0.15, 'szem[eé]lyi\\S*|igazolv[aá]ny\\S*'],
  ['ro-cnp', /^[1-9]\d{12}$/, 0.65, 'cnp|cod numeric', cnp],
  ['ro-cui', /^(?:RO)?\d{6,10}$/, 0.05, 'cui|cif'],
  ['bg-egn', /^\d{10}$/, 0.45, 'egn|егн', egn],
  ['hr-oib', /^\d{11}$/, 0.35, 'oib', mod1110],
  ['yu-jmbg', /^\d{13}$/, 0.6, 'jmbg|emšo|emso|matični', jmbg],
  ['si-tax', /^[1-9]\d{7}$/, 0.15, 'davčna', (id) => eleven(weigh(id, down(8, 2))) % 10 === at(id, 7)],
  ['ee-lt-id', /^[1-6]\d{10}$/, 0.55, 'isikukood|asmens koda\\w*|personal code', baltic],
  ['lv-id', /^\d{11}$/, 0.25, 'personas kods', latvian, /^\d{6}-\d{5}$/],
  [
    'fi-hetu',
    /^\d{6}[-+A-FU-Y]?\d{3}[0-9A-FHJ-NPR-Y]$/,
    0.4,
    'hetu|henkil[oö]tunnus|identity code',
    hetu,
    /^\d{6}[-+A-FU-Y]\d{3}/,
  ],
  [
    'fi-company',
    /^\d{8}$/,
    0.1,
    'y-tunnus|business id',
    (id) => eleven(weigh(id, [7, 9, 10, 5, 8, 4, 2])) === at(id, 7),
    /^\d{7}-\d$/,
  ],
  [
    'se-pnr',
    /^(?:(?:18|19|20)\d{2}|\d{2})(?:0[1-9]|1[0-2])(?:[0-3]\d|[6-9]\d)\d{4}$/,
    0.45,
    'personn\\w*|pnr|samordnings\\w*|identity code',
    (id) => swedish(id) || luhn(id.slice(-10)),
    /^\d{6,8}[-+]\d{4}$/,
  ],
  ['se-pnr', /^(?:19|20)\d{10}$/, 0.55, 'personn\\w*', swedish],
  ['se-org', /^\d{2}[2-9]\d{7}$/, 0.3, 'org\\.?(?:anisations)?n\\w*|company', luhn, /^\d{6}-\d{4}$/],
  ['no-fnr', /^[0-7]\d{10}$/, 0.6, 'f[oø]dselsn\\w*|personn\\w*|fnr|d-nummer', norwegian],
  ['no-org', /^[89]\d{8}$/, 0.2, 'org\\.?(?:anisasjons)?n\\w*|mva', nordicOrganisation],
  ['dk-cpr', /^\d{10}$/, 0.2, 'cpr\\S*|personn\\w*', (id) => isDate(id, 0, 'dmy'), /^\d{6}-\d{4}$/],
  ['dk-cvr', /^\d{8}$/, 0.05, 'cvr\\S*', (id) => weigh(id, [2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0],
  [
    'is-kt',
    /^[0-7]\d{8}[089]$/,
    0.4,
    'kennitala|kt',
    (id) => eleven(weigh(id, [3, 2, 7, 6, 5, 4, 3, 2])) === at(id, 8),
    /^\d{6}-\d{4}$/,
  ],
  ['tr-tckn', /^[1-9]\d{10}$/, 0.55, 'tckn|kimlik|t\\.?c\\.?', turkish],
  ['tr-vkn', /^\d{10}$/, 0.05, 'vkn|vergi'],
  [
    'tr-plate',
    /^(?:0[1-9]|[1-7]\d|8[01])[A-Z]{1,3}\d{2,5}$/,
    0.2,
    'plaka\\S*|plates?',
    undefined,
    /^\d{2} [A-Z]{1,3} \d{2,5}$/,
  ],
  ['by-id', /^[1-6]\d{6}[ABCHKEM]\d{3}(?:PB|BA|BI)\d$/, 0.7, 'личный номер|identification'],
  [
    'ua-tax',
    /^\d{10}$/,
    0.25,
    'рнокпп|іпн|ипн|инн|rnokpp',
    (id) => (((weigh(id, [-1, 5, 7, 9, 4, 6, 10, 5, 7]) % 11) + 11) % 11) % 10 === at(id, 9),
  ],
  ['ru-inn', /^\d{10}(?:\d\d)?$/, 0.25, 'инн|inn', inn],
  ['ru-snils', /^\d{11}$/, 0.35, 'снилс|snils', snils, /^\d{3}-\d{3}-\d{3}[ -]\d{2}$/],
  ['ru-passport', /^\d{10}$/, 0.05, 'паспорт\\S*|серия'],
  ['kz-iin', /^\d{12}$/, 0.45, 'иин|iin|жсн', kazakh],
)

import { at, down, eleven, type IdForm, idForms, isDate, isVaried, luhn, weigh } from './checks.ts'

const cpf = (id: string) =>
  isVaried(id) &&
  ((weigh(id, down(10, 2)) * 10) % 11) % 10 === at(id, 9) &&
  ((weigh(id, down(11, 2)) * 10) % 11) % 10 === at(id, 10)

const zero = (rest: number) => (rest > 9 ? 0 : rest)

const cnpj = (id: string) =>
  isVaried(id) &&
  zero(eleven(weigh(id, [5, 4, 3, 2, ...down(9, 2)]))) === at(id, 12) &&
  zero(eleven(weigh(id, [6, 5, 4, 3, 2, ...down(9, 2)]))) === at(id, 13)

const tenWeights = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]

function rut(id: string): boolean {
  const body = id.slice(0, -1)
  let sum = 0
  for (let index = 0; index < body.length; index++) sum += at(body, body.length - 1 - index) * (2 + (index % 6))
  return '0123456789K'[eleven(sum)] === id.at(-1)
}

function rif(id: string): boolean {
  const letter = ' VEJPG'.indexOf(id[0] as string) * 4
  return zero(eleven(letter + weigh(id, [3, 2, 7, 6, 5, 4, 3, 2], 1))) === at(id, 9)
}

const dea = (id: string) => (weigh(id, [1, 0, 1, 0, 1], 2) + 2 * weigh(id, [0, 1, 0, 1, 0, 1], 2)) % 10 === at(id, 8)

const licence = "driver'?s?(?: licen[cs]e)?|driving|licen[cs]e|dl|permit"

/** North, Central and South America. */
export const americas: readonly IdForm[] = idForms(
  [
    'us-itin',
    /^9\d\d(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])\d{4}$/,
    0.3,
    'itin|individual taxpayer|tax id',
    undefined,
    /^\d{3}-\d{2}-\d{4}$/,
  ],
  ['us-ein', /^\d{9}$/, 0.1, 'ein|fein|employer id\\w*', undefined, /^\d{2}-\d{7}$/],
  ['us-passport', /^(?:[A-Z]\d{8}|\d{9})$/, 0.1, 'passports?|travel document'],
  ['us-licence', /^(?:[A-Z]\d{7,8}|[A-Z]\d{12,14}|[A-Z]{2}\d{6}[A-Z]?|\d{7,10})$/, 0.1, licence],
  [
    'us-mbi',
    /^[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d[AC-HJKMNP-RT-Y]{2}\d\d$/,
    0.4,
    'medicare|mbi|beneficiary',
    undefined,
    /^\w{4}-\w{3}-\w{4}$/,
  ],
  ['us-npi', /^[12]\d{9}$/, 0.3, 'npi|provider', (id) => luhn(`80840${id}`)],
  ['us-dea', /^[ABFGMPRX][A-Z9]\d{7}$/, 0.4, 'dea', dea],
  [
    'us-aba',
    /^(?:0\d|1[0-2]|2[1-9]|3[0-2]|6[1-9]|7[0-2]|80)\d{7}$/,
    0.2,
    'aba|routing|rtn|transit',
    (id) => weigh(id, [3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 === 0,
    /^\d{4}-\d{4}-\d$/,
  ],
  ['us-bank', /^\d{7,17}$/, 0.05, '(?:bank |checking |savings )?account(?: number| no| #)?|acct'],
  ['ca-sin', /^[1-79]\d{8}$/, 0.3, 'sin|nas|social insurance|assurance sociale', luhn, /^\d{3}[- ]\d{3}[- ]\d{3}$/],
  ['ca-health', /^\d{10}[A-Z]{2}$/, 0.3, 'ohip|health card', (id) => luhn(id.slice(0, 10))],
  [
    'mx-curp',
    /^[A-Z][AEIOUX][A-Z]{2}\d{6}[HMX][A-Z]{2}[B-DF-HJ-NP-TV-Z]{3}[A-Z0-9]\d$/,
    0.8,
    'curp',
    (id) => isDate(id, 4),
  ],
  ['mx-rfc', /^[A-ZÑ&]{3,4}\d{6}[A-Z0-9]{3}$/, 0.45, 'rfc', (id) => isDate(id, id.length - 9)],
  ['mx-nss', /^\d{11}$/, 0.2, 'nss|imss', luhn],
  ['br-cpf', /^\d{11}$/, 0.4, 'cpf|contribuinte', cpf, /^\d{3}\.\d{3}\.\d{3}-\d{2}$/],
  ['br-cnpj', /^\d{14}$/, 0.5, 'cnpj', cnpj, /^\d{2}\.\d{3}\.\d{3}\/\d{4}-\d{2}$/],
  [
    'br-pis',
    /^\d{11}$/,
    0.15,
    'pis|pasep|nis|nit',
    (id) => zero(eleven(weigh(id, [3, 2, 9, 8, 7, 6, 5, 4, 3, 2]))) === at(id, 10),
    /^\d{3}\.\d{5}\.\d{2}-\d$/,
  ],
  ['br-rg', /^\d{8}[\dX]$/, 0.1, 'rg|identidade', undefined, /^\d{2}\.\d{3}\.\d{3}-[\dX]$/],
  ['br-cnh', /^\d{11}$/, 0.05, 'cnh|habilita\\S*'],
  ['br-voter', /^\d{12}$/, 0.05, 't[ií]tulo(?: de eleitor)?'],
  [
    'ar-cuit',
    /^(?:2[03-7]|3[034])\d{9}$/,
    0.4,
    'cui[tl]',
    (id) =>
      eleven(weigh(id, tenWeights)) % 10 === at(id, 10) || (eleven(weigh(id, tenWeights)) === 10 && at(id, 10) === 9),
    /^\d{2}-\d{8}-\d$/,
  ],
  ['ar-dni', /^\d{7,8}$/, 0.1, 'dni|documento', undefined, /^\d{1,2}\.\d{3}\.\d{3}$/],
  ['cl-rut', /^\d{7,8}[\dK]$/, 0.3, 'ru[tn]', rut, /^\d{1,2}\.?\d{3}\.?\d{3}-[\dKk]$/],
  ['co-id', /^\d{6,10}$/, 0.05, 'c[eé]dula|nit|cc', undefined, /^\d{1,3}\.\d{3}\.\d{3}(?:\.\d{3})?(?:-\d)?$/],
  ['pe-ruc', /^(?:1[05-7]|20)\d{9}$/, 0.4, 'ruc', (id) => eleven(weigh(id, tenWeights)) % 10 === at(id, 10)],
  ['pe-dni', /^\d{8}$/, 0.05, 'dni'],
  [
    'uy-ci',
    /^\d{7,8}$/,
    0.15,
    'c[eé]dula|ci',
    (id) => (10 - (weigh(id.padStart(8, '0'), [2, 9, 8, 7, 6, 3, 4]) % 10)) % 10 === at(id, id.length - 1),
    /^\d\.\d{3}\.\d{3}-\d$/,
  ],
  ['ec-id', /^(?:0[1-9]|1\d|2[0-4]|30)[0-5]\d{7}(?:001)?$/, 0.35, 'c[eé]dula|ruc', (id) => luhn(id.slice(0, 10))],
  ['ve-rif', /^[VEJPG]\d{9}$/, 0.5, 'rif', rif],
  ['do-id', /^\d{11}$/, 0.2, 'c[eé]dula', luhn, /^\d{3}-\d{7}-\d$/],
  ['cr-id', /^[1-9]\d{8}$/, 0.05, 'c[eé]dula', undefined, /^\d-\d{4}-\d{4}$/],
  ['sv-dui', /^\d{9}$/, 0.2, 'dui', (id) => (10 - (weigh(id, down(9, 2)) % 10)) % 10 === at(id, 8), /^\d{8}-\d$/],
  ['gt-nit', /^\d{7,8}[\dK]$/, 0.1, 'nit', undefined, /^\d{7,8}-[\dK]$/],
  ['cu-id', /^\d{11}$/, 0.15, 'carn[eé]', (id) => isDate(id, 0)],
)

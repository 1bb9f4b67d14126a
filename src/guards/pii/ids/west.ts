import {
  at,
  down,
  eleven,
  type IdForm,
  idForms,
  isDate,
  isVaried,
  luhn,
  mod1110,
  modulo,
  value,
  weigh,
} from './checks.ts'

const passport =
  'passports?|passeport|reisepass|pasaporte|passaporto|paspoort|passaporte|pass(?:-| )?(?:nr|no)|travel document'
const vat =
  'vat(?: (?:id|no|number|reg\\w*))?|ust(?:-?id\\w*)?|mwst|tva|p\\.? ?iva|partita iva|btw|moms\\w*|iva|nip|alv|dph|áfa|ddv|pvm|kdv'

const nhs = (id: string) => isVaried(id) && eleven(weigh(id, down(10, 2))) === at(id, 9)

function pps(id: string): boolean {
  const second = id[8] === undefined || id[8] === 'W' ? 0 : value(id[8]) - 9
  return 'WABCDEFGHIJKLMNOPQRSTUV'[(weigh(id, down(8, 2)) + 9 * second) % 23] === id[7]
}

function nir(id: string): boolean {
  const body = id.slice(0, 13).replace('2A', '19').replace('2B', '18')
  return 97 - modulo(body, 97) === Number(id.slice(13))
}

/** In the German tax number one digit comes twice or thrice, the others at most once more. */
const steuerId = (id: string) => new Set(id.slice(0, 10)).size >= 8 && mod1110(id)

const crossed = (values: readonly number[]) =>
  values.reduce((sum, part) => sum + Math.floor(part / 10) + (part % 10), 0)

function rvnr(id: string): boolean {
  const digits = `${id.slice(0, 8)}${String(value(id[8] as string) - 9).padStart(2, '0')}${id.slice(9)}`
  const weights = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]
  return crossed(weights.map((weight, index) => weight * at(digits, index))) % 10 === at(digits, 12)
}

function kvnr(id: string): boolean {
  const digits = String(value(id[0] as string) - 9).padStart(2, '0') + id.slice(1)
  return (
    crossed([...digits.slice(0, 10)].map((_, index) => (1 + (index % 2)) * at(digits, index))) % 10 === at(digits, 10)
  )
}

const svnr = (id: string) => weigh(id, [3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11 === at(id, 3)
const ean13 = (id: string) => (10 - (weigh(id, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3]) % 10)) % 10 === at(id, 12)
const uid = (id: string) => eleven(weigh(id, [5, 4, 3, 2, 7, 6, 5, 4], 3)) === at(id, 11)

const letters23 = 'TRWAGMYFPDXBNJZSQVHLCKE'
const nif = (id: string) => letters23[Number(id.slice(0, -1)) % 23] === id.at(-1)
const nie = (id: string) => nif('XYZ'.indexOf(id[0] as string) + id.slice(1))

function cif(id: string): boolean {
  let sum = weigh(id, [0, 1, 0, 1, 0, 1], 1)
  sum += crossed([1, 3, 5, 7].map((index) => 2 * at(id, index)))
  const control = (10 - (sum % 10)) % 10
  return id[8] === String(control) || id[8] === 'JABCDEFGHI'[control]
}

const portuguese = (id: string) => {
  const rest = eleven(weigh(id, down(9, 2)))
  return (rest > 9 ? 0 : rest) === at(id, 8)
}
const bsn = (id: string) => isVaried(id) && (weigh(id, down(9, 2)) - at(id, 8)) % 11 === 0
const belgian = (id: string) =>
  [id.slice(0, 9), `2${id.slice(0, 9)}`].some((body) => 97 - modulo(body, 97) === Number(id.slice(9)))

/** Western and Southern Europe, and numbers of the whole Union. */
export const west: readonly IdForm[] = idForms(
  [
    'uk-nino',
    /^(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]$/,
    0.6,
    'nino|ni(?: number)?|national insurance',
  ],
  ['uk-nhs', /^\d{10}$/, 0.35, 'nhs|health service', nhs, /^\d{3}[ -]\d{3}[ -]\d{4}$/],
  ['uk-utr', /^\d{10}$/, 0.05, 'utr|taxpayer reference'],
  [
    'uk-licence',
    /^[A-Z]{1,5}9{0,4}\d[0156]\d(?:0[1-9]|[12]\d|3[01])\d[A-Z9]{2}\w[A-Z]{2}$/,
    0.6,
    "driving|licen[cs]e|driver'?s?",
  ],
  ['uk-passport', /^(?:[A-Z]{2}\d{7}|\d{9})$/, 0.15, passport],
  [
    'uk-vehicle',
    /^(?:[A-HJ-PR-Y][A-HJ-PR-Y]\d\d[A-HJ-PR-Z]{3}|[A-Z]\d{1,3}[A-Z]{3}|[A-Z]{3}\d{1,3}[A-Z])$/,
    0.25,
    'plate|reg\\w*|vehicles?|car',
  ],
  ['ie-pps', /^\d{7}[A-W][A-IW]?$/, 0.5, 'ppsn?|public service', pps],
  [
    'fr-nir',
    /^[1-478]\d\d(?:0[1-9]|1[0-2]|[2-9]\d)(?:\d\d|2[AB])\d{8}$/,
    0.7,
    'nir|s[eé]curit[eé] sociale|insee|num[eé]ro de s[eé]cu',
    nir,
  ],
  [
    'fr-tax',
    /^[0-3]\d{12}$/,
    0.25,
    'spi|num[eé]ro fiscal|fiscal',
    (id) => modulo(id.slice(0, 10), 511) === Number(id.slice(10)),
  ],
  ['fr-siren', /^\d{9}$/, 0.2, 'siren', luhn],
  ['fr-siret', /^\d{14}$/, 0.35, 'siret', luhn],
  ['fr-passport', /^\d{2}[A-Z]{2}\d{5}$/, 0.2, passport],
  ['fr-card', /^\d{12}$/, 0.05, 'cni|carte d.identit[eé]'],
  ['de-tax', /^[1-9]\d{10}$/, 0.45, 'steuer(?:-?id\\w*|identifikations\\w*|nummer|nr)?|id-?nr|tin', steuerId],
  ['de-tax-old', /^\d{10,11}$/, 0.05, 'steuernummer|steuer-?nr|st\\.?-?nr', undefined, /^\d{2,3}\/\d{3}\/\d{4,5}$/],
  ['de-pension', /^\d{8}[A-Z]\d{3}$/, 0.6, 'rvnr|sozialversicherung\\w*|rentenversicherung\\w*|sv-?n\\w*', rvnr],
  ['de-health', /^[A-Z]\d{9}$/, 0.5, 'kvnr|krankenversich\\w*|egk\\S*|versichertennummer', kvnr],
  [
    'de-card',
    /^[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{7}\d{1,2}$/,
    0.25,
    `personalausweis\\w*|ausweis\\w*|perso|${passport}`,
  ],
  ['de-doctor', /^\d{9}$/, 0.1, 'lanr|bsnr|arztnummer|betriebsst[aä]tten\\w*'],
  ['at-svnr', /^[1-9]\d{9}$/, 0.35, 'svnr|sv-nr|sozialversicherung\\w*', svnr],
  ['ch-ahv', /^756\d{10}$/, 0.75, 'ahv\\S*|avs|sozialversicherung\\w*', ean13],
  ['ch-uid', /^CHE\d{9}$/, 0.6, 'uid|mwst', uid],
  [
    'it-cf',
    /^[A-Z]{6}[\dL-NP-V]{2}[ABCDEHLMPRST][\dL-NP-V]{2}[A-Z][\dL-NP-V]{3}[A-Z]$/,
    0.6,
    'codice fiscale|cf|c\\.f\\.',
  ],
  ['it-vat', /^\d{11}$/, 0.3, 'p\\.? ?iva|partita iva|piva', (id) => isVaried(id) && luhn(id)],
  [
    'it-card',
    /^(?:[A-Z]{2}\d{5}[A-Z]{2}|[A-Z]{2}\d{7}|\d{7}[A-Z]{2})$/,
    0.15,
    'carta d.identit[aà]|identit[aà]|documento',
  ],
  ['it-licence', /^(?:[A-Z]{2}\d{7}[A-Z]|U1[A-Z0-9]{7}[A-Z])$/, 0.2, 'patente|licen[cs]e'],
  ['it-passport', /^[A-Z]{2}\d{7}$/, 0.15, passport],
  ['es-nif', /^\d{7,8}[A-Z]$/, 0.55, 'dni|nif|documento', nif],
  ['es-nie', /^[XYZ]\d{7,8}[A-Z]$/, 0.6, 'nie|extranjero', nie],
  ['es-cif', /^[ABCDEFGHJNPQRSUVW]\d{7}[0-9A-J]$/, 0.5, 'cif|nif', cif],
  [
    'es-nss',
    /^\d{12}$/,
    0.25,
    'nss|seguridad social|naf',
    (id) => modulo(id.slice(0, 10), 97) === Number(id.slice(10)),
  ],
  ['es-passport', /^[A-Z]{3}\d{6}[A-Z]?$/, 0.15, passport],
  ['pt-nif', /^[1-35689]\d{8}$/, 0.3, 'nif|contribuinte', portuguese],
  ['pt-card', /^\d{9}[A-Z]{2}\d$/, 0.5, 'cc|cart[aã]o de cidad[aã]o|cidad[aã]o'],
  ['pt-niss', /^[12]\d{10}$/, 0.05, 'niss|seguran[cç]a social'],
  ['nl-bsn', /^\d{8,9}$/, 0.25, 'bsn|burgerservice\\w*|sofi\\w*', (id) => bsn(id.padStart(9, '0'))],
  ['nl-passport', /^[A-NP-Z]{2}[A-NP-Z0-9]{6}\d$/, 0.15, passport],
  [
    'be-nn',
    /^\d{11}$/,
    0.45,
    'rijksregister\\w*|registre national|nrn|insz|niss|national',
    belgian,
    /^\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}$/,
  ],
  ['lu-id', /^(?:19|20)\d{11}$/, 0.4, 'matricule|ccss', (id) => isDate(id, 2)],
  [
    'gr-afm',
    /^\d{9}$/,
    0.2,
    'afm|αφμ',
    (id) => (weigh(id, [256, 128, 64, 32, 16, 8, 4, 2]) % 11) % 10 === at(id, 8) && isVaried(id),
  ],
  ['gr-amka', /^\d{11}$/, 0.5, 'amka|αμκα', (id) => isDate(id, 0, 'dmy') && luhn(id)],
  ['gr-card', /^[A-ZΑ-Ω]{2}\d{6}$/, 0.1, 'αδτ|ταυτ\\S*|adt'],
  ['cy-tic', /^\d{8}[A-Z]$/, 0.1, 'tic|tax'],
  ['mt-card', /^\d{3,7}[MGAPLHBZ]$/, 0.1, 'id|identity'],
  [
    'eu-vat',
    /^(?:ATU\d{8}|BE[01]\d{9}|BG\d{9,10}|CY\d{8}[A-Z]|CZ\d{8,10}|DE\d{9}|DK\d{8}|EE\d{9}|EL\d{9}|ES[A-Z]\d{7}[A-Z\d]|ES\d{8}[A-Z]|FI\d{8}|FR[A-Z\d]{2}\d{9}|GB\d{9}(?:\d{3})?|HR\d{11}|HU\d{8}|IE\d{7}[A-Z]{1,2}|IE\d[A-Z*+]\d{5}[A-Z]|IT\d{11}|LT\d{9}(?:\d{3})?|LU\d{8}|LV\d{11}|MT\d{8}|NL\d{9}B\d{2}|NO\d{9}(?:MVA)?|PL\d{10}|PT\d{9}|RO\d{6,10}|SE\d{10}01|SI\d{8}|SK\d{10}|XI\d{9}|CHE\d{9}(?:MWST|TVA|IVA)?)$/,
    0.4,
    vat,
  ],
)

import {
  at,
  down,
  eleven,
  type IdForm,
  idForms,
  isDate,
  isDay,
  isVaried,
  luhn,
  value,
  verhoeff,
  weigh,
} from './checks.ts'

const passport = 'passports?|travel document|旅券|여권|护照|護照'

const chinese = (id: string) =>
  isDay(Number(id.slice(6, 10)), Number(id.slice(10, 12)), Number(id.slice(12, 14))) &&
  '10X98765432'[weigh(id, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) % 11] === id[17]

function hongKong(id: string): boolean {
  const full = id.padStart(9, ' ')
  const sum = [...full.slice(0, 8)].reduce(
    (total, unit, index) => total + (9 - index) * (unit === ' ' ? 36 : value(unit)),
    0,
  )
  return (sum + value(full[8] as string)) % 11 === 0
}

function taiwan(id: string): boolean {
  const code = 10 + 'ABCDEFGHJKLMNPQRSTUVXYWZIO'.indexOf(id[0] as string)
  const second = /\d/.test(id[1] as string) ? at(id, 1) : 0
  const sum = Math.floor(code / 10) + (code % 10) * 9 + second * 8 + weigh(id, [7, 6, 5, 4, 3, 2, 1, 1], 2)
  return sum % 10 === 0
}

const myNumber = (id: string) => {
  const rest = weigh(id, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11
  return isVaried(id) && (rest <= 1 ? 0 : 11 - rest) === at(id, 11)
}
const korean = (id: string) => isDate(id, 0)
const koreanCompany = (id: string) =>
  (10 - ((weigh(id, [1, 3, 7, 1, 3, 7, 1, 3, 5]) + Math.floor((at(id, 8) * 5) / 10)) % 10)) % 10 === at(id, 9)
const thai = (id: string) => isVaried(id) && (11 - (weigh(id, down(13, 2)) % 11)) % 10 === at(id, 12)
const iranian = (id: string) => {
  const rest = weigh(id, down(10, 2)) % 11
  return isVaried(id) && (rest < 2 ? rest : 11 - rest) === at(id, 9)
}

const tfn = (id: string) =>
  weigh(id, id.length === 9 ? [1, 4, 3, 7, 5, 8, 6, 9, 10] : [10, 7, 8, 4, 6, 3, 5, 1]) % 11 === 0
const abn = (id: string) => (weigh(id, [10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]) - 10) % 89 === 0
const acn = (id: string) => (10 - (weigh(id, down(8, 1)) % 10)) % 10 === at(id, 8)
const medicare = (id: string) => weigh(id, [1, 3, 7, 9, 1, 3, 7, 9]) % 10 === at(id, 8)

function ird(id: string): boolean {
  const full = id.padStart(9, '0')
  const first = eleven(weigh(full, [3, 2, 7, 6, 5, 4, 3, 2]))
  return (first < 10 ? first : eleven(weigh(full, [7, 4, 3, 2, 5, 2, 7, 6]))) === at(full, 8)
}

/** Asia, the Middle East, Africa and Oceania. */
export const eastSouth: readonly IdForm[] = idForms(
  ['in-aadhaar', /^[2-9]\d{11}$/, 0.45, 'aadha+r|uidai|uid|आधार', verhoeff, /^\d{4}[ -]\d{4}[ -]\d{4}$/],
  ['in-pan', /^[A-Z]{3}[ABCFGHJLPTNM][A-Z]\d{4}[A-Z]$/, 0.6, 'pan|permanent account'],
  ['in-gstin', /^\d{2}[A-Z]{5}\d{4}[A-Z][1-9A-Z][A-Z][0-9A-Z]$/, 0.7, 'gst(?:in)?'],
  ['in-voter', /^[A-Z]{3}\d{7}$/, 0.2, 'voter|epic|election'],
  ['in-passport', /^[A-PR-WY]\d{7}$/, 0.15, passport],
  ['in-vehicle', /^(?:[A-Z]{2}\d{1,2}[A-Z]{1,3}\d{4}|[A-Z]{2}\d{4})$/, 0.2, 'vehicle|registration|plate|bike|car'],
  ['in-licence', /^[A-Z]{2}\d{13}$/, 0.3, 'driving|licen[cs]e|dl'],
  [
    'lk-nic',
    /^(?:\d{9}[VX]|(?:19|20)\d{10})$/,
    0.35,
    'nic',
    (id) => id.length === 10 || Number(id.slice(4, 7)) % 500 <= 366,
  ],
  ['bd-nid', /^(?:\d{10}|\d{13}|\d{17})$/, 0.05, 'nid|national id'],
  ['pk-cnic', /^[1-7]\d{12}$/, 0.1, 'cnic|nadra|nicop', undefined, /^\d{5}-\d{7}-\d$/],
  ['cn-id', /^[1-8]\d{16}[\dX]$/, 0.8, '身份证\\S*|身份證\\S*|resident id\\S*', chinese],
  ['cn-passport', /^[EGDSP]\d{8}$/, 0.15, passport],
  ['hk-id', /^[A-Z]{1,2}\d{6}[0-9A]$/, 0.45, 'hkid|身份證', hongKong, /^[A-Z]{1,2}\d{6}\([0-9A]\)$/],
  ['tw-id', /^[A-Z][1289A-D]\d{8}$/, 0.5, '身分證\\S*|national id|arc', taiwan],
  ['jp-my-number', /^\d{12}$/, 0.3, 'マイナンバー|my number|個人番号', myNumber, /^\d{4}[ -]\d{4}[ -]\d{4}$/],
  ['jp-passport', /^[A-Z]{2}\d{7}$/, 0.15, passport],
  ['jp-licence', /^\d{12}$/, 0.05, "免許\\S*|driver'?s? licen[cs]e"],
  [
    'kr-rrn',
    /^\d{6}[0-9]\d{6}$/,
    0.35,
    'rrn|frn|주민\\S*|외국인\\S*|resident registration|foreign\\w* registration',
    korean,
    /^\d{6}-\d{7}$/,
  ],
  ['kr-brn', /^[1-9]\d{9}$/, 0.3, 'brn|사업자\\S*|business registration', koreanCompany, /^\d{3}-\d{2}-\d{5}$/],
  [
    'kr-licence',
    /^(?:1[1-9]|2[0-8])\d{10}$/,
    0.2,
    '면허\\S*|licen[cs]e',
    undefined,
    /^\d{2}[- ]\d{2}[- ]\d{6}[- ]\d{2}$/,
  ],
  ['kr-passport', /^[MSRODG](?:\d{8}|\d{3}[A-Z]\d{4})$/, 0.2, passport],
  ['sg-nric', /^[STFGM]\d{7}[A-Z]$/, 0.55, 'nric|fin'],
  ['sg-uen', /^(?:\d{8}[A-Z]|(?:19|20)\d{7}[A-Z]|[RST]\d{2}[A-Z]{2}\d{4}[A-Z])$/, 0.3, 'uen'],
  ['my-nric', /^\d{12}$/, 0.25, 'mykad|nric|kad pengenalan|ic', (id) => isDate(id, 0), /^\d{6}-\d{2}-\d{4}$/],
  ['th-id', /^[1-9]\d{12}$/, 0.45, 'เลข\\S*|บัตรประชาชน|thai id|tnin|citizen id', thai, /^\d-\d{4}-\d{5}-\d{2}-\d$/],
  [
    'id-nik',
    /^[1-9]\d{15}$/,
    0.3,
    'nik|ktp',
    (id) => isDate(String(Number(id.slice(6, 8)) % 40).padStart(2, '0') + id.slice(8, 12), 0, 'dmy'),
  ],
  ['id-npwp', /^\d{15,16}$/, 0.1, 'npwp', undefined, /^\d{2}\.\d{3}\.\d{3}\.\d-\d{3}\.\d{3}$/],
  ['vn-id', /^0\d{11}$/, 0.1, 'cccd|cmnd|căn cước'],
  ['ph-tin', /^\d{9}(?:\d{3})?$/, 0.05, 'tin', undefined, /^\d{3}-\d{3}-\d{3}(?:-\d{3})?$/],
  [
    'ph-id',
    /^\d{10,16}$/,
    0.05,
    'sss|umid|philsys|philhealth|pag-?ibig|pcn',
    undefined,
    /^(?:\d{2}-\d{7}-\d|\d{4}-\d{4}-\d{4}(?:-\d{4})?|\d{2}-\d{9}-\d)$/,
  ],
  ['il-id', /^\d{9}$/, 0.2, 'ת\\.?ז\\.?|תעודת|teudat|israeli id', luhn],
  ['ae-id', /^784\d{12}$/, 0.7, 'emirates|eid', luhn],
  ['sa-id', /^[12]\d{9}$/, 0.2, 'iqama|هوية|national id', luhn],
  [
    'kw-id',
    /^[23]\d{11}$/,
    0.3,
    'civil id',
    (id) => isDate(id, 1) && eleven(weigh(id, [2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])) === at(id, 11),
  ],
  ['ir-id', /^\d{10}$/, 0.25, 'کد ملی|melli', iranian],
  ['eg-id', /^[23]\d{13}$/, 0.45, 'الرقم القومي|national id', (id) => isDate(id, 1)],
  ['qa-id', /^[23]\d{10}$/, 0.05, 'qid'],
  ['za-id', /^\d{13}$/, 0.55, 'rsa id|south african|said|id n\\w*', (id) => isDate(id, 0) && luhn(id)],
  ['ng-nin', /^\d{11}$/, 0.05, 'nin|bvn', verhoeff],
  ['ng-vehicle', /^[A-Z]{3}\d{3}[A-Z]{2}$/, 0.3, 'plates?|vehicle', undefined, /^[A-Z]{3}-\d{3}[A-Z]{2}$/],
  ['ke-pin', /^[AP]\d{9}[A-Z]$/, 0.5, 'kra|pin'],
  ['gh-card', /^GHA\d{10}$/, 0.7, 'ghana card'],
  ['ug-nin', /^C[MF]\d{8}[A-Z0-9]{4}$/, 0.5, 'nin'],
  ['ma-cin', /^[A-Z]{1,2}\d{5,6}$/, 0.05, 'cin|cnie'],
  ['mu-id', /^[A-Z]\d{12}[A-Z0-9]$/, 0.5, 'nid|national id'],
  ['au-tfn', /^\d{8,9}$/, 0.25, 'tfn|tax file', tfn, /^\d{3} \d{3} \d{3}$/],
  ['au-abn', /^[1-9]\d{10}$/, 0.45, 'abn|business number', abn, /^\d{2} \d{3} \d{3} \d{3}$/],
  ['au-acn', /^\d{9}$/, 0.25, 'acn|company number', acn, /^\d{3} \d{3} \d{3}$/],
  ['au-medicare', /^[2-6]\d{9,10}$/, 0.4, 'medicare', medicare, /^\d{4}[ -]\d{5}[ -]\d(?:[-/]\d)?$/],
  ['au-passport', /^[A-Z]{1,2}\d{7}$/, 0.15, passport],
  ['nz-ird', /^\d{8,9}$/, 0.25, 'ird', ird, /^\d{2,3}[- ]\d{3}[- ]\d{3}$/],
  ['nz-nhi', /^[A-HJ-NP-Z]{3}\d{4}$/, 0.15, 'nhi'],
)

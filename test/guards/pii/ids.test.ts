import { describe, expect, it } from 'vitest'
import { piiFinder } from '../../../src/guards/pii/find-pii.ts'
import { lengthsOf } from '../../../src/guards/pii/ids/lengths.ts'
import { idPacks } from '../../../src/guards/pii/ids.ts'
import { verifies } from '../../support/verifies.ts'

const find = piiFinder({ types: ['NATIONAL_ID'] })

const rulesOf = (text: string) => find(text).map(({ rule }) => rule.replace('pii.id.', ''))

describe('identity numbers with a good check', verifies('E6'), () => {
  it.each([
    ['br-cpf', 'CPF: 529.982.247-25'],
    ['br-cnpj', 'CNPJ 11.222.333/0001-81'],
    ['ar-cuit', 'CUIT 20-12345678-6'],
    ['cl-rut', 'RUT 12.345.678-5'],
    ['mx-curp', 'CURP HEGG560427MVZRRL04'],
    ['ca-sin', 'SIN 130 692 544'],
    ['us-npi', 'NPI 1234567893'],
    ['uk-nhs', 'NHS number 943 476 5919'],
    ['uk-nino', 'NI number AB 12 34 56 C'],
    ['ie-pps', 'PPS 1234567T'],
    ['fr-nir', 'sécurité sociale 1 84 12 76 451 089 46'.replace(/(\d) (?=\d)/g, '$1')],
    ['de-tax', 'Steuer-ID 86095742719'],
    ['es-nif', 'DNI 12345678Z'],
    ['es-nie', 'NIE X1234567L'],
    ['pt-nif', 'NIF 123456789'],
    ['nl-bsn', 'BSN 111222333'],
    ['be-nn', 'rijksregisternummer 85.07.30-033.28'],
    ['ch-ahv', 'AHV 756.9217.0769.85'],
    ['pl-pesel', 'PESEL 44051401359'],
    ['pl-nip', 'NIP 123-456-32-18'],
    ['cz-rc', 'rodné číslo 710319/2745'],
    ['ro-cnp', 'CNP 1960421350046'],
    ['bg-egn', 'EGN 7523169263'],
    ['hr-oib', 'OIB 33392005961'],
    ['ee-lt-id', 'isikukood 37605030299'],
    ['fi-hetu', 'hetu 131052-308T'],
    ['se-pnr', 'personnummer 811218-9876'],
    ['no-fnr', 'fødselsnummer 15108695088'],
    ['is-kt', 'kennitala 450401-3150'],
    ['tr-tckn', 'TCKN 17291716060'],
    ['ru-snils', 'СНИЛС 112-233-445 95'],
    ['kz-iin', 'ИИН 880506301328'.replace('880506301328', kazakh('88050630132'))],
    ['in-aadhaar', 'Aadhaar 2341 2341 2346'],
    ['in-pan', 'PAN ABCPE1234F'],
    ['cn-id', '身份证 11010519491231002X'],
    ['hk-id', 'HKID A123456(3)'],
    ['tw-id', 'national id A123456789'],
    ['kr-brn', 'BRN 104-86-56659'],
    ['sg-nric', 'NRIC S1234567D'],
    ['th-id', 'Thai ID 1-2345-45678-78-1'],
    ['za-id', 'RSA ID 8001015009087'],
    ['ae-id', 'Emirates ID 784-1980-1234567-9'.replace(/-/g, '')],
    ['au-tfn', 'TFN 876 543 210'],
    ['au-abn', 'ABN 51 824 753 556'],
    ['nz-ird', 'IRD 49-091-850'],
  ])('are told by name: %s', (id, text) => {
    expect(rulesOf(text)).toEqual([id])
  })

  /** The check digit of a Kazakh number, worked out here once more. */
  function kazakh(body: string): string {
    const sum = [...body].reduce((total, digit, index) => total + Number(digit) * (index + 1), 0) % 11
    return body + sum
  }

  it.each([
    ['a tax number of which one digit is wrong', '86095742710'],
    ['a resident id with a wrong letter', '110105194912310021'],
    ['a personal number with a day that is none', '991399-1234'],
    ['one digit over and over', '11111111111'],
    ['an order', 'order 44051401358'],
    ['versions of software', '121.0.7936.144 and 16.0.22968.39675'],
    ['a moment', '1607883609 or 1408537546525'],
    ['a number in thousands', '642 125 116'],
    ['a small number with an exponent', '1.4167357e-317'],
    ['the number of a record', '{"id": 515846145, "ts": 1456840724}'],
    ['a row of numbers', 'values 943 476 5919 943 476 5918 943 476 5917'],
  ])('are no match for %s', (_, text) => {
    expect(rulesOf(`total ${text} items`)).toEqual([])
  })

  it.each([
    ['passport number K1234567', 'K1234567'],
    ['driver license number D1234-5678', 'D1234-5678'],
    ['Tax ID: 98-7654321', '98-7654321'],
    ['My social insurance number is 123456789', '123456789'],
  ])('without a check need a word that says so: %s', (text, value) => {
    expect(find(text).map(({ start, end }) => text.slice(start, end))).toEqual([value])
    expect(find(`see ${value} there`)).toEqual([])
  })

  it('with a wrong digit count as slips beside their own name only', () => {
    expect(rulesOf('CPF: 529.982.247-26')).toEqual(['br-cpf'])
    expect(rulesOf('ref 529.982.247-26')).toEqual([])
  })
})

it('every form knows its shortest and longest text', () => {
  expect(lengthsOf('^(?:ATU\\d{8}|BE[01]\\d{9})$')).toEqual([11, 12])
  expect(lengthsOf('^(?!BG)[A-Z]{2}\\d{6}[A-D]?$')).toEqual([8, 9])
  for (const form of Object.values(idPacks).flat()) {
    const [least, most] = lengthsOf(form.form.source)
    expect(least, form.id).toBeGreaterThan(3)
    expect(most, form.id).toBeLessThan(21)
    expect(most, form.id).toBeGreaterThanOrEqual(least)
  }
})

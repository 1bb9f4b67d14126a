// Check sums of identity numbers, as their issuers publish them.

import { luhn } from '../cards.ts'

export { luhn }

/** A form of identity number. */
export interface IdForm {
  /** `br-cpf`: country (or region) and name. */
  readonly id: string
  /** The number without spaces, dots, dashes, slashes and brackets, in capitals. */
  readonly form: RegExp
  /** How telling the form is by itself, 0 to 1, once its check holds. */
  readonly strength: number
  /** Words that name it, in lower case. */
  readonly cue: RegExp
  readonly check?: (compact: string) => boolean
  /** The usual way to write it; worth extra. */
  readonly written?: RegExp
}

type Row = readonly [
  id: string,
  form: RegExp,
  strength: number,
  cue: string,
  check?: ((compact: string) => boolean) | undefined,
  written?: RegExp,
]

/** Rows of a table as forms. */
export function idForms(...rows: readonly Row[]): readonly IdForm[] {
  return rows.map(([id, form, strength, cue, check, written]) => ({
    id,
    form,
    strength,
    cue: new RegExp(`(?:^|[^a-z])(?:${cue})(?:[^a-z]|$)`),
    ...(check && { check }),
    ...(written && { written }),
  }))
}

/** The digit at a place. */
export function at(text: string, index: number): number {
  return text.charCodeAt(index) - 48
}

/** Digits times weights, from the left (or from `start`). */
export function weigh(text: string, weights: readonly number[], start = 0): number {
  let sum = 0
  for (let index = 0; index < weights.length; index++) sum += (weights[index] as number) * at(text, start + index)
  return sum
}

/** `11 - sum % 11`, where 11 means 0; 10 is left to the caller. */
export function eleven(sum: number): number {
  return (11 - (sum % 11)) % 11
}

/** From a weight down to another: `down(10, 2)` is 10, 9 … 2. */
export function down(from: number, to: number): number[] {
  return Array.from({ length: from - to + 1 }, (_, index) => from - index)
}

/** Is it a day of the calendar? Years may be two digits. */
export function isDay(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false
  if (month === 2) return day <= (year % 4 === 0 ? 29 : 28)
  return day <= (month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31)
}

/** A day written as six digits, year first unless told otherwise; months may carry a mark of the century. */
export function isDate(
  text: string,
  start: number,
  order: 'ymd' | 'dmy' = 'ymd',
  offsets: readonly number[] = [],
): boolean {
  const first = at(text, start) * 10 + at(text, start + 1)
  const month = at(text, start + 2) * 10 + at(text, start + 3)
  const third = at(text, start + 4) * 10 + at(text, start + 5)
  const [year, day] = order === 'ymd' ? [first, third] : [third, first]
  return isDay(year, month, day) || offsets.some((offset) => isDay(year, month - offset, day))
}

/** ISO 7064 MOD 11,10. */
export function mod1110(text: string): boolean {
  let product = 10
  for (let index = 0; index < text.length - 1; index++) {
    product = (((at(text, index) + product) % 10 || 10) * 2) % 11
  }
  return (11 - product) % 10 === at(text, text.length - 1)
}

/** The remainder of a long number. */
export function modulo(text: string, divisor: number): number {
  let rest = 0
  for (let index = 0; index < text.length; index++) rest = (rest * 10 + at(text, index)) % divisor
  return rest
}

/** Letters as 10, 11 … and digits as themselves. */
export function value(unit: string): number {
  return Number.parseInt(unit, 36)
}

const dihedral = '0123456789123406789523401789563401289567401239567859876043216598710432765982104387659321049876543210'
const turns = '01234567891576283094580379614289160435279453126870428657390127938064157046913258'

/** The check of Verhoeff. */
export function verhoeff(text: string): boolean {
  let state = 0
  for (let index = 0; index < text.length; index++) {
    const turned = at(turns, (index % 8) * 10 + at(text, text.length - 1 - index))
    state = at(dihedral, state * 10 + turned)
  }
  return state === 0
}

/** One digit over and over is nobody's number. */
export function isVaried(text: string): boolean {
  return !/^(\d)\1+$/.test(text)
}

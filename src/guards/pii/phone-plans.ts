// Facts of the world's numbering plans, as far as telling phone numbers from other numbers needs them: how long a
// national number is after its calling code, and in which groups people write numbers that carry no code.

/** Calling code → shortest and longest national number. Codes that are not here have 6 to 11 digits. */
const nationalLengths: Readonly<Record<string, readonly [number, number]>> = {
  1: [10, 10],
  7: [10, 10],
  20: [8, 10],
  27: [9, 9],
  30: [10, 10],
  31: [9, 9],
  32: [8, 9],
  33: [9, 9],
  34: [9, 9],
  36: [8, 9],
  39: [6, 11],
  40: [9, 9],
  41: [9, 9],
  43: [5, 13],
  44: [9, 10],
  45: [8, 8],
  46: [7, 10],
  47: [8, 8],
  48: [9, 9],
  49: [6, 12],
  51: [8, 9],
  52: [10, 11],
  53: [7, 8],
  54: [10, 11],
  55: [10, 11],
  56: [9, 9],
  57: [8, 10],
  58: [10, 10],
  60: [8, 10],
  61: [9, 10],
  62: [8, 12],
  63: [8, 10],
  64: [8, 10],
  65: [8, 8],
  66: [8, 9],
  81: [9, 10],
  82: [8, 10],
  84: [8, 10],
  86: [9, 11],
  90: [10, 10],
  91: [10, 10],
  92: [9, 10],
  93: [9, 9],
  94: [9, 9],
  95: [7, 10],
  98: [10, 10],
  353: [7, 9],
  358: [6, 11],
  380: [9, 9],
  420: [9, 9],
  852: [8, 8],
  971: [8, 9],
  972: [8, 9],
}

const threeDigits =
  /^(?:2(?:1[0-8]|[2-689]\d)|3(?:[578]\d)|42[0-3]|5[09]\d|6[789]\d|8(?:00|08|[58]\d|70|78|8[0-8])|9(?:[67]\d|9[2-8]))/

/** The calling code a number begins with, and the lengths its national part may have. */
export function callingCode(
  digits: string,
): { readonly code: string; readonly lengths: readonly [number, number] } | undefined {
  for (const size of [1, 2, 3]) {
    const code = digits.slice(0, size)
    const lengths = nationalLengths[code]
    if (lengths !== undefined) return { code, lengths }
  }
  return threeDigits.test(digits) ? { code: digits.slice(0, 3), lengths: [6, 11] } : undefined
}

/** How numbers are written without a code: sizes of the groups, what they begin with, how telling that is by itself. */
const forms: readonly (readonly [string, RegExp, number])[] = [
  ['3-3-4', /^[2-9]|^123/, 0.5],
  ['1-3-3-4', /^1[2-9]/, 0.6],
  ['3-4', /^[2-9]/, 0.3],
  ['3-3-3', /^[1-9]/, 0.38],
  ['3-2-2-2', /^[5-9]/, 0.5],
  ['2-3-2-2', /^[1-9]/, 0.5],
  ['2-2-2-2', /^[2-9]/, 0.35],
  ['3-2-3', /^[2-9]/, 0.4],
  ['4-4', /^[2-9]/, 0.2],
  ['5-5', /^[6-9]/, 0.5],
  ['4-3-3', /^[6-9]/, 0.4],
  ['2-5-4', /^[1-9]/, 0.5],
  ['2-4-4', /^[1-9]/, 0.5],
  ['3-4-4', /^1[3-9]/, 0.55],
  ['3-4-3', /^[2-9]/, 0.3],
  ['2-3-4', /^[1-9]/, 0.4],
  ['3-7', /^[3-9]/, 0.4],
  ['2-8', /^[1-9]/, 0.3],
  ['4-6', /^[1-9]/, 0.3],
  ['3-6', /^[2-9]/, 0.3],
  ['1-4-4', /^9/, 0.5],
  ['3-3-2-2', /^[3-9]/, 0.5],
  ['1-3-3-2-2', /^8[3-9]/, 0.6],
  ['1-3-2-2-3', /^8[3-9]/, 0.5],
  ['1-3-7', /^[18][2-9]/, 0.4],
  ['2-3-3', /^[2-9]/, 0.3],
  ['3-5', /^[5-9]/, 0.25],
  ['1-3-4', /^[1-9]/, 0.3],
  ['1-7', /^[1-9]/, 0.3],
  ['2-6', /^[2-9]/, 0.25],
  ['2-7', /^[1-9]/, 0.3],
  ['4-5', /^[2-9]/, 0.25],
  ['4-2-2-2', /^[2-9]/, 0.4],
  ['3-3-1-3', /^[2-9]/, 0.3],
  ['2-2-3-2-2', /^[1-9]/, 0.4],
  ['1-2-3-4', /^[1-9]/, 0.3],
  ['2-3-2-3', /^[1-9]/, 0.3],
  ['1-2-2-2-2', /^[1-9]/, 0.4],
  ['7', /^[1-9]/, 0.1],
  ['8', /^[1-9]/, 0.1],
  ['9', /^[1-9]/, 0.15],
  ['10', /^[1-9]/, 0.15],
  ['11', /^[1-9]/, 0.15],
  ['12', /^[1-9]/, 0.05],
]

const byForm = new Map(forms.map(([form, start, score]) => [form, { start, score }]))

/** How telling a grouping is, 0 when no plan writes numbers so. `sizes` is `3-3-4` for `555-123-4567`. */
export function formScore(sizes: string, digits: string): number {
  if (digits[0] === '0') return trunkScore(sizes, digits)
  if (sizes === '4-3-3' && /^1[38]00/.test(digits)) return 0.55
  const form = byForm.get(sizes)
  return form?.start.test(digits) ? form.score : 0
}

/** With the trunk prefix 0 nearly every grouping is in use somewhere: an area code of 2 to 6, the rest in 1 to 4 groups. */
function trunkScore(sizes: string, digits: string): number {
  const groups = sizes.split('-').map(Number)
  if (digits.length < 7 || digits.length > 13 || groups.length > 5 || /^0[0]/.test(digits)) return 0
  if (groups.length === 1)
    return digits.length < 9 ? 0.15 : digits.length > 12 ? 0 : /^0[1-9]\d{8,9}$/.test(digits) ? 0.38 : 0.3
  const [first = 0, ...rest] = groups
  if (first > 6 || first < 1 || rest.some((size) => size > 9)) return 0
  if (first === 1 && (groups[1] ?? 0) > 4) return 0
  return digits.length < 9 ? 0.3 : rest.some((size) => size < 2) ? 0.4 : 0.55
}

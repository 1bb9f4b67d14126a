// Pairs of a letter and the Latin letter it is taken for. The same folding runs over the lexicon, so a Russian word
// still finds itself, while a Latin word written with Cyrillic letters becomes Latin again.
const lookAlikes =
  'аaвbеeкkмmнhоoрpсcтtуyхxіiјjѕsԁdԛqԝwһhпnиuгrшwьbӏlүyґrαaβbεeηnιiκkνvοoρpτtυuχxγyωwσoςoμuζzɡgɑaıiɩiɪiʟlɴnʀrʏyʜhɢgɛeɔoøo' +
  'łlđdðdßsæaœoƒfħhŧtþpǀlᴀaʙbᴄcᴅdᴇeᴊjᴋkᴌlᴍmᴏoᴘpꜱsᴛtᴜuᴠvᴡwᴢzɐaɓbɖdɗdɠgɦhɨiɫlɭlɱmɲnɳnɵoʂsʈtʉuʋvʐz' +
  'ꭺaꮯcꭼeꮋhꭻjꮶkꮮlꮇmꮲpꭱrꮪsꭲtꮩvꮃwꮓzօoսuհhոnցgզqյjցg'
/** Characters that show nothing, and marks put over or under letters: first and last of each range. */
const unseen = [
  0xad, 0xad, 0x300, 0x36f, 0x591, 0x5c7, 0x61c, 0x61c, 0x640, 0x640, 0x64b, 0x65f, 0x115f, 0x1160, 0x17b4, 0x17b5,
  0x180b, 0x180f, 0x1ab0, 0x1aff, 0x1dc0, 0x1dff, 0x200b, 0x200f, 0x202a, 0x202e, 0x2060, 0x206f, 0x20d0, 0x20ff,
  0x3164, 0x3164, 0xfe00, 0xfe0f, 0xfe20, 0xfe2f, 0xfeff, 0xfeff,
]
const dropped = 0
const special = 1
const nonAscii = /[^\0-\x7f]/

/** What a text looks like to a reader: lower case, no marks, nothing invisible, look-alikes as Latin letters. */
export interface Folded {
  readonly text: string
  /** Text written in characters that show nothing: Unicode tags and variation selectors. */
  readonly invisible: string
}

/** Folds texts; ASCII costs one native pass. */
export type Fold = (text: string) => Folded

/** Builds the folding table. */
export function createFold(): Fold {
  const table = foldingTable()
  return (text) => (nonAscii.test(text) ? foldWith(table, text) : { text: text.toLowerCase(), invisible: '' })
}

/** For each character of the folded text its place in the original; one entry more for the end. */
export function foldedOffsets(fold: Fold, text: string): readonly number[] {
  const offsets: number[] = []
  let at = 0
  for (const character of text) {
    for (let n = fold(character).text.length; n > 0; n--) offsets.push(at)
    at += character.length
  }
  offsets.push(at)
  return offsets
}

function foldingTable(): Uint16Array {
  const table = Uint16Array.from({ length: 0x10000 }, (_, code) => code)
  for (let i = 0; i < unseen.length; i += 2) table.fill(dropped, unseen[i], (unseen[i + 1] as number) + 1)
  for (let i = 0; i < lookAlikes.length; i += 2) table[lookAlikes.charCodeAt(i)] = lookAlikes.charCodeAt(i + 1)
  table[0xdb40] = table[0xd83c] = special
  return table
}

function foldWith(table: Uint16Array, text: string): Folded {
  const source = text.normalize('NFKD').toLowerCase()
  const out = new Uint16Array(source.length)
  let length = 0
  let invisible = ''
  for (let i = 0; i < source.length; i++) {
    const code = source.charCodeAt(i)
    const to = table[code] as number
    if (to > special) out[length++] = to
    else if (code === 0xd83c) {
      const letter = enclosedLetter(source.charCodeAt(i + 1))
      out[length++] = letter || code
      if (letter > 0) i++
    } else if (to === special) invisible += hiddenCharacter(source.charCodeAt(++i))
  }
  return { text: textOf(out, length), invisible }
}

/** The letter in a squared or circled box, or a regional indicator. */
function enclosedLetter(low: number): number {
  const n = low >= 0xdde6 ? low - 0xdde6 : low >= 0xdd70 ? low - 0xdd70 : low - 0xdd50
  return n >= 0 && n < 26 ? 97 + n : 0
}

/** The tag characters mirror ASCII; the variation selectors after them can carry bytes, from 16 on. */
function hiddenCharacter(low: number): string {
  const code = low < 0xdd00 ? low - 0xdc00 : low - 0xdd00 + 16
  return code >= 32 && code < 127 ? String.fromCharCode(code) : ''
}

function textOf(codes: Uint16Array, length: number): string {
  let text = ''
  for (let i = 0; i < length; i += 4096) text += String.fromCharCode(...codes.subarray(i, Math.min(i + 4096, length)))
  return text
}

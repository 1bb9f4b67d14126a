// Words carry no claim of their own: articles, pronouns, auxiliaries, in languages that answers often come in.
const emptyWords = new Set(
  `a an the of in on at to for from by with and or but nor as is are was were be been being am it its this that these those he she they
  him her them his their our your my we you i who whom whose which what when where why how did does do done has have had having not no
  yes than then also into over about after before during between both same such other more most only own so too very can will would
  could should may might must there here if because while although according source sources text document per via etc
  der die das den dem des ein eine einer eines einem einen und oder aber ist sind war waren sein wird werden wurde wurden nicht auch als
  auf aus bei bis durch für im in mit nach von vom vor zu zum zur über unter es er sie wir ihr sich dass wie wenn
  le la les un une des du de et ou mais est sont était été être à au aux en dans par pour sur avec que qui ne pas il elle ils elles ce cette
  el los las una uno y o pero es son era fue ser no en con por para del al que se su sus como`.split(/\s+/),
)
const endings = ['ings', 'ing', 'edly', 'ies', 'ed', 'es', 'ly', 's'] as const
const word = /[\p{L}\p{N}]+(?:['’.-][\p{L}\p{N}]+|,\p{N}+)*/gu
const marks = /\p{M}/gu

/** A word of a text as it is compared. */
export interface Word {
  /** Lower case, without marks and the commonest endings. */
  readonly stem: string
  readonly start: number
  readonly end: number
  readonly isCapital: boolean
}

/** The words of a text that say something. Ideographs count one by one. */
export function contentWords(text: string): Word[] {
  const found: Word[] = []
  for (const { 0: raw, index } of text.matchAll(word)) {
    if (/[\u3040-\u30ff\u3400-\u9fff]/.test(raw)) {
      for (let i = 0; i < raw.length; i++) found.push({ stem: raw[i] as string, ...at(index + i, 1), isCapital: false })
      continue
    }
    const plain = foldWord(raw)
    if (emptyWords.has(plain)) continue
    found.push({ stem: stemOf(plain), ...at(index, raw.length), isCapital: /^\p{Lu}/u.test(raw) })
  }
  return found
}

function at(start: number, length: number) {
  return { start, end: start + length }
}

/** Lower case, without marks; the owner's `'s` goes too. */
export function foldWord(raw: string): string {
  return raw
    .normalize('NFKD')
    .replace(marks, '')
    .toLowerCase()
    .replace(/['’]s$/, '')
}

function stemOf(plain: string): string {
  if (/\d/.test(plain)) return plain
  for (const ending of endings) {
    if (plain.length - ending.length >= 4 && plain.endsWith(ending)) {
      return plain.slice(0, -ending.length) + (ending === 'ies' ? 'y' : '')
    }
  }
  return plain
}

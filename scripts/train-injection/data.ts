import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { intentGrammar } from './attack-intents.ts'
import { orderGrammar } from './attack-orders.ts'
import { roleGrammar } from './attack-roles.ts'
import { talkGrammar } from './attack-talk.ts'
import { attackGrammar, foreignAttacks } from './attacks.ts'
import { expand } from './expand.ts'
import { moreForeignAttacks, moreForeignHarmless } from './foreign.ts'
import { foreignTalk } from './foreign-talk.ts'
import { foreignHarmless, harmlessGrammar } from './harmless.ts'
import { formGrammar } from './harmless-forms.ts'
import { promptGrammar } from './harmless-prompts.ts'
import { talkGrammar as harmlessTalk } from './harmless-talk.ts'
import { createRandom, type Random } from './random.ts'

/** How many attacks, and how many harmless texts, of our own are written for the training. */
export const ownTexts = 40_000

/** One text to learn from. */
export interface Row {
  readonly text: string
  readonly isAttack: boolean
  readonly source: string
  readonly kind: string
  readonly variant?: string
  /** Source of the text around one of our own attacks. */
  readonly carrier?: string
}

/** The development data; texts that set off secret scanners are stored in base64. */
export function readRows(folder: string): Row[] {
  const files = ['dev-attacks', 'dev-benign', 'dev-benign-extra']
  return files.flatMap((file) =>
    readFileSync(join(folder, 'injection', `${file}.jsonl`), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const { text, text_b64: coded, label, source, kind, variant } = JSON.parse(line)
        const plain = text ?? Buffer.from(coded, 'base64').toString()
        return { text: plain, isAttack: label === 1, source, kind, ...(variant && { variant }) }
      }),
  )
}

// Variants of one source that are mostly plain questions by themselves: only the conversation made them attacks.
const telling = new Set([
  'ignore_previous_instructions',
  'system_mode',
  'mixed_techniques',
  'few_shot_attack',
  'output_formatting_manipulation',
])
const personaPrompt = /I want you to act as|Ich möchte, dass (?:Sie|du) als/i
const override = /ignor|forget|vergiss|vergess/i

/** Leaves out attacks that no wording gives away: they would teach the model the harmless text around them. */
export function isLearnable({ isAttack, source, variant, text }: Row): boolean {
  if (!isAttack) return true
  if (source === 'bipia-train') return false
  if (source === 'cyberseceval-pi') return telling.has(variant ?? '')
  return source !== 'deepset-train' || !personaPrompt.test(text) || override.test(text)
}

/** Our own texts: attacks alone and inside harmless text, and harmless texts full of the same words. */
export function generate(count: number, seed: number, carriers: readonly Row[]): Row[] {
  const random = createRandom(seed)
  const rows: Row[] = []
  for (let i = 0; i < count; i++) {
    rows.push({ ...inSomeText(oneAttack(random), random, carriers), isAttack: true, source: 'own-attack', kind: 'own' })
    rows.push({ text: oneHarmless(random), isAttack: false, source: 'own-harmless', kind: 'own' })
  }
  return rows
}

const allAttacks = merged(foreignAttacks, moreForeignAttacks)
const allHarmless = merged(foreignHarmless, moreForeignHarmless)

function merged(...tables: readonly Readonly<Record<string, readonly string[]>>[]): Record<string, readonly string[]> {
  const all: Record<string, string[]> = {}
  for (const [language, sentences] of tables.flatMap(Object.entries<readonly string[]>)) {
    all[language] = [...(all[language] ?? []), ...sentences]
  }
  return all
}

function oneAttack(random: Random): string {
  if (random.chance(0.12)) return styled(foreignTalked('{attack}', random), random)
  if (random.chance(0.35)) return styled(oneIntent(random), random)
  const kind = random.next()
  if (kind < 0.3) return foreign(allAttacks, random)
  if (kind < 0.45) return styled(expand('{order}', orderGrammar, random), random)
  if (kind < 0.6) return styled(expand('{remark}', talkGrammar, random), random)
  if (kind < 0.75) return styled(oneRole(random), random)
  return styled(expand('{attack}', attackGrammar, random), random)
}

/** One name all through a text. */
function oneIntent(random: Random): string {
  const { alias = [] } = intentGrammar
  return expand('{intent}', { ...intentGrammar, alias: [random.pick(alias)] }, random)
}

/** One name and one maker all through a text. */
function oneRole(random: Random): string {
  const { chr = [], maker = [], ais = [] } = roleGrammar
  const named = { ...roleGrammar, chr: [random.pick(chr)], maker: [random.pick(maker)], ais: [random.pick(ais)] }
  return expand('{talk}', named, random)
}

function oneHarmless(random: Random): string {
  if (random.chance(0.12)) return styled(foreignTalked('{calm}', random), random)
  if (random.chance(0.45)) return styled(expand('{form}', formGrammar, random), random)
  const kind = random.next()
  if (kind < 0.16) return foreign(allHarmless, random)
  if (kind < 0.48) return styled(expand('{calm}', promptGrammar, random), random)
  if (kind < 0.7) return styled(expand('{day}', harmlessTalk, random), random)
  return styled(expand('{harmless}', harmlessGrammar, random), random)
}

function foreignTalked(start: string, random: Random): string {
  const joint = random.pick(['. ', '. ', '! ', '\n'])
  const grammar = random.pick(Object.values(foreignTalk))
  return Array.from({ length: random.pick([1, 1, 2]) }, () => expand(start, grammar, random)).join(joint)
}

function foreign(sentences: Readonly<Record<string, readonly string[]>>, random: Random): string {
  const list = random.pick(Object.values(sentences))
  const joint = random.pick(['. ', '. ', '! ', '\n', ', '])
  const count = random.pick([1, 1, 2, 3])
  return Array.from({ length: count }, () => expand(random.pick(list), {}, random)).join(joint)
}

function styled(text: string, random: Random): string {
  const tidy = text.replace(/ +/g, ' ').trim()
  const style = random.next()
  if (style < 0.5) return tidy.charAt(0).toUpperCase() + tidy.slice(1) + random.pick(['.', '.', '!', ''])
  if (style < 0.58) return tidy.toUpperCase()
  if (style < 0.66) return withSlips(tidy, random)
  return tidy
}

/** Swaps, drops or doubles a letter here and there. */
function withSlips(text: string, random: Random): string {
  return text.replace(/[a-z]{5,}/g, (word) => {
    if (!random.chance(0.5)) return word
    const at = 1 + Math.floor(random.next() * (word.length - 3))
    const [a, b] = [word[at] as string, word[at + 1] as string]
    return word.slice(0, at) + random.pick([b + a, a, a + a + b]) + word.slice(at + 2)
  })
}

function inSomeText(attack: string, random: Random, carriers: readonly Row[]): Pick<Row, 'text' | 'carrier'> {
  const place = random.next()
  if (place < 0.55 || carriers.length === 0) return { text: attack }
  const { text, source } = random.pick(carriers)
  const carrier = text.slice(0, 1200)
  const joint = random.pick(['\n\n', '\n', ' ', ' ... ', '\n---\n', ' <!-- ', '. '])
  if (place < 0.7) return { text: attack + joint + carrier, carrier: source }
  const cut = place < 0.88 ? -1 : carrier.indexOf(' ', Math.floor(random.next() * carrier.length * 0.8))
  if (cut < 0) return { text: carrier + joint + attack, carrier: source }
  return { text: carrier.slice(0, cut) + joint + attack + joint + carrier.slice(cut), carrier: source }
}

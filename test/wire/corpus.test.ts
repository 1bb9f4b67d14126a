import { existsSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { verifies } from '../support/verifies.ts'
import { corpusFolder, loadCorpus } from './load-cases.ts'
import { type CaseResult, runCorpus } from './run-corpus.ts'

const folder = corpusFolder()

describe.skipIf(!existsSync(folder))('recorded exchanges, replayed through the public client', () => {
  const corpus = loadCorpus(folder)
  let results: readonly CaseResult[] = []

  beforeAll(async () => {
    results = await runCorpus(corpus, { splits: 2, seed: 7 })
  }, 120_000)

  it('are all replayed', () => {
    expect(results).toHaveLength(corpus.cases.length)
    expect(results.length).toBeGreaterThan(500)
  })

  it('come out as they went in, however the bytes are cut', verifies('C1', 'F81', 'F82', 'F91'), () => {
    const failed = results.filter(({ differences, contradiction }) => differences.length > 0 && !contradiction)
    expect(failed.map(({ id, differences }) => `${id}: ${differences.join(' | ')}`)).toEqual([])
  })

  it('differ only where the exchange contradicts what is expected of it', () => {
    const contradicted = results.filter(({ contradiction }) => contradiction !== undefined)
    expect(contradicted.length).toBeLessThanOrEqual(results.length / 50)
  })
})

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { benchmarkFiles, plotOf, readResults, withResults } from '../../scripts/write-benchmarks.ts'

describe('the page of benchmarks', () => {
  const page = readFileSync(benchmarkFiles.page, 'utf8')
  const results = readResults()

  it('shows the results beside it, in its tables and in its plot', () => {
    expect(page, 'run `node scripts/write-benchmarks.ts`').toBe(withResults(page, results))
    expect(readFileSync(benchmarkFiles.plot, 'utf8')).toBe(plotOf(results))
  })

  it('notices results that changed', () => {
    const faster = { ...results, importMs: { ...results.importMs, holdfast: 1 } }
    expect(withResults(page, faster)).not.toBe(page)
    expect(plotOf(faster)).not.toBe(plotOf(results))
  })
})

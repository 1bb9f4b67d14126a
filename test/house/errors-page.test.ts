import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { errorsPage, errorTable, withTable } from '../../scripts/write-errors.ts'
import { policyOf } from '../../src/errors/policy.ts'

describe('the page of errors', () => {
  const page = readFileSync(errorsPage, 'utf8')

  it('says what the library does', () => {
    expect(page, 'run `node scripts/write-errors.ts`').toBe(withTable(page))
  })

  it('shows the policy of a code in its row', () => {
    const { retries, retriesWithFallback } = policyOf('server_error')
    const row = errorTable()
      .split('\n')
      .find((line) => line.includes('`server_error`'))
    expect(row).toContain(`| ${retries}, with a fallback ${retriesWithFallback} | counts |  | next |`)
  })

  it('notices a row that is out of date', () => {
    expect(withTable(page.replace('| `rate_limited` |', '| `rate_limitless` |'))).toBe(page)
  })

  it('refuses a page without a place for the table', () => {
    expect(() => withTable('# Errors')).toThrow('lacks the marks')
  })
})

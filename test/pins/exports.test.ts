import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { readEntries } from '../../scripts/entries.ts'
import { publicNames } from '../../scripts/public-names.ts'

/**
 * A red pin asks: did you mean it? A name that went is a breaking change; a new one is a promise to keep.
 * If you did, run `npx vitest run test/pins -u` and say why in the change.
 */
// An entry without a source is for `npm run check:package` to report.
it.skipIf(readEntries().some((entry) => !entry.exists))('hands out exactly the pinned names', async () => {
  const entries = readEntries()
  const text = entries.map(({ specifier, source }) => {
    const names = publicNames(source, readFileSync(source, 'utf8'))
    return `${[specifier, ...names.map((name) => `  ${name}`)].join('\n')}\n`
  })
  await expect(text.join('\n')).toMatchFileSnapshot('exports.txt')
})

it('pins values that are there at run time', async () => {
  for (const { specifier, source, exists } of readEntries()) {
    if (!exists) continue
    const pinned = publicNames(source, readFileSync(source, 'utf8')).filter((name) => name.startsWith('value '))
    const actual = Object.keys(await import(specifier)).map((name) => `value ${name}`)
    expect(actual.sort()).toEqual(pinned)
  }
})

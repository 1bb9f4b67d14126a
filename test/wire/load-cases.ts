import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { WireCase } from '../support/wire-corpus.ts'

/** A folder of exchanges, and which error codes each class of failure may become. */
export interface Corpus {
  readonly folder: string
  readonly cases: readonly WireCase[]
  readonly codesOfClass: ReadonlyMap<string, readonly string[]>
}

const ownFolder = 'test/fixtures/wire'

/** The folder named in `WIRE_CORPUS`, else the one beside the repository, else the one kept in it. */
export function corpusFolder(): string {
  return process.env.WIRE_CORPUS ?? ['../shared/data/wire', ownFolder].find((folder) => existsSync(folder)) ?? ownFolder
}

/** Reads every exchange below a folder, in the order of their names. */
export function loadCorpus(folder: string): Corpus {
  const cases = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .sort((a, b) => a.name.localeCompare(b.name))
    .flatMap(({ name }) =>
      readdirSync(join(folder, name))
        .sort()
        .map((file) => join(folder, name, file)),
    )
    .filter((path) => path.endsWith('.json'))
    .map((path) => read(path) as WireCase)
  const classes = [join(folder, 'classes.json'), join(ownFolder, 'classes.json')].find((path) => existsSync(path))
  const rows = (read(classes as string) as { classes: { class: string; codes: string[] }[] }).classes
  return { folder, cases, codesOfClass: new Map(rows.map((row) => [row.class, row.codes])) }
}

function read(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'))
}

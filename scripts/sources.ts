/** Reading source files and reporting what is wrong with them: shared by the checks of this folder. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { root } from './entries.ts'

/** Path relative to the root, with forward slashes, to text. */
export type Sources = ReadonlyMap<string, string>

/** Reads every `.ts` file below the folders. A folder that is not there counts as empty. */
export function readSources(...folders: string[]): Sources {
  const paths = folders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
        .filter((path) => path.endsWith('.ts')),
    )
  return new Map(paths.sort().map((path) => [path, readFileSync(join(root, path), 'utf8')]))
}

/** Parses one file, with parents set. */
export function parse(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true, ts.ScriptKind.TS)
}

/** `path:line` of a node. */
export function place(file: ts.SourceFile, node: ts.Node): string {
  return `${file.fileName}:${file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1}`
}

/** Calls `visit` for the node and everything in it. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node)
  ts.forEachChild(node, (child) => walk(child, visit))
}

/** Prints the outcome of a check and sets the exit code. */
export function report(name: string, problems: readonly string[], summary: string): void {
  for (const problem of problems) console.error(`${name}: ${problem}`)
  if (problems.length === 0) console.log(`${name}: ok, ${summary}`)
  else {
    console.error(`${name}: ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`)
    process.exitCode = 1
  }
}

/**
 * Type-checks what readers copy: every ```ts block of README.md and docs/, and the files of examples/.
 * ```ts continue   goes on where the block before it on the same page ended
 * ```ts ignore     is a sketch that is not meant to compile
 * Also finds links between documents that lead nowhere.
 */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import ts from 'typescript'
import { readEntries, root } from './entries.ts'
import { report } from './sources.ts'

const pages = ['*.md', 'docs/**/*.md', 'examples/**/*.md'].flatMap((pattern) => globSync(pattern, { cwd: root })).sort()
const texts = new Map(pages.map((page) => [page, readFileSync(join(root, page), 'utf8')]))
const blocks = new Map([...texts].flatMap(([page, text]) => readBlocks(page, text)))
const examples = globSync('examples/**/*.ts', { cwd: root }).map((path) => join(root, path))
const problems = [...compile(), ...[...texts].flatMap(([page, text]) => checkLinks(page, text))]
report('docs', problems, `${pages.length} pages, ${blocks.size} code blocks, ${examples.length} examples`)

/** The checked blocks of a page, each as a file whose line numbers are those of the page. */
function readBlocks(page: string, text: string): [path: string, code: string][] {
  const found: string[][] = []
  let inside = false
  let lines: string[] | undefined
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^\s*```(.*)$/.exec(line)?.[1]?.trim()
    if (fence === undefined) {
      if (lines) lines[index] = line
    } else if (inside) {
      inside = false
      lines = undefined
    } else {
      inside = true
      if (fence === 'ts') found.push([])
      lines = fence === 'ts' || fence === 'ts continue' ? found.at(-1) : undefined
    }
  }
  // Lines outside of the block are holes, which join as empty lines.
  return found.map((block, index) => [join(root, `${page}.${index + 1}.ts`), block.join('\n')])
}

/** Compiles blocks and examples against the sources, each entry under its public name only. */
function compile(): string[] {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root)
  const paths = Object.fromEntries(readEntries().map((entry) => [entry.specifier, [join(root, entry.source)]]))
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = (path) => blocks.has(path) || fileExists(path)
  host.readFile = (path) => blocks.get(path) ?? readFile(path)
  host.getSourceFile = (path, languageVersion, ...rest) => {
    const code = blocks.get(path)
    if (code === undefined) return getSourceFile(path, languageVersion, ...rest)
    return ts.createSourceFile(path, code, languageVersion, true)
  }
  const rootNames = [...blocks.keys(), ...examples]
  if (rootNames.length === 0) return []
  const program = ts.createProgram({ rootNames, options: { ...options, paths }, host })
  return rootNames.flatMap((name) => {
    const file = program.getSourceFile(name)
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(describe)
  })
}

function describe(diagnostic: ts.Diagnostic): string {
  const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n  ')
  if (!diagnostic.file) return message
  const path = relative(root, diagnostic.file.fileName).replace(/\.md\.\d+\.ts$/, '.md')
  return `${path}:${diagnostic.file.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line + 1} ${message}`
}

/** Relative links to files that are not there. */
function checkLinks(page: string, text: string): string[] {
  const links = [...text.matchAll(/\]\(([^)\s#]+)(?:#[^)\s]*)?\)/g)].map((match) => match[1] ?? '')
  return links
    .filter((link) => !/^[a-z]+:/.test(link) && !existsSync(join(root, dirname(page), link)))
    .map((link) => `${page} links to ${link}, which is not there`)
}

/** Fails on an arrow that climbs from a lower floor to a higher one, and on any import cycle. See docs/architecture.md. */
import { isBuiltin } from 'node:module'
import { pathToFileURL } from 'node:url'
import ts from 'typescript'
import { type Import, readImports } from './imports.ts'
import { parse, place, readSources, report, type Sources } from './sources.ts'

const ground = ['types', 'errors', 'utils']
const rooms = [
  'guards',
  'metering',
  'routing',
  'resilience',
  'health',
  'observability',
  'stores',
  'credentials',
  'config',
  'transport',
]
const doors = ['index', 'env', 'handler', 'ai-sdk', 'mcp']

/** What each room may import besides itself. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  types: [],
  errors: ground,
  utils: ground,
  ...Object.fromEntries([...rooms, 'testing'].map((room) => [room, ground])),
  providers: [...ground, 'transport'],
  client: [...ground, ...rooms],
  ...Object.fromEntries(doors.map((door) => [door, [...ground, ...rooms, 'testing', 'providers', 'client']])),
  index: [...ground, ...rooms, 'client'],
  cli: [...ground, ...rooms, 'testing', 'providers', 'client', ...doors],
}

/** Each third-party library is known to one file; these have theirs named. zod is a language rather than a helper. */
const homes: Readonly<Record<string, string>> = {
  ky: 'src/transport/http-client.ts',
  'eventsource-parser': 'src/transport/sse.ts',
  opossum: 'src/resilience/circuit-breaker.ts',
  'p-retry': 'src/resilience/retry.ts',
}

/** The only places where Node's own modules may be named. */
const nodePlaces = [
  /^src\/stores\/sqlite(\.ts$|\/)/,
  /^src\/observability\/rotating-file\.ts$/,
  /^src\/testing\/server(\.ts$|\/)/,
  /^src\/env(\.ts$|\/)/,
  /^src\/cli(\.ts$|\/)/,
]

/** All problems of a set of files below `src/`. */
export function checkLayers(sources: Sources): string[] {
  const { imports, unreadable } = readImports(sources)
  return [
    ...unreadable,
    ...[...sources.keys()].filter((path) => !(roomOf(path) in mayImport)).map((path) => `${path} is in no known room`),
    ...imports.flatMap((item) => (item.target === undefined ? checkPackage(item) : checkArrow(item, sources))),
    ...checkHomes(imports),
    ...checkTypes(sources),
    ...findCycles(sources, imports),
  ]
}

/** `src/providers/openai.ts` → `providers`; `src/index.ts` → `index`. */
function roomOf(path: string): string {
  return path.split('/')[1]?.replace(/\.ts$/, '') ?? ''
}

function checkArrow(item: Import, sources: Sources): string[] {
  const target = item.target ?? ''
  if (!item.specifier.endsWith('.ts')) return [`${item.place} imports '${item.specifier}' without its .ts ending`]
  if (!sources.has(target)) return [`${item.place} imports '${item.specifier}', which is not a file below src`]
  const [from, to] = [roomOf(item.from), roomOf(target)]
  if (from === to || mayImport[from]?.includes(to)) return []
  return [`${item.place} reaches from ${from} to ${to} ('${item.specifier}')`]
}

function checkPackage(item: Import): string[] {
  const name = packageOf(item.specifier)
  if (name === 'holdfast') return [`${item.place} imports the package itself; use a relative path`]
  if (item.specifier.startsWith('node:') || isBuiltin(item.specifier)) {
    return nodePlaces.some((allowed) => allowed.test(item.from))
      ? []
      : [
          `${item.place} imports ${item.specifier}; Node's modules stay in stores/sqlite, observability/rotating-file, testing/server, env and cli`,
        ]
  }
  const home = homes[name]
  if (home !== undefined && item.from !== home) return [`${item.place} imports ${name}, which only ${home} knows`]
  if (name !== 'zod') return []
  if (roomOf(item.from) === 'types') return [`${item.place} brings zod into types`]
  return item.names.includes('z')
    ? [`${item.place}: write \`import * as z from 'zod'\`; \`{ z }\` is 70 kB heavier`]
    : []
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

function checkHomes(imports: readonly Import[]): string[] {
  const users = new Map<string, Set<string>>()
  for (const { from, specifier, target } of imports) {
    const name = packageOf(specifier)
    if (target !== undefined || isBuiltin(specifier) || name === 'zod' || name === 'holdfast' || name in homes) continue
    users.set(name, (users.get(name) ?? new Set()).add(from))
  }
  return [...users]
    .filter(([, files]) => files.size > 1)
    .map(([name, files]) => `${name} is known to more than one file: ${[...files].join(', ')}`)
}

/** The room of contracts leaves nothing behind at run time. */
function checkTypes(sources: Sources): string[] {
  return [...sources]
    .filter(([path]) => roomOf(path) === 'types')
    .flatMap(([path, text]) => {
      const file = parse(path, text)
      return file.statements
        .filter((statement) => !isTypeStatement(statement))
        .map((statement) => `${place(file, statement)} has run-time code in types`)
    })
}

function isTypeStatement(statement: ts.Statement): boolean {
  if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) return true
  if (ts.isImportDeclaration(statement)) return statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
  if (ts.isExportDeclaration(statement)) return statement.isTypeOnly
  const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : []
  return modifiers.some((modifier) => modifier.kind === ts.SyntaxKind.DeclareKeyword)
}

/** One message for each group of files that reach each other (Tarjan's strongly connected components). */
function findCycles(sources: Sources, imports: readonly Import[]): string[] {
  const arrows = new Map<string, string[]>([...sources.keys()].map((path) => [path, []]))
  const own = new Set<string>()
  for (const { from, target } of imports) {
    if (target !== undefined && sources.has(target)) arrows.get(from)?.push(target)
    if (from === target) own.add(from)
  }
  const index = new Map<string, number>()
  const stack: string[] = []
  const groups: string[][] = []
  const visit = (path: string): number => {
    const mine = index.size
    index.set(path, mine)
    stack.push(path)
    let lowest = mine
    for (const next of arrows.get(path) ?? []) {
      if (!index.has(next)) lowest = Math.min(lowest, visit(next))
      else if (stack.includes(next)) lowest = Math.min(lowest, index.get(next) ?? lowest)
    }
    if (lowest === mine) groups.push(stack.splice(stack.indexOf(path)))
    return lowest
  }
  for (const path of arrows.keys()) if (!index.has(path)) visit(path)
  return groups
    .filter((group) => group.length > 1 || own.has(group[0] ?? ''))
    .map((group) => `import cycle: ${[...group, group[0]].join(' → ')}`)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const sources = readSources('src')
  report('layers', checkLayers(sources), `${sources.size} files`)
}

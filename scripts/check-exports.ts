/**
 * Holds `exports` in package.json, the sources, and dist together: each entry has a source, a build and types, hands out
 * something, does nothing when it is imported, names no type of a library that is an inner matter, and carries the
 * licences of what is bundled.
 * Needs a fresh `npm run build`.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundled } from './bundling.ts'
import { type Entry, readEntries, readPackage, root } from './entries.ts'
import { report } from './sources.ts'

/** Libraries whose types never become ours. */
const inner = ['ky', 'p-retry', 'eventsource-parser', 'zod', ...bundled]

/** Declarations that may speak of Node, because their entries run nowhere else. */
const onNode = /^(testing\/server|stores\/sqlite|env|cli)\b/

let timersStarted = 0
countTimers()
// Opened now: a late warning of Node itself would open it while an import is watched.
process.stderr.write('')
process.stdout.write('')
const entries = readEntries()
const problems = [...entries.flatMap(checkShape), ...checkDeclarations(), ...bundled.flatMap(checkNotice)]
if (problems.length === 0) for (const entry of entries) problems.push(...(await checkImport(entry)))
report('exports', problems, `${entries.length} entries`)

function checkShape(entry: Entry): string[] {
  const given = JSON.stringify(readPackage().exports[entry.key])
  const wanted = JSON.stringify({ types: `./dist/${entry.name}.d.ts`, default: `./dist/${entry.name}.js` })
  if (given !== wanted) return [`${entry.key} is ${given}; must be ${wanted}`]
  if (!entry.exists) return [`${entry.key} has no source: expected src/${entry.name}.ts or src/${entry.name}/index.ts`]
  return [`dist/${entry.name}.js`, `dist/${entry.name}.d.ts`]
    .filter((file) => !existsSync(join(root, file)))
    .map((file) => `${entry.key} lacks ${file}; run \`npm run build\``)
}

function checkDeclarations(): string[] {
  if (!existsSync(join(root, 'dist'))) return []
  const files = readdirSync(join(root, 'dist'), { recursive: true, encoding: 'utf8' })
  return files
    .filter((file) => file.endsWith('.d.ts'))
    .flatMap((file) => {
      const text = readFileSync(join(root, 'dist', file), 'utf8')
      const names = [...text.matchAll(/(?:from|import\(|import) ?['"]([^'".][^'"]*)['"]/g)].map(
        (match) => match[1] ?? '',
      )
      const leaked = names.filter((name) => inner.some((library) => name === library || name.startsWith(`${library}/`)))
      const isNode =
        names.some((name) => name.startsWith('node:')) || /\bNodeJS\.|\bBuffer\b|types="node"/.test(code(text))
      return [
        ...leaked.map((name) => `dist/${file} names a type of ${name}`),
        ...(isNode && !onNode.test(file) ? [`dist/${file} names a type of Node`] : []),
      ]
    })
}

/** The text without comments, which may well speak of Node. */
function code(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/(?!\/).*$/gm, '')
}

/** What we ship inside dist comes with its licence, word for word. */
function checkNotice(name: string): string[] {
  const folder = join(root, 'node_modules', name)
  const notices = readFileSync(join(root, 'THIRD_PARTY_NOTICES.md'), 'utf8')
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const section = notices.split(/^## /m).find((part) => part.startsWith(`${name}\n`)) ?? ''
  const licence = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file))
  const isWhole = licence !== undefined && section.includes(readFileSync(join(folder, licence), 'utf8').trim())
  return isWhole && section.includes(`Version ${version},`)
    ? []
    : [`THIRD_PARTY_NOTICES.md lacks ${name} ${version} with the text of its licence`]
}

/** Importing is free: no timers, sockets or process listeners, whatever the entry. */
async function checkImport(entry: Entry): Promise<string[]> {
  const before = footprint()
  const names = Object.keys(await import(entry.specifier))
  const after = footprint()
  return [
    ...(names.length === 0 ? [`${entry.specifier} exports nothing at run time`] : []),
    ...(names.includes('default') ? [`${entry.specifier} has a default export`] : []),
    ...(after === before ? [] : [`importing ${entry.specifier} leaves something behind: ${before} became ${after}`]),
  ]
}

function footprint(): string {
  const listeners = process.eventNames().map((name) => `${String(name)} listeners ${process.listenerCount(name)}`)
  const resources = process.getActiveResourcesInfo().filter((name) => name !== 'FSReqPromise')
  return [`timers ${timersStarted}`, ...resources, ...listeners].join(', ')
}

/** Unreferenced timers do not show among the active resources, so starting one is counted. */
function countTimers(): void {
  const { setTimeout, setInterval } = globalThis
  const counted = <T extends (...args: never[]) => unknown>(start: T): T =>
    new Proxy(start, {
      apply(target, self, args) {
        timersStarted += 1
        return Reflect.apply(target, self, args)
      },
    })
  globalThis.setTimeout = counted(setTimeout)
  globalThis.setInterval = counted(setInterval)
}

/** Sizes of what users ship, and that nothing bleeds from one subpath into another. Needs a fresh `npm run build`. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type Metafile } from 'esbuild'
import { alias, builtinsOf, bundled, inMemory } from './bundling.ts'
import { type Entry, readEntries, readPackage, root } from './entries.ts'
import { report } from './sources.ts'

/**
 * Programs as users write them, with everything they pull in, minified: bytes after gzip. `maxInitial` is what is loaded
 * before the first call, from `maxFiles` files, `maxAll` what a bundler that cannot split puts into one file, features
 * never used included.
 */
const budgets = [
  {
    name: 'client + openai',
    maxInitial: 25_000,
    maxFiles: 7,
    maxAll: 72_000,
    code: `import { UnifiedClient } from 'holdfast'
      import { openai } from 'holdfast/providers/openai'
      console.log(new UnifiedClient({ providers: [openai()] }))`,
  },
]

/** What the sources reached from an entry must not include. */
const walls: readonly { entry: RegExp; forbidden: RegExp; why: string }[] = [
  { entry: /^\.$/, forbidden: /^src\/providers\//, why: 'the root knows no provider' },
  {
    entry: /^\.\/providers\//,
    forbidden: /^src\/client\/|^(ky|opossum|p-retry)$/,
    why: 'a provider is handed its client and its way to the network',
  },
  {
    entry: /^\.\/testing$/,
    forbidden: /^src\/(?!testing\/|types\/|errors\/|utils\/)/,
    why: 'fakes stand on the ground',
  },
]

/** Entries whose graph may name Node's modules. */
const onNode = /^\.\/(testing\/server|stores\/sqlite|env)$/

/** Without the paths of this repository, which lead to the sources. */
const likeUsers = { absWorkingDir: root, tsconfigRaw: {}, logLevel: 'silent' } as const

const installed = Object.keys(readPackage().dependencies as object)
const problems: string[] = []
const entries = readEntries().filter((entry) => entry.exists)
for (const entry of entries) problems.push(...(await checkWalls(entry)), ...(await checkBuiltins(entry)))
for (const entry of entries) await measure(entry.specifier, `export * from '${entry.specifier}'`)
for (const { name, code, maxInitial, maxFiles, maxAll } of budgets) {
  const { initial, files } = await measureInitial(`${name}, before the first call`, code)
  if (files > maxFiles) problems.push(`${name} is loaded from ${files} files; at most ${maxFiles}`)
  const all = await measure(`${name}, all of it`, code)
  if (initial > maxInitial)
    problems.push(`${name} loads ${initial} bytes (gzip) before its first call; at most ${maxInitial}`)
  if (all > maxAll) problems.push(`${name} is ${all} bytes after gzip; at most ${maxAll}`)
}
report('size', problems, `${entries.length} entries, ${budgets.length} budgets`)

/** Looks at sources rather than at dist: there every module still has its own name. */
async function checkWalls(entry: Entry): Promise<string[]> {
  const entryPoints = [join(root, entry.source)]
  const { metafile } = await build(inMemory({ entryPoints, absWorkingDir: root, alias, external: [...installed] }))
  const inside = new Set(Object.keys(metafile.inputs).map(packageOr))
  const outside = Object.values(metafile.inputs).flatMap((input) =>
    input.imports.filter((item) => item.external).map((item) => item.path),
  )
  return [
    ...[...inside]
      .filter(
        (name) =>
          !name.startsWith('src/') &&
          !bundled.includes(name) &&
          !Object.values(alias).some((path) => path.endsWith(name)),
      )
      .map((name) => `${entry.specifier} bundles ${name}, which scripts/bundling.ts does not list`),
    ...[...inside, ...new Set(outside)].flatMap((name) =>
      walls
        .filter((wall) => wall.entry.test(entry.key) && wall.forbidden.test(name))
        .map((wall) => `${entry.specifier} contains ${name}: ${wall.why}`),
    ),
  ]
}

/** The name of the package for a file of a package, otherwise the path. */
function packageOr(path: string): string {
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? path
}

/** Looks at dist: a leftover `require` of a module of Node shows only there. */
async function checkBuiltins(entry: Entry): Promise<string[]> {
  const file = join(root, 'dist', `${entry.name}.js`)
  if (!existsSync(file)) return [`${entry.specifier} is not built; run \`npm run build\``]
  if (onNode.test(entry.key)) return []
  const result = await build(inMemory({ entryPoints: [file], absWorkingDir: root }))
  const output = Object.values(result.metafile.outputs)[0]
  return builtinsOf(output?.imports ?? []).map((name) => `${entry.specifier} loads ${name}, which other runtimes lack`)
}

/** Bundles with splitting; weighs only what is imported statically, as one file, and counts the files of dist it is in. */
async function measureInitial(name: string, code: string): Promise<{ initial: number; files: number }> {
  const stdin = { contents: code, resolveDir: root, loader: 'ts' } as const
  const options = { stdin, ...likeUsers, splitting: true, outdir: 'bundle' } as const
  const { outputFiles, metafile } = await build(inMemory(options))
  const initial = new Set<string>()
  const follow = (path: string): void => {
    const output = metafile.outputs[path]
    if (output === undefined || initial.has(path)) return
    initial.add(path)
    for (const item of output.imports) if (item.kind === 'import-statement') follow(item.path)
  }
  for (const [path, { entryPoint }] of Object.entries(metafile.outputs)) if (entryPoint === '<stdin>') follow(path)
  const files = outputFiles.filter(({ path }) => [...initial].some((one) => path.endsWith(one)))
  const bytes = Buffer.concat(files.map(({ contents }) => contents))
  const gzip = gzipSync(bytes, { level: 9 }).length
  print(name, bytes.length, gzip)
  return { initial: gzip, files: filesAtStart(metafile) }
}

function filesAtStart({ inputs }: Metafile): number {
  const files = new Set(['<stdin>'])
  for (const file of files)
    for (const { path, kind } of inputs[file]?.imports ?? [])
      if (kind === 'import-statement' && path.startsWith('dist/')) files.add(path)
  return files.size - 1
}

/** Bundles a program against dist, as an application would, prints its size and gives the bytes after gzip. */
async function measure(name: string, code: string): Promise<number> {
  const stdin = { contents: code, resolveDir: root, loader: 'ts' } as const
  try {
    const { outputFiles } = await build(inMemory({ stdin, ...likeUsers }))
    const bytes = outputFiles[0]?.contents ?? new Uint8Array()
    const gzip = gzipSync(bytes, { level: 9 }).length
    print(name, bytes.length, gzip)
    return gzip
  } catch (error) {
    problems.push(`${name} cannot be bundled: ${error instanceof Error ? error.message : error}`)
    return 0
  }
}

function print(name: string, bytes: number, gzip: number): void {
  console.log(`${name.padEnd(40)} ${String(bytes).padStart(8)} min ${String(gzip).padStart(7)} gzip`)
}

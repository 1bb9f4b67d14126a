/**
 * Few files instead of many. esbuild makes one file of each set of modules that the same entries share; with as many
 * entries as ours, one import loads a dozen of them, and each costs about half a millisecond when a program starts. What
 * the entries named together load at their start is therefore kept in one file.
 */
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { alias, inMemory } from './bundling.ts'
import { root } from './entries.ts'

/** Files kept together: those that all of these entries load, and somebody else. */
export type Gathering = Readonly<Record<string, readonly string[]>>

type Reach = ReadonlyMap<string, ReadonlySet<string>>

const scheme = 'gathered:'

/** A plugin that keeps modules together, group by group; a module belongs to the first group that has it. */
export function gather(entryPoints: readonly string[], gathering: Gathering): Plugin {
  return {
    name: 'gather',
    async setup(builder) {
      const reach = await reachOf(entryPoints)
      const groups = groupsOf(reach, gathering)
      const gathered = new Set([...groups.values()].flat())
      builder.onResolve({ filter: /^gathered:/ }, ({ path }) => ({
        path,
        namespace: 'gathered',
        // Else the bare import, which is all that holds the files together, would be dropped.
        sideEffects: true,
      }))
      builder.onLoad({ filter: /.*/, namespace: 'gathered' }, ({ path }) => ({
        contents: importsOf((groups.get(path.slice(scheme.length)) ?? []).map((file) => join(root, file))),
        resolveDir: root,
      }))
      builder.onResolve({ filter: /\.ts$/ }, ({ path, resolveDir }) => {
        const file = path.startsWith('/') ? path : join(resolveDir, path)
        return gathered.has(file.slice(root.length + 1)) ? { path: file, sideEffects: true } : undefined
      })
      builder.onLoad({ filter: /\/src\/.*\.ts$/ }, async ({ path }) => {
        const files = reach.get(path.slice(root.length + 1))
        if (files === undefined) return undefined
        const names = [...groups].filter(([, members]) => members.some((file) => files.has(file))).map(([name]) => name)
        const contents = `${await readFile(path, 'utf8')}\n${importsOf(names.map((name) => scheme + name))}`
        return { contents, loader: 'ts', resolveDir: dirname(path) }
      })
    },
  }
}

/** What each entry, and each module that is loaded later, loads at its start. */
async function reachOf(entryPoints: readonly string[]): Promise<Reach> {
  const options = { absWorkingDir: root, alias, splitting: true, outdir: 'bundle', packages: 'external' } as const
  const { metafile } = await build(inMemory({ entryPoints: [...entryPoints], ...options }))
  const { inputs } = metafile
  const starts = Object.values(inputs)
    .flatMap(({ imports }) => imports.filter(({ kind }) => kind === 'dynamic-import').map(({ path }) => path))
    .concat(entryPoints)
    .filter((path) => inputs[path] !== undefined)
  return new Map(
    [...new Set(starts)].map((start) => {
      const files = new Set([start])
      for (const file of files)
        for (const { path, kind } of inputs[file]?.imports ?? [])
          if (kind === 'import-statement' && inputs[path] !== undefined) files.add(path)
      return [start, files] as const
    }),
  )
}

function groupsOf(reach: Reach, gathering: Gathering): ReadonlyMap<string, readonly string[]> {
  const taken = new Set<string>()
  return new Map(
    Object.entries(gathering).map(([name, entries]) => {
      const [first, ...others] = entries.map((entry) => reach.get(entry) ?? new Set<string>())
      const isShared = (file: string) => [...reach.values()].filter((files) => files.has(file)).length > 1
      const files = [...(first ?? [])].filter(
        (file) => others.every((one) => one.has(file)) && isShared(file) && !reach.has(file) && !taken.has(file),
      )
      for (const file of files) taken.add(file)
      return [name, files] as const
    }),
  )
}

function importsOf(paths: readonly string[]): string {
  return paths.map((path) => `import ${JSON.stringify(path)}`).join('\n')
}

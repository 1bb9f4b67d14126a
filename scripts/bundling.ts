/** How the library is put together, in one place for the build and for the checks that look into it. */
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import type { BuildOptions } from 'esbuild'
import { root } from './entries.ts'

/** Packages that become part of dist; each has its notice in THIRD_PARTY_NOTICES.md. */
export const bundled: readonly string[] = ['opossum', 'p-retry', 'is-network-error']

/** opossum asks for Node's `events`; a small emitter of our own runs everywhere and is a tenth of a full one. */
export const alias: Readonly<Record<string, string>> = { events: join(root, 'scripts/event-emitter.cjs') }

/** Neutral by default leaves CommonJS packages unresolved. */
export const mainFields: string[] = ['module', 'main']

/** Bundles in memory everything an application would ship, leaving out only Node's own modules. */
export function inMemory<Options extends BuildOptions>(options: Options) {
  return {
    bundle: true,
    write: false as const,
    metafile: true as const,
    minify: true,
    format: 'esm',
    platform: 'node',
    mainFields,
    target: 'node22',
    logLevel: 'error',
    ...options,
  } as const satisfies BuildOptions
}

/** The modules of Node that a bundle would load: names such as `node:fs`. */
export function builtinsOf(imports: readonly { path: string; external?: boolean }[]): string[] {
  return imports.filter(({ path, external }) => external && isBuiltin(path)).map(({ path }) => path)
}

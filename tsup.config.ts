import { defineConfig } from 'tsup'
import { alias, bundled, mainFields } from './scripts/bundling.ts'
import { command, readEntries } from './scripts/entries.ts'
import { gather } from './scripts/gathering.ts'

const entries = readEntries()
const missing = entries.filter((entry) => !entry.exists)
if (missing.length > 0) console.warn(`no source yet for: ${missing.map((entry) => entry.key).join(', ')}`)

const sources = [...entries.filter((entry) => entry.exists), command].map(({ name, source }) => [name, source] as const)

export default defineConfig({
  entry: Object.fromEntries(sources),
  format: ['esm'],
  dts: process.env.HOLDFAST_BUILD !== 'js',
  sourcemap: true,
  clean: true,
  splitting: true,
  target: 'node22',
  platform: 'neutral',
  removeNodeProtocol: false,
  noExternal: [...bundled],
  external: [/^node:/],
  esbuildPlugins: [
    gather(
      sources.map(([, source]) => source),
      {
        ground: ['src/index.ts', 'src/providers/openai.ts'],
        client: ['src/index.ts'],
        preset: ['src/providers/openai.ts'],
      },
    ),
  ],
  esbuildOptions(options) {
    options.mainFields = mainFields
    options.alias = { ...options.alias, ...alias }
  },
})

import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { readEntries, root } from './scripts/entries.ts'

const alias = readEntries().map(({ specifier, source }) => ({
  find: new RegExp(`^${specifier}$`),
  replacement: join(root, source),
}))

export default defineConfig({
  resolve: { alias },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // One more than cores: some tests wait for servers and processes. By default one core is kept free.
    maxWorkers: availableParallelism() + 1,
    // Files of one worker share their modules: no test keeps state there, and loading them again costs a third of the run.
    isolate: false,
    passWithNoTests: false,
    // Real servers on a crowded machine: a test gets a second chance there, and the reporter says which one took it.
    retry: process.env.CI ? 2 : 0,
    reporters: process.env.CI ? ['default', 'json'] : ['default'],
    outputFile: { json: 'reports/vitest.json' },
    coverage: {
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'json-summary', 'html'],
      reportsDirectory: 'coverage',
    },
  },
})

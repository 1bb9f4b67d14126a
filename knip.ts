import { existsSync } from 'node:fs'
import type { KnipConfig } from 'knip'
import { command, readEntries } from './scripts/entries.ts'

const programs = ['bench', 'examples'].filter((folder) => existsSync(folder)).map((folder) => `${folder}/**/*.ts`)

const config: KnipConfig = {
  entry: [
    ...readEntries()
      .filter((entry) => entry.exists)
      .map((entry) => entry.source),
    command.source,
    'test/**/*.{test,test-d}.ts',
    'scripts/**/*.ts',
    'test/faults/support/programs/*.ts',
    'test/support/source-hooks.ts',
    'test/stores/support/*-worker.ts',
    ...programs,
  ],
  project: ['src/**/*.ts', 'test/**/*.ts', 'scripts/**/*.ts', ...programs],
  // Servers and tools that tests of stores use where they are.
  ignoreBinaries: ['redis-cli', 'redis-server', 'sqlite3', 'mount', 'umount'],
}

export default config

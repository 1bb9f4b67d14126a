import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteStores } from 'holdfast/stores/sqlite'
import {
  type ConformanceClock,
  circuitStoreConformance,
  configStoreConformance,
  limitStoreConformance,
  usageStoreConformance,
} from 'holdfast/testing/conformance'
import { describe, it } from 'vitest'
import { verifies } from '../support/verifies.ts'

/** Two objects over one file, as two processes would have them. */
function pair<Name extends 'usage' | 'limits' | 'circuits' | 'configs'>(name: Name) {
  return async (clock: ConformanceClock) => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-'))
    const [first, second] = [1, 2].map(() => sqliteStores({ path: join(folder, 'llm.db'), clock }))
    return {
      store: (first as ReturnType<typeof sqliteStores>)[name],
      peer: (second as ReturnType<typeof sqliteStores>)[name],
      async close() {
        await Promise.all([first?.close(), second?.close()])
        rmSync(folder, { recursive: true })
      },
    }
  }
}

describe(
  'SQLite stores keep the contracts',
  verifies('F142', 'F148', 'F152', 'F153', 'F157', 'F175', 'F232', 'F245'),
  () => {
    usageStoreConformance({ test: it, create: pair('usage') })
    limitStoreConformance({ test: it, create: pair('limits') })
    circuitStoreConformance({ test: it, create: pair('circuits') })
    configStoreConformance({ test: it, create: pair('configs') })
  },
)

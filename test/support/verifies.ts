import type { RequirementId } from '../requirements.ts'

declare module 'vitest' {
  interface TaskMeta {
    verifies?: readonly RequirementId[]
  }
}

/**
 * Names the promises of `test/requirements.ts` that a test keeps. Goes where vitest takes options:
 * `it('waits as long as it is asked to', verifies('F52'), async () => …)`, also on `describe`, and together with others
 * as `{ timeout: 20_000, ...verifies('F163') }`. In a table of cases each row holds its own `verifies(…)`.
 */
export function verifies(...ids: [RequirementId, ...RequirementId[]]): {
  meta: { verifies: readonly RequirementId[] }
} {
  return { meta: { verifies: ids } }
}

import type { Clock } from '../types/clock.ts'
import type { ConfigStore, ProviderConfigRow } from '../types/store.ts'
import type { Secret } from '../utils/secret.ts'
import type { KeyRing } from './key-ring.ts'

/** How far a rotation is. */
export interface Rotation {
  /** Configurations looked at. */
  readonly checked: number
  /** Sealed anew. */
  readonly resealed: number
  /** Those that no key opens. */
  readonly failed: readonly { readonly tenant: string; readonly provider: string; readonly id: string }[]
  /** Where to go on: the last id that was dealt with. */
  readonly after?: string
  readonly isDone: boolean
}

/** How a rotation runs. */
export interface RotationOptions {
  /** Goes on after this id. */
  readonly after?: string
  /** Configurations read at once: 1 to 1,000. Default 100. */
  readonly batchSize?: number
  /** Told after each batch. */
  readonly onProgress?: (rotation: Rotation) => void
  /** Stops after the configuration at hand; the answer says where. */
  readonly signal?: AbortSignal
}

/** Writers that came in between, before a configuration is left for the next rotation. */
const tries = 10

/** Seals every stored key anew that is not sealed as new ones are. */
export async function rotateKeys(
  store: ConfigStore,
  ring: KeyRing,
  clock: Clock,
  options: RotationOptions,
): Promise<Rotation> {
  const { batchSize: limit = 100, onProgress, signal } = options
  let { after } = options
  let [checked, resealed] = [0, 0]
  const failed: { tenant: string; provider: string; id: string }[] = []
  const state = (isDone: boolean): Rotation => ({
    checked,
    resealed,
    failed: [...failed],
    ...(after !== undefined && { after }),
    isDone,
  })
  for (;;) {
    const rows = await store.list({ limit, ...(after !== undefined && { after }) })
    for (const row of rows) {
      if (signal?.aborted) return state(false)
      const outcome = await renew(store, ring, clock, row)
      checked++
      if (outcome === 'resealed') resealed++
      if (outcome === 'failed') failed.push({ tenant: row.tenant, provider: row.provider, id: row.id })
      after = row.id
    }
    const isDone = rows.length < limit
    onProgress?.(state(isDone))
    if (isDone) return state(true)
  }
}

async function renew(store: ConfigStore, ring: KeyRing, clock: Clock, first: ProviderConfigRow) {
  let row: ProviderConfigRow | undefined = first
  for (let round = 0; round < tries && row !== undefined; round++) {
    const opened = await opening(ring, row)
    if (opened === undefined) return 'failed'
    if (!opened.isStale) return 'current'
    if (await store.put(await sealAnew(row, opened.secret, ring, clock))) return 'resealed'
    row = await store.get(row.tenant, row.id)
  }
  return row === undefined ? 'current' : 'failed'
}

async function opening(ring: KeyRing, row: ProviderConfigRow) {
  try {
    return await ring.open(row.apiKeySealed, row)
  } catch {
    return undefined // No key opens it; the caller lists it.
  }
}

/** The row with its key sealed as new ones are; nothing else changes. */
export async function sealAnew(
  row: ProviderConfigRow,
  secret: Secret,
  ring: KeyRing,
  clock: Clock,
): Promise<ProviderConfigRow> {
  const apiKeySealed = await ring.seal(secret.reveal(), row)
  return { ...row, apiKeySealed, updatedAt: clock.now(), version: row.version + 1 }
}

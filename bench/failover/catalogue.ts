import {
  advisory,
  aliveAfter,
  type Check,
  complete,
  fallbackUsed,
  fewProbes,
  firstGap,
  info,
  modelIsFallback,
  noHang,
  noPrefillMasking,
  noTruncatedSuccess,
  paced,
  primary,
  recovered,
  required,
  servedInOutage,
  usagePresent,
  within,
} from './checks.ts'

/** How one situation is asked and judged; what happens in it is the wall's affair. */
export interface Case {
  readonly id: string
  /** What a correct system brings about. Default `success`: the whole answer. */
  readonly ideal?: 'error'
  /** After this long without an end the call counts as hanging, in ms. */
  readonly mostMs: number
  readonly checks: readonly Check[]
  /** Many requests instead of one. */
  readonly sequence?: { readonly count: number; readonly everyMs: number; readonly mostMs: number }
}

const atMostSix = required(primary({ atMost: 6 }))
const justOne = required(primary({ atLeast: 1, atMost: 1 }))
const ends = required(noHang)
const neverShort = required(noTruncatedSuccess)

/** The public methodology, version 0.1: R checks are `required`, A checks `advisory`. */
export const cases: readonly Case[] = [
  {
    id: 'S01',
    mostMs: 20_000,
    checks: [advisory(primary({ atLeast: 2 })), advisory(firstGap(1_800)), required(paced(2, 1_500))],
  },
  { id: 'S02', mostMs: 40_000, checks: [required(paced(4, 3_000)), atMostSix, ends] },
  { id: 'S03', mostMs: 20_000, checks: [advisory(primary({ atLeast: 2 })), ends] },
  { id: 'S04', mostMs: 40_000, checks: [atMostSix, ends] },
  { id: 'S05', mostMs: 20_000, checks: [ends] },
  { id: 'S06', mostMs: 130_000, checks: [required(within(100_000)), ends, advisory(primary({ atMost: 1 }))] },
  { id: 'S07', mostMs: 60_000, checks: [ends, advisory(within(15_000))] },
  { id: 'S08', mostMs: 40_000, checks: [neverShort, ends] },
  { id: 'S09', mostMs: 70_000, checks: [required(within(45_000)), neverShort, required(aliveAfter), ends] },
  { id: 'S10', mostMs: 30_000, checks: [required(aliveAfter), neverShort, ends, advisory(complete)] },
  { id: 'S11', mostMs: 30_000, checks: [required(within(8_000)), advisory(usagePresent)] },
  { id: 'S12', mostMs: 20_000, checks: [justOne, ends] },
  { id: 'S13', mostMs: 20_000, ideal: 'error', checks: [justOne, ends, info(fallbackUsed)] },
  { id: 'S14', mostMs: 40_000, checks: [required(noPrefillMasking), neverShort] },
  {
    id: 'S15',
    mostMs: 200_000,
    sequence: { count: 20, everyMs: 4_000, mostMs: 30_000 },
    checks: [ends, required(servedInOutage), required(recovered(30_000)), info(fewProbes)],
  },
  { id: 'S16', mostMs: 40_000, checks: [required(modelIsFallback), advisory(usagePresent), atMostSix] },
]

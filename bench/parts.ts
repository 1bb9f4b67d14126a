/** Parts of our own without any network, each in microseconds of CPU. Runs in a process of its own. */

import type { Provider } from 'holdfast'
import { UnifiedClient } from 'holdfast'
import { defaultCircuit } from '../src/config/defaults.ts'
import { Circuit } from '../src/resilience/circuit-breaker.ts'
import { withRetry } from '../src/resilience/retry.ts'
import { systemClock } from '../src/utils/clock.ts'
import { type MeterParts, measureMeter } from './meter-parts.ts'

/** The figures, in the order they are shown. */
export interface Parts {
  /** Circuit and retry around an async function that does nothing. */
  readonly breakerAndRetryUs: number
  /** The question whether an open circuit lets through. */
  readonly openBreakerUs: number
  /** A whole `chat` with circuit, retry and fallback, to a provider in memory that answers at once. */
  readonly callUs: number
  readonly metering: MeterParts
}

const rounds = Number(process.argv[2] ?? 9)

const closed = newCircuit()
const open = newCircuit()
for (let failures = 0; failures < defaultCircuit.threshold; failures++) open.admit()?.settle('failure')
if (open.isAvailable || !closed.isAvailable) throw new Error('the circuits are not as they should be')
const client = new UnifiedClient({ providers: [instant('first'), instant('second')] })

const parts: Parts = {
  breakerAndRetryUs: await measure(20_000, breakerAndRetry),
  openBreakerUs: await measure(2_000_000, openBreaker),
  callUs: await measure(5_000, calls),
  metering: await measureMeter(measure),
}
process.send?.(parts)
process.disconnect?.()

async function breakerAndRetry(count: number): Promise<void> {
  const nothing = async () => 1
  const attempt = async () => {
    const permit = closed.admit()
    if (permit === undefined) throw new Error('the circuit is open')
    const value = await closed.run(permit, nothing)
    permit.settle('success')
    return value
  }
  const no = () => false
  for (let done = 0; done < count; done++) await withRetry(attempt, no, 2)
}

async function openBreaker(count: number): Promise<void> {
  let passed = 0
  for (let done = 0; done < count; done++) if (open.isAvailable) passed++
  if (passed > 0) throw new Error('the circuit is not open')
}

async function calls(count: number): Promise<void> {
  for (let done = 0; done < count; done++) {
    const { text } = await client.chat('hello')
    if (text !== 'hello') throw new Error(`another answer: ${text}`)
  }
}

/** Median over the rounds, the first two of which are for the compiler. */
async function measure(count: number, work: (count: number) => Promise<void>): Promise<number> {
  const each: number[] = []
  for (let round = 0; round < rounds + 2; round++) {
    const before = process.cpuUsage()
    await work(count)
    const { user, system } = process.cpuUsage(before)
    if (round > 1) each.push((user + system) / count)
  }
  return each.sort((a, b) => a - b)[Math.floor(each.length / 2)] ?? Number.NaN
}

function newCircuit(): Circuit {
  return new Circuit('bench', defaultCircuit, systemClock, Math.random, () => {})
}

function instant(name: string): Provider {
  return {
    name,
    kind: 'bench',
    defaultModel: 'bench-model',
    capabilities: { chat: true, chatStream: true, embed: false, models: false },
    chat: async () => [
      { type: 'text', text: 'hello' },
      { type: 'finish', finishReason: 'stop' },
    ],
    async *chatStream() {
      yield [{ type: 'finish', finishReason: 'stop' }]
    },
  }
}

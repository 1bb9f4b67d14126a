import { describe, expect, it } from 'vitest'
import { hostileByRule } from '../../../scripts/eval-guards/hostile.ts'
import { piiFinder } from '../../../src/guards/pii/find-pii.ts'
import { redactPii } from '../../../src/guards/pii/redact-pii.ts'
import { Vault } from '../../../src/guards/pii/vault.ts'
import type { FlowFilter, FlowGuard } from '../../../src/types/guard.ts'
import { cpuNow, expectLinear } from '../../support/cost.ts'
import { verifies } from '../../support/verifies.ts'

const find = piiFinder({ deny: ['ab', 'a b c', 'aaaaaaaaab'] })

const repeated = (pattern: string, size: number) => pattern.repeat(Math.ceil(size / pattern.length)).slice(0, size)

describe.each(Object.entries(hostileByRule))('input built against %s', { timeout: 60_000 }, (_, patterns) => {
  it.each(patterns.map((pattern) => [JSON.stringify(pattern), pattern]))(
    'is judged in linear time: %s',
    verifies('F193'),
    (_, pattern) => {
      return expectLinear((length) => find(repeated(pattern, length)), { atMost: 15, floorMs: 4 })
    },
  )
})

it('a stream fed one unit at a time is judged in linear time too', { timeout: 60_000, ...verifies('F193') }, () => {
  const guard = redactPii().output as FlowGuard<Vault>
  for (const pattern of ['a', '1 ', 'a@', '-----BEGIN PRIVATE KEY-----\nMIIEvQ', 'sk-a1B2c3', '\\', "a'"]) {
    const state = new Vault()
    state.open([])
    const call = { state, report() {} } as unknown as Parameters<typeof guard.open>[1]
    const filter = guard.open({ kind: 'text', isJson: false, where: 'text' }, call) as FlowFilter
    const start = cpuNow()
    for (const unit of repeated(pattern, 20_000)) filter.push(unit)
    filter.end()
    expect(cpuNow() - start, pattern).toBeLessThan(4_000)
  }
})

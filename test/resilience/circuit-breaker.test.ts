import { virtualClock } from 'holdfast/testing'
import { describe, expect, it } from 'vitest'
import { defaultCircuit } from '../../src/config/defaults.ts'
import { Circuit, type CircuitChange, type Permit, type Verdict } from '../../src/resilience/circuit-breaker.ts'
import type { CircuitOptions } from '../../src/types/circuit.ts'
import { verifies } from '../support/verifies.ts'

function setUp(options: Partial<CircuitOptions> = {}, random = () => 0) {
  const clock = virtualClock()
  const changes: CircuitChange[] = []
  const circuit = new Circuit('x', { ...defaultCircuit, ...options }, clock, random, (change) => changes.push(change))
  const settle = (...verdicts: Verdict[]) => {
    for (const verdict of verdicts) circuit.admit()?.settle(verdict)
  }
  return { clock, circuit, changes, settle }
}

describe('a circuit', () => {
  it(
    'opens at the threshold of failures in a row, after any number of good calls',
    verifies('F120', 'A8', 'E2'),
    () => {
      const { circuit, settle, changes } = setUp()
      for (let i = 0; i < 1_000; i++) settle('success')
      settle('failure', 'failure', 'success', 'failure', 'failure')
      expect(circuit.state).toBe('closed')
      settle('failure')
      expect(circuit.state).toBe('open')
      expect(changes).toEqual([{ to: 'open', cooldownMs: 60_000 }])
      expect(circuit.admit()).toBeUndefined()
    },
  )

  it('opens once for a hundred failures in flight', verifies('F141'), () => {
    const { circuit, changes, clock } = setUp()
    const permits = Array.from({ length: 100 }, () => circuit.admit() as Permit)
    for (const permit of permits) permit.settle('failure')
    expect(changes).toHaveLength(1)
    expect(clock.pending).toBe(0)
  })

  it('opens on slow failures however far apart they are', verifies('F251'), async () => {
    const { circuit, clock, settle } = setUp()
    for (let i = 0; i < 3; i++) {
      await clock.advance(600_000)
      settle('failure')
    }
    expect(circuit.state).toBe('open')
  })

  it('is not moved by what says nothing about the provider', () => {
    const { circuit, settle } = setUp()
    settle('failure', 'neutral', 'failure', 'neutral', 'neutral')
    expect(circuit.state).toBe('closed')
    settle('failure')
    expect(circuit.state).toBe('open')
  })

  it(
    'lets up to three trial calls through when its cooldown ends, and closes when all succeed',
    verifies('F122', 'E4'),
    async () => {
      const { circuit, clock, settle, changes } = setUp()
      settle('failure', 'failure', 'failure')
      await clock.advance(59_999)
      expect(circuit.isAvailable).toBe(false)
      await clock.advance(1)
      expect(circuit.state).toBe('half-open')
      const permits = Array.from({ length: 1_000 }, () => circuit.admit()).filter((permit) => permit !== undefined)
      expect(permits).toHaveLength(3)
      expect(permits.every(({ isProbe }) => isProbe)).toBe(true)
      permits[0]?.settle('success')
      permits[1]?.settle('success')
      expect(circuit.state).toBe('half-open')
      expect(circuit.admit()).toBeUndefined()
      permits[2]?.settle('success')
      expect(circuit.state).toBe('closed')
      expect(changes.map(({ to }) => to)).toEqual(['open', 'half-open', 'closed'])
    },
  )

  it('opens again on one failed trial call, whatever the others say later', verifies('F125'), async () => {
    const { circuit, clock, settle } = setUp()
    settle('failure', 'failure', 'failure')
    await clock.advance(60_000)
    const [first, second] = [circuit.admit() as Permit, circuit.admit() as Permit]
    first.settle('failure')
    expect(circuit.state).toBe('open')
    second.settle('success')
    expect(circuit.state).toBe('open')
    await clock.advance(60_000)
    expect(circuit.state).toBe('half-open')
  })

  it('takes back the place of a trial call that says nothing', verifies('F124', 'F126'), async () => {
    const { circuit, clock, settle } = setUp({ probes: 1 })
    settle('failure', 'failure', 'failure')
    await clock.advance(60_000)
    const probe = circuit.admit() as Permit
    expect(circuit.admit()).toBeUndefined()
    probe.settle('neutral')
    expect(circuit.state).toBe('half-open')
    settle('success')
    expect(circuit.state).toBe('closed')
  })

  it('takes back the place of a trial call that never settles', verifies('F123'), async () => {
    const { circuit, clock, settle } = setUp({ probes: 1 })
    settle('failure', 'failure', 'failure')
    await clock.advance(60_000)
    const lost = circuit.admit() as Permit
    await clock.advance(120_001)
    expect(circuit.isAvailable).toBe(true)
    settle('success')
    expect(circuit.state).toBe('closed')
    lost.settle('failure')
    expect(circuit.state).toBe('closed')
  })

  it('pays no heed to late results of calls from before it opened', verifies('F125'), async () => {
    const { circuit, settle } = setUp()
    const [late, later] = [circuit.admit() as Permit, circuit.admit() as Permit]
    settle('failure', 'failure', 'failure')
    late.settle('success')
    expect(circuit.state).toBe('open')
    circuit.reset()
    later.settle('failure')
    expect(circuit.snapshot()).toMatchObject({ state: 'closed', failures: 0 })
  })

  it('lengthens its cooldown by jitter and never shortens it', async () => {
    const { circuit, clock, settle, changes } = setUp({}, () => 1)
    settle('failure', 'failure', 'failure')
    expect(changes).toEqual([{ to: 'open', cooldownMs: 66_000 }])
    await clock.advance(65_999)
    expect(circuit.state).toBe('open')
  })

  it('grows its cooldown only where told to, up to the longest', verifies('F127'), async () => {
    const { circuit, clock, settle, changes } = setUp({ cooldownFactor: 2, maxCooldownMs: 200_000 })
    settle('failure', 'failure', 'failure')
    for (let i = 0; i < 3; i++) {
      await clock.advance(circuit.retryInMs)
      settle('failure')
    }
    expect(
      changes.filter(({ to }) => to === 'open').map((change) => 'cooldownMs' in change && change.cooldownMs),
    ).toEqual([60_000, 120_000, 200_000, 200_000])
    await clock.advance(circuit.retryInMs)
    settle('success', 'success', 'success', 'failure', 'failure', 'failure')
    expect(circuit.retryInMs).toBe(60_000)
  })

  it('does not care for jumps of the wall clock', verifies('F128'), async () => {
    const { circuit, clock, settle } = setUp()
    settle('failure', 'failure', 'failure')
    for (const jump of [3_600_000, -3_600_000, 31_536_000_000, -31_536_000_000]) {
      clock.setNow(clock.now() + jump)
      expect(circuit.retryInMs).toBe(60_000)
    }
  })

  it('survives a restart for the rest of its cooldown, never longer than one', verifies('F132'), async () => {
    const { circuit, clock, settle } = setUp()
    settle('failure', 'failure', 'failure')
    await clock.advance(20_000)
    const saved = JSON.parse(JSON.stringify(circuit.snapshot()))
    const next = new Circuit(
      'x',
      defaultCircuit,
      clock,
      () => 0,
      () => {},
    )
    next.restore(saved)
    expect(next.retryInMs).toBe(40_000)
    next.restore({ ...saved, openUntil: clock.now() + 1e12 })
    expect(next.retryInMs).toBeLessThanOrEqual(66_000)
    const later = new Circuit(
      'x',
      defaultCircuit,
      clock,
      () => 0,
      () => {},
    )
    later.restore({ ...saved, openUntil: clock.now() - 1 })
    expect(later.state).toBe('half-open')
  })

  it('needs no timer: a frozen process finds it half-open', async () => {
    const { circuit, clock, settle } = setUp()
    settle('failure', 'failure', 'failure')
    expect(clock.pending).toBe(0)
    await clock.advance(900_000)
    expect(circuit.state).toBe('half-open')
    circuit.close()
  })

  it('runs admitted calls and hands their results through', async () => {
    const { circuit } = setUp()
    const permit = circuit.admit() as Permit
    await expect(circuit.run(permit, async () => 7)).resolves.toBe(7)
    await expect(circuit.run(permit, async () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  })
})

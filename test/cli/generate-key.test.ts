import { KeyRing } from 'holdfast/credentials'
import { describe, expect, it } from 'vitest'
import { runProgram } from '../support/run-program.ts'
import { verifies } from '../support/verifies.ts'

const run = (...args: string[]) => runProgram('src/cli.ts', { args })

describe('the command', () => {
  it('generate-key prints a fresh secret key and nothing else', verifies('A2'), async () => {
    const [first, second] = await Promise.all([run('generate-key'), run('generate-key')])
    expect(first).toMatchObject({ status: 0, stderr: '' })
    expect(first.stdout).toMatch(/^[\w-]{43}=\n$/)
    expect(first.stdout).not.toBe(second.stdout)
    const ring = new KeyRing({ current: first.stdout.trim() })
    const context = { tenant: 'acme', provider: 'openai', id: 'a', keyVersion: 1 }
    expect((await ring.open(await ring.seal('sk-test-1', context), context)).secret.reveal()).toBe('sk-test-1')
  })

  it.each([[], ['--help'], ['-h'], ['help']])('shows what there is (%s)', async (...args) => {
    const { status, stdout } = await run(...args)
    expect(status).toBe(0)
    expect(stdout).toContain('generate-key')
  })

  it.each([['gen-key'], ['\u001b[2Jx'], ['__proto__'], ['generate-key', '--force']])('refuses %j', async (...args) => {
    const { status, stdout, stderr } = await run(...args)
    expect(status).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain('Usage: holdfast')
    expect(stderr).not.toContain('\u001b')
  })
})

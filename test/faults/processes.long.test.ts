/** Processes that are ended, frozen, blocked, crowded, or short of memory and descriptors: children, looked at from outside. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { sqliteStores } from 'holdfast/stores/sqlite'
import { fail, hang, reply, stall, stream } from 'holdfast/testing'
import { type FakeProviderServer, fakeProviderServer } from 'holdfast/testing/server'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { root } from '../../scripts/entries.ts'
import { verifies } from '../support/verifies.ts'
import { type Child, endChildren, startProgram } from './support/child.ts'

let folder = ''
let server: FakeProviderServer
/** Real time in several processes: a machine that is busy elsewhere gets another chance. */
const patience = { timeout: 60_000, retry: 2 }

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'processes-'))
  server = await fakeProviderServer(reply('x'))
})
afterEach(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})
afterAll(endChildren)

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('a termination signal under load', () => {
  it('drains, ends the rest, writes every row and goes', { ...patience, ...verifies('F216') }, async () => {
    server.use(stall({ beforeHeaders: true, forMs: 300, text: 'in time' }), { model: 'quick' })
    server.use(hang(), { model: 'never' })
    const path = join(folder, 'usage.db')
    const drainMs = 3_000
    const child = startProgram('drain.ts', { args: [server.url('openai'), path, String(drainMs)] })
    await server.waitForRequest(30)
    const toldAt = performance.now()
    child.process.kill('SIGTERM')
    expect(await child.said()).toEqual({ ends: { ok: 20, aborted: 10, closed: 1 }, left: 0 })
    expect(await child.ended()).toEqual({ code: 0, errors: '' })
    expect(performance.now() - toldAt).toBeLessThan(drainMs + 1_000)
    const stores = sqliteStores(path)
    const rows = await stores.usage.list({ limit: 100 })
    expect(rows).toHaveLength(server.requests.length)
    expect(rows.map(({ outcome }) => outcome).sort()).toEqual([...Array(10).fill('aborted'), ...Array(20).fill('ok')])
    await stores.close()
  })
})

describe('importing', () => {
  it('leaves nothing behind, and ends at once', { ...patience, ...verifies('F218') }, async () => {
    const startedAt = performance.now()
    const child = startProgram('import-all.ts')
    const said = await child.said<{ entries: number }>()
    // zod keeps its registry there; only the fakes use it.
    const globals = ['__zod_globalConfig', '__zod_globalRegistry']
    expect(said).toEqual({ entries: said.entries, handles: [], events: 0, globals })
    expect(said.entries).toBeGreaterThan(20)
    expect(await child.ended()).toEqual({ code: 0, errors: '' })
    expect(performance.now() - startedAt).toBeLessThan(patience.timeout)
  })
})

describe('a process that stands still for longer than its limits', () => {
  interface Said {
    text: string
    attempts: string[]
    circuit: string
  }

  /** Each scenario has a server and a child of its own; they wait side by side. */
  const scenarios: Record<string, (child: Child, own: FakeProviderServer) => Promise<void>> = {
    'frozen while idle: the connections it held are gone': async (child, own) => {
      own.use(reply('x'))
      child.say('chat')
      expect(await child.said<Said>()).toMatchObject({ text: 'x', attempts: ['ok'] })
      await frozen(child, 600, async () => {
        await own.down()
        await own.up()
      })
      child.say('chat')
      const { text, attempts, circuit } = await child.said<Said>()
      expect([text, attempts.at(-1), circuit]).toEqual(['x', 'ok', 'closed'])
      expect(attempts.length).toBeLessThanOrEqual(2)
    },
    'frozen in a call: the answer came in time': async (child, own) => {
      own.use(stall({ beforeHeaders: true, forMs: 200, text: 'x' }))
      child.say('chat')
      await own.waitForRequest(1)
      await frozen(child, 900)
      expect(await child.said<Said>()).toEqual({ text: 'x', attempts: ['ok'], circuit: 'closed' })
    },
    'frozen in a stream: it goes on': async (child, own) => {
      own.use(stream(Array(20).fill('x'), { everyMs: 50 }))
      child.say('stream')
      await own.waitForRequest(1)
      await pause(100)
      await frozen(child, 1_200)
      expect(await child.said<Said>()).toEqual({ text: 'x'.repeat(20), attempts: ['ok'], circuit: 'closed' })
    },
    'frozen with an open circuit: the cooldown has passed': async (child, own) => {
      own.use(fail(503))
      child.say('chat')
      expect(await child.said<Said>()).toMatchObject({ text: 'server_error', circuit: 'open' })
      own.use(reply('x'))
      await frozen(child, 600)
      child.say('chat')
      expect(await child.said<Said>()).toEqual({ text: 'x', attempts: ['ok'], circuit: 'closed' })
      expect(own.requests).toHaveLength(2)
    },
  }
  const blocked: Record<string, (child: Child, own: FakeProviderServer) => Promise<void>> = {
    'a blocked loop in a call: the answer that came in time is used': async (child, own) => {
      own.use(stall({ beforeHeaders: true, forMs: 150, text: 'x' }))
      child.say('chat, blocked')
      expect(await child.said<Said>()).toEqual({ text: 'x', attempts: ['ok'], circuit: 'closed' })
    },
    'a blocked loop in a stream: it goes on': async (child, own) => {
      own.use(stream(Array(20).fill('x'), { everyMs: 20 }))
      child.say('stream, blocked')
      expect(await child.said<Said>()).toEqual({ text: 'x'.repeat(20), attempts: ['ok'], circuit: 'closed' })
    },
    'a blocked loop, and no answer: that is the provider\u2019s': async (child, own) => {
      own.use(hang())
      child.say('chat, blocked')
      expect(await child.said<Said>()).toMatchObject({ text: 'headers_timeout', circuit: 'open' })
    },
  }

  async function frozen(child: Child, ms: number, meanwhile: () => Promise<void> = async () => {}): Promise<void> {
    child.process.kill('SIGSTOP')
    await meanwhile()
    await pause(ms)
    child.process.kill('SIGCONT')
  }

  async function playAll(parts: typeof scenarios): Promise<void> {
    const results = await Promise.allSettled(
      Object.entries(parts).map(async ([title, play]) => {
        const own = await fakeProviderServer()
        const child = startProgram('stalls.ts', { args: [own.url('openai')] })
        try {
          await child.said()
          own.reset()
          await play(child, own)
          child.process.stdin?.end()
          expect(await child.ended()).toEqual({ code: 0, errors: '' })
        } catch (error) {
          throw new Error(title, { cause: error })
        } finally {
          child.process.kill('SIGKILL')
          await own.close()
        }
      }),
    )
    const failed = results.find(({ status }) => status === 'rejected')
    if (failed?.status === 'rejected') throw failed.reason
  }

  it('frozen from outside', { ...patience, ...verifies('F219') }, () => playAll(scenarios))
  it('blocked by its own work', { ...patience, ...verifies('F220') }, () => playAll(blocked))
})

describe('no file descriptors left', () => {
  it('is not the provider\u2019s fault', { ...patience, ...verifies('F223') }, async () => {
    server.use(stall({ beforeHeaders: true, forMs: 200, text: 'x' }))
    const child = startProgram('few-descriptors.ts', { args: [server.url('openai'), '150'], limits: 'ulimit -n 64' })
    const said = await child.said<{ ends: Record<string, number>; messages: string[] }>()
    expect(said).toMatchObject({ state: 'closed', failures: 0, last: 'x' })
    const { ok = 0, connection_reset: broken = 0, ...others } = said.ends
    expect([ok > 0, broken > 0, ok + broken, others]).toEqual([true, true, 150, {}])
    expect(said.messages.every((message) => message.includes('EMFILE'))).toBe(true)
    expect((await child.ended()).code).toBe(0)
  })
})

describe('worker threads', () => {
  it('with a client each keep one limit through a store', { ...patience, ...verifies('F226') }, async () => {
    const workerData = { path: join(folder, 'limits.db'), baseUrl: server.url('openai'), calls: 10 }
    const file = join(import.meta.dirname, 'support/programs/worker.ts')
    const execArgv = ['--import', join(root, 'test/support/source-hooks.ts')]
    const ends = await Promise.all(
      Array.from({ length: 4 }, () => {
        const worker = new Worker(file, { workerData, execArgv })
        return new Promise<string[]>((resolve, reject) => {
          worker.once('message', resolve)
          worker.once('error', reject)
        })
      }),
    )
    expect(ends.flat().filter((end) => end === 'ok')).toHaveLength(10)
    expect(new Set(ends.flat())).toEqual(new Set(['ok', 'limit_exceeded']))
    expect(server.requests).toHaveLength(10)
  })
})

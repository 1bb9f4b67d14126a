/** The library as applications bundle it: twice in one process, and where there is no file system. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import vm from 'node:vm'
import { build } from 'esbuild'
import { fail } from 'holdfast/testing'
import { fakeProviderServer } from 'holdfast/testing/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { alias, builtinsOf, inMemory } from '../../scripts/bundling.ts'
import { readEntries, root } from '../../scripts/entries.ts'
import { verifies } from '../support/verifies.ts'

const names: Readonly<Record<string, string>> = Object.fromEntries(
  readEntries().map(({ specifier, source }) => [specifier, join(root, source)]),
)

/** A program with everything it pulls in, as one text. */
async function bundle(contents: string, options: { readonly format: 'esm' | 'iife' }) {
  const stdin = { contents, resolveDir: root, loader: 'ts' } as const
  const platform = options.format === 'iife' ? 'browser' : 'node'
  const { outputFiles, metafile } = await build(
    inMemory({ stdin, absWorkingDir: root, alias: { ...alias, ...names }, platform, globalName: 'bundle', ...options }),
  )
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports)
  return { text: outputFiles[0]?.text ?? '', builtins: builtinsOf(imports) }
}

const everything = `export * from 'holdfast'
  export { openai } from 'holdfast/providers/openai'
  export { fakeProvider } from 'holdfast/testing'`

describe('two copies of the package', verifies('F214'), () => {
  type Copy = typeof import('holdfast') & typeof import('holdfast/providers/openai') & typeof import('holdfast/testing')
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-copies-'))
  let one: Copy
  let two: Copy

  beforeAll(async () => {
    const { text } = await bundle(everything, { format: 'esm' })
    const load = async (name: string): Promise<Copy> => {
      writeFileSync(join(folder, name), text)
      return import(/* @vite-ignore */ pathToFileURL(join(folder, name)).href)
    }
    one = await load('one.mjs')
    two = await load('two.mjs')
  }, 60_000)
  afterAll(() => rmSync(folder, { recursive: true }))

  it('are two indeed', () => {
    expect(one.LlmError).not.toBe(two.LlmError)
    expect(new one.ConfigError('config_invalid', 'x')).not.toBeInstanceOf(two.ConfigError)
  })

  it("know each other's errors, and each family as itself", () => {
    const error = new one.ProviderError('rate_limited', 'x')
    expect(two.LlmError.isInstance(error)).toBe(true)
    expect(two.ProviderError.isInstance(error)).toBe(true)
    expect(two.ConfigError.isInstance(error)).toBe(false)
  })

  it('work together: a provider of one in a client of the other', async () => {
    const server = await fakeProviderServer([fail(401), 'ok'])
    const provider = two.openai({ apiKey: ['sk-test-1', 'sk-test-2'], baseUrl: server.url('openai') })
    const llm = new one.UnifiedClient({ providers: [provider, two.fakeProvider('no')] })
    const reply = await llm.chat('Hi')
    expect(reply).toMatchObject({ text: 'ok', provider: 'openai' })
    expect(reply.routing.attempts).toMatchObject([{ code: 'auth_failed' }, { outcome: 'ok' }])
    await llm.close()
    await server.close()
  })

  it('share no circuits and no counts', async () => {
    const provider = one.fakeProvider({ name: 'down', script: fail(500) })
    const options = { providers: [provider], circuit: { threshold: 1 }, retry: { retries: 0 } }
    const [first, second] = [new one.UnifiedClient(options), new two.UnifiedClient(options)]
    await expect(first.chat('Hi')).rejects.toMatchObject({ code: 'server_error' })
    expect(first.circuits().down?.state).toBe('open')
    expect(second.circuits().down?.state).toBe('closed')
    await expect(second.chat('Hi')).rejects.toMatchObject({ code: 'server_error' })
  })
})

describe('a bundle without a file system', verifies('F215'), () => {
  it('answers with nothing but what the web has', { timeout: 60_000 }, async () => {
    const { text, builtins } = await bundle(everything, { format: 'iife' })
    expect(builtins).toEqual([])
    const server = await fakeProviderServer('ok')
    const web = {
      AbortController,
      AbortSignal,
      Headers,
      Request,
      Response,
      TextDecoder,
      TextEncoder,
      URL,
      crypto,
      fetch,
    }
    const timers = {
      setTimeout,
      clearTimeout,
      queueMicrotask,
      performance,
      structuredClone,
      ReadableStream,
      DOMException,
    }
    const context = vm.createContext({ ...web, ...timers, baseUrl: server.url('openai') })
    const program = `${text}
      const llm = new bundle.UnifiedClient({ providers: [bundle.openai({ apiKey: 'sk-test-1', baseUrl })] })
      llm.chatStream('Hi').final().then(({ text }) => llm.close().then(() => typeof process + ' ' + typeof require + ' ' + text))`
    expect(await vm.runInContext(program, context)).toBe('undefined undefined ok')
    await server.close()
  })

  it('that asks for the SQLite store is told so by name when it is made', { timeout: 60_000 }, async () => {
    const asked = bundle(`export { sqliteStores } from 'holdfast/stores/sqlite'`, { format: 'iife' })
    await expect(asked).rejects.toThrow(/node:sqlite/)
  })
})

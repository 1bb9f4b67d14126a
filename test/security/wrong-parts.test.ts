/** Objects and functions that are handed in are looked at when they are handed in, not when the first call stumbles. */
import { type ClientOptions, UnifiedClient } from 'holdfast'
import { KeyRing, refreshingKey, Vault, vaultKey } from 'holdfast/credentials'
import { defineGuard } from 'holdfast/guards'
import { createMeter, priceTable } from 'holdfast/metering'
import { anthropic } from 'holdfast/providers/anthropic'
import { azure } from 'holdfast/providers/azure'
import { deepseek } from 'holdfast/providers/deepseek'
import { gemini } from 'holdfast/providers/gemini'
import { groq } from 'holdfast/providers/groq'
import { local } from 'holdfast/providers/local'
import { ollama } from 'holdfast/providers/ollama'
import { openai } from 'holdfast/providers/openai'
import { openaiCompatible } from 'holdfast/providers/openai-compatible'
import { openrouter } from 'holdfast/providers/openrouter'
import { template } from 'holdfast/providers/template'
import { memoryStores } from 'holdfast/stores/memory'
import { postgresStores } from 'holdfast/stores/postgres'
import { redisStores } from 'holdfast/stores/redis'
import { sqliteStores } from 'holdfast/stores/sqlite'
import { fakeProvider } from 'holdfast/testing'
import { expect, it } from 'vitest'

const providers = [fakeProvider('ok')]
const client = (options: object) => () => new UnifiedClient({ providers, ...options } as ClientOptions)
const llm = new UnifiedClient({ providers })
const stores = memoryStores()
const no = undefined as never
const of = (value: unknown) => value as never

const wrong: readonly (readonly [path: string, make: () => unknown])[] = [
  ['errorRules.sever_error', client({ errorRules: { sever_error: { retries: 1 } } })],
  ['circuitStore', client({ circuitStore: {} })],
  ['meter', client({ meter: {} })],
  ['vault', client({ vault: stores })],
  ['clock', client({ clock: { now: () => 0 } })],
  ['allowedModels.fkae', client({ allowedModels: { fkae: ['small'] } })],
  ['allowedModels.fake', client({ allowedModels: { fake: 'small' } })],
  ['tenant.allowedModels.other', () => llm.tenant('acme', { allowedModels: { other: [] } })],
  ['observer', () => llm.observe(of(5))],
  ['snapshots', () => llm.restoreCircuits(of(null))],
  ['provider', () => llm.reset('fkae')],
  ['text', () => template(no)],
  ['text', () => template('')],
  ['template.nmae', () => template('Sorry.', of({ nmae: 'x' }))],
  ['name', () => openaiCompatible(of({ baseUrl: 'https://llm.example', model: 'm' }))],
  ['prices', () => priceTable(no)],
  ['prices.openai/*', () => priceTable({ 'openai/*': of(5) })],
  ['prices.openai/*.in', () => priceTable({ 'openai/*': of({ in: 1 }) })],
  ['prices.openai/*.input', () => priceTable({ 'openai/*': { input: -1 } })],
  ['prices.openai/*.input', () => priceTable({ 'openai/*': of({ output: 1 }) })],
  ['prices.openai/gpt-5*', () => priceTable({ 'openai/gpt-5*': { input: 1 } })],
  ['prices.*', () => priceTable({ '*': { input: 1 } })],
  ['guard', () => defineGuard(no)],
  ['guard', () => defineGuard(of({ name: 'a', inputs: () => ({ outcome: 'allow' }) }))],
  ['guard', () => defineGuard(of({ name: 'a', input: 'x' }))],
  ['meter.stores.usage', () => createMeter({ stores: of({ usage: stores.limits }) })],
  ['meter.stores.limits', () => createMeter({ stores: of({ limits: () => stores.limits }) })],
  ['vault.store', () => new Vault(of({ keyRing: new KeyRing({ current: `${'A'.repeat(42)}E` }) }))],
  ['vault.store', () => new Vault(of({ store: stores, keyRing: 'x' }))],
  ['vault.keyRing', () => new Vault(of({ store: stores.configs }))],
  ['fetchKey', () => refreshingKey(of('sk-test-1'))],
  ['vault', () => vaultKey(of(stores), 'acme', 'openai')],
  ['client', () => redisStores(no)],
  ['client', () => redisStores(of({ get: () => '' }))],
  ['client', () => postgresStores(no)],
  ['client', () => postgresStores(of({ connect: () => '' }))],
  ['memoryStores.clock', () => memoryStores({ clock: of({}) })],
  ['sqliteStores.clock', () => sqliteStores({ path: ':memory:', clock: of({}) })],
]

it.each(wrong)('%s is refused by its name', (path, make) => {
  expect(make).toThrow(expect.objectContaining({ code: 'config_invalid', path }))
})

it('options that are null are refused like other wrong ones', async () => {
  const factories = [anthropic, azure, deepseek, gemini, groq, local, ollama, openai, openaiCompatible, openrouter]
  for (const factory of factories) {
    expect(() => factory(of(null)), factory.name).toThrow(expect.objectContaining({ code: 'config_invalid' }))
  }
  for (const options of [null, 5, { drainMs: 'soon' }, { drain: 1 }]) {
    await expect(llm.close(of(options))).rejects.toMatchObject({ code: 'config_invalid' })
  }
  expect((await llm.chat('Still open?')).text).toBe('ok')
})

/** Tenants with keys of their own, sealed in a store and opened for one call. */
import { UnifiedClient } from 'holdfast'
import { generateSecretKey, KeyRing, Vault } from 'holdfast/credentials'
import { openai } from 'holdfast/providers/openai'
import { memoryStores } from 'holdfast/stores/memory'
import { fakeProviderServer } from 'holdfast/testing/server'

const server = await fakeProviderServer('At your service.')

// In your program: the secret key comes from LLM_SECRET_KEY (`npx holdfast generate-key`), the rows lie in a database.
const keyRing = new KeyRing({ current: generateSecretKey() })
const vault = new Vault({ store: memoryStores().configs, keyRing })
const llm = new UnifiedClient({
  providers: [openai({ apiKey: 'sk-test-house', baseUrl: server.url('openai'), model: 'small' })],
  vault,
})

const acme = llm.tenant('acme')
await acme.saveConfig({ provider: 'openai', apiKey: 'sk-test-acme', defaultModel: 'large' })
const other = llm.tenant('other', { allowedModels: { openai: ['small'] } })

for (const tenant of [acme, other]) {
  await tenant.chat('Hello')
  const { headers, model } = server.requests.at(-1) ?? {}
  console.log(`${tenant.id}: ${headers?.authorization}, model ${model}`)
}

const [config] = await acme.configs()
console.log(`acme sees of its own key: ${config?.provider}, active ${config?.isActive}, ${'apiKey' in (config ?? {})}`)
console.log(`other sees of it: ${(await other.configs()).length} configurations`)

await llm.close()
await server.close()

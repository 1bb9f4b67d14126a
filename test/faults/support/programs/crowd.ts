/** Ten thousand calls at once against a server of its own; what each costs while it waits, and whether all settle. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { UnifiedClient } from 'holdfast'
import { openai } from 'holdfast/providers/openai'

const calls = Number(process.argv[2])
const connections = 200
const body = JSON.stringify({
  choices: [{ index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: 'stop' }],
})
let open = 0
let most = 0
let asked = 0
const server = createServer((incoming, response) => {
  asked++
  incoming.resume().on('end', () => response.setHeader('content-type', 'application/json').end(body))
})
server.on('connection', (socket) => {
  most = Math.max(most, ++open)
  socket.on('close', () => open--)
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
const llm = new UnifiedClient({
  providers: [openai({ name: 'primary', baseUrl, apiKey: 'sk-test-1', model: 'm' })],
  maxConnections: connections,
  // On a busy machine the first to be sent are the last to be answered: one connection is accepted in each turn.
  timeouts: { readMs: 280_000 },
})
await llm.chat('Hi')
const { gc } = globalThis as { gc?: () => void }
gc?.()
const before = process.memoryUsage().heapUsed
const all = Array.from({ length: calls }, () => llm.chat('Hi'))
await new Promise((resolve) => setImmediate(resolve))
gc?.()
const perCall = (process.memoryUsage().heapUsed - before) / calls
const settled = await Promise.allSettled(all)
const ok = settled.filter(({ status }) => status === 'fulfilled').length
console.log(JSON.stringify({ ok, asked: asked - 1, most, perCall: Math.round(perCall) }))
await llm.close()
server.close()

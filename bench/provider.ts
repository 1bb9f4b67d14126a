/**
 * A mock provider in a process of its own: chat completions over plain HTTP on loopback, as cheap as it can be made, so
 * that what is measured is the client. Tells its port through the IPC channel.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { chatBody, streamEvents } from './wire.ts'

const body = Buffer.from(chatBody)
const events = streamEvents.map((text) => Buffer.from(text))

const server = createServer((request, response) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => answer(request, response, Buffer.concat(parts)))
})
// Connections stay: dialling is not what is measured.
server.keepAliveTimeout = 120_000
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
process.on('disconnect', () => process.exit())

function answer(request: IncomingMessage, response: ServerResponse, given: Buffer): void {
  if (request.method !== 'POST' || request.url !== '/v1/chat/completions') {
    response.writeHead(404).end()
    return
  }
  if (given.includes('"stream":true')) stream(response)
  else response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.byteLength }).end(body)
}

/** Each event is one write and so one chunk of the transfer coding. */
function stream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' })
  for (const part of events) response.write(part)
  response.end()
}

/**
 * A provider in a process of its own, cheap enough to stand ten thousand calls at once. Tells its port over IPC. What it
 * does is in the model's name: `after-200` answers after so many ms, `stream-20-100` says so many words,
 * so many ms apart, the first one at once.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { chatBody } from '../wire.ts'

const body = Buffer.from(chatBody)
const server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => answer(request, response, Buffer.concat(parts).toString()))
})
server.listen(0, '127.0.0.1', 20_000, () => process.send?.({ port: (server.address() as AddressInfo).port }))
process.on('disconnect', () => process.exit())

function answer(request: IncomingMessage, response: ServerResponse, given: string): void {
  const [, kind, first = '0', second = '0'] = /"model":"(\w+)-(\d+)(?:-(\d+))?"/.exec(given) ?? []
  if (kind === 'stream') stream(response, Number(first), Number(second))
  else if (kind === 'after') setTimeout(() => whole(response), Number(first))
  else response.writeHead(404).end(request.url)
}

function whole(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.byteLength }).end(body)
}

function stream(response: ServerResponse, words: number, everyMs: number): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  let said = 0
  const say = () => {
    said++
    response.write(event({ content: `word${said} ` }))
    if (said < words) return
    clearInterval(timer)
    response.end(`${event({}, 'stop')}data: [DONE]\n\n`)
  }
  const timer = setInterval(say, everyMs)
  say()
  response.on('close', () => clearInterval(timer))
}

function event(delta: object, finish: string | null = null): string {
  return `data: ${JSON.stringify({ id: 'load', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`
}

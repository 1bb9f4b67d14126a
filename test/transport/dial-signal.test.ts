import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DialSignal } from '../../src/transport/dial-signal.ts'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

let server: Server
let port: number

beforeAll(async () => {
  server = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as { port: number }).port
})
afterAll(() => server.close())

async function dial(signal: AbortSignal): Promise<WeakRef<Socket>> {
  const socket = connect({ port, host: '127.0.0.1', signal })
  await once(socket, 'connect')
  socket.destroy()
  await once(socket, 'close')
  return new WeakRef(socket)
}

async function kept(signal: AbortSignal): Promise<number> {
  const sockets: WeakRef<Socket>[] = []
  for (let count = 0; count < 200; count++) sockets.push(await dial(signal))
  await new Promise((resolve) => setImmediate(resolve))
  gc()
  return sockets.filter((socket) => socket.deref() !== undefined).length
}

describe('the signal of all dials', () => {
  it('keeps no socket that is gone, as a real one would', async () => {
    expect(await kept(new AbortController().signal)).toBeGreaterThan(150)
    expect(await kept(new DialSignal() as unknown as AbortSignal)).toBeLessThan(10)
  })

  it('ends every connection there is, also after a garbage collection', async () => {
    const signal = new DialSignal()
    const sockets = Array.from({ length: 100 }, () =>
      connect({ port, host: '127.0.0.1', signal: signal as unknown as AbortSignal }),
    )
    for (const socket of sockets) socket.on('error', () => {})
    await once(sockets[99] as Socket, 'connect')
    for (let count = 0; count < 100; count++) await dial(signal as unknown as AbortSignal)
    gc()
    // One that is connected to nobody yet.
    const dialling = connect({ port, host: '127.0.0.1', signal: signal as unknown as AbortSignal })
    dialling.on('error', () => {})
    expect(dialling.connecting).toBe(true)
    signal.abort()
    expect([...sockets, dialling].filter(({ destroyed }) => !destroyed)).toEqual([])
  })
})

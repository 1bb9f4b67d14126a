import { connect, type Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import { createAuthority, selfSigned } from '../certificates.ts'
import { Listener, type TlsFiles } from '../listener.ts'
import { letGo } from './connection.ts'
import type { FaultListener, ListenerFault } from './fault.ts'

const day = 86_400_000

/** Faults of the address itself. Each has a port of its own, or none. */
export const listenerFaults: Readonly<Record<string, ListenerFault>> = {
  /** A name that no server of names knows: `.invalid` is kept free for this. */
  'dns-nxdomain': {
    at: 'listener',
    listen: () =>
      Promise.resolve({ protocol: 'http', host: 'nobody.invalid', port: 80, connections: () => 0, close: done }),
  },
  'conn-refused': { at: 'listener', listen: refused },
  'conn-hang': { at: 'listener', listen: hanging },
  'tls-self-signed': { at: 'listener', listen: () => tls(selfSigned()) },
  'tls-expired': {
    at: 'listener',
    listen: () => issued({ validFrom: Date.now() - 30 * day, validTo: Date.now() - day }),
  },
  'tls-wrong-host': { at: 'listener', listen: () => issued({ hosts: ['elsewhere.invalid'] }) },
  'tls-plaintext': { at: 'listener', listen: () => overTcp(answerPlainly) },
  'tls-stall': { at: 'listener', listen: () => overTcp(letGo) },
  'tls-rst': {
    at: 'listener',
    listen: () => overTcp((socket) => void socket.once('data', () => socket.resetAndDestroy())),
  },
}

const done = () => Promise.resolve()

/** A port that was free a moment ago and has no listener. */
async function refused(): Promise<FaultListener> {
  const listener = new Listener(() => {})
  await listener.open()
  await listener.close()
  return { protocol: 'http', host: '127.0.0.1', port: listener.port, connections: () => 0, close: done }
}

async function issued(options: Parameters<ReturnType<typeof createAuthority>['issue']>[0]): Promise<FaultListener> {
  const authority = createAuthority()
  return { ...(await tls(authority.issue(options))), ca: authority.ca }
}

async function tls(certificate: TlsFiles): Promise<FaultListener> {
  return overTcp(letGo, certificate)
}

async function overTcp(onSocket: (socket: Socket) => void, certificate?: TlsFiles): Promise<FaultListener> {
  const listener = new Listener(onSocket, certificate)
  await listener.open()
  return {
    protocol: 'https',
    host: '127.0.0.1',
    port: listener.port,
    connections: () => listener.accepted,
    close: () => listener.close(),
  }
}

function answerPlainly(socket: Socket): void {
  socket.once('data', () => {
    socket.resume()
    socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
  })
}

// Node takes every connection at once, so the port belongs to a thread that sleeps and takes none.
const sleeper = `
const { workerData, parentPort } = require('node:worker_threads')
const server = require('node:net').createServer()
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  parentPort.postMessage(server.address().port)
  setImmediate(() => Atomics.wait(new Int32Array(workerData), 0, 0))
})`

/** A port whose queue of connections is full: a further one gets no answer at all. */
async function hanging(): Promise<FaultListener> {
  const worker = new Worker(sleeper, { eval: true, workerData: new SharedArrayBuffer(4) })
  const port = await new Promise<number>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  worker.unref()
  const fillers: Socket[] = []
  // A connection that is not made within this time waits behind a full queue.
  for (let isFull = false; !isFull && fillers.length < 64; ) isFull = !(await isTaken(port, fillers, 150))
  return {
    protocol: 'http',
    host: '127.0.0.1',
    port,
    connections: () => 0,
    async close() {
      for (const filler of fillers) filler.destroy()
      await worker.terminate()
    },
  }
}

function isTaken(port: number, fillers: Socket[], withinMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    const limit = setTimeout(() => resolve(false), withinMs)
    fillers.push(socket)
    socket.on('error', () => {})
    socket.once('connect', () => {
      clearTimeout(limit)
      resolve(true)
    })
  })
}

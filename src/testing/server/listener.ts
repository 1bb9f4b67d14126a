import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

/** Key and certificate, PEM. */
export interface TlsFiles {
  readonly key: string
  readonly cert: string
}

/** A port on 127.0.0.1 that keeps count of its sockets and always closes. */
export class Listener {
  readonly sockets = new Set<Socket>()
  /** Connections ever accepted. */
  accepted = 0
  port = 0
  readonly #server: Server
  #isListening = false

  constructor(onSocket: (socket: Socket, index: number) => void, tls?: TlsFiles) {
    const indexOf = new WeakMap<Socket, number>()
    const track = (socket: Socket) => {
      indexOf.set(socket, this.accepted++)
      this.sockets.add(socket)
      socket.once('close', () => this.sockets.delete(socket))
      // A client may vanish at any moment; that is for the exchange to notice, not for the process to die of.
      socket.on('error', () => socket.destroy())
    }
    const options = { allowHalfOpen: true, noDelay: true }
    this.#server = tls ? createTlsServer({ ...options, ...tls }) : createServer(options)
    // Below TLS there is a TCP connection even where the handshake never ends, so those are what is kept count of.
    this.#server.on('connection', track)
    this.#server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => {
      if (tls) socket.on('error', () => socket.destroy())
      onSocket(socket, indexOf.get(socket) ?? this.accepted - 1)
    })
    // A client that refuses our certificate is none of our errors.
    this.#server.on('tlsClientError', () => {})
  }

  /** Opens the port: a free one the first time, the same one after a `close`. */
  async open(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(this.port, '127.0.0.1', () => {
        this.#server.off('error', reject)
        resolve()
      })
    })
    this.#isListening = true
    this.port = (this.#server.address() as AddressInfo).port
  }

  /** Closes the port and destroys all its sockets. */
  async close(): Promise<void> {
    if (!this.#isListening) return
    this.#isListening = false
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    const ended = [...this.sockets].map((socket) => {
      const over = new Promise<void>((resolve) => socket.once('close', () => resolve()))
      socket.destroy()
      return over
    })
    await Promise.all([closed, ...ended])
  }
}

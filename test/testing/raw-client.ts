import { connect, type Socket } from 'node:net'

/** A TCP client that shows every byte and how the connection ended. */
export interface RawClient {
  readonly socket: Socket
  /** Everything received so far. */
  readonly bytes: Buffer
  readonly text: string
  /** How the server ended the connection; `undefined` while it is open. */
  readonly ended: 'fin' | 'reset' | undefined
  /** Pieces as they came off the socket. */
  readonly pieces: readonly Buffer[]
  send(data: string | Uint8Array): void
  /** Waits until so much has come. */
  until(isEnough: (text: string) => boolean): Promise<string>
  /** Waits for the end of the connection. */
  end(): Promise<'fin' | 'reset'>
  close(): void
}

/** Connects to a port on loopback. */
export async function rawClient(port: number, host = '127.0.0.1'): Promise<RawClient> {
  const socket = connect({ port, host })
  const pieces: Buffer[] = []
  let ended: RawClient['ended']
  const waiters = new Set<() => void>()
  const changed = () => {
    for (const waiter of waiters) waiter()
  }
  socket.on('data', (piece: Buffer) => {
    pieces.push(piece)
    changed()
  })
  socket.once('end', () => {
    ended ??= 'fin'
    changed()
  })
  socket.on('error', () => {
    ended ??= 'reset'
    changed()
  })
  await new Promise<void>((resolve) => {
    socket.once('connect', resolve)
    socket.once('error', () => resolve())
  })
  const bytes = () => Buffer.concat(pieces)
  const wait = (isDone: () => boolean, what: string) =>
    new Promise<void>((resolve, reject) => {
      const limit = setTimeout(
        () => reject(new Error(`${what}: only got ${bytes().toString().slice(0, 2000)}`)),
        25_000,
      )
      const check = () => {
        if (!isDone()) return
        clearTimeout(limit)
        waiters.delete(check)
        resolve()
      }
      waiters.add(check)
      check()
    })
  return {
    socket,
    pieces,
    get bytes() {
      return bytes()
    },
    get text() {
      return bytes().toString()
    },
    get ended() {
      return ended
    },
    send: (data) => void socket.write(data),
    async until(isEnough) {
      await wait(() => isEnough(bytes().toString()) || ended !== undefined, 'until')
      return bytes().toString()
    },
    async end() {
      await wait(() => ended !== undefined, 'end')
      return ended ?? 'fin'
    },
    close: () => void socket.destroy(),
  }
}

/** A request as it is written on the wire. */
export function requestText(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}): string {
  const { pathname, search, host } = new URL(url)
  const text = body === undefined ? '' : JSON.stringify(body)
  const lines = [
    `${body === undefined ? 'GET' : 'POST'} ${pathname}${search} HTTP/1.1`,
    `Host: ${host}`,
    'Content-Type: application/json',
    ...(text ? [`Content-Length: ${Buffer.byteLength(text)}`] : []),
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ]
  return `${lines.join('\r\n')}\r\n\r\n${text}`
}

/** Sends one request over a connection of its own and reads until the server ends it or `isEnough`. */
export async function sendRaw(
  url: string,
  body: unknown,
  isEnough: (text: string) => boolean = () => false,
): Promise<RawClient> {
  const client = await rawClient(Number(new URL(url).port))
  client.send(requestText(url, body, { Connection: 'close' }))
  await client.until(isEnough)
  return client
}

/** Lets some turns of the event loop pass, so that what can happen at once has happened. */
export async function settle(turns = 30): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise<void>((resolve) => setImmediate(resolve))
}

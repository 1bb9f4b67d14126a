import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '../../types/clock.ts'
import { wait } from '../wait.ts'
import type { Headers, WireOp, WireOps } from './wire-op.ts'

/** Where operations are carried out. */
export interface Stage {
  readonly response: ServerResponse
  readonly socket: Socket
  readonly clock: Clock
  /** Aborted when the client or the server ends the connection. */
  readonly signal: AbortSignal
  /** Sends bodies in pieces of so many bytes, each in a turn of its own. Absent: as they come. */
  readonly pieceBytes?: number | undefined
  /** Told the status when it goes out, and each byte count of the body. */
  readonly onStatus?: (status: number) => void
  readonly onBytes?: (count: number) => void
  /** Told when the operations end the answer: whole, or by breaking the connection. */
  readonly onEnd?: (isWhole: boolean) => void
}

/** Carries out operations until they end or the connection does. */
export async function play(ops: WireOps, stage: Stage): Promise<void> {
  for await (const op of ops) {
    if (stage.signal.aborted) return
    try {
      await actions[op.do](op as never, stage)
    } catch (error) {
      // When the connection ended under the operation nothing is left to be done on it.
      if (stage.signal.aborted || stage.socket.destroyed) return
      throw error
    }
  }
}

type Action<Name extends WireOp['do']> = (op: Extract<WireOp, { do: Name }>, stage: Stage) => void | Promise<void>

const actions: { readonly [Name in WireOp['do']]: Action<Name> } = {
  head({ status, headers, reason }, { response, onStatus }) {
    onStatus?.(status)
    const shown = copyOf(headers)
    if (reason === undefined) response.writeHead(status, shown)
    else response.writeHead(status, reason, shown)
    response.flushHeaders()
  },
  async body({ data }, stage) {
    for (const piece of piecesOf(data, stage.pieceBytes)) {
      stage.onBytes?.(piece.length)
      await written(stage, (done) => stage.response.write(piece, done))
      if (stage.pieceBytes !== undefined) await oneTurn()
    }
  },
  async raw({ data }, stage) {
    for (const piece of piecesOf(data, stage.pieceBytes)) {
      await written(stage, (done) => stage.socket.write(piece, done))
      if (stage.pieceBytes !== undefined) await oneTurn()
    }
  },
  wait: ({ ms }, { clock, signal }) => wait(clock, ms, signal),
  turn: () => oneTurn(),
  'half-close'(_, { socket, onEnd }) {
    onEnd?.(true)
    socket.end()
    socket.resume()
  },
  end(_, { response, socket, onEnd }) {
    onEnd?.(true)
    if (response.headersSent) response.end()
    else socket.end()
  },
  fin(_, { socket, onEnd }) {
    onEnd?.(false)
    socket.end(() => socket.destroySoon())
  },
  async reset(_, { socket, onEnd }) {
    onEnd?.(false)
    // What was written before must reach the client first: an RST may overtake it.
    await oneTurn()
    await oneTurn()
    socket.resetAndDestroy()
  },
}

/** Writes with respect for a slow reader: at most one piece waits in memory. */
function written(stage: Stage, write: (done: (error?: Error | null) => void) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(new Error('the connection ended'))
    stage.signal.addEventListener('abort', onAbort, { once: true })
    write((error) => {
      stage.signal.removeEventListener('abort', onAbort)
      if (error) reject(error)
      else resolve()
    })
  })
}

function* piecesOf(data: string | Uint8Array, size: number | undefined): Generator<Uint8Array> {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data
  const step = size ?? (bytes.length || 1)
  for (let start = 0; start < bytes.length; start += step) yield bytes.subarray(start, start + step)
}

function copyOf(headers: Headers = {}): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
  )
}

function oneTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

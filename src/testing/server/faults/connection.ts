import type { Socket } from 'node:net'
import type { ConnectionFault } from './fault.ts'

/** Faults of a connection, before any request is read. */
export const connectionFaults: Readonly<Record<string, ConnectionFault>> = {
  /** Takes the connection and says nothing. */
  'accept-silence': { at: 'connection', play: letGo },
  /** Resets the connection at once. */
  'rst-on-accept': { at: 'connection', play: (socket) => void socket.resetAndDestroy() },
  /** Ends the connection at once, politely. */
  'fin-on-accept': {
    at: 'connection',
    play(socket) {
      // Unread bytes would turn the FIN into an RST.
      socket.resume()
      socket.end()
    },
  },
  /** Speaks another protocol. */
  'not-http': {
    at: 'connection',
    play(socket) {
      letGo(socket)
      socket.write('SSH-2.0-OpenSSH_9.9p1 fake\r\n')
    },
  },
}

/** Takes in what comes, and goes when the client goes. */
export function letGo(socket: Socket): void {
  socket.resume()
  socket.once('end', () => socket.end())
}

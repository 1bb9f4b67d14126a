/** One thing a server does to a connection. A fault, a healthy answer and a recorded case are all lists of these. */
export type WireOp =
  /** Sends the status line and the headers. */
  | {
      readonly do: 'head'
      readonly status: number
      readonly headers?: Headers | undefined
      readonly reason?: string
    }
  /** Sends a part of the body, framed as the headers say. */
  | { readonly do: 'body'; readonly data: string | Uint8Array }
  /** Sends bytes past HTTP; afterwards the connection is good for nothing else. */
  | { readonly do: 'raw'; readonly data: string | Uint8Array }
  /** Waits, by the server's clock; for ever when infinite. */
  | { readonly do: 'wait'; readonly ms: number }
  /** Lets one turn of the event loop pass, so that bytes leave in packets of their own. */
  | { readonly do: 'turn' }
  /** Ends the body as HTTP asks for. */
  | { readonly do: 'end' }
  /** Sends a FIN, goes on to take in what the client sends and leaves the rest to it. */
  | { readonly do: 'half-close' }
  /** Ends the connection with a FIN, whatever was promised. */
  | { readonly do: 'fin' }
  /** Ends the connection with an RST. */
  | { readonly do: 'reset' }

/** Headers as Node takes them; a list repeats the header. */
export type Headers = Readonly<Record<string, string | readonly string[]>>

/** Operations, made as they are needed. */
export type WireOps = Iterable<WireOp> | AsyncIterable<WireOp>

/** Sends the status line and the headers. */
export function head(status: number, headers?: Headers, reason?: string): WireOp {
  return { do: 'head', status, headers, ...(reason !== undefined && { reason }) }
}

/** Sends a part of the body. */
export function body(data: string | Uint8Array): WireOp {
  return { do: 'body', data }
}

/** Sends bytes past HTTP. */
export function raw(data: string | Uint8Array): WireOp {
  return { do: 'raw', data }
}

/** Waits by the server's clock. */
export function pause(ms: number): WireOp {
  return { do: 'wait', ms }
}

/** Says nothing more, until the client or the server ends the connection. */
export const silence: WireOp = { do: 'wait', ms: Number.POSITIVE_INFINITY }
/** Lets one turn of the event loop pass. */
export const turn: WireOp = { do: 'turn' }
/** Ends the body as HTTP asks for. */
export const end: WireOp = { do: 'end' }
/** Ends the connection with a FIN. */
export const fin: WireOp = { do: 'fin' }
/** Ends the connection with an RST. */
export const rst: WireOp = { do: 'reset' }
/** Sends a FIN and lets the client end the rest. */
export const halfClose: WireOp = { do: 'half-close' }

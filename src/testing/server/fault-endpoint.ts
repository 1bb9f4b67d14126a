import type { JsonObject } from '../../types/json.ts'
import { fault } from '../steps.ts'
import type { DialectName } from './dialects/dialect.ts'
import { dialects } from './dialects/dialects.ts'
import { type FakeProviderServer, type FakeProviderServerOptions, fakeProviderServer } from './fake-provider-server.ts'
import { faultOf } from './faults/catalogue.ts'

/** An address at which one fault waits for whoever calls. */
export interface FaultEndpoint {
  readonly name: string
  /** Base URL of a dialect there. */
  url(dialect?: DialectName): string
  /** Connections seen; 0 where none can be. */
  readonly connections: number
  /** Certificate of the authority to trust (PEM), where the fault is not about trust. */
  readonly ca?: string
  /** The server behind it; absent where the fault leaves no room for one. */
  readonly server?: FakeProviderServer
  close(): Promise<void>
}

/**
 * Starts an address with any fault of the catalogue, those too that no script can hold: refused, hanging and TLS.
 *
 * @example
 * const endpoint = await faultEndpoint('tls-expired')
 */
export async function faultEndpoint(
  name: string,
  options: JsonObject = {},
  serverOptions: Omit<FakeProviderServerOptions, 'script'> = {},
): Promise<FaultEndpoint> {
  const found = faultOf(name)
  if (found.at !== 'listener') {
    const server = await fakeProviderServer({ ...serverOptions, script: fault(name, options) })
    return {
      name,
      url: (dialect) => server.url(dialect),
      get connections() {
        return server.connections
      },
      server,
      close: () => server.close(),
    }
  }
  const listener = await found.listen(options)
  const { protocol, host, port, ca } = listener
  const origin = `${protocol}://${host}:${port}`
  return {
    name,
    url: (dialect) => (dialect === undefined ? origin : `${origin}/${dialect}${dialects[dialect].base}`),
    get connections() {
      return listener.connections()
    },
    ...(ca !== undefined && { ca }),
    close: () => listener.close(),
  }
}

import type { Provider } from '../types/provider.ts'
import { oneOf } from '../utils/check.ts'
import type { Quirk } from './core/quirks.ts'
import { type CompatibleOptions, compatibleProvider } from './openai-compatible/compatible-provider.ts'

/** Servers of one's own machine. */
export type LocalServer = 'lmstudio' | 'ollama' | 'vllm' | 'llamacpp'

/** Options of `local`. */
export interface LocalOptions extends CompatibleOptions {
  /** Which server it is: sets the base URL, the name and what it takes. Default `lmstudio`. */
  readonly server?: LocalServer
}

const servers: Readonly<Record<LocalServer, { readonly port: number; readonly refuses: Required<Quirk>['refuses'] }>> =
  {
    lmstudio: { port: 1234, refuses: ['imageUrls'] },
    ollama: { port: 11434, refuses: ['imageUrls', 'toolChoice'] },
    vllm: { port: 8000, refuses: [] },
    llamacpp: { port: 8080, refuses: [] },
  }

/**
 * A server that speaks chat completions on this machine (or, with `baseUrl`, on another). Needs a model, since only the
 * server knows which it has: here, or in `<SERVER>_MODEL`.
 *
 * @throws ConfigError when an option is wrong.
 */
export function local(options: LocalOptions = {}): Provider {
  const { server = 'lmstudio' } = options ?? {}
  const { port, refuses } = servers[server] ?? servers.lmstudio
  return compatibleProvider(
    {
      name: server,
      baseUrl: `http://localhost:${port}/v1`,
      keyVariables: [`${server.toUpperCase()}_API_KEY`],
      isKeyRequired: false,
      // llama.cpp serves one model and ignores the name.
      ...(server === 'llamacpp' && { model: 'default' }),
      // Loading a model can take minutes.
      timeouts: { firstTokenMs: 300_000, readMs: 300_000 },
    },
    { kind: server, quirks: [{ model: '*', refuses }] },
    options,
    { server: oneOf(...Object.keys(servers)) },
  )
}

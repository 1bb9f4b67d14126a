import { RequestError, StoreError } from '../../errors/families.ts'
import { LlmError } from '../../errors/llm-error.ts'
import type { Clock } from '../../types/clock.ts'

/** The part of a client of `redis` (node-redis, 5 or newer) that is used. */
export interface NodeRedisLike {
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  evalSha(sha: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
}

/** The part of a client of `ioredis` that is used. */
export interface IoRedisLike {
  eval(script: string, keyCount: number, ...rest: string[]): Promise<unknown>
  evalsha(sha: string, keyCount: number, ...rest: string[]): Promise<unknown>
}

/** Either client, single or cluster. */
export type RedisClientLike = NodeRedisLike | IoRedisLike

/** Where scripts run. */
export interface Redis {
  /** Runs a script: one round trip, atomic. */
  run(script: string, keys: string[], values: readonly (string | number)[]): Promise<unknown>
  /** A key; all share one hash tag, so that a cluster keeps them together. */
  key(...parts: string[]): string
  /** The time to hand to scripts: `''` where the server's own counts. */
  readonly now: () => string
}

/** `clock` takes the place of the server's. */
export function redisOver(client: RedisClientLike, prefix: string, clock: Clock | undefined): Redis {
  const shas = new Map<string, Promise<string>>()
  const { evalScript, evalSha } = callsOf(client)
  ignoreErrorEvents(client)
  return {
    async run(script, keys, values) {
      const texts = values.map(String)
      try {
        const sha = shas.get(script) ?? sha1(script)
        shas.set(script, sha)
        return await evalSha(await sha, keys, texts).catch((error: unknown) => {
          // Another server, or the same one restarted: it does not know the script yet.
          if (!messageOf(error).startsWith('NOSCRIPT')) throw error
          return evalScript(script, keys, texts)
        })
      } catch (error) {
        throw storeError(error)
      }
    },
    key: (...parts) => [`{${prefix}}`, ...parts].join(':'),
    now: () => (clock === undefined ? '' : String(Math.floor(clock.now()))),
  }
}

type Call = (text: string, keys: string[], values: string[]) => Promise<unknown>

function callsOf(client: RedisClientLike): { evalScript: Call; evalSha: Call } {
  if ('evalSha' in client) {
    return {
      evalScript: (script, keys, values) => client.eval(script, { keys, arguments: values }),
      evalSha: (sha, keys, values) => client.evalSha(sha, { keys, arguments: values }),
    }
  }
  return {
    evalScript: (script, keys, values) => client.eval(script, keys.length, ...keys, ...values),
    evalSha: (sha, keys, values) => client.evalsha(sha, keys.length, ...keys, ...values),
  }
}

/** A client that loses its server ends the process unless somebody listens; what it means is seen in the next call. */
function ignoreErrorEvents(client: object): void {
  const emitter = client as {
    on?: (event: string, listener: () => void) => unknown
    listenerCount?: (event: string) => number
  }
  if (emitter.listenerCount?.('error') === 0) emitter.on?.('error', () => undefined)
}

async function sha1(text: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-1', new TextEncoder().encode(text)))
  return [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** What a failure of the client means to a caller. */
function storeError(error: unknown): LlmError {
  if (LlmError.isInstance(error)) return error
  if (messageOf(error).startsWith('WRONGTYPE')) {
    return new StoreError('store_corrupt', 'Keys of the prefix hold something else', { cause: error })
  }
  return new StoreError('store_unavailable', 'Redis cannot be used', { cause: error })
}

/** Text of a value, or the error for one that has none. */
export function toJson(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch (cause) {
    throw new RequestError('request_invalid', 'A value is of the wrong type', { cause })
  }
}

/** At the head of every script that needs the time: `''` stands for the server's own. */
export const clockLua = `
local function clock(given)
  if given ~= '' then return tonumber(given) end
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function int(number) return string.format('%.0f', number) end`

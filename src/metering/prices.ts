import type { PriceSource } from '../types/price.ts'
import type { Usage } from '../types/usage.ts'
import { type Check, checkOptions, invalid, numberIn, show } from '../utils/check.ts'

/** US dollars for one million tokens. */
export interface TokenPrice {
  readonly input: number
  readonly output?: number
  /** Default: as `input`. */
  readonly cacheRead?: number
  /** Default: as `input`. */
  readonly cacheWrite?: number
  /** US dollars for each request, besides its tokens. */
  readonly request?: number
}

const dollars = numberIn(0, 1_000_000)
const priceChecks: Readonly<Record<keyof TokenPrice, Check>> = {
  input: dollars,
  output: dollars,
  cacheRead: dollars,
  cacheWrite: dollars,
  request: dollars,
}

/**
 * Prices of your own, by `'provider/model'`, `'model'` or `'provider/*'`, the first that fits in this order.
 *
 * @throws ConfigError for a price that is none
 *
 * @example
 * const prices = priceTable({ 'openai/gpt-5': { input: 1.25, output: 10, cacheRead: 0.125 }, 'local/*': { input: 0 } })
 */
export function priceTable(table: Readonly<Record<string, TokenPrice>>): PriceSource {
  if (typeof table !== 'object' || table === null) throw invalid('prices', show(table), 'an object of prices')
  for (const [name, price] of Object.entries(table)) {
    if (name.includes('*') && !/^[^*/]+\/\*$/.test(name))
      throw invalid(`prices.${name}`, 'a star in another place', "'provider/model', 'model' or 'provider/*'")
    checkOptions(`prices.${name}`, price, priceChecks)
    if (price.input === undefined) throw invalid(`prices.${name}.input`, 'nothing', 'US dollars for a million tokens')
  }
  const prices = new Map(Object.entries(table))
  return ({ provider, model, usage }) => {
    const price = prices.get(`${provider}/${model}`) ?? prices.get(model) ?? prices.get(`${provider}/*`)
    return price && priceOf(price, usage)
  }
}

function priceOf(price: TokenPrice, { inputTokens = 0, outputTokens = 0, input }: Usage): number {
  const { cacheRead = 0, cacheWrite = 0 } = input
  const fresh = Math.max(0, inputTokens - cacheRead - cacheWrite)
  const perMillion =
    fresh * price.input +
    cacheRead * (price.cacheRead ?? price.input) +
    cacheWrite * (price.cacheWrite ?? price.input) +
    outputTokens * (price.output ?? 0)
  return perMillion / 1e6 + (price.request ?? 0)
}

/** The part of `@pydantic/genai-prices` that is used. */
export type CalcPrice = (
  usage: {
    input_tokens?: number
    output_tokens?: number
    cache_read_tokens?: number
    cache_write_tokens?: number
  },
  model: string,
  options?: { providerId?: string },
) => { readonly total_price: number } | null | undefined

/**
 * Prices from `@pydantic/genai-prices`, whose `calcPrice` you hand in.
 *
 * @example
 * import { calcPrice } from '@pydantic/genai-prices'
 * const prices = genaiPrices(calcPrice, { gemini: 'google' })
 */
export function genaiPrices(calcPrice: CalcPrice, providerIds: Readonly<Record<string, string>> = {}): PriceSource {
  return ({ provider, model, usage: { inputTokens = 0, outputTokens = 0, input } }) => {
    const usage = {
      input_tokens: inputTokens,
      output_tokens: outputTokens,
      ...(input.cacheRead !== undefined && { cache_read_tokens: input.cacheRead }),
      ...(input.cacheWrite !== undefined && { cache_write_tokens: input.cacheWrite }),
    }
    return calcPrice(usage, model, { providerId: providerIds[provider] ?? provider })?.total_price
  }
}

/** Asks several sources in order; the first that knows the price says it. */
export function firstPrice(...sources: readonly PriceSource[]): PriceSource {
  return (attempt) => {
    for (const source of sources) {
      const cost = source(attempt)
      if (cost !== undefined) return cost
    }
    return undefined
  }
}

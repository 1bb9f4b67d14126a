import type { UsageEndpoint } from '../types/store.ts'

const charged: Readonly<Record<UsageEndpoint, { readonly isFree: boolean; readonly hasAnswer: boolean }>> = {
  chat: { isFree: false, hasAnswer: true },
  chatStream: { isFree: false, hasAnswer: true },
  test: { isFree: false, hasAnswer: true },
  embed: { isFree: false, hasAnswer: false },
  models: { isFree: true, hasAnswer: false },
  countTokens: { isFree: true, hasAnswer: false },
}

/** Is it one of the ledger's? */
export function isEndpoint(value: unknown): value is UsageEndpoint {
  return typeof value === 'string' && Object.hasOwn(charged, value)
}

/** Takes a provider neither tokens nor money for it? */
export function isFree(endpoint: UsageEndpoint): boolean {
  return charged[endpoint].isFree
}

/** Is there an answer of tokens, for which some are to be reserved? */
export function hasAnswer(endpoint: UsageEndpoint): boolean {
  return charged[endpoint].hasAnswer
}

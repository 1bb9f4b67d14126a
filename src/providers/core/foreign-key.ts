import type { ProviderKey } from '../../types/keys.ts'
import type { Warning } from '../../types/reply.ts'
import type { SecretText } from '../../types/secret-text.ts'
import type { ProviderKeyParts } from './api-key.ts'

/** Beginnings by which a key tells whose it is. Plain `sk-` is left out: several services use it. */
const beginnings: readonly (readonly [string, string])[] = [
  ['sk-ant-', 'anthropic'],
  ['sk-or-', 'openrouter'],
  ['sk-proj-', 'openai'],
  ['sk-svcacct-', 'openai'],
  ['sk-admin-', 'openai'],
  ['gsk_', 'groq'],
  ['AIza', 'gemini'],
  ['xai-', 'xai'],
  ['pplx-', 'perplexity'],
  ['csk-', 'cerebras'],
  ['hf_', 'huggingface'],
]

/** Services that take keys of their own only. */
const services: readonly string[] = ['openai', 'anthropic', 'gemini', 'groq', 'openrouter', 'deepseek']

/** What is wrong with a key that by its looks belongs to another service; never shows any of it. */
export function foreignKey(service: string, key: string): string | undefined {
  const owner = beginnings.find(([beginning]) => key.startsWith(beginning))?.[1]
  if (owner === undefined || owner === service || !services.includes(service)) return undefined
  return `it looks like a key of ${owner}`
}

/** The warnings about keys that can be looked at before a call: those that no function fetches. */
export function foreignKeyWarnings(
  name: string,
  service: string,
  { key, canRefreshKey, keys }: ProviderKeyParts,
): Warning[] {
  // A pool is shared by several: it is nobody's in particular.
  if (keys !== undefined && 'next' in keys) return []
  const all: readonly ProviderKey[] = keys ?? [{ open: key, canRefresh: canRefreshKey === true }]
  return all.flatMap(({ id, open, canRefresh }) => {
    const opened = canRefresh ? undefined : open?.(false)
    const fault = foreignKey(service, (opened as SecretText | undefined)?.reveal() ?? '')
    if (fault === undefined) return []
    const which = id === undefined ? 'The key' : `Key '${id}'`
    return [
      { code: 'key-of-another-service', message: `${which} of provider '${name}' may be the wrong one: ${fault}` },
    ]
  })
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { readEntries, root } from '../../scripts/entries.ts'
import { LlmError } from '../../src/errors/llm-error.ts'
import { anthropic } from '../../src/providers/anthropic.ts'
import { deepseek } from '../../src/providers/deepseek.ts'
import { gemini } from '../../src/providers/gemini.ts'
import { groq } from '../../src/providers/groq.ts'
import { openai } from '../../src/providers/openai.ts'
import { openrouter } from '../../src/providers/openrouter.ts'

const page = readFileSync(join(root, 'docs', 'providers.md'), 'utf8')
const rows = new Map(
  page.split('\n').flatMap((line) => [...line.matchAll(/^\| `([\w-]+)`: /g)].map(([, name]) => [name, line])),
)
const presets = { openai, anthropic, gemini, groq, openrouter, deepseek }

afterEach(() => vi.unstubAllEnvs())

describe('the page of providers', () => {
  it.each(Object.entries(presets))('names the default model of %s', (name, make) => {
    vi.stubEnv(`${name.toUpperCase()}_MODEL`, '')
    expect(rows.get(name)).toContain(`\`${make({ apiKey: 'sk-test-0123456789' }).defaultModel}\``)
  })

  it.each(Object.entries(presets))('names the variables of the key of %s', (name, make) => {
    const variables = [
      ...(rows
        .get(name)
        ?.split('|')[2]
        ?.matchAll(/`(\w+)`/g) ?? []),
    ].map(([, variable]) => variable)
    for (const variable of variables) vi.stubEnv(variable ?? '', '')
    expect(missingKey(make)).toContain(`set ${variables.join(' or ')},`)
  })

  it('has a row or a word for every provider that can be imported', () => {
    const names = readEntries().flatMap(({ key }) => /^\.\/providers\/(.+)$/.exec(key)?.[1] ?? [])
    expect(names.filter((name) => !rows.has(name) && !page.includes(`holdfast/providers/${name}`))).toEqual([])
  })
})

function missingKey(make: () => unknown): string {
  try {
    make()
  } catch (error) {
    if (LlmError.isInstance(error)) return error.message
  }
  return 'no error'
}

/** The providers whose keys are in the environment. */
import { LlmError, type Provider, UnifiedClient } from 'holdfast'
import { anthropic } from 'holdfast/providers/anthropic'
import { deepseek } from 'holdfast/providers/deepseek'
import { gemini } from 'holdfast/providers/gemini'
import { groq } from 'holdfast/providers/groq'
import { openai } from 'holdfast/providers/openai'
import { openrouter } from 'holdfast/providers/openrouter'
import { ask } from './ask.ts'
import type { Screen } from './screen.ts'

const known: readonly { readonly variables: readonly string[]; readonly make: () => Provider }[] = [
  { variables: ['ANTHROPIC_API_KEY'], make: anthropic },
  { variables: ['OPENAI_API_KEY'], make: openai },
  { variables: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'], make: gemini },
  { variables: ['GROQ_API_KEY'], make: groq },
  { variables: ['OPENROUTER_API_KEY'], make: openrouter },
  { variables: ['DEEPSEEK_API_KEY'], make: deepseek },
]

/** The environment variables that may hold a key. */
export const keyVariables: readonly string[] = known.flatMap(({ variables }) => variables)

/** Is there a provider to talk to? */
export function hasKeys(): boolean {
  return keyVariables.some(isSet)
}

/** Streams one answer from the first of them that gives one. */
export async function askReal(screen: Screen, prompt: string): Promise<void> {
  const providers = known.filter(({ variables }) => variables.some(isSet)).map(({ make }) => make())
  const llm = new UnifiedClient({ providers, onEvent: (event) => screen.event(event) })
  screen.title('holdfast quickstart', `The chain is ${providers.map(({ name }) => name).join(', ')}.`)
  try {
    screen.table([await ask(llm, screen, 'One call', prompt)])
  } catch (error) {
    if (!LlmError.isInstance(error)) throw error
    screen.note(`${error.name} ${error.code}: ${error.message}`)
    process.exitCode = 1
  } finally {
    await llm.close()
  }
}

function isSet(variable: string): boolean {
  return Boolean(process.env[variable]?.trim())
}

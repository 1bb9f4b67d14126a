import { type ScriptCursor, type ScriptInput, startScript } from '../script.ts'
import type { FakeOperation } from '../step.ts'
import type { DialectName } from './dialects/dialect.ts'

/** Which requests a script is for. All conditions that are given must hold. */
export interface When {
  readonly model?: string
  /** Beginning of the path, as in `/anthropic/`. */
  readonly path?: string
  readonly dialect?: DialectName
  /** Default: `chat` and `chatStream`. `any` is for every request there is. */
  readonly operation?: FakeOperation | 'any'
}

/** What a rule is held against. `model` is unknown until the body was read. */
export interface Asked {
  readonly path: string
  readonly dialect: DialectName
  readonly operation: string
  readonly model?: string
}

interface Rule {
  readonly when: When
  readonly script: ScriptInput
  cursor: ScriptCursor
}

/** The scripts of a server; of those that fit, the one that was given last counts. */
export class Rules {
  readonly #rules: Rule[] = []

  /** Adds a script; one for the same requests is replaced. */
  add(script: ScriptInput, when: When = {}): void {
    const same = this.#rules.findIndex((rule) => JSON.stringify(rule.when) === JSON.stringify(when))
    if (same !== -1) this.#rules.splice(same, 1)
    this.#rules.push({ when, script, cursor: startScript(script) })
  }

  /** The script for a request. */
  find(asked: Asked): ScriptCursor | undefined {
    return this.#rules.findLast((rule) => fits(rule.when, asked))?.cursor
  }

  /** The script for requests of which nothing is known yet. */
  get unconditional(): ScriptCursor | undefined {
    return this.#rules.findLast(({ when }) => Object.keys(when).every((key) => key === 'operation'))?.cursor
  }

  /** Starts all scripts from their beginning. */
  restart(): void {
    for (const rule of this.#rules) rule.cursor = startScript(rule.script)
  }
}

function fits({ model, path, dialect, operation }: When, asked: Asked): boolean {
  const isMeant =
    operation === undefined
      ? asked.operation === 'chat' || asked.operation === 'chatStream'
      : operation === 'any' || asked.operation === operation
  return (
    isMeant &&
    (model === undefined || model === asked.model) &&
    (path === undefined || asked.path.startsWith(path)) &&
    (dialect === undefined || dialect === asked.dialect)
  )
}

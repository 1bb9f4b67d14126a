interface Process {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly versions?: Readonly<Record<string, string | undefined>>
  getBuiltinModule?(name: string): unknown
}

function runtime(): Process | undefined {
  return (globalThis as { process?: Process }).process
}

/** An environment variable, trimmed; empty means not set. Undefined where the runtime has no environment. */
export function environmentVariable(name: string): string | undefined {
  return runtime()?.env?.[name]?.trim() || undefined
}

/** The major version of the undici inside the runtime; 0 where there is none. */
export function undiciMajor(): number {
  return Number.parseInt(runtime()?.versions?.undici ?? '0', 10)
}

/** A module of the runtime itself, without an import: programs for other runtimes must not mention one. */
export function builtin<Module>(name: string): Module {
  return runtime()?.getBuiltinModule?.(name) as Module
}

/** Do quotes stand around it? Some ways of setting a variable keep them, and they are never meant. */
export function isQuoted(value: string): boolean {
  return /^["'`].*["'`]$/s.test(value)
}

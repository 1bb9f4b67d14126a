import { show } from '../utils/check.ts'

/** Where a command writes. */
export interface Output {
  /** What was asked for, a line. */
  readonly print: (line: string) => void
  /** What went wrong, a line. */
  readonly complain: (line: string) => void
}

/** One command: its line in the help, and what it does; answers with the exit status. */
interface Command {
  readonly summary: string
  readonly run: (output: Output) => Promise<number>
}

/** All commands by name. */
const commands: Readonly<Record<string, Command>> = {
  'generate-key': {
    summary: 'print a fresh secret key for LLM_SECRET_KEY',
    run: async ({ print }) => {
      const { generateSecretKey } = await import('../credentials/secret-key.ts')
      print(generateSecretKey())
      return 0
    },
  },
}

/** Runs the command that the arguments name. Answers with the exit status: 0, or 2 where they name none. */
export async function runCommand(args: readonly string[], output: Output): Promise<number> {
  const [name, ...rest] = args
  const isHelp = name === undefined || name === 'help' || name === '--help' || name === '-h'
  if (isHelp) {
    help(output.print)
    return 0
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command !== undefined && rest.length === 0) return command.run(output)
  output.complain(
    command === undefined ? `There is no command ${show(name)}.` : `${name} takes no arguments, got ${show(rest[0])}.`,
  )
  help(output.complain)
  return 2
}

function help(write: (line: string) => void): void {
  write('Usage: holdfast <command>')
  for (const [name, { summary }] of Object.entries(commands)) write(`  ${name.padEnd(14)} ${summary}`)
}

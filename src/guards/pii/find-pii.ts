import { DenyScanner } from './deny.ts'
import { checkFind, type FindPiiOptions, settingsOf } from './options.ts'
import { merged } from './redact-flow.ts'
import { type PiiFinding, scanWhole } from './scan.ts'

/**
 * Makes a function that finds personal data in a text: what `redactPii` sees, without doing anything about it.
 *
 * @throws ConfigError when an option is wrong.
 */
export function piiFinder(options: FindPiiOptions = {}): (text: string) => readonly PiiFinding[] {
  checkFind('piiFinder', options)
  const settings = settingsOf(options)
  const deny = new DenyScanner(options.deny ?? [])
  return (text) => {
    const found = scanWhole(text, settings)
    deny.scan(text, 0, true, found)
    return merged(found)
  }
}

import { invalid, show } from '../../../utils/check.ts'
import { beforeBodyFaults } from './before-body.ts'
import { bodyFaults } from './bodies.ts'
import { connectionFaults } from './connection.ts'
import { continuationFaults } from './continuation.ts'
import { answerFaults, type Fault } from './fault.ts'
import { httpFormFaults } from './http-form.ts'
import { jsonBodyFaults } from './json-bodies.ts'
import { listenerFaults } from './listeners.ts'
import { recordedFaults } from './recorded.ts'
import { sseBreakFaults } from './sse-breaks.ts'
import { sseFormFaults } from './sse-form.ts'
import { sseSizeFaults } from './sse-sizes.ts'
import { sseToolFaults } from './sse-tools.ts'
import { namedStatuses, statusFault, statusFaults } from './status.ts'

const faults: Readonly<Record<string, Fault>> = {
  ...listenerFaults,
  ...connectionFaults,
  ...httpFormFaults,
  ...answerFaults({
    ...beforeBodyFaults,
    ...statusFaults,
    ...bodyFaults,
    ...jsonBodyFaults,
    ...sseFormFaults,
    ...sseBreakFaults,
    ...sseSizeFaults,
    ...sseToolFaults,
    ...continuationFaults,
    ...recordedFaults,
  }),
}

/** Every name `fault` takes; beside them `http-<status>` takes any status from 200. */
export const faultNames: readonly string[] = [
  ...Object.keys(faults),
  ...namedStatuses.map((status) => `http-${status}`).filter((name) => !Object.hasOwn(faults, name)),
].filter((name) => name !== 'recorded-case')

/**
 * The fault of a name.
 *
 * @throws ConfigError for a name the catalogue does not hold.
 */
export function faultOf(name: string): Fault {
  const found = Object.hasOwn(faults, name) ? faults[name] : statusFault(name)
  if (found === undefined) throw invalid('fault', show(name), `one of ${faultNames.join(', ')}`)
  return found
}

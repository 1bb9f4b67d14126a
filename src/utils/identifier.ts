import { RequestError } from '../errors/families.ts'
import { show } from './check.ts'

// ASCII only: two ids that look alike are alike. No separators of paths, SQL, log lines or of our own counter names.
const pattern = /^[A-Za-z0-9][\w.@:+-]{0,127}$/

/**
 * Holds an id given by a caller (tenant, configuration, request) against the one allowed form.
 *
 * @throws RequestError `request_invalid` naming the field.
 */
export function checkIdentifier(path: string, id: unknown): string {
  if (typeof id === 'string' && pattern.test(id)) return id
  const allowed = '1 to 128 of A-Z a-z 0-9 _ . @ : + -, the first a letter or digit'
  throw new RequestError('request_invalid', `${path}: got ${show(id)}; allowed: ${allowed}`, { path })
}

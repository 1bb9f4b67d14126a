import type { SchemaIssue } from '../types/schema.ts'

/** Levels that are looked through; deeper values stay as they are. */
const maxDepth = 100

/**
 * A copy of a JSON value in which the nulls that a schema complains about are left out. Strict forms of schemas make
 * optional properties nullable, so a model says `null` where it means nothing.
 */
export function withoutNulls(value: unknown, issues: readonly SchemaIssue[]): unknown {
  const paths = issues.map(({ path = [] }) => path.map((step) => String(typeof step === 'object' ? step.key : step)))
  return stripped(value, paths, 0)
}

/** `paths` lead to what is complained about; an empty one says that it is here, and all nulls below are meant. */
function stripped(value: unknown, paths: readonly (readonly string[])[], depth: number): unknown {
  if (typeof value !== 'object' || value === null || paths.length === 0 || depth > maxDepth) return value
  const isHere = paths.some((path) => path.length === 0)
  const below = (key: string) => (isHere ? [[]] : paths.filter(([first]) => first === key).map((path) => path.slice(1)))
  if (Array.isArray(value)) return value.map((item, index) => stripped(item, below(String(index)), depth + 1))
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => {
      const inner = below(key)
      return item === null && inner.some((path) => path.length === 0) ? [] : [[key, stripped(item, inner, depth + 1)]]
    }),
  )
}

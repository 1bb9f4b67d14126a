/**
 * Every promise in test/requirements.ts is cited by a test through `verifies('…')`, and every citation names a promise.
 * A citation under `.skip` or `.todo` does not count. A table of cases keeps its `verifies('…')` in its rows.
 */
import { pathToFileURL } from 'node:url'
import ts from 'typescript'
import { type Requirement, requiredGroups, requirements } from '../test/requirements.ts'
import { parse, place, readSources, report, type Sources, walk } from './sources.ts'

export interface Coverage {
  readonly problems: readonly string[]
  readonly cited: ReadonlySet<string>
}

/** Matches citations in test files against the promises. */
export function checkRequirements(
  sources: Sources,
  promises: Readonly<Record<string, Requirement>> = requirements,
  required: readonly string[] = requiredGroups,
): Coverage {
  const cited = new Set<string>()
  const problems: string[] = []
  for (const [path, text] of sources) {
    const file = parse(path, text)
    walk(file, (node) => {
      if (!isCitation(node) || isSkipped(node)) return
      for (const argument of node.arguments) {
        if (!ts.isStringLiteralLike(argument))
          problems.push(`${place(file, argument)} cites something that is not a string`)
        else if (!Object.hasOwn(promises, argument.text)) {
          problems.push(`${place(file, argument)} cites ${argument.text}, which nobody promised`)
        } else cited.add(argument.text)
      }
    })
  }
  const uncited = Object.keys(promises).filter((id) => !cited.has(id) && required.includes(promises[id]?.group ?? ''))
  for (const id of uncited) problems.push(`${id} (${promises[id]?.group}): no test for "${promises[id]?.title}"`)
  return { problems, cited }
}

function isCitation(node: ts.Node): node is ts.CallExpression {
  return ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'verifies'
}

/** Whether the citation stands inside `it.skip(…)`, `describe.todo(…)` and the like. */
function isSkipped(node: ts.Node): boolean {
  for (let current: ts.Node | undefined = node; current; current = current.parent) {
    if (!ts.isCallExpression(current) || !ts.isPropertyAccessExpression(current.expression)) continue
    if (/^(skip|todo)$/.test(current.expression.name.text)) return true
  }
  return false
}

/** `connection 21 of 21` for each group, required ones marked. */
function overview(cited: ReadonlySet<string>): string {
  const groups = new Map<string, { all: number; cited: number }>()
  for (const [id, { group }] of Object.entries(requirements)) {
    const count = groups.get(group) ?? { all: 0, cited: 0 }
    groups.set(group, { all: count.all + 1, cited: count.cited + Number(cited.has(id)) })
  }
  return [...groups]
    .map(([group, count]) => {
      const mark = requiredGroups.includes(group) ? ' (required)' : ''
      return `  ${group.padEnd(14)} ${count.cited} of ${count.all}${mark}`
    })
    .join('\n')
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { problems, cited } = checkRequirements(readSources('test'))
  console.log(overview(cited))
  report('requirements', problems, `${cited.size} of ${Object.keys(requirements).length} promises cited by tests`)
}

/** Refuses source files over 400 lines and functions over 60. Both are meant to be rare long before that. */
import { pathToFileURL } from 'node:url'
import ts from 'typescript'
import { parse, readSources, report, type Sources, walk } from './sources.ts'

const maxFileLines = 400
const maxFunctionLines = 60

/** All files and functions that are too long. */
export function checkLengths(sources: Sources): string[] {
  return [...sources].flatMap(([path, text]) => {
    const lines = text.trimEnd().split('\n').length
    const tooLong = lines > maxFileLines ? [`${path} has ${lines} lines; at most ${maxFileLines}`] : []
    return [...tooLong, ...longFunctions(path, text)]
  })
}

function longFunctions(path: string, text: string): string[] {
  const file = parse(path, text)
  const problems: string[] = []
  walk(file, (node) => {
    if (!ts.isFunctionLike(node)) return
    const first = file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1
    const lines = file.getLineAndCharacterOfPosition(node.end).line + 2 - first
    if (lines > maxFunctionLines) {
      problems.push(`${path}:${first} is a function of ${lines} lines; at most ${maxFunctionLines}`)
    }
  })
  return problems
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const sources = readSources('src', 'scripts')
  report('lengths', checkLengths(sources), `${sources.size} files`)
}

import { invalid, show } from '../utils/check.ts'
import type { DecideStep, FakeRequest, Step } from './step.ts'
import { tokensOf } from './tokens.ts'

/** Anything that says what a fake shall do: a text to answer with, a script, or several in a row. */
export type ScriptInput = string | Script | readonly ScriptInput[]

/** One line of a script. */
export interface ScriptLine {
  readonly step: Step | DecideStep<ScriptInput>
  /** How often it is carried out; absent: once, and for ever when it is the last line. */
  readonly times?: number
}

/**
 * What a fake does, request by request. The last line repeats for ever, unless it was given a number of times: then
 * the script ends, and each further request is refused as a mistake of the test.
 *
 * @example
 * fail(503).times(2).then('hello')
 */
export interface Script {
  readonly lines: readonly ScriptLine[]
  /** The line before is carried out so many times. */
  times(count: number): Script
  /** What comes after the lines before. */
  then(next: ScriptInput): Script
}

/** Makes a script of lines. */
export function scriptOf(lines: readonly ScriptLine[]): Script {
  return {
    lines,
    times(count) {
      if (!Number.isInteger(count) || count < 1) throw new RangeError(`times(${count}): give a whole number from 1`)
      const last = lines.at(-1)
      return last === undefined ? scriptOf([]) : scriptOf([...lines.slice(0, -1), { ...last, times: count }])
    },
    // biome-ignore lint/suspicious/noThenProperty: scripts read as a sentence; awaiting one by mistake is refused below.
    then(next) {
      if (typeof next === 'function') throw new TypeError('A script is not a promise; do not await it')
      return scriptOf([...lines, ...linesOf(next)])
    },
  }
}

/** The script an input stands for. */
export function toScript(input: ScriptInput): Script {
  return scriptOf(linesOf(input))
}

function linesOf(input: ScriptInput): readonly ScriptLine[] {
  if (typeof input === 'string') return [{ step: { type: 'answer', pieces: tokensOf(input) } }]
  if (isList(input)) return input.flatMap(linesOf)
  if (!Array.isArray(input?.lines))
    throw invalid('script', show(input), 'a text, a word of scripts such as fail(503), or an array of them')
  return input.lines
}

// `Array.isArray` does not narrow read-only arrays.
function isList(input: Script | readonly ScriptInput[]): input is readonly ScriptInput[] {
  return Array.isArray(input)
}

/** A place in a script. */
export interface ScriptCursor {
  /** Takes the step for a request; `undefined` when the script has ended. */
  next(request: FakeRequest): Step | undefined
  /** The step that would be taken, where that needs no request. */
  peek(): Step | undefined
}

/** Starts a script from its beginning. */
export function startScript(input: ScriptInput): ScriptCursor {
  const { lines } = toScript(input)
  let place = 0
  let done = 0
  const current = () => {
    while (place < lines.length) {
      const line = lines[place] as ScriptLine
      const times = line.times ?? (place === lines.length - 1 ? Number.POSITIVE_INFINITY : 1)
      if (done < times) return line
      place++
      done = 0
    }
    return undefined
  }
  return {
    next(request) {
      const line = current()
      if (line === undefined) return undefined
      done++
      return decided(line.step, request)
    },
    peek() {
      const step = current()?.step
      return step?.type === 'decide' ? undefined : step
    },
  }
}

function decided(step: Step | DecideStep<ScriptInput>, request: FakeRequest): Step | undefined {
  let found = step
  // A decision may itself be a decision; more than a few deep is a loop.
  for (let depth = 0; found.type === 'decide' && depth < 10; depth++) {
    const next = linesOf(found.decide(request))[0]
    if (next === undefined) return undefined
    found = next.step
  }
  if (found.type === 'decide') throw new Error('A deciding step never comes to a step')
  return found
}

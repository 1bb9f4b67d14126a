/** Shortest and longest text a simple pattern matches: groups, alternatives, classes and counted repeats, nothing else. */
export function lengthsOf(source: string): readonly [number, number] {
  const reader = { at: 0, source }
  return alternatives(reader)
}

interface Reader {
  at: number
  readonly source: string
}

function alternatives(reader: Reader): [number, number] {
  let [least, most] = sequence(reader)
  while (reader.source[reader.at] === '|') {
    reader.at++
    const [low, high] = sequence(reader)
    least = Math.min(least, low)
    most = Math.max(most, high)
  }
  return [least, most]
}

function sequence(reader: Reader): [number, number] {
  let least = 0
  let most = 0
  while (reader.at < reader.source.length && !'|)'.includes(reader.source[reader.at] as string)) {
    const [low, high] = item(reader)
    const [from, to] = repeats(reader)
    least += low * from
    most += high * to
  }
  return [least, most]
}

function item(reader: Reader): [number, number] {
  const { source } = reader
  const unit = source[reader.at++]
  if (unit === '^' || unit === '$') return [0, 0]
  if (unit === '\\') reader.at++
  else if (unit === '[') reader.at = source.indexOf(']', reader.at) + 1
  else if (unit === '(') {
    const isLook = source.startsWith('?!', reader.at)
    reader.at += 2
    const inner = alternatives(reader)
    reader.at++
    return isLook ? [0, 0] : inner
  }
  return [1, 1]
}

function repeats(reader: Reader): [number, number] {
  const counted = /\?|\{(\d+)(?:,(\d+))?\}/y
  counted.lastIndex = reader.at
  const found = counted.exec(reader.source)
  if (found === null) return [1, 1]
  reader.at = counted.lastIndex
  return found[1] === undefined ? [0, 1] : [Number(found[1]), Number(found[2] ?? found[1])]
}

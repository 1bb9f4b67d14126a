import { createParser } from 'eventsource-parser'
import { ResponseError } from '../errors/families.ts'
import type { ServerEvent } from '../types/http.ts'

/** Cuts text into events; what is complete is appended to the array it was made with. */
export interface Splitter {
  feed(text: string): void
  /** The clean end of the body: takes the last text and gives out what only lacks its end mark. */
  end(text: string): void
}

/** Server-sent events. */
export function createSseSplitter(maxBytes: number, out: ServerEvent[]): Splitter {
  const parser = createParser({
    maxBufferSize: maxBytes,
    onEvent: ({ event, data }) => {
      out.push({ event, data })
    },
    onError: ({ type, field, value }) => {
      if (type === 'max-buffer-size-exceeded') throw tooLarge(maxBytes)
      // llama.cpp names the field itself so.
      if (type === 'unknown-field' && field === 'error') out.push({ event: 'error', data: value ?? '' })
    },
  })
  return {
    feed: (text) => parser.feed(text),
    end: (text) => parser.feed(`${text}\n\n`),
  }
}

/** Newline-delimited JSON. */
export function createLineSplitter(maxBytes: number, out: ServerEvent[]): Splitter {
  let rest = ''
  const take = (line: string): void => {
    const data = line.trim()
    if (data !== '') out.push({ data })
  }
  const feed = (text: string): void => {
    let start = 0
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      take(rest + text.slice(start, end))
      rest = ''
      start = end + 1
    }
    rest += text.slice(start)
    if (rest.length > maxBytes) throw tooLarge(maxBytes)
  }
  return {
    feed,
    end: (text) => feed(`${text}\n`),
  }
}

function tooLarge(maxBytes: number): ResponseError {
  return new ResponseError('response_too_large', `One event of the stream is larger than ${maxBytes} bytes`)
}

import { refusalOf } from '../carry-out.ts'
import { type Exchange, goodOps } from '../exchange.ts'
import { end, halfClose, head, pause, raw, rst, turn, type WireOp } from '../wire-op.ts'
import { type AnswerFault, type AnswerFaults, answerFaults, numberOf } from './fault.ts'

const crlf = '\r\n'

/** Answers whose HTTP is wrong, or odd. */
const forms: AnswerFaults = {
  'bad-status-line': () => [raw(`HTTP/1.1 banana${crlf}${crlf}`), end],
  'bad-header': () => [
    raw(`HTTP/1.1 200 OK${crlf}this line is no header${crlf}Content-Length: 2${crlf}${crlf}{}`),
    end,
  ],
  'bad-chunk': () => [
    raw(`HTTP/1.1 200 OK${crlf}Content-Type: application/json${crlf}Transfer-Encoding: chunked${crlf}${crlf}`),
    raw(`ZZ${crlf}{}${crlf}0${crlf}${crlf}`),
    end,
  ],
  'two-lengths': () => [
    raw(`HTTP/1.1 200 OK${crlf}Content-Type: application/json${crlf}`),
    raw(`Content-Length: 2${crlf}Content-Length: 70${crlf}${crlf}{}`),
    raw(`HTTP/1.1 200 OK${crlf}Content-Length: 10${crlf}${crlf}"smuggled"`),
    end,
  ],
  'header-flood': (_, options) => headerFlood(numberOf(options, 'megabytes', 1)),
  'early-hints-flood': (exchange, options) => earlyHints(exchange, numberOf(options, 'count', 500)),
  '1xx-forever': (_, options) => processing(numberOf(options, 'everyMs', 100)),
  'switching-101': () => [
    raw(`HTTP/1.1 101 Switching Protocols${crlf}Upgrade: websocket${crlf}Connection: Upgrade${crlf}${crlf}`),
    pause(Number.POSITIVE_INFINITY),
  ],
  'empty-200': () => [head(200, { 'content-type': 'application/json', 'content-length': '0' }), end],
}

/** Refuses a big request while it is still on its way; `isAbrupt` resets the connection instead of ending it. */
const early413: AnswerFault = {
  at: 'answer',
  isEarly: true,
  *play(exchange, options) {
    const { headers, body: said } = refusalOf(exchange, { type: 'fail', failure: 'request_too_large' })
    const text = JSON.stringify(said)
    const lines = Object.entries({ ...headers, 'content-length': `${text.length}`, connection: 'close' })
    yield raw(
      `HTTP/1.1 413 Payload Too Large${crlf}${lines.map(([name, value]) => `${name}: ${value}${crlf}`).join('')}`,
    )
    yield raw(`${crlf}${text}`)
    yield options.isAbrupt === true ? rst : halfClose
  },
}

/** Faults of the form of an answer. */
export const httpFormFaults = { ...answerFaults(forms), 'early-413-close': early413 }

function* headerFlood(megabytes: number): Generator<WireOp> {
  yield raw(`HTTP/1.1 200 OK${crlf}`)
  const line = `x-flood: ${'a'.repeat(1014)}${crlf}`
  for (let sent = 0; sent < megabytes * 1_048_576; sent += line.length) yield raw(line)
  yield* [raw(`Content-Length: 2${crlf}${crlf}{}`), end]
}

function* earlyHints(exchange: Exchange, count: number): Generator<WireOp> {
  const hint = `HTTP/1.1 103 Early Hints${crlf}Link: </style.css>; rel=preload${crlf}${crlf}`
  for (let sent = 0; sent < count; sent++) yield raw(hint)
  yield* goodOps(exchange)
}

function* processing(everyMs: number): Generator<WireOp> {
  while (true) yield* [raw(`HTTP/1.1 102 Processing${crlf}${crlf}`), pause(everyMs), turn]
}

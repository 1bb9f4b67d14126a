import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { faultNames } from '../../src/testing/server.ts'

/** Names by which the catalogue of faults speaks of what a server can do. */
const promised = `
  dns-nxdomain conn-refused conn-hang accept-silence rst-on-accept fin-on-accept not-http
  tls-self-signed tls-expired tls-wrong-host tls-plaintext tls-stall tls-rst
  hang-before-headers rst-before-headers fin-before-headers rst-after-headers rst-mid-body stale-keepalive
  bad-status-line bad-header bad-chunk two-lengths header-flood early-hints-flood 1xx-forever switching-101
  early-413-close http-999 http-204 empty-200
  http-400 http-401 http-402 http-403 http-404 http-407 http-408 http-409 http-413 http-422 http-425 http-429 http-500
  http-501 http-502 http-503 http-504 http-520 http-526 http-529 http-401-echo http-429-quota http-500-html
  http-500-body-hang http-429-body-hang http-400-body-hang http-500-body-huge http-500-log-injection http-500-then-ok
  http-500-no-retry redirect-301 redirect-302 redirect-303 redirect-307 redirect-308 redirect-loop redirect-file
  redirect-data redirect-ftp
  slow-headers slow-drip body-hang short-body truncated-json gzip-truncated html-200 json-null json-array json-other
  choices-empty content-null content-number error-in-200 text-plain-json bom-json invalid-utf8 dup-keys huge-numbers
  usage-missing proto-keys deep-json body-600mb gzip-bomb gzip-corrupt encoding-chain encoding-unknown
  sse-byte-by-byte sse-no-done sse-no-last-blank sse-open-after-done sse-text-after-done sse-cut-before-first
  sse-rst-before-first sse-done-only sse-cut-after-tokens sse-rst-after-tokens sse-fin-after-tokens sse-cut-mid-event
  sse-cut-mid-utf8 sse-done-no-finish sse-error-first sse-error-mid sse-error-named sse-finish-error sse-bad-json
  sse-stall-first sse-stall-mid sse-ping-first sse-ping-mid sse-empty-forever slow-tokens-ok sse-endless sse-10mb-event
  sse-no-newline sse-no-blank-line sse-200k-events sse-json-body sse-text-plain sse-tools-interleaved sse-tool-cut
  sse-tool-flood prefill-refused continuation-repeats
`
  .trim()
  .split(/\s+/)

describe('the catalogue of faults', () => {
  it('holds everything it is asked for', () => {
    expect(promised.filter((name) => !faultNames.includes(name))).toEqual([])
    expect(new Set(faultNames).size).toBe(faultNames.length)
  })

  it('holds nothing that no test has seen on the wire', () => {
    const folder = join(process.cwd(), 'test/testing')
    const tests = readdirSync(folder)
      .filter((file) => /^faults-(?!catalogue).*\.test\.ts$/.test(file))
      .map((file) => readFileSync(join(folder, file), 'utf8'))
      .join('\n')
    const isShown = (name: string) =>
      new RegExp(`['"\` ]${name}['"\`,:]`).test(tests) ||
      /^(http|redirect)-\d+$/.test(name) ||
      tests.includes(`${name} `)
    expect(faultNames.filter((name) => !isShown(name))).toEqual([])
  })
})

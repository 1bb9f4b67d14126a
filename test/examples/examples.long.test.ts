import { globSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { root } from '../../scripts/entries.ts'
import { runProgram } from '../support/run-program.ts'

/** What each example prints, as a reader sees it. */
const outputs: Readonly<Record<string, readonly (string | RegExp)[]>> = {
  'chat.ts': ['Air scatters blue light the most.', /^fake \/ fake-model, stop, \d+ tokens$/, 'true'],
  'stream.ts': ['Once upon a time.', '4 tokens', 'Once upon a time.', 'finished by fake: stop', 'that will do:Once'],
  'fallback.ts': [
    'Here I am. (openai, fallback)',
    '  anthropic: server_error',
    '  anthropic: server_error',
    '  openai: ok',
    'alone: server_error',
    'All LLM providers failed (anthropic: circuit_open, openai: server_error)',
  ],
  'tools.ts': ['It is 4 °C in Oslo.'],
  'structured-zod.ts': ['Porridge: oats, milk, salt, 10 minutes'],
  'structured-valibot.ts': ['4 stars: Lively (after 2 requests)'],
  'custom-provider.ts': ['You asked: Will it rain?', 'You asked: Will it snow?'],
  'observe.ts': ['ALARM: first is off for about 1 min', /'fallback-taken': 2/, 'second: ok'],
  'guards-pii.ts': [/the provider saw: Mail \[EMAIL_1_\w+\]/, 'Sent to ann@example.com; ask [EMAIL] too.'],
  'guards-injection.ts': ['blocked: injection.override', 'ordinary: Here is a summary of the page.'],
  'keys.ts': [
    'team-a rests for 60 s: auth_failed',
    'Good morning. (team-a failed, team-b ok)',
    'Good morning. (team-b ok)',
  ],
  'stream-reset.ts': [
    'wiped: Once upon a',
    'first broke off (stream_interrupted), second goes on',
    'It was a dark night.',
  ],
  'embed.ts': [/^3 vectors of 64 numbers by \S+, \d+ tokens$/, 'nearest: The train leaves at nine.'],
  'limits.ts': [
    'Yes.',
    'refused: 2/minute requests for each tenant',
    'left: 0 of 2',
    'still Yes.',
    /^written: 3 attempts, \d+ tokens$/,
  ],
  'tenants.ts': [
    'acme: Bearer sk-test-acme, model large',
    'other: Bearer sk-test-house, model small',
    'acme sees of its own key: openai, active true, false',
    'other sees of it: 0 configurations',
  ],
  'template.ts': ['We will get back to you by mail. (not from a model)', 'The model is back. (down)'],
  'hedge.ts': ['slow is slow, quick joins in', 'Here already. (quick)', '  quick: ok', '  slow: hedge_lost'],
  'shutdown.ts': ['Just in time.', 'closed', 'nothing is left open'],
}

describe('the examples', () => {
  it('are all held to what they print', () => {
    expect(globSync('*.ts', { cwd: `${root}/examples` }).sort()).toEqual(Object.keys(outputs).sort())
  })

  it.each(Object.entries(outputs))('%s prints what it says, and ends by itself', async (file, lines) => {
    const { status, stdout, stderr } = await runProgram(`examples/${file}`)
    expect(stderr).toBe('')
    expect(status).toBe(0)
    const printed = stdout.split('\n')
    for (const line of lines) {
      expect(printed).toContainEqual(typeof line === 'string' ? line : expect.stringMatching(line))
    }
  })
})

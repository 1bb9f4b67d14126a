import { afterEach, describe, expect, it, vi } from 'vitest'
import { playDemo } from '../../examples/quickstart/demo.ts'
import { askReal, keyVariables } from '../../examples/quickstart/real.ts'
import { Screen } from '../../examples/quickstart/screen.ts'
import { fail } from '../../src/testing/index.ts'
import { fakeProviderServer } from '../../src/testing/server.ts'
import { runProgram } from '../support/run-program.ts'

const controls = '\u001b['

/** Collects what is printed until the test is over. */
function watchScreen(): () => string {
  vi.stubEnv('FORCE_COLOR', undefined)
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  return () => write.mock.calls.map(([text]) => String(text)).join('')
}

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
  process.exitCode = 0
})

describe('the quickstart', () => {
  it('shows a provider failing, the next one answering, and the first one coming back', async () => {
    const printed = watchScreen()
    await playDemo(new Screen(), { everyMs: 1, cooldownMs: 3_000 })
    const text = printed()
    const story = [
      '✗ anthropic   server_error, HTTP 503',
      '→ openai      takes over',
      'it is mostly blue that reaches your eye.',
      '✗ anthropic   stream_interrupted',
      '→ openai      is asked at once',
      '• anthropic   circuit closed again',
      'passed over: circuit_open',
    ]
    const places = story.map((line) => text.indexOf(line))
    expect(places.every((place) => place > 0)).toBe(true)
    expect(places).toEqual([...places].sort((a, b) => a - b))
    expect(text).not.toContain(controls)
  })

  it('is plain where it is piped, and coloured where that is asked for', () => {
    const printed = watchScreen()
    new Screen().title('plain')
    expect(printed()).toBe('plain\n')
    vi.stubEnv('NO_COLOR', undefined)
    vi.stubEnv('FORCE_COLOR', '1')
    new Screen().title('bold')
    expect(printed()).toBe(`plain\n${controls}1mbold${controls}22m\n`)
  })

  it('explains itself', async () => {
    const usage = await runProgram('examples/quickstart/main.ts', { args: ['--help'] })
    expect(usage).toMatchObject({ status: 0, stderr: '' })
    expect(usage.stdout).toContain('ANTHROPIC_API_KEY')
  })

  it('says which keys a prompt needs, and what it does not know', async () => {
    const keyless = await runProgram('examples/quickstart/main.ts', { args: ['--prompt', 'hello'] })
    expect(keyless).toMatchObject({ status: 1, stdout: '' })
    expect(keyless.stderr).toContain('OPENAI_API_KEY')
    const unknown = await runProgram('examples/quickstart/main.ts', { args: ['--promt', 'hello'] })
    expect(unknown).toMatchObject({ status: 2, stdout: '' })
    expect(unknown.stderr).toContain('--prompt TEXT')
  })

  it('talks to the providers whose keys are there', async () => {
    const server = await fakeProviderServer('Hello yourself.')
    const printed = watchScreen()
    serve('https://api.groq.com/openai/v1', server.url('groq'))
    setKey('GROQ_API_KEY', 'gsk_test_quickstart')
    await askReal(new Screen(), 'Hello')
    expect(printed()).toContain('The chain is groq.')
    expect(printed()).toContain('Hello yourself.')
    expect(server.requests[0]?.headers.authorization).toBe('Bearer gsk_test_quickstart')
    expect(process.exitCode).toBe(0)
    await server.close()
  })

  it('says what a real provider had against it, and ends with a status', async () => {
    const server = await fakeProviderServer(fail(401))
    const printed = watchScreen()
    serve('https://api.openai.com/v1', server.url('openai'))
    setKey('OPENAI_API_KEY', 'sk-test-quickstart')
    await askReal(new Screen(), 'Hello')
    expect(printed()).toContain('ProviderError auth_failed')
    expect(printed()).not.toContain('sk-test-quickstart')
    expect(process.exitCode).toBe(1)
    await server.close()
  })
})

/** Lets a fake answer where a real provider lives. */
function serve(baseUrl: string, fake: string): void {
  const { fetch } = globalThis
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => fetch(url.replace(baseUrl, fake), init))
}

/** The only key in the environment. */
function setKey(variable: string, key: string): void {
  for (const other of keyVariables) vi.stubEnv(other, '')
  vi.stubEnv(variable, key)
}

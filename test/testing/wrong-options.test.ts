import { fakeProvider } from 'holdfast/testing'
import { fakeProviderServer } from 'holdfast/testing/server'
import { expect, it } from 'vitest'

const of = (value: unknown) => value as never

it('a fake that is told something it does not know says so at once', async () => {
  const wrong = [
    [of({ scrpt: 'hello' }), '.scrpt'],
    [of(5), 'script'],
    [of({ script: { text: 'hello' } }), 'script'],
    [of(['hello', 5]), 'script'],
  ] as const
  for (const [input, path] of wrong) {
    const failure = { code: 'config_invalid', path: expect.stringContaining(path) }
    expect(() => fakeProvider(input)).toThrow(expect.objectContaining(failure))
    await expect(fakeProviderServer(input)).rejects.toMatchObject(failure)
  }
})

it('a dialect that a server does not speak is refused, with those it does', async () => {
  const server = await fakeProviderServer('hello')
  expect(() => server.url(of('opneai'))).toThrow(/opneai.*openai, /)
  await server.close()
})

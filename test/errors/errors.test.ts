import { LlmError, UnifiedClient } from 'holdfast'
import { fail, fakeProvider } from 'holdfast/testing'
import { expect, it } from 'vitest'
import { errorCodes, errorOf } from '../../src/errors/families.ts'

it('every code has the class that the table of errors gives it', () => {
  const named = Object.fromEntries(errorCodes.map((code) => [code, errorOf(code, 'x').name]))
  expect(named).toMatchObject({ request_invalid: 'RequestError', closed: 'ClosedError', guard_failed: 'GuardError' })
  for (const code of errorCodes) expect(LlmError.isInstance(errorOf(code, 'x'))).toBe(true)
})

it('an error as JSON says what failed, and keeps its cause to itself', async () => {
  const failing = ['a', 'b'].map((name) => fakeProvider({ name, script: fail(401) }))
  const error = await new UnifiedClient({ providers: failing }).chat('Hi').catch((caught: unknown) => caught)
  const each = { name: 'ProviderError', code: 'auth_failed', message: 'The fake provider answers 401', status: 401 }
  const json = JSON.parse(JSON.stringify(error))
  expect(json).toMatchObject({
    name: 'AllProvidersFailedError',
    message: expect.stringContaining('a: auth_failed'),
    errors: [each, each],
    attempts: [{ provider: 'a' }, { provider: 'b' }],
  })
  expect(JSON.stringify(json)).not.toMatch(/cause|stack|policy/)
})

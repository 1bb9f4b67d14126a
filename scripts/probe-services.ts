/**
 * Succeeds when the PostgreSQL and the Redis that the store tests use both answer. With `--wait`, asks for 20 seconds.
 * HOLDFAST_TEST_POSTGRES_URL and HOLDFAST_TEST_REDIS_URL name them; without, the standard ports on loopback are meant.
 */
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const services = [
  {
    name: 'PostgreSQL',
    url: process.env.HOLDFAST_TEST_POSTGRES_URL ?? 'postgres://127.0.0.1:5432',
    // A request for TLS, which any PostgreSQL answers with one letter.
    question: Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]),
    answer: /^[SN]/,
  },
  {
    name: 'Redis',
    url: process.env.HOLDFAST_TEST_REDIS_URL ?? 'redis://127.0.0.1:6379',
    question: Buffer.from('PING\r\n'),
    answer: /^(\+PONG|-NOAUTH)/,
  },
]

const deadline = performance.now() + (process.argv.includes('--wait') ? 20_000 : 0)
const silent = async () => {
  const answers = await Promise.all(services.map(async (service) => ({ service, ok: await ask(service) })))
  return answers.filter(({ ok }) => !ok).map(({ service }) => `${service.name} at ${service.url}`)
}
let missing = await silent()
while (missing.length > 0 && performance.now() < deadline) {
  await sleep(100)
  missing = await silent()
}
if (missing.length > 0) {
  console.error(`no answer from ${missing.join(' and ')}`)
  process.exitCode = 1
}

function ask({ url, question, answer }: (typeof services)[number]): Promise<boolean> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), timeout: 2_000 }, () => socket.write(question))
    const settle = (ok: boolean) => {
      socket.destroy()
      resolve(ok)
    }
    socket.once('data', (data) => settle(answer.test(data.toString('latin1'))))
    socket.once('error', () => settle(false))
    socket.once('timeout', () => settle(false))
    socket.once('close', () => settle(false))
  })
}

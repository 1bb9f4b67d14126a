/** What the mock provider says, known to both sides so that every answer can be checked. */

export const apiKey = 'sk-test-bench'
export const model = 'bench-model'
export const prompt = 'Why is the sky blue?'

/** The answer of a call that is not streamed. */
export const answerText =
  'Sunlight meets the molecules of the air, and short waves are scattered far more than long ones; so from every ' +
  'direction of the sky it is mostly blue light that reaches the eye, while the sun itself looks a little yellower.'

/** Chunks with text in one stream. */
export const chunkCount = 1_000

/** The piece of text in one chunk. */
export function pieceOf(index: number): string {
  return ` word${String(index).padStart(4, '0')}`
}

/** The text of one stream. */
export const streamText = Array.from({ length: chunkCount }, (_, index) => pieceOf(index)).join('')

const usage = { prompt_tokens: 14, completion_tokens: 42, total_tokens: 56 }

/** The body of a call that is not streamed. */
export const chatBody = JSON.stringify({
  id: 'chatcmpl-bench0123456789',
  object: 'chat.completion',
  created: 1_760_000_000,
  model,
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: answerText, refusal: null, annotations: [] },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: {
    ...usage,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
  },
  service_tier: 'default',
  system_fingerprint: 'fp_bench01234',
})

/** The events of one stream: a role, the pieces (about 230 bytes each), a finish, the usage, the end mark. */
export const streamEvents: readonly string[] = [
  event({ role: 'assistant', content: '' }),
  ...Array.from({ length: chunkCount }, (_, index) => event({ content: pieceOf(index) })),
  event({}, 'stop'),
  `data: ${JSON.stringify({ ...head(), choices: [], usage })}\n\n`,
  'data: [DONE]\n\n',
]

function head() {
  return {
    id: 'chatcmpl-bench0123456789',
    object: 'chat.completion.chunk',
    created: 1_760_000_000,
    model,
    service_tier: 'default',
    system_fingerprint: 'fp_bench01234',
  }
}

function event(delta: object, finish: string | null = null): string {
  return `data: ${JSON.stringify({ ...head(), choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }] })}\n\n`
}

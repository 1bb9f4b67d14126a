/** What Ollama's own chat endpoint accepts, after its public API documentation and the recorded requests. */
import * as z from 'zod'

const base64 = z
  .string()
  .min(1)
  .regex(/^[A-Za-z0-9+/]*={0,2}$/)
const object = z.record(z.string(), z.unknown())

const message = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('system'), content: z.string() }),
  z.strictObject({ role: z.literal('user'), content: z.string(), images: z.array(base64).min(1).optional() }),
  z.strictObject({
    role: z.literal('assistant'),
    content: z.string(),
    thinking: z.string().min(1).optional(),
    tool_calls: z
      .array(
        z.strictObject({
          id: z.string().optional(),
          function: z.strictObject({ name: z.string().min(1), arguments: object }),
        }),
      )
      .min(1)
      .optional(),
  }),
  z.strictObject({
    role: z.literal('tool'),
    content: z.string(),
    images: z.array(base64).min(1).optional(),
    tool_name: z.string().min(1),
    tool_call_id: z.string().optional(),
  }),
])

/** The body of `POST /api/chat`. */
export const ollamaRequest = z
  .strictObject({
    model: z.string().min(1),
    messages: z.array(message),
    tools: z
      .array(
        z.strictObject({
          type: z.literal('function'),
          function: z.strictObject({
            name: z.string().min(1),
            description: z.string().optional(),
            parameters: z.looseObject({}),
          }),
        }),
      )
      .min(1)
      .optional(),
    format: z.union([z.literal('json'), object]).optional(),
    options: z
      .strictObject({
        num_predict: z.int().optional(),
        num_ctx: z.int().min(1).optional(),
        temperature: z.number().min(0).optional(),
        top_p: z.number().min(0).max(1).optional(),
        top_k: z.int().optional(),
        seed: z.int().optional(),
        stop: z.array(z.string()).optional(),
        presence_penalty: z.number().optional(),
        frequency_penalty: z.number().optional(),
      })
      .optional(),
    think: z.union([z.boolean(), z.enum(['low', 'medium', 'high'])]).optional(),
    keep_alive: z.union([z.string(), z.number()]).optional(),
    logprobs: z.boolean().optional(),
    top_logprobs: z.int().min(0).max(20).optional(),
    truncate: z.boolean().optional(),
    stream: z.boolean(),
  })
  .superRefine(({ messages }, context) => {
    const open = new Set<string>()
    for (const entry of messages) {
      if (entry.role === 'assistant') for (const { id } of entry.tool_calls ?? []) if (id !== undefined) open.add(id)
      if (entry.role === 'tool' && entry.tool_call_id !== undefined && !open.has(entry.tool_call_id))
        context.addIssue(`a result without its call: ${entry.tool_call_id}`)
    }
  })

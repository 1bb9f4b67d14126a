/**
 * What the Responses endpoint accepts, after OpenAI's public API description and the requests and refusals in the recorded
 * exchanges: fields, ranges, and which items belong together.
 */
import * as z from 'zod'

const callId = z.string().regex(/^[\w-]{1,64}$/)
const name = z.string().regex(/^[\w-]{1,64}$/)
const json = z.record(z.string(), z.unknown())

const inputText = z.strictObject({ type: z.literal('input_text'), text: z.string() })
const inputImage = z
  .strictObject({
    type: z.literal('input_image'),
    image_url: z
      .string()
      .regex(/^(https?:|data:image\/)/)
      .optional(),
    file_id: z.string().optional(),
    detail: z.enum(['low', 'high', 'auto', 'original']).optional(),
  })
  .refine(({ image_url, file_id }) => (image_url === undefined) !== (file_id === undefined), 'one source')
const inputFile = z
  .strictObject({
    type: z.literal('input_file'),
    file_data: z
      .string()
      .regex(/^data:[^;,]+;base64,/)
      .optional(),
    file_url: z.url().optional(),
    file_id: z.string().optional(),
    filename: z.string().min(1).optional(),
  })
  .refine(
    ({ file_data, file_url, file_id }) =>
      [file_data, file_url, file_id].filter((source) => source !== undefined).length === 1,
    'one source',
  )
  .refine(({ file_data, filename }) => file_data === undefined || filename !== undefined, 'a name for the data')
const content = z.union([inputText, inputImage, inputFile])

const message = z
  .strictObject({
    type: z.literal('message').optional(),
    role: z.enum(['user', 'assistant', 'system', 'developer']),
    content: z.union([z.string().min(1), z.array(content).min(1)]),
    phase: z.enum(['commentary', 'final_answer']).optional(),
  })
  .refine(({ role, content }) => role !== 'assistant' || typeof content === 'string', 'what the assistant said is text')
  .refine(({ role, phase }) => phase === undefined || role === 'assistant', 'only the assistant has phases')
const functionCall = z.strictObject({
  type: z.literal('function_call'),
  call_id: callId,
  name,
  arguments: z.string().min(1),
  namespace: z.string().optional(),
})
const customCall = z.strictObject({ type: z.literal('custom_tool_call'), call_id: callId, name, input: z.string() })
const output = z.union([z.string(), z.array(content).min(1)])
const functionOutput = z.strictObject({ type: z.literal('function_call_output'), call_id: callId, output })
const customOutput = z.strictObject({ type: z.literal('custom_tool_call_output'), call_id: callId, output })
const reasoning = z
  .strictObject({
    type: z.literal('reasoning'),
    id: z.string().optional(),
    summary: z.array(z.strictObject({ type: z.literal('summary_text'), text: z.string() })),
    content: z.array(z.strictObject({ type: z.literal('reasoning_text'), text: z.string() })).optional(),
    encrypted_content: z.string().nullish(),
    format: z.string().optional(),
  })
  .refine(({ content, encrypted_content }) => encrypted_content || content?.length, 'content that can be taken back')
const serverItem = z.looseObject({
  type: z.enum(['web_search_call', 'code_interpreter_call', 'file_search_call', 'tool_search_call', 'mcp_call']),
})

const item = z.union([message, functionCall, customCall, functionOutput, customOutput, reasoning, serverItem])

/** The strict form of schemas: closed objects, every property required. */
const strictNode: z.ZodType = z.lazy(() =>
  z.looseObject({}).superRefine((node, context) => {
    const types = [node.type].flat()
    if (types.includes('object')) {
      const properties = node.properties as Record<string, unknown>
      if (node.additionalProperties !== false) context.addIssue('an open object in a strict schema')
      if (JSON.stringify(Object.keys(properties)) !== JSON.stringify(node.required))
        context.addIssue('optional properties')
      for (const child of Object.values(properties)) strictNode.parse(child)
    }
    if (types.includes('array')) strictNode.parse(node.items)
    for (const word of ['default', 'oneOf', 'allOf', 'not', 'minLength', '$schema'])
      if (Object.hasOwn(node, word)) context.addIssue(`'${word}' in a strict schema`)
    if (Array.isArray(node.anyOf)) for (const child of node.anyOf) strictNode.parse(child)
  }),
)

function strictWhenSaid(schema: unknown, strict: boolean): boolean {
  return !strict || strictNode.safeParse(schema).success
}

const tool = z
  .strictObject({
    type: z.literal('function'),
    name,
    description: z.string().optional(),
    parameters: z.looseObject({}),
    strict: z.boolean(),
  })
  .refine(({ parameters, strict }) => strictWhenSaid(parameters, strict), 'a strict schema that is not')

const format = z.union([
  z
    .strictObject({ type: z.literal('json_schema'), name, schema: json, strict: z.boolean() })
    .refine(({ schema, strict }) => strictWhenSaid(schema, strict), 'a strict schema that is not'),
  z.strictObject({ type: z.literal('json_object') }),
])

/** The body of `POST /responses`. */
export const responsesRequest = z
  .strictObject({
    model: z.string().min(1),
    input: z.array(item).min(1),
    instructions: z.string().min(1).optional(),
    store: z.boolean(),
    stream: z.literal(true).optional(),
    max_output_tokens: z.int().min(16).optional(),
    temperature: z.number().min(0).max(2).optional(),
    top_p: z.number().min(0).max(1).optional(),
    top_logprobs: z.int().min(0).max(20).optional(),
    parallel_tool_calls: z.boolean().optional(),
    service_tier: z.string().optional(),
    prompt_cache_key: z.string().optional(),
    safety_identifier: z.string().optional(),
    user: z.string().optional(),
    tools: z.array(tool).min(1).optional(),
    tool_choice: z
      .union([z.enum(['auto', 'none', 'required']), z.strictObject({ type: z.literal('function'), name })])
      .optional(),
    reasoning: z
      .strictObject({
        effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).optional(),
        summary: z.enum(['auto', 'concise', 'detailed']).optional(),
      })
      .optional(),
    text: z
      .strictObject({ format: format.optional(), verbosity: z.enum(['low', 'medium', 'high']).optional() })
      .optional(),
    include: z
      .array(z.enum(['reasoning.encrypted_content', 'message.output_text.logprobs']))
      .min(1)
      .optional(),
  })
  .superRefine(({ input, tools, tool_choice }, context) => {
    const open = new Map<string, string>()
    for (const entry of input as { type?: string; call_id?: string }[]) {
      const { type = '', call_id: id = '' } = entry
      if (type.endsWith('_call') && id !== '') {
        if (open.has(id)) context.addIssue(`two calls with the id ${id}`)
        open.set(id, type)
      }
      if (type.endsWith('_output') && open.get(id) !== type.replace(/_output$/, ''))
        context.addIssue(`a result without its call: ${id}`)
    }
    const names = tools?.map((entry) => entry.name) ?? []
    if (typeof tool_choice === 'object' && !names.includes(tool_choice.name))
      context.addIssue('a choice that is no tool')
  })

/**
 * What chat completions accept at OpenAI and at services that speak like it, after their public API descriptions and the
 * requests and refusals in the recorded exchanges: fields, ranges, and which messages belong together.
 */
import * as z from 'zod'

const name = z.string().regex(/^[\w-]{1,64}$/)
const text = z.strictObject({ type: z.literal('text'), text: z.string().min(1) })
const hintedText = text.extend({ cache_control: z.strictObject({ type: z.literal('ephemeral') }).optional() })
const webUrl = z.string().regex(/^https?:/)
const imageData = z.string().regex(/^data:image\/[a-z]+;base64,[A-Za-z0-9+/]+=*$/)
const fileData = z.string().regex(/^data:[^;,]+;base64,[A-Za-z0-9+/]+=*$/)

function image(url: z.ZodType) {
  return z.strictObject({
    type: z.literal('image_url'),
    image_url: z.strictObject({ url, detail: z.enum(['low', 'high', 'auto']).optional() }),
  })
}

function file(data: z.ZodType) {
  return z.strictObject({
    type: z.literal('file'),
    file: z
      .strictObject({ file_data: data.optional(), file_id: z.string().optional(), filename: z.string().optional() })
      .refine((source) => (source.file_data === undefined) !== (source.file_id === undefined), 'one source')
      .refine((source) => source.file_data === undefined || source.filename !== undefined, 'a name for the data'),
  })
}

const audio = z.strictObject({
  type: z.literal('input_audio'),
  input_audio: z.strictObject({ data: z.string().min(1), format: z.enum(['wav', 'mp3']) }),
})

/** What tells one service's requests from another's. */
interface Dialect {
  readonly systemRoles: readonly string[]
  readonly userParts: readonly z.ZodType[]
  readonly systemText?: z.ZodType
  readonly assistant?: Readonly<Record<string, z.ZodType>>
  readonly callId?: z.ZodType
  readonly formats: readonly z.ZodType[]
  readonly fields: Readonly<Record<string, z.ZodType>>
}

const call = z.strictObject({
  id: z.string().min(1),
  type: z.literal('function'),
  function: z.strictObject({ name, arguments: z.string().min(1) }),
})

function messageOf({ systemRoles, userParts, systemText = text, assistant = {}, callId = z.string() }: Dialect) {
  const parts = z.array(z.union(userParts as [z.ZodType])).min(1)
  return z.union([
    z.strictObject({
      role: z.enum(systemRoles as [string]),
      content: z.union([z.string().min(1), z.array(systemText)]),
    }),
    z.strictObject({ role: z.literal('user'), content: z.union([z.string().min(1), parts]) }),
    z
      .strictObject({
        role: z.literal('assistant'),
        content: z.string().nullable(),
        tool_calls: z
          .array(call.extend({ id: callId }))
          .min(1)
          .optional(),
        ...assistant,
      })
      .refine(
        (message) => message.content !== null || message.tool_calls || (message as { refusal?: string }).refusal,
        'an assistant that says nothing',
      ),
    z.strictObject({ role: z.literal('tool'), tool_call_id: callId, content: z.string() }),
  ])
}

/** The strict form of schemas: closed objects, every property required. */
function strictComplaints(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return []
  const { type, properties = {}, required = [], additionalProperties } = node as Record<string, object>
  const complaints = Object.values(node).flatMap(strictComplaints)
  if ([type].flat().includes('object' as never)) {
    if ((additionalProperties as unknown) !== false) complaints.push('an open object')
    if (JSON.stringify(Object.keys(properties)) !== JSON.stringify(required)) complaints.push('optional properties')
  }
  return complaints
}

const refusedAtTop = ['oneOf', 'anyOf', 'allOf', 'enum', 'not']
const parameters = z
  .looseObject({ type: z.literal('object') })
  .refine((schema) => !refusedAtTop.some((word) => word in schema), 'alternatives at the top')
const tool = z.strictObject({
  type: z.literal('function'),
  function: z
    .strictObject({ name, description: z.string().optional(), parameters, strict: z.literal(true).optional() })
    .refine((entry) => !entry.strict || strictComplaints(entry.parameters).length === 0, 'not strict'),
})
const toolChoice = z.union([
  z.enum(['auto', 'none', 'required']),
  z.strictObject({ type: z.literal('function'), function: z.strictObject({ name }) }),
])

const schemaFormat = z.strictObject({
  type: z.literal('json_schema'),
  json_schema: z
    .strictObject({ name, schema: z.looseObject({}), strict: z.literal(true).optional() })
    .refine((entry) => !entry.strict || strictComplaints(entry.schema).length === 0, 'not strict'),
})
const objectFormat = z.strictObject({ type: z.literal('json_object') })

const temperature = z.number().min(0).max(2)
const top_p = z.number().min(0).max(1)
const penalty = z.number().min(-2).max(2)
const count = z.int().min(1)
const streamOptions = z.strictObject({ include_usage: z.literal(true) })
const upTo4 = z.array(z.string().min(1)).min(1).max(4)
const logprobs = { logprobs: z.literal(true), top_logprobs: z.int().min(0).max(20) }
const penalties = { presence_penalty: penalty, frequency_penalty: penalty }

interface Body {
  readonly messages: readonly {
    role: string
    content?: unknown
    tool_calls?: { id: string }[]
    tool_call_id?: string
  }[]
  readonly stream?: boolean
  readonly stream_options?: unknown
  readonly tools?: readonly { function: { name: string } }[]
  readonly tool_choice?: string | { function: { name: string } }
  readonly parallel_tool_calls?: boolean
  readonly response_format?: { type: string }
  readonly logprobs?: boolean
  readonly top_logprobs?: number
}

function requestOf(dialect: Dialect) {
  const optional = Object.entries(dialect.fields).map(([key, type]) => [key, type.optional()])
  return z
    .strictObject({
      model: z.string().min(1),
      messages: z.array(messageOf(dialect)).min(1),
      stream: z.literal(true).optional(),
      tools: z.array(tool).min(1).max(128).optional(),
      tool_choice: toolChoice.optional(),
      response_format: z.union(dialect.formats as [z.ZodType]).optional(),
      ...(Object.fromEntries(optional) as Record<string, z.ZodType>),
    })
    .superRefine((value, context) => {
      for (const complaint of complaintsOf(value as unknown as Body)) context.addIssue(complaint)
    })
}

/** What belongs together, wherever chat completions are spoken. */
function complaintsOf(body: Body): string[] {
  const { messages, tools, tool_choice: choice, response_format: format } = body
  const names = tools?.map((entry) => entry.function.name) ?? []
  const complaints: string[] = []
  if (typeof choice === 'object' && !names.includes(choice.function.name)) complaints.push('a choice that is no tool')
  if (choice !== undefined && tools === undefined) complaints.push('tool_choice without tools')
  if (body.parallel_tool_calls !== undefined && tools === undefined)
    complaints.push('parallel_tool_calls without tools')
  if (body.stream_options !== undefined && !body.stream) complaints.push('stream_options without stream')
  if (body.top_logprobs !== undefined && !body.logprobs) complaints.push('top_logprobs without logprobs')
  if (format?.type === 'json_object' && !/json/i.test(JSON.stringify(messages)))
    complaints.push("the word 'JSON' is missing")
  return [...complaints, ...pairComplaints(messages)]
}

/** Every call is answered right after the turn that made it, and nothing else is. */
function pairComplaints(messages: Body['messages']): string[] {
  const complaints: string[] = []
  let open: string[] = []
  for (const { role, tool_calls: calls = [], tool_call_id: id = '' } of messages) {
    if (role === 'tool') {
      if (!open.includes(id)) complaints.push(`a result without its call: ${id}`)
      open = open.filter((known) => known !== id)
      continue
    }
    if (open.length > 0) complaints.push(`calls without a result: ${open}`)
    open = calls.map((entry) => entry.id)
    if (new Set(open).size < open.length) complaints.push('two calls with one id')
  }
  return complaints
}

const openaiFields = {
  stream_options: streamOptions,
  max_completion_tokens: count,
  temperature,
  top_p,
  ...penalties,
  ...logprobs,
  seed: z.int(),
  stop: upTo4,
  parallel_tool_calls: z.boolean(),
  reasoning_effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']),
  service_tier: z.string(),
  prompt_cache_key: z.string(),
}
const openaiDialect = {
  systemRoles: ['system', 'developer'],
  userParts: [text, image(z.union([webUrl, imageData])), file(fileData), audio],
  assistant: { refusal: z.string().min(1).optional() },
  callId: z.string().regex(/^[\w-]{1,40}$/),
  formats: [schemaFormat, objectFormat],
}

/** `POST /chat/completions` at OpenAI. */
export const openaiRequest = requestOf({ ...openaiDialect, fields: { ...openaiFields, safety_identifier: z.string() } })

/** The same at Azure. */
export const azureRequest = requestOf({ ...openaiDialect, fields: { ...openaiFields, user: z.string() } })

const reasoningModel = /^(?:o\d|gpt-[5-9])/
const chatModel = /-chat/

/** What reasoning models refuse of what OpenAI accepts; each with a 400. */
export function complaintsOfReasoningModels(body: Readonly<Record<string, unknown>>): string[] {
  const model = String(body.model)
  if (!reasoningModel.test(model)) return 'reasoning_effort' in body ? ['reasoning_effort'] : []
  if (chatModel.test(model)) return 'reasoning_effort' in body ? ['reasoning_effort'] : []
  const refused = ['temperature', 'top_p', 'stop', 'presence_penalty', 'frequency_penalty', 'logprobs', 'top_logprobs']
  return refused.filter((field) => field in body)
}

/** `POST /openai/v1/chat/completions` at Groq. */
export const groqRequest = requestOf({
  systemRoles: ['system'],
  userParts: [text, image(z.union([webUrl, imageData]))],
  formats: [schemaFormat, objectFormat],
  fields: {
    stream_options: streamOptions,
    max_completion_tokens: count,
    temperature,
    top_p,
    ...penalties,
    seed: z.int(),
    stop: upTo4,
    parallel_tool_calls: z.boolean(),
    reasoning_effort: z.enum(['none', 'default', 'low', 'medium', 'high']),
    reasoning_format: z.enum(['hidden', 'raw', 'parsed']),
    include_reasoning: z.boolean(),
    service_tier: z.string(),
    user: z.string(),
  },
}).superRefine((body, context) => {
  const { response_format: format, stream, tools } = body as Body
  if (format && (stream || tools)) context.addIssue('response_format with tools or in a stream')
  if ('reasoning_format' in body && 'include_reasoning' in body) context.addIssue('two ways to show reasoning')
})

const detail = z.looseObject({ type: z.string().startsWith('reasoning.') })

/** `POST /chat/completions` at OpenRouter. */
export const openrouterRequest = requestOf({
  systemRoles: ['system'],
  systemText: hintedText,
  userParts: [hintedText, image(z.union([webUrl, imageData])), file(z.union([webUrl, fileData])), audio],
  assistant: { reasoning_details: z.array(detail).min(1).optional() },
  formats: [schemaFormat, objectFormat],
  fields: {
    stream_options: streamOptions,
    max_tokens: count,
    temperature,
    top_p,
    top_k: z.int().min(1),
    ...penalties,
    ...logprobs,
    seed: z.int(),
    stop: z.array(z.string().min(1)).min(1),
    parallel_tool_calls: z.boolean(),
    reasoning: z
      .strictObject({
        effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh']).optional(),
        max_tokens: count.optional(),
        exclude: z.boolean().optional(),
      })
      .refine(({ effort, max_tokens }) => effort === undefined || max_tokens === undefined, 'effort or max_tokens'),
    provider: z.looseObject({ allow_fallbacks: z.boolean() }),
    service_tier: z.string(),
    prompt_cache_key: z.string(),
    user: z.string(),
  },
})

/** `POST /chat/completions` at DeepSeek. */
export const deepseekRequest = requestOf({
  systemRoles: ['system'],
  userParts: [text],
  assistant: { reasoning_content: z.string() },
  formats: [objectFormat],
  fields: {
    stream_options: streamOptions,
    max_tokens: count,
    temperature,
    top_p,
    ...penalties,
    ...logprobs,
    stop: z.array(z.string().min(1)).min(1).max(16),
    thinking: z.strictObject({ type: z.enum(['enabled', 'disabled']) }),
    reasoning_effort: z.enum(['low', 'high', 'max']),
  },
}).superRefine((body, context) => {
  const { tool_choice: choice, thinking } = body as { tool_choice?: unknown; thinking?: { type: string } }
  const isForced = choice === 'required' || typeof choice === 'object'
  if (isForced && thinking?.type !== 'disabled') context.addIssue('a forced tool while thinking')
})

/** `POST /chat/completions` at servers of one's own, which take nearly everything. */
export const localRequest = requestOf({
  systemRoles: ['system'],
  userParts: [text, image(z.union([webUrl, imageData])), file(fileData), audio],
  formats: [schemaFormat, objectFormat],
  fields: {
    stream_options: streamOptions,
    max_tokens: count,
    temperature,
    top_p,
    top_k: z.int().min(1),
    ...penalties,
    ...logprobs,
    seed: z.int(),
    stop: z.array(z.string().min(1)).min(1),
    parallel_tool_calls: z.boolean(),
    reasoning_effort: z.string(),
    service_tier: z.string(),
    prompt_cache_key: z.string(),
    user: z.string(),
  },
})

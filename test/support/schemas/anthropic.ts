/**
 * What Anthropic's messages endpoint accepts, after its public API reference and the refusals in the recorded exchanges:
 * fields, ranges, and the order of blocks it insists on.
 */
import * as z from 'zod'

const cacheControl = z.strictObject({ type: z.literal('ephemeral'), ttl: z.enum(['5m', '1h']).optional() })
const words = z.string().refine((text) => text.trim() !== '', 'text must hold more than white space')
const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/)
const toolId = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/)

const text = z.strictObject({ type: z.literal('text'), text: words, cache_control: cacheControl.optional() })
const image = z.strictObject({
  type: z.literal('image'),
  source: z.discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('base64'),
      media_type: z.enum(['image/jpeg', 'image/png', 'image/gif', 'image/webp']),
      data: base64,
    }),
    z.strictObject({ type: z.literal('url'), url: z.string() }),
    z.strictObject({ type: z.literal('file'), file_id: z.string() }),
  ]),
})
const document = z.strictObject({
  type: z.literal('document'),
  title: z.string().optional(),
  source: z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('base64'), media_type: z.literal('application/pdf'), data: base64 }),
    z.strictObject({ type: z.literal('text'), media_type: z.literal('text/plain'), data: z.string() }),
    z.strictObject({ type: z.literal('url'), url: z.string() }),
    z.strictObject({ type: z.literal('file'), file_id: z.string() }),
  ]),
})
const toolResult = z.strictObject({
  type: z.literal('tool_result'),
  tool_use_id: toolId,
  content: z
    .array(z.union([text, image, document]))
    .min(1)
    .optional(),
  is_error: z.boolean().optional(),
})
const toolUse = z.strictObject({
  type: z.literal('tool_use'),
  id: toolId,
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/),
  input: z.record(z.string(), z.unknown()),
})
const thinkingBlock = z.strictObject({
  type: z.literal('thinking'),
  thinking: z.string(),
  signature: z.string().min(1),
})
const redacted = z.strictObject({ type: z.literal('redacted_thinking'), data: z.string().min(1) })
const serverBlock = z.looseObject({
  type: z.enum(['server_tool_use', 'web_search_tool_result', 'compaction', 'fallback']),
})

const message = z.discriminatedUnion('role', [
  z.strictObject({
    role: z.literal('user'),
    content: z
      .array(z.union([toolResult, text, image, document]))
      .min(1)
      .refine(resultsFirst, 'results of tools come before anything else'),
  }),
  z.strictObject({
    role: z.literal('assistant'),
    content: z
      .array(z.union([text, toolUse, thinkingBlock, redacted, serverBlock]))
      .min(1)
      .refine((blocks) => !/thinking/.test(blocks.at(-1)?.type ?? ''), 'the final block cannot be thinking'),
  }),
])

const tool = z.strictObject({
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/),
  description: z.string().min(1).optional(),
  input_schema: z
    .looseObject({ type: z.literal('object') })
    .refine((schema) => !('anyOf' in schema || 'oneOf' in schema || 'allOf' in schema), 'no alternatives at the top'),
  strict: z.literal(true).optional(),
})
const single = { disable_parallel_tool_use: z.boolean().optional() }
const toolChoice = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('auto'), ...single }),
  z.strictObject({ type: z.literal('any'), ...single }),
  z.strictObject({ type: z.literal('tool'), name: z.string(), ...single }),
  z.strictObject({ type: z.literal('none') }),
])
const display = { display: z.enum(['summarized', 'omitted']).optional() }
const thinking = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('enabled'), budget_tokens: z.int().min(1024), ...display }),
  z.strictObject({ type: z.literal('adaptive'), ...display }),
  z.strictObject({ type: z.literal('disabled') }),
  z.strictObject({ type: z.literal('between_tools') }),
])

/** The body of `POST /messages`. */
export const anthropicRequest = z
  .strictObject({
    model: z.string().min(1),
    max_tokens: z.int().min(1),
    messages: z.array(message).min(1),
    system: z.array(text).min(1).optional(),
    tools: z.array(tool).min(1).optional(),
    tool_choice: toolChoice.optional(),
    thinking: thinking.optional(),
    output_config: z
      .strictObject({
        effort: z.enum(['low', 'medium', 'high', 'xhigh', 'max']).optional(),
        format: z
          .strictObject({ type: z.literal('json_schema'), schema: z.looseObject({ type: z.literal('object') }) })
          .optional(),
      })
      .optional(),
    temperature: z.number().min(0).max(1).optional(),
    top_p: z.number().min(0).max(1).optional(),
    top_k: z.int().min(0).optional(),
    stop_sequences: z.array(words).min(1).optional(),
    metadata: z.strictObject({ user_id: z.string() }).optional(),
    service_tier: z.enum(['auto', 'standard_only']).optional(),
    stream: z.literal(true).optional(),
  })
  .superRefine((body, context) => {
    const complain = (issue: string) => context.addIssue({ code: 'custom', message: issue })
    const { thinking: mode, tool_choice: choice, messages, max_tokens: limit } = body
    const isThinking = mode?.type === 'enabled' || mode?.type === 'adaptive'
    if (mode?.type === 'enabled' && mode.budget_tokens >= limit) complain('the budget must be below max_tokens')
    if (isThinking && (choice?.type === 'any' || choice?.type === 'tool')) complain('no forced call with thinking')
    if (isThinking && (body.temperature ?? body.top_k) !== undefined) complain('no sampling with thinking')
    if (choice !== undefined && body.tools === undefined) complain('a choice needs tools')
    if (choice?.type === 'tool' && !body.tools?.some(({ name }) => name === choice.name)) complain('unknown tool')
    if (messages[0]?.role !== 'user') complain('the user must begin')
    const blocks = [
      ...(body.system ?? []),
      ...messages.flatMap(({ content }) => content as { cache_control?: unknown }[]),
    ]
    if (blocks.filter((block) => block.cache_control !== undefined).length > 4) complain('at most 4 marks for caching')
    const last = messages.at(-1)?.content.at(-1)
    if (messages.at(-1)?.role === 'assistant' && last?.type === 'text' && /\s$/.test(last.text))
      complain('a prefill must not end with white space')
    const ids = messages.flatMap(({ content }) =>
      content.flatMap((block) => (block.type === 'tool_use' ? [block.id] : [])),
    )
    if (new Set(ids).size < ids.length) complain('ids of calls must be unique')
  })

/** Beside the form: models after 4.6 take no sampling, no prefill, no budget. */
export function complaintsOfNewModels(body: z.infer<typeof anthropicRequest>): string[] {
  const last = body.messages.at(-1)
  return [
    ...(['temperature', 'top_p', 'top_k'] as const).filter((name) => body[name] !== undefined),
    ...(body.thinking?.type === 'enabled' ? ['thinking.type.enabled'] : []),
    ...(last?.role === 'assistant' && last.content.at(-1)?.type === 'text' ? ['prefill'] : []),
  ]
}

/** Words of JSON Schema the constrained form refuses, wherever they stand. */
export function wordsRefusedIn(schema: unknown): string[] {
  const refused = [
    'minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength pattern maxItems uniqueItems',
    'patternProperties propertyNames minProperties maxProperties not if then else prefixItems contains oneOf $schema',
  ].flatMap((line) => line.split(' '))
  const found: string[] = []
  const visit = (node: unknown, isNames: boolean): void => {
    if (Array.isArray(node)) for (const item of node) visit(item, false)
    if (typeof node !== 'object' || node === null || Array.isArray(node)) return
    const { type, additionalProperties } = node as { type?: unknown; additionalProperties?: unknown }
    if (!isNames && [type].flat().includes('object') && additionalProperties !== false) found.push('open object')
    for (const [key, value] of Object.entries(node)) {
      if (!isNames && refused.includes(key)) found.push(key)
      if (key !== 'enum' && key !== 'const' && key !== 'default')
        visit(value, !isNames && ['properties', '$defs', 'definitions'].includes(key))
    }
  }
  visit(schema, false)
  return found
}

function resultsFirst(blocks: readonly { readonly type: string }[]): boolean {
  const firstOther = blocks.findIndex(({ type }) => type !== 'tool_result')
  return firstOther < 0 || blocks.slice(firstOther).every(({ type }) => type !== 'tool_result')
}

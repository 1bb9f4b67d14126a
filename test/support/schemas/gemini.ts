/** What Gemini's generateContent accepts, after its public API reference and the refusals in the recorded exchanges. */
import * as z from 'zod'

const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/)
const inlineData = z.strictObject({ mimeType: z.string().regex(/^[\w.+-]+\/[\w.+-]+$/), data: base64 })
const object = z.record(z.string(), z.unknown())
const signature = { thoughtSignature: z.string().min(1).optional() }

const textPart = z.strictObject({ text: z.string(), thought: z.literal(true).optional(), ...signature })
const dataPart = z.strictObject({ inlineData })
const filePart = z.strictObject({
  fileData: z.strictObject({ fileUri: z.string().min(1), mimeType: z.string().optional() }),
})
const callPart = z.strictObject({
  functionCall: z.strictObject({ name: z.string().min(1), args: object, id: z.string().optional() }),
  ...signature,
})
const resultPart = z.strictObject({
  functionResponse: z.strictObject({
    name: z.string().min(1),
    response: object,
    id: z.string().optional(),
    parts: z.array(z.strictObject({ inlineData })).min(1).optional(),
  }),
})
const codePart = z.strictObject({
  executableCode: z.strictObject({ language: z.string(), code: z.string() }),
  ...signature,
})

const content = z.discriminatedUnion('role', [
  z.strictObject({
    role: z.literal('user'),
    parts: z.array(z.union([textPart, dataPart, filePart, resultPart])).min(1),
  }),
  z.strictObject({ role: z.literal('model'), parts: z.array(z.union([textPart, callPart, codePart])).min(1) }),
])

const tool = z.strictObject({
  functionDeclarations: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[a-zA-Z_][\w.-]{0,63}$/),
        description: z.string(),
        parametersJsonSchema: object.optional(),
      }),
    )
    .min(1),
})

/** The body of `:generateContent` and `:streamGenerateContent`. */
export const geminiRequest = z
  .strictObject({
    contents: z.array(content).min(1),
    systemInstruction: z
      .strictObject({ parts: z.array(z.strictObject({ text: z.string().min(1) })).min(1) })
      .optional(),
    tools: z.array(tool).min(1).optional(),
    toolConfig: z
      .strictObject({
        functionCallingConfig: z.strictObject({
          mode: z.enum(['AUTO', 'ANY', 'NONE', 'VALIDATED']),
          allowedFunctionNames: z.array(z.string()).min(1).optional(),
        }),
      })
      .optional(),
    generationConfig: z
      .strictObject({
        maxOutputTokens: z.int().min(1).optional(),
        temperature: z.number().min(0).max(2).optional(),
        topP: z.number().min(0).max(1).optional(),
        topK: z.int().min(1).optional(),
        seed: z.int().optional(),
        presencePenalty: z.number().min(-2).max(2).optional(),
        frequencyPenalty: z.number().min(-2).max(2).optional(),
        responseLogprobs: z.boolean().optional(),
        logprobs: z.int().min(0).max(20).optional(),
        stopSequences: z.array(z.string().min(1)).min(1).max(5).optional(),
        responseMimeType: z.literal('application/json').optional(),
        responseJsonSchema: object.optional(),
        thinkingConfig: z
          .strictObject({
            includeThoughts: z.boolean().optional(),
            thinkingBudget: z.int().min(-1).max(32_768).optional(),
            thinkingLevel: z.enum(['minimal', 'low', 'medium', 'high']).optional(),
          })
          .refine((config) => Object.keys(config).length > 0, 'an empty thinkingConfig')
          .optional(),
      })
      .optional(),
    serviceTier: z.enum(['standard', 'flex', 'priority']).optional(),
  })
  .superRefine((body, context) => {
    const complain = (message: string) => context.addIssue({ code: 'custom', message })
    const { contents, generationConfig: config, tools, toolConfig } = body
    if (contents[0]?.role !== 'user') complain('the user must begin')
    if (contents.some((entry, index) => entry.role === contents[index + 1]?.role)) complain('roles must alternate')
    const last = contents.at(-1)
    if (last?.role === 'model' && 'text' in (last.parts.at(-1) ?? {})) complain('the user must end')
    if (config?.responseJsonSchema && !config.responseMimeType) complain('a schema needs its media type')
    if (config?.thinkingConfig?.thinkingBudget !== undefined && config.thinkingConfig.thinkingLevel !== undefined)
      complain('a budget or a level')
    const names = tools?.flatMap((entry) => entry.functionDeclarations.map(({ name }) => name)) ?? []
    for (const name of toolConfig?.functionCallingConfig.allowedFunctionNames ?? [])
      if (!names.includes(name)) complain(`unknown function ${name}`)
    if (toolConfig && names.length === 0) complain('a choice needs tools')
  })

/** Beside the form: what Gemini 3 insists on. */
export function complaintsOfGemini3({ contents }: z.infer<typeof geminiRequest>): string[] {
  return contents.flatMap(({ parts }) => {
    const first = (parts as { functionCall?: object; thoughtSignature?: string }[]).find((part) => part.functionCall)
    return first && !first.thoughtSignature
      ? ['Function call is missing a thought_signature in functionCall parts.']
      : []
  })
}

/** Beside the form: what Gemini 2 refuses. */
export function complaintsOfGemini2({ generationConfig, tools, contents }: z.infer<typeof geminiRequest>): string[] {
  const results = contents.flatMap(({ parts }) => parts as { functionResponse?: { parts?: unknown } }[])
  return [
    ...(generationConfig?.responseMimeType && tools
      ? ["Function calling with a response mime type: 'application/json' is unsupported"]
      : []),
    ...(generationConfig?.thinkingConfig?.thinkingLevel ? ['Thinking level is not supported for this model.'] : []),
    ...(results.some(({ functionResponse }) => functionResponse?.parts) ? ['pictures inside a function response'] : []),
  ]
}

import type { FakeOperation, ServedOperation } from '../step.ts'
import { type DialectName, isObject, type Json } from './dialects/dialect.ts'

/** What a path and a body ask for. */
export interface RequestFacts {
  readonly operation: ServedOperation
  /** Which of a dialect's chat APIs. */
  readonly api: 'chat' | 'responses'
  readonly model: string
  /** The parts of the body that are the prompt. */
  readonly prompt: unknown
  readonly last: { readonly role: string; readonly text: string } | undefined
}

const operations: readonly (readonly [RegExp, FakeOperation | 'key'])[] = [
  [/\/messages\/count_tokens$|:countTokens$/, 'countTokens'],
  [/\/(chat\/completions|responses|messages|chat)$|:generateContent$/, 'chat'],
  [/:streamGenerateContent$/, 'chatStream'],
  [/\/(embeddings|embed)$|:(batchEmbedContents|embedContent)$/, 'embed'],
  [/\/(models|tags)$/, 'models'],
  [/\/key$/, 'key'],
]

/** Reads a request: the path says most, the body the rest. */
export function factsOf(method: string, path: string, body: unknown, dialect: DialectName): RequestFacts {
  const fields: Json = isObject(body) ? body : {}
  const found = operations.find(([pattern]) => pattern.test(path))?.[1] ?? 'unknown'
  const isStream = dialect === 'ollama-native' ? fields.stream !== false : fields.stream === true
  const turns = fields.messages ?? fields.contents ?? fields.input
  return {
    operation: found === 'chat' && isStream ? 'chatStream' : isMethodRight(found, method) ? found : 'unknown',
    api: path.endsWith('/responses') ? 'responses' : 'chat',
    model: modelOf(path, fields),
    prompt: [fields.system, fields.systemInstruction, fields.instructions, turns ?? fields.generateContentRequest],
    last: lastTurn(turns),
  }
}

function isMethodRight(operation: RequestFacts['operation'], method: string): boolean {
  return (operation === 'models' || operation === 'key') === (method === 'GET')
}

function modelOf(path: string, { model }: Json): string {
  if (typeof model === 'string') return model
  // Gemini and Azure's older paths name the model in the path.
  const named = /\/(?:models|deployments)\/([^/:]+)[/:]/.exec(path)?.[1]
  return named === undefined ? '' : decodeURIComponent(named)
}

function lastTurn(turns: unknown): RequestFacts['last'] {
  if (typeof turns === 'string') return { role: 'user', text: turns }
  const last: unknown = Array.isArray(turns) ? turns.at(-1) : undefined
  if (!isObject(last)) return undefined
  return { role: typeof last.role === 'string' ? last.role : 'user', text: textOf(last.content ?? last.parts) }
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map((part: unknown) => (isObject(part) && typeof part.text === 'string' ? part.text : '')).join('')
}

/** The texts of an embedding request, in any dialect. */
export function embedInputs(body: unknown): string[] {
  if (!isObject(body)) return []
  const { input, requests, content } = body
  if (typeof input === 'string') return [input]
  // Token lists are as good as texts: the vector only has to depend on them.
  if (Array.isArray(input))
    return input.map((item: unknown) => (typeof item === 'string' ? item : JSON.stringify(item)))
  if (Array.isArray(requests)) return requests.map((item: unknown) => (isObject(item) ? partsText(item.content) : ''))
  return content === undefined ? [] : [partsText(content)]
}

function partsText(content: unknown): string {
  return isObject(content) ? textOf(content.parts) : ''
}

/** The length an embedding request asks for. */
export function embedDimensions(body: unknown, usual: number): number {
  if (!isObject(body)) return usual
  const first: unknown = Array.isArray(body.requests) ? body.requests[0] : body
  const asked = isObject(first) ? (first.dimensions ?? first.outputDimensionality ?? first.output_dimensionality) : 0
  return typeof asked === 'number' && asked > 0 ? asked : usual
}

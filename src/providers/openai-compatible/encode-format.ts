import type { JsonObject } from '../../types/json.ts'
import type { Warning } from '../../types/reply.ts'
import type { ProviderChatRequest } from '../../types/request.ts'
import { toJsonSchema } from '../core/json-schema.ts'
import { objectsIn, textOf } from '../core/reading.ts'
import { strictSchema } from '../core/strict-schema.ts'
import type { PartTarget } from './encode-parts.ts'

/** How an answer is held to a form: by fields of the request, by words in the prompt, or by both. */
export interface AnswerFormat {
  readonly fields: JsonObject
  /** Adds the words the form needs. */
  instruct(messages: JsonObject[]): JsonObject[]
}

const asIs = (messages: JsonObject[]) => messages

/** The nearest the service has to what was asked: a schema it enforces, a JSON object, or words alone. */
export function encodeFormat(
  request: ProviderChatRequest,
  isStream: boolean,
  { service, quirks }: PartTarget,
  warnings: Warning[],
): AnswerFormat {
  const { schema, responseFormat, tools = [] } = request
  if (schema === undefined && responseFormat !== 'json') return { fields: {}, instruct: asIs }
  const isPlain = service.hasPlainFormatOnly && (isStream || tools.length > 0)
  if (schema !== undefined && !quirks.refuses.has('jsonSchema') && !isPlain)
    return { fields: { response_format: schemaFormat(request, warnings) }, instruct: asIs }
  const words =
    schema === undefined
      ? 'Answer with one JSON object and nothing else.'
      : `Answer with JSON alone that fits this JSON Schema: ${JSON.stringify(toJsonSchema(schema))}`
  const hasObject = !quirks.refuses.has('jsonObject') && !isPlain
  return {
    fields: hasObject ? { response_format: { type: 'json_object' } } : {},
    // Services refuse the JSON mode when the prompt does not speak of JSON.
    instruct: (messages) =>
      schema === undefined && messages.some(speaksOfJson)
        ? messages
        : instructed(messages, words, quirks.systemRole ?? 'system'),
  }
}

/** The warning for a schema that could not be made strict. */
export function notStrict(what: string, reason: string): Warning {
  const message = `The schema of ${what} has no strict form and was sent as it is (${reason})`
  return { code: 'schema-not-strict', message }
}

function schemaFormat({ schema = {}, schemaName = 'answer' }: ProviderChatRequest, warnings: Warning[]): JsonObject {
  const plain = toJsonSchema(schema)
  const strict = strictSchema(plain)
  if (strict.reason !== undefined) warnings.push(notStrict('the answer', strict.reason))
  return {
    type: 'json_schema',
    json_schema: {
      name: schemaName.replace(/[^\w-]/g, '_').slice(0, 64),
      schema: strict.schema ?? plain,
      ...(strict.schema !== undefined && { strict: true }),
    },
  }
}

function speaksOfJson({ role, content }: JsonObject): boolean {
  if (role === 'assistant') return false
  const texts = [textOf(content), ...objectsIn(content).map(({ text }) => textOf(text))]
  return texts.some((text) => /json/i.test(text))
}

/** Into the first instructions where there are any: many chat templates take only one such message. */
function instructed(messages: JsonObject[], words: string, role: string): JsonObject[] {
  const [first, ...rest] = messages
  if (first?.role !== role || role === 'user') return [{ role, content: words }, ...messages]
  const { content } = first
  const joined = Array.isArray(content) ? [...content, { type: 'text', text: words }] : `${textOf(content)}\n\n${words}`
  return [{ ...first, content: joined }, ...rest]
}

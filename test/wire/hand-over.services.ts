/** Every service a conversation can come from or go to: how it answers, and how what it is asked is read. */
import type { ZodType } from 'zod'
import { anthropic } from '../../src/providers/anthropic.ts'
import { deepseek } from '../../src/providers/deepseek.ts'
import { gemini } from '../../src/providers/gemini.ts'
import { groq } from '../../src/providers/groq.ts'
import { local } from '../../src/providers/local.ts'
import { ollama } from '../../src/providers/ollama.ts'
import { openai } from '../../src/providers/openai.ts'
import { responses } from '../../src/providers/openai-responses.ts'
import { openrouter } from '../../src/providers/openrouter.ts'
import type { Provider } from '../../src/types/provider.ts'
import { anthropicRequest } from '../support/schemas/anthropic.ts'
import { complaintsOfGemini3, geminiRequest } from '../support/schemas/gemini.ts'
import { ollamaRequest } from '../support/schemas/ollama.ts'
import {
  deepseekRequest,
  groqRequest,
  localRequest,
  openaiRequest,
  openrouterRequest,
} from '../support/schemas/openai-chat.ts'
import { responsesRequest } from '../support/schemas/openai-responses.ts'

/** A call or a result as a request holds it; `id` is absent where the service matches by name and order. */
export interface Entry {
  readonly id?: string | undefined
  readonly name?: string | undefined
  readonly content: unknown
}

/** What a request says of tools. */
export interface ToolTalk {
  readonly calls: readonly Entry[]
  readonly results: readonly Entry[]
}

/** One service. */
export interface Service {
  readonly name: string
  readonly provider: Provider
  readonly model: string
  /** The service's answer: text, two calls of one tool, and reasoning in the form the service discloses it. */
  readonly answer: (turn: Turn) => unknown
  /** The answer holds something only the service can check. */
  readonly isSigned: boolean
  /** The documented form of its requests. */
  readonly schema: ZodType
  readonly complaints?: (body: never) => string[]
  readonly read: (body: never) => ToolTalk
}

/** What an answer says. */
export interface Turn {
  readonly text: string
  readonly thoughts: string
  readonly signature: string
  readonly cities: readonly [string, string]
}

const apiKey = 'sk-test-0123456789abcdef'

const chatCalls = ({ cities }: Turn, prefix: string) =>
  cities.map((city, index) => ({
    index,
    id: `${prefix}_${index}`,
    type: 'function',
    function: { name: 'weather', arguments: JSON.stringify({ city }) },
  }))

function chatAnswer(prefix: string, reasoning: (turn: Turn) => object) {
  return (turn: Turn) => ({
    choices: [
      {
        message: { role: 'assistant', content: turn.text, tool_calls: chatCalls(turn, prefix), ...reasoning(turn) },
        finish_reason: 'tool_calls',
      },
    ],
  })
}

interface ChatBody {
  readonly messages: readonly {
    readonly role: string
    readonly content?: unknown
    readonly tool_call_id?: string
    readonly tool_name?: string
    readonly tool_calls?: readonly { id: string; function: { name: string; arguments: string | object } }[]
  }[]
}

function readChat({ messages }: ChatBody): ToolTalk {
  return {
    calls: messages.flatMap(({ tool_calls: calls = [] }) =>
      calls.map(({ id, function: { name, arguments: given } }) => ({
        id,
        name,
        content: typeof given === 'string' ? JSON.parse(given) : given,
      })),
    ),
    results: messages.flatMap(({ role, tool_call_id: id, content }) => (role === 'tool' ? [{ id, content }] : [])),
  }
}

interface ClaudeBody {
  readonly messages: readonly { readonly content: readonly Record<string, never>[] }[]
}

function readClaude({ messages }: ClaudeBody): ToolTalk {
  const blocks = messages.flatMap(({ content }) => content)
  return {
    calls: blocks.flatMap(({ type, id, name, input }) => (type === 'tool_use' ? [{ id, name, content: input }] : [])),
    results: blocks.flatMap(({ type, tool_use_id: id, content }) => (type === 'tool_result' ? [{ id, content }] : [])),
  }
}

interface GeminiBody {
  readonly contents: readonly {
    readonly parts: readonly Record<string, { id?: string; name: string } & Record<string, unknown>>[]
  }[]
}

function readGemini({ contents }: GeminiBody): ToolTalk {
  const parts = contents.flatMap(({ parts }) => parts)
  return {
    calls: parts.flatMap(({ functionCall: call }) =>
      call ? [{ id: call.id, name: call.name, content: call.args }] : [],
    ),
    results: parts.flatMap(({ functionResponse: result }) =>
      result ? [{ id: result.id, name: result.name, content: result.response }] : [],
    ),
  }
}

interface ResponsesBody {
  readonly input: readonly Record<string, string>[]
}

function readResponses({ input }: ResponsesBody): ToolTalk {
  return {
    calls: input.flatMap(({ type, call_id: id, name, arguments: given = '' }) =>
      type === 'function_call' ? [{ id, name, content: JSON.parse(given) }] : [],
    ),
    results: input.flatMap(({ type, call_id: id, output }) =>
      type === 'function_call_output' ? [{ id, content: output }] : [],
    ),
  }
}

const none = () => ({})

export const services: readonly Service[] = [
  {
    name: 'openai',
    provider: openai({ apiKey }),
    model: 'gpt-5.6-terra',
    answer: chatAnswer('call_openai', none),
    isSigned: false,
    schema: openaiRequest,
    read: readChat,
  },
  {
    name: 'anthropic',
    provider: anthropic({ apiKey }),
    model: 'claude-opus-5',
    answer: ({ text, thoughts, signature, cities }) => ({
      content: [
        { type: 'thinking', thinking: thoughts, signature },
        { type: 'text', text },
        ...cities.map((city, index) => ({ type: 'tool_use', id: `toolu_${index}`, name: 'weather', input: { city } })),
      ],
      stop_reason: 'tool_use',
    }),
    isSigned: true,
    schema: anthropicRequest,
    read: readClaude,
  },
  {
    name: 'gemini',
    provider: gemini({ apiKey }),
    model: 'gemini-3.5-flash',
    answer: ({ text, thoughts, signature, cities: [first, second] }) => ({
      candidates: [
        {
          content: {
            role: 'model',
            parts: [
              { text: thoughts, thought: true },
              { text },
              { functionCall: { name: 'weather', args: { city: first } }, thoughtSignature: signature },
              { functionCall: { name: 'weather', args: { city: second } } },
            ],
          },
          finishReason: 'STOP',
        },
      ],
    }),
    isSigned: true,
    schema: geminiRequest,
    complaints: complaintsOfGemini3,
    read: readGemini,
  },
  {
    name: 'groq',
    provider: groq({ apiKey }),
    model: 'openai/gpt-oss-120b',
    answer: chatAnswer('fc_groq', ({ thoughts: reasoning }) => ({ reasoning })),
    isSigned: false,
    schema: groqRequest,
    read: readChat,
  },
  {
    name: 'openrouter',
    provider: openrouter({ apiKey }),
    model: 'openai/gpt-5.6-terra',
    answer: chatAnswer('call_openrouter', ({ thoughts, signature }) => ({
      reasoning: thoughts,
      reasoning_details: [
        { type: 'reasoning.summary', summary: thoughts, index: 0 },
        { type: 'reasoning.encrypted', data: signature, index: 1 },
      ],
    })),
    isSigned: true,
    schema: openrouterRequest,
    read: readChat,
  },
  {
    name: 'deepseek',
    provider: deepseek({ apiKey }),
    model: 'deepseek-v4-pro',
    answer: chatAnswer('call_00_deepseek', ({ thoughts }) => ({ reasoning_content: thoughts })),
    isSigned: false,
    schema: deepseekRequest,
    read: readChat,
  },
  {
    name: 'local',
    provider: local({ model: 'qwen3' }),
    model: 'qwen3',
    answer: chatAnswer('912345678', ({ thoughts: reasoning }) => ({ reasoning })),
    isSigned: false,
    schema: localRequest,
    read: readChat,
  },
  {
    name: 'openai by responses',
    provider: openai({ apiKey, api: responses() }),
    model: 'gpt-5.6-terra',
    answer: ({ text, thoughts, signature, cities }) => ({
      status: 'completed',
      output: [
        {
          type: 'reasoning',
          id: 'rs_1',
          summary: [{ type: 'summary_text', text: thoughts }],
          encrypted_content: signature,
        },
        { type: 'message', id: 'msg_1', content: [{ type: 'output_text', text, annotations: [] }] },
        ...cities.map((city, index) => ({
          type: 'function_call',
          id: `fc_${index}`,
          call_id: `call_${index}`,
          name: 'weather',
          arguments: JSON.stringify({ city }),
        })),
      ],
    }),
    isSigned: true,
    schema: responsesRequest,
    read: readResponses,
  },
  {
    name: 'ollama',
    provider: ollama({ model: 'qwen3:4b' }),
    model: 'qwen3:4b',
    answer: ({ text, thoughts, cities }) => ({
      message: {
        role: 'assistant',
        content: text,
        thinking: thoughts,
        tool_calls: cities.map((city) => ({ function: { name: 'weather', arguments: { city } } })),
      },
      done: true,
      done_reason: 'stop',
    }),
    isSigned: false,
    schema: ollamaRequest,
    read: readChat,
  },
]

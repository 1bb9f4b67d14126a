import type { GuardRequest } from '../../types/guard.ts'
import type { Message } from '../../types/message.ts'

/** The request with one more instruction at the end of its first system message, or in a new one in front. */
export function withInstruction(request: GuardRequest, instruction: string): GuardRequest {
  const at = request.messages.findIndex(({ role }) => role === 'system' || role === 'developer')
  const system = request.messages[at]
  const added: Message =
    system === undefined || (system.role !== 'system' && system.role !== 'developer')
      ? { role: 'system', content: instruction }
      : {
          ...system,
          content:
            typeof system.content === 'string'
              ? `${system.content}\n\n${instruction}`
              : [...system.content, { type: 'text', text: instruction }],
        }
  const others = request.messages.filter((_, index) => index !== at)
  const messages =
    at < 0 ? [added, ...others] : request.messages.map((message, index) => (index === at ? added : message))
  return { ...request, messages }
}

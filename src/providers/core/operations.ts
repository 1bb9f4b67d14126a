import type { EmbedReplyPart, ProviderEmbedRequest } from '../../types/embed.ts'
import type { ModelInfo } from '../../types/model.ts'
import type { Provider, ProviderContext } from '../../types/provider.ts'
import type { Usage } from '../../types/usage.ts'
import type { Ask } from './exchange.ts'
import type { WireFormat } from './wire-format.ts'

/** Pages of a models list that are read at most. */
const maxPages = 50

/** The `embed` ability of a format, if it has one. */
export function embedIn(format: WireFormat, ask: Ask): Pick<Provider, 'embed'> {
  const { encodeEmbed, decodeEmbed, maxEmbedInputs = 2_048 } = format
  if (encodeEmbed === undefined || decodeEmbed === undefined) return {}
  return {
    async embed(request, context) {
      const parts: EmbedReplyPart[] = []
      for (let start = 0; start < request.input.length; start += maxEmbedInputs) {
        const slice: ProviderEmbedRequest = { ...request, input: request.input.slice(start, start + maxEmbedInputs) }
        const encoded = encodeEmbed(slice)
        const part = await ask(encoded, context, (body) => decodeEmbed(body, slice))
        parts.push({ ...part, warnings: [...(encoded.warnings ?? []), ...(part.warnings ?? [])] })
      }
      return joined(parts)
    },
  }
}

function joined(parts: readonly EmbedReplyPart[]): EmbedReplyPart {
  const [first, ...rest] = parts as [EmbedReplyPart, ...EmbedReplyPart[]]
  if (rest.length === 0) return first
  return {
    ...first,
    vectors: parts.flatMap((part) => part.vectors),
    usage: rest.reduce((sum, part) => addInput(sum, part.usage), first.usage),
    warnings: parts.flatMap((part) => part.warnings ?? []),
  }
}

/** Embeddings have no output tokens, so a sum needs only the input side. */
function addInput(a: Usage, b: Usage): Usage {
  if (a.inputTokens === undefined || b.inputTokens === undefined) return { input: {}, output: {} }
  const inputTokens = a.inputTokens + b.inputTokens
  return { inputTokens, totalTokens: inputTokens, input: { fresh: inputTokens }, output: {} }
}

/** The `models` and `countTokens` abilities of a format, where it has them. */
export function modelsIn(format: WireFormat, ask: Ask, provider: string): Pick<Provider, 'models' | 'countTokens'> {
  const { encodeModels, decodeModels, encodeCountTokens, decodeCountTokens } = format
  return {
    ...(encodeModels &&
      decodeModels && {
        async models(context: ProviderContext) {
          const models: ModelInfo[] = []
          let after: string | undefined
          for (let page = 0; page < maxPages; page++) {
            const answer = await ask(encodeModels(after), context, (body) => decodeModels(body, provider))
            // A server that does not know pages gives the same one again.
            if (page > 0 && answer.models.every(({ id }) => models.some((known) => known.id === id))) break
            models.push(...answer.models)
            after = answer.next
            if (after === undefined) break
          }
          return models
        },
      }),
    ...(encodeCountTokens &&
      decodeCountTokens && {
        countTokens: (request, context: ProviderContext) => ask(encodeCountTokens(request), context, decodeCountTokens),
      }),
  }
}

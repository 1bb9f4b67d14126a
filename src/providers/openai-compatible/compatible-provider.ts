import type { Provider } from '../../types/provider.ts'
import type { ProviderOptions } from '../../types/provider-options.ts'
import { type Check, copyData, ofType } from '../../utils/check.ts'
import { lazyProvider } from '../core/lazy-provider.ts'
import { type Preset, resolvePreset } from '../core/preset.ts'
import { type Quirk, quirkList } from '../core/quirks.ts'
import type { WireFormatFactory } from '../core/wire-format.ts'
import { chatFacts } from './facts.ts'
import type { ChatService } from './service.ts'

/** What every factory of this wire format takes. */
export interface CompatibleOptions extends ProviderOptions {
  /** What single models do not take, or do take after all; later rules win over earlier and built-in ones. */
  readonly quirks?: readonly Quirk[]
  /** Another API of the same service, for example `responses()`. Default: chat completions. */
  readonly api?: WireFormatFactory
}

/** Joins a preset, a service's ways and a user's options. */
export function compatibleProvider(
  preset: Preset,
  service: ChatService,
  options: CompatibleOptions,
  extra: Readonly<Record<string, Check>> = {},
): Provider {
  const parts = resolvePreset(preset, options, { quirks: quirkList, api: ofType('function'), ...extra })
  const quirks = [...(service.quirks ?? []), ...copyData('quirks', options.quirks ?? [])]
  const { name, embeddingModel } = parts
  const whole: ChatService = { ...service, quirks, name, embeddingModel }
  return lazyProvider(chatFacts(whole), parts, async () => {
    const { chatFormat } = await import('./format.ts')
    const base = chatFormat(whole)
    return options.api?.(base, { provider: service.kind, name, quirks }) ?? base
  })
}

/** A process that is sent far too much, and must not keep it. */
import { UnifiedClient } from 'holdfast'
import { openaiCompatible } from 'holdfast/providers/openai-compatible'
import { apiKey, prompt } from '../wire.ts'
import { heapKb, rssKb, watchProcess } from './measure.ts'

/** What came of one flood. */
export interface FloodResult {
  readonly code: string
  readonly rssGrowthMb: number
  readonly lagMs: number
  readonly tookMs: number
}

export interface FloodOrder {
  readonly baseUrl: string
  readonly isStream: boolean
}

process.once('message', (order: FloodOrder) => {
  void flood(order).then((result) => process.send?.(result, undefined, undefined, () => process.disconnect()))
})

async function flood({ baseUrl, isStream }: FloodOrder): Promise<FloodResult> {
  const client = new UnifiedClient({
    providers: [openaiCompatible({ name: 'flood', baseUrl, apiKey, model: 'm' })],
    retry: { retries: 0 },
  })
  // Everything is loaded before it counts.
  const quick = { prompt, timeoutMs: 50 }
  await client.chat(quick).catch(() => {})
  await client
    .chatStream(quick)
    .final()
    .catch(() => {})
  client.reset()
  await heapKb()
  const before = rssKb()
  const seen = watchProcess()
  const startedAt = performance.now()
  const request = { prompt, timeoutMs: 20_000 }
  const work = isStream ? client.chatStream(request).final() : client.chat(request)
  const code = await work.then(
    () => 'ok',
    (error) => String(error.code),
  )
  const tookMs = performance.now() - startedAt
  const { peakRssKb, lagMs } = seen()
  await client.close()
  return { code, rssGrowthMb: (peakRssKb - before) / 1_024, lagMs, tookMs }
}

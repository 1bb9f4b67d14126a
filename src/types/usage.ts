/**
 * Tokens of one attempt in one normal form, whatever the provider's own basis.
 *
 * `inputTokens` counts everything sent, cached parts included; `outputTokens` everything produced, reasoning included.
 * A number the provider did not report is left out; a reported 0 stays 0.
 */
export interface Usage {
  readonly inputTokens?: number
  readonly outputTokens?: number
  /** `inputTokens + outputTokens`, when both are known. */
  readonly totalTokens?: number
  /** Parts of `inputTokens`. */
  readonly input: { readonly fresh?: number; readonly cacheRead?: number; readonly cacheWrite?: number }
  /** Parts of `outputTokens`. */
  readonly output: { readonly text?: number; readonly reasoning?: number }
  /** True when the numbers are ours (cut or aborted streams, providers that report none). */
  readonly isEstimated?: boolean
  /** The provider's own last usage object, untouched. */
  readonly raw?: unknown
}

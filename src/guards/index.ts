export { defineGuard } from './define-guard.ts'
export {
  type CheckedClaim,
  type CheckedQuote,
  type ClaimFault,
  checkGrounding,
  type Entailment,
  type GroundingCheck,
  type GroundingLevel,
  type GroundingReport,
} from './grounding/check.ts'
export type { QuoteMatching } from './grounding/quotes.ts'
export { type GroundingOptions, type GroundingViolation, requireGrounding } from './grounding/require-grounding.ts'
export type { GroundingSource } from './grounding/sources.ts'
export {
  blockInjection,
  type InjectionClassifier,
  type InjectionMode,
  type InjectionOptions,
} from './injection/block-injection.ts'
export type { InjectionSensitivity, InjectionSeverity } from './injection/levels.ts'
export { createInjectionScanner, type InjectionDetector } from './injection/load.ts'
export type { InjectionReason, InjectionScan, InjectionScanner } from './injection/scan.ts'
export type { PiiAction } from './pii/actions.ts'
export { piiFinder } from './pii/find-pii.ts'
export type { FindPiiOptions, RecognizedSpan, Recognizer } from './pii/options.ts'
export { type RedactPiiOptions, type RestorePlace, redactPii } from './pii/redact-pii.ts'
export type { PiiFinding } from './pii/scan.ts'
export type { PiiType } from './pii/segment.ts'
export { type CanaryAction, type CanaryOptions, canary } from './structure/canary.ts'
export { blockExfiltration, type ExfiltrationAction, type ExfiltrationOptions } from './structure/exfiltration.ts'
export { type SpotlightMethod, type SpotlightOptions, spotlightUntrusted } from './structure/spotlight.ts'
export { type CheckedToolCall, type ToolPolicyOptions, toolPolicy } from './structure/tool-policy.ts'

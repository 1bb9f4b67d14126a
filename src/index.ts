export type { TenantClient, TenantOptions } from './client/tenant-client.ts'
export type { TestResult } from './client/test-provider.ts'
export { UnifiedClient } from './client/unified-client.ts'
export {
  AbortError,
  AllProvidersFailedError,
  CircuitOpenError,
  ClosedError,
  ConfigError,
  ConnectionError,
  GuardError,
  LimitExceededError,
  ProviderError,
  RequestError,
  ResponseError,
  SecretError,
  StoreError,
  StreamError,
  TimeoutError,
} from './errors/families.ts'
export { type ErrorDetails, LlmError } from './errors/llm-error.ts'
export type { AttemptOutcome, AttemptRecord } from './types/attempt.ts'
export type { ChatRequest } from './types/chat-request.ts'
export type { CircuitOptions, CircuitSnapshot, CircuitState } from './types/circuit.ts'
export type { ClientOptions, ErrorRule, GuardOptions, Hedge, MidStream, RetryOptions } from './types/client-options.ts'
export type { Clock } from './types/clock.ts'
export type { EmbedReply, EmbedRequest, ProviderEmbedRequest } from './types/embed.ts'
export type { ErrorCode } from './types/error-code.ts'
export type { ClientEvent, Observer } from './types/events.ts'
export type {
  DefinedGuard,
  Guard,
  GuardCall,
  GuardFinding,
  GuardRequest,
  InputOutcome,
  ReplyOutcome,
} from './types/guard.ts'
export type { Http, HttpRequest, HttpResponse, ServerEvent } from './types/http.ts'
export type { JsonObject, JsonValue } from './types/json.ts'
export type { ApiKey, ApiKeyEntry, KeyTurn, ProviderKey, ProviderKeys } from './types/keys.ts'
export type {
  AssistantMessage,
  AssistantPart,
  FilePart,
  ImagePart,
  Message,
  Origin,
  Provenance,
  SystemMessage,
  TextPart,
  ToolMessage,
  UserMessage,
  UserPart,
} from './types/message.ts'
export type {
  AnswerBound,
  BookedAttempt,
  CallReservation,
  CallResult,
  LimitStatus,
  LimitSubject,
  Meter,
  UsageReportQuery,
} from './types/meter.ts'
export type { ModelInfo } from './types/model.ts'
export type { Provider, ProviderCapabilities, ProviderContext, ProviderEvent } from './types/provider.ts'
export type { ChatReply, Citation, FinishReason, Routing, Warning } from './types/reply.ts'
export type { ModelSettings, ProviderChatRequest, ReasoningEffort, ReasoningOptions } from './types/request.ts'
export type { AnySchema, JsonSchema, StandardSchema } from './types/schema.ts'
export type { SecretText } from './types/secret-text.ts'
export type {
  CircuitStore,
  ConfigStore,
  LimitStore,
  ProviderConfigRow,
  Stores,
  UsageEndpoint,
  UsageRow,
  UsageStatistics,
  UsageStore,
} from './types/store.ts'
export type { ChatStream, StreamEvent } from './types/stream.ts'
export type { AllowedModels, ProviderConfig, TenantConfigInput, TenantVault } from './types/tenant.ts'
export type { Timeouts } from './types/timeouts.ts'
export type { Tool, ToolCall, ToolChoice } from './types/tool.ts'
export type { Usage } from './types/usage.ts'

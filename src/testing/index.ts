export type { FakeCall } from './fake-calls.ts'
export { type FakeProvider, type FakeProviderOptions, fakeProvider } from './fake-provider.ts'
export { type MaliciousBehaviour, type MaliciousOptions, maliciousProvider } from './malicious.ts'
export { type Script, type ScriptInput, toScript } from './script.ts'
export type {
  AnswerOptions,
  FailOptions,
  FailureCode,
  FakeOperation,
  FakeRequest,
  FakeToolCall,
  FakeUsage,
} from './step.ts'
export {
  type BreakOptions,
  cut,
  decide,
  fail,
  fault,
  hang,
  reply,
  reset,
  type StallOptions,
  stall,
  stream,
  throwing,
  toolCall,
} from './steps.ts'
export { sampleText } from './tokens.ts'
export { type VirtualClock, type VirtualClockOptions, virtualClock } from './virtual-clock.ts'

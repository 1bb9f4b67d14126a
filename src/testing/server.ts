export { type Authority, type CertificateOptions, createAuthority } from './server/certificates.ts'
export type { DialectName } from './server/dialects/dialect.ts'
export {
  type FailoverWall,
  type FailoverWallOptions,
  failoverWall,
  type WallAttempt,
  type WallScenario,
} from './server/failover-wall.ts'
export {
  type FakeProviderServer,
  type FakeProviderServerOptions,
  fakeProviderServer,
} from './server/fake-provider-server.ts'
export { type FaultEndpoint, faultEndpoint } from './server/fault-endpoint.ts'
export { faultNames } from './server/faults/catalogue.ts'
export { loadCases, type RecordedCase, type ReplayOptions, recordedCase, serveCase } from './server/recorded-case.ts'
export type { RecordedRequest } from './server/recorded-request.ts'
export type { When } from './server/rules.ts'

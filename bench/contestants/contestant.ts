/** One client library under test. Both calls give the text, which is checked. */
export interface Contestant {
  chat(): Promise<string>
  /** Reads a stream to its end, chunk by chunk as its users would. */
  stream(): Promise<string>
}

/** Makes the contestant; `baseUrl` ends in `/v1`. */
export type MakeContestant = (baseUrl: string) => Contestant | Promise<Contestant>

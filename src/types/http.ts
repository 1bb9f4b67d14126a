/** A request as a wire format builds it. Redirects are never followed. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** One server-sent event (or one NDJSON line, with no `event`). */
export interface ServerEvent {
  readonly event?: string | undefined
  readonly data: string
}

/** An answer whose body has not been read. Read it one way, once, or `cancel` it. */
export interface HttpResponse {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  /**
   * The whole body as JSON, within the size limit. A leading BOM and blank lines are passed over.
   * @throws ResponseError `bad_response`, `empty_response`, `response_too_large`
   */
  json(): Promise<unknown>
  /** For failed answers: at most 64 KiB and 1 s of the body, cut where it stands. Never throws. */
  errorText(): Promise<string>
  /**
   * Server-sent events, one batch per network read (never an empty one). A body that is plain JSON, whatever its content
   * type says, comes as one event named `json`; an HTML page is a `bad_response`.
   * @throws ResponseError, ConnectionError
   */
  events(): AsyncIterable<readonly ServerEvent[]>
  /** Newline-delimited JSON, one batch of lines per network read. */
  lines(): AsyncIterable<readonly ServerEvent[]>
  cancel(): void
}

/** Sends one request. Bound by the caller to one attempt: its signal, limits and progress marks. */
export type Http = (request: HttpRequest) => Promise<HttpResponse>

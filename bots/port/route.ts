/**
 * An HTTP endpoint that a chat needs: a webhook. The server that is there anyway mounts it; the chat knows nothing of
 * that server, and the server nothing of the chat.
 */
export interface ChatRoute {
  readonly method: 'GET' | 'POST';
  /** Begins with a slash; no parameters. */
  readonly path: string;
  /** Bytes of the longest body; longer ones are refused before they reach `handle`. */
  readonly maxBytes: number;
  /** Answers a request. What it throws is answered with 500 and logged. */
  handle(request: ChatRequest): Promise<ChatResponse>;
}

export interface ChatRequest {
  /** The body as it came, for signatures. */
  readonly rawBody: Buffer;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Network address of the client. */
  readonly address: string;
}

export interface ChatResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

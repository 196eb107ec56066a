import type { Request, ResponseObject, ResponseToolkit } from '@hapi/hapi';
import { isDatabaseAway } from '../src/database/connect.ts';
import { type ErrorCode, LockerError } from '../src/errors.ts';
import type { Log } from '../src/log.ts';
import { oauthErrors, problems } from './status.ts';

export const problemType = 'application/problem+json';

/** An error as RFC 9457 has it. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: ErrorCode;
  detail?: string;
  /** Finds the request in the log. */
  requestId: string;
  /** What the problem is about, as the client named it. */
  subject?: string;
  limit?: number;
  actual?: number;
  scope?: string;
  /** For OAuth clients. */
  error?: string;
}

/** Turns whatever a handler or hapi threw into one of our errors. Unknown ones say nothing outside and everything in the log. */
export function toLockerError(error: unknown, log: Log, requestId: string): LockerError {
  if (error instanceof LockerError) return error;
  if (isDatabaseAway(error))
    return new LockerError('database_unavailable', { hint: 'Try again in a moment.' }, { cause: error });
  const status = statusOf(error);
  if (status === 401) return new LockerError('unauthenticated');
  if (status === 404) return new LockerError('not_found', { hint: 'There is no such route. See /docs.' });
  if (status === 413)
    return new LockerError('bad_request', { hint: 'The request body is too large for this route.' });
  if (status === 415)
    return new LockerError('unsupported_media', { hint: 'See /docs for what this route takes.' });
  if (status !== undefined && status < 500)
    return new LockerError('bad_request', { hint: 'The request could not be read.' });
  log.error({ requestId, err: error }, 'unexpected error');
  return new LockerError('internal', { hint: 'The operator finds the cause in the log by the request id.' });
}

/** Status that hapi gave an error of its own. */
const statusOf = (error: unknown): number | undefined => {
  if (!(error instanceof Error) || !('isBoom' in error) || !('output' in error)) return undefined;
  const { output } = error as Error & { output: { statusCode: number } };
  return output.statusCode;
};

const signInHint = 'Send a valid access token: Authorization: Bearer …';

/** Answers an error as problem+json. */
export function problemResponse(error: LockerError, request: Request, h: ResponseToolkit): ResponseObject {
  const [status, title] = problems[error.code];
  const { subject, limit, actual, scope, retryAfterSeconds } = error.details;
  // The same for every bad token, so that nothing shows how far it got.
  const hint = error.code === 'unauthenticated' ? signInHint : error.details.hint;
  const oauth = /^\/v1\/(token|device)(\/|$)/.test(request.path) ? oauthErrorOf(error, request) : undefined;
  const body: Problem = {
    type: `urn:coffer:error:${error.code}`,
    title,
    status,
    code: error.code,
    ...(hint === undefined ? {} : { detail: hint }),
    ...(subject === undefined || subject === '' ? {} : { subject }),
    ...(limit === undefined ? {} : { limit }),
    ...(actual === undefined ? {} : { actual }),
    ...(scope === undefined ? {} : { scope }),
    ...(oauth === undefined ? {} : { error: oauth }),
    requestId: request.info.id,
  };
  const response = h.response(JSON.stringify(body)).code(status).type(problemType);
  response.charset('');
  if (status === 401) response.header('www-authenticate', 'Bearer');
  if (status === 416) response.header('content-range', `bytes */${limit}`);
  if (error.code === 'insufficient_scope')
    response.header(
      'www-authenticate',
      `Bearer error="insufficient_scope"${scope === undefined ? '' : `, scope="${scope}"`}`,
    );
  if (retryAfterSeconds !== undefined) response.header('retry-after', String(retryAfterSeconds));
  else if (status === 503) response.header('retry-after', '2');
  // The rest of an upload that was refused is not worth reading.
  if (!request.raw.req.complete) response.header('connection', 'close');
  return response;
}

/** RFC 6749 section 5.2 has words of its own for a grant and a scope that there is not. */
function oauthErrorOf({ code, details }: LockerError, { payload }: Request): string | undefined {
  if (code === 'bad_request' && details.subject === 'scope') return 'invalid_scope';
  const unknownGrant =
    code === 'bad_request' &&
    details.subject === 'grant_type' &&
    typeof (payload as { grant_type?: unknown } | null)?.grant_type === 'string';
  return unknownGrant ? 'unsupported_grant_type' : oauthErrors[code];
}

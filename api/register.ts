import type { Request, ResponseToolkit, RouteOptions, Server } from '@hapi/hapi';
import joi, { type Schema, type ValidationOptions } from 'joi';
import type { Actor } from '../src/accounts/actor.ts';
import { LockerError } from '../src/errors.ts';
import type { Locker } from '../src/locker.ts';
import { budgetOf } from './http/rate-limit.ts';
import { strategy } from './jwt.ts';
import type { BodySpec, Operation } from './operation.ts';
import { strictInput, WrongForm } from './strict-input.ts';

/** Largest parsed body, bytes. Content is streamed and has limits of its own. */
export const maxParsedBytes = 64 * 1024;

/** Adds an operation to the server. @param validateAnswers hold every JSON answer against its schema, for tests. */
export function register(
  server: Server,
  locker: Locker,
  operation: Operation,
  validateAnswers: boolean,
): void {
  server.route({
    method: operation.method,
    path: operation.path,
    options: {
      id: operation.id,
      plugins: { rate: { budget: budgetOf(operation) } },
      auth: operation.auth === 'public' ? false : strategy,
      validate: {
        failAction: (_request, _h, error) => {
          throw invalidInput(error, operation);
        },
        ...(operation.params === undefined ? {} : { params: textValidator(operation.params) }),
        query: textValidator(operation.query ?? noParameters),
        ...(isParsed(operation.body) ? { payload: bodyValidator(operation.body.schema) } : {}),
      },
      ...(operation.method === 'GET' ? {} : { payload: payloadOptions(operation.body) }),
      response: {
        // Content routes do ranges themselves; hapi's way would read and throw away what lies before.
        ranges: false,
        ...(validateAnswers ? { status: answerSchemas(operation), failAction: 'error' as const } : {}),
      },
    },
    handler: (request, h) => operation.handler(callOf(locker, operation, request, h)),
  });
}

const isParsed = (body: BodySpec | undefined): body is Extract<BodySpec, { schema: Schema }> =>
  body?.kind === 'json' || body?.kind === 'json-or-form';

const noParameters = joi.object({});

/** What hapi calls to validate a part of a request. */
type Validator = (value: unknown, options: ValidationOptions) => Promise<unknown>;

function textValidator(schema: Schema): Validator {
  const requireForm = strictInput(schema);
  return (value, options) => {
    requireForm(value, 'text');
    return schema.validateAsync(value, options) as Promise<unknown>;
  };
}

function bodyValidator(schema: Schema): Validator {
  const requireForm = strictInput(schema);
  return (value, options) => {
    const { headers } = options.context as { headers: Request['headers'] };
    const isForm = /^application\/x-www-form-urlencoded\b/i.test(String(headers['content-type']));
    // hapi gives null for no body, which a route may take, and for the JSON text that no schema allows.
    const isNullText = value === null && Number(headers['content-length'] ?? 0) > 0 && !isForm;
    requireForm(isNullText ? 'null' : value, isForm ? 'text' : 'json');
    return schema.validateAsync(value, options) as Promise<unknown>;
  };
}

function payloadOptions(body: BodySpec | undefined): NonNullable<RouteOptions['payload']> {
  // Some clients send one wherever they may: nobody looks at it.
  if (body === undefined) return { parse: false, output: 'data', maxBytes: maxParsedBytes };
  if (isParsed(body)) {
    const allow =
      body.kind === 'json' ? ['application/json'] : ['application/json', 'application/x-www-form-urlencoded'];
    return { parse: true, maxBytes: maxParsedBytes, allow };
  }
  // Streamed as it comes: hapi would inflate, buffer multipart, and end what takes long.
  return { parse: false, output: 'stream', maxBytes: Number.MAX_SAFE_INTEGER, timeout: false };
}

function answerSchemas(operation: Operation): Record<number, Schema | boolean> {
  return Object.fromEntries(
    Object.entries(operation.answers).map(([status, { schema }]) => [status, schema ?? true]),
  );
}

function callOf(locker: Locker, operation: Operation, request: Request, h: ResponseToolkit) {
  const credentials = request.auth.credentials as { actor?: Actor; failure?: unknown } | null;
  if (credentials?.failure !== undefined) throw credentials.failure;
  const actor = credentials?.actor;
  if (actor === undefined && operation.auth !== 'public') throw new LockerError('unauthenticated');
  return {
    locker,
    actor: actor as Actor,
    params: request.params as unknown,
    query: request.query as unknown,
    body: request.payload as unknown,
    request,
    h,
  };
}

/** Names the parameter and what it may be; Joi's own text can quote the value, so only its type and limit are used. */
function invalidInput(error: Error | undefined, operation: Operation): LockerError {
  if (error instanceof WrongForm) return error.error;
  const [detail] = joi.isError(error) ? error.details : [];
  const subject = detail?.path.join('.');
  const hint =
    detail === undefined
      ? 'The request could not be read.'
      : `${detail.message.replace(/"/g, '')}.${detail.type === 'object.unknown' && detail.path.length === 1 ? knownNames(error, operation) : ''}`;
  return new LockerError('bad_request', {
    ...(subject === undefined || subject === '' ? {} : { subject }),
    hint,
  });
}

/** Lists what could have been sent instead of something unknown. */
function knownNames(error: Error | undefined, { body, query = noParameters }: Operation): string {
  // hapi notes where it found the problem (Boom, `validation.source`).
  const { output } = error as { output?: { payload?: { validation?: { source?: string } } } };
  const inBody = output?.payload?.validation?.source === 'payload';
  const schema = inBody ? (isParsed(body) ? body.schema : noParameters) : query;
  const { keys = {} } = schema.describe() as { keys?: Record<string, unknown> };
  const names = Object.keys(keys);
  const place = inBody ? 'body' : 'query';
  return names.length === 0 ? ` The ${place} takes nothing.` : ` The ${place} takes ${names.join(', ')}.`;
}

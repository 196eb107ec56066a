import type { Schema } from 'joi';
import type { ErrorCode } from '../src/errors.ts';
import { isUncounted } from './http/rate-limit.ts';
import type { AnswerSpec, BodySpec, Operation } from './operation.ts';
import { problemType } from './problem.ts';
import { components } from './schemas/components.ts';
import { problemSchema } from './schemas/problem.ts';
import { problems } from './status.ts';

type Json = Record<string, unknown>;

/** Errors that a route can answer because of what it takes, before its own. */
const commonErrors = (operation: Operation): ErrorCode[] => [
  'bad_request',
  ...(isUncounted(operation.path) ? [] : (['rate_limited'] as const)),
  ...(operation.auth === 'public' ? [] : (['unauthenticated', 'account_suspended'] as const)),
  ...(operation.auth === 'public' || operation.auth === 'signed-in' ? [] : (['insufficient_scope'] as const)),
  ...(operation.body === undefined ? [] : (['unsupported_media'] as const)),
  'internal',
  'database_unavailable',
];

const tagDescriptions: Readonly<Record<string, string>> = {
  'Sign-in': 'How people and programs get tokens. There are no passwords.',
  'API tokens': 'Named, scoped, expiring tokens for programs.',
  Account: 'Who is asking, from where, and by which chats.',
  Files: 'Saving, finding and arranging files.',
  Content: 'The bytes, and their history.',
  'Resumable uploads': 'Large files over connections that break: tus 1.0.',
  Sharing: 'Who else may see a file or folder.',
  Links: 'Files out and in by a secret address, for people without an account.',
  Administration: 'Accounts and restrictions. Administrators never see names or content of others.',
  Operations: 'For whoever runs the server.',
};

/** Generates the OpenAPI 3.1 document from the operations and the very schemas that validate requests and answers. */
export function openApiDocument(operations: readonly Operation[], serverUrl: string): Json {
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    const item = (paths[operation.path] ??= {});
    item[operation.method.toLowerCase()] = describeOperation(operation);
    // hapi answers HEAD wherever it answers GET; what a client may count on is the content.
    if (operation.method === 'GET' && (operation.head === true || operation.path.endsWith('/content')))
      item['head'] = describeHead(operation);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Coffer',
      version: '1.0.0',
      summary: 'An encrypted personal file locker',
      description:
        'Files are sealed on their way in and opened on their way out. Sizes are bytes, times are RFC 3339 in UTC, errors are RFC 9457 problems with a stable `code`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      contact: { name: 'The operator of this server', url: serverUrl },
    },
    servers: [{ url: serverUrl, description: 'This server' }],
    tags: [...new Set(operations.map(({ tag }) => tag))].map((name) => ({
      name,
      description: tagDescriptions[name] ?? name,
    })),
    paths,
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'An access token, or a named API token.',
        },
      },
      schemas: Object.fromEntries(
        Object.entries(components).map(([name, schema]) => [name, refer(jsonSchema(schema, 'output'), name)]),
      ),
    },
  };
}

function describeOperation(operation: Operation): Json {
  const { id, tag, summary, description, auth, body, answers } = operation;
  const scope = auth === 'public' || auth === 'signed-in' ? undefined : auth;
  const text = [description, scope === undefined ? undefined : `Needs the scope \`${scope}\`.`]
    .filter((part) => part !== undefined)
    .join(' ');
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: text === '' ? `${summary}.` : text,
    security: auth === 'public' ? [] : [{ bearer: [] }],
    ...parametersOf(operation),
    ...(body === undefined ? {} : { requestBody: describeBody(body) }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, answer]) => [status, describeAnswer(answer)]),
      ),
      ...describeErrors(operation),
    },
  };
}

function describeHead(operation: Operation): Json {
  const described = describeOperation(operation);
  const { content: _content, ...ok } = describeAnswer(
    operation.answers[200] ?? { description: 'The headers of the content' },
  );
  const { 206: _partial, 416: _range, ...responses } = described['responses'] as Record<string, Json>;
  return {
    ...described,
    operationId: `${operation.id}Headers`,
    summary: `${operation.summary}: the headers only`,
    responses: Object.fromEntries(
      Object.entries({ ...responses, 200: ok }).map(([status, { content: _body, ...answer }]) => [
        status,
        answer,
      ]),
    ),
  };
}

function parametersOf({ params, query, headers }: Operation): Json {
  const list = [
    ...(params === undefined ? [] : parameters(params, 'path')),
    ...(query === undefined ? [] : parameters(query, 'query')),
    ...(headers === undefined ? [] : parameters(headers, 'header')),
  ];
  return list.length === 0 ? {} : { parameters: list };
}

function parameters(schema: Schema, place: 'path' | 'query' | 'header'): Json[] {
  const { properties = {}, required = [] } = jsonSchema(schema, 'input') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
}

function describeBody(body: BodySpec): Json {
  if (body.kind === 'raw' || body.kind === 'raw-or-multipart') {
    const form = body.kind === 'raw' ? {} : { 'multipart/form-data': { schema: formSchema(body.fields) } };
    const type = (body.kind === 'raw' ? body.mediaType : undefined) ?? 'application/octet-stream';
    return {
      description: body.description,
      required: !(body.kind === 'raw' && body.optional === true),
      content: { [type]: { schema: binary }, ...form },
    };
  }
  const content = { schema: jsonSchema(body.schema, 'input') };
  return {
    required: body.optional !== true,
    content: {
      'application/json': content,
      ...(body.kind === 'json' ? {} : { 'application/x-www-form-urlencoded': content }),
    },
  };
}

const binary = { type: 'string', format: 'binary' };

function formSchema(fields: Schema): Json {
  const schema = jsonSchema(fields, 'input') as { properties: Json };
  return {
    ...schema,
    properties: { ...schema.properties, file: { ...binary, description: 'The content, last' } },
  };
}

function describeAnswer({ description, schema, mediaType, headers }: AnswerSpec): Json {
  const content =
    schema !== undefined
      ? { 'application/json': { schema: refer(jsonSchema(schema, 'output')) } }
      : mediaType !== undefined
        ? { [mediaType]: { schema: binary } }
        : undefined;
  return {
    description,
    ...(headers === undefined
      ? {}
      : {
          headers: Object.fromEntries(
            Object.entries(headers).map(([name, text]) => [
              name,
              { description: text, schema: { type: 'string' } },
            ]),
          ),
        }),
    ...(content === undefined ? {} : { content }),
  };
}

/** One answer per status, naming the codes that come with it. */
function describeErrors(operation: Operation): Record<string, Json> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set([...(operation.errors ?? []), ...commonErrors(operation)])) {
    const [status] = problems[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\`: ${problems[code][1]}`).join('; '),
        content: {
          [problemType]: { schema: refer(jsonSchema(problemSchema, 'output')) },
          ...(operation.errorPages === true ? { 'text/html': { schema: { type: 'string' } } } : {}),
        },
      },
    ]),
  );
}

function jsonSchema(schema: Schema, side: 'input' | 'output'): Json {
  const standard = (
    schema as Schema & {
      '~standard': { jsonSchema: Record<'input' | 'output', (options: { target: string }) => Json> };
    }
  )['~standard'];
  const json = tidy(standard.jsonSchema[side]({ target: 'draft-2020-12' })) as Json;
  const { preferences } = schema.describe() as { preferences?: { stripUnknown?: boolean } };
  // What is ignored is allowed.
  if (preferences?.stripUnknown === true) delete json['additionalProperties'];
  return json;
}

/** Drops what Joi writes and JSON Schema does not know, and choices of one. */
function tidy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidy);
  if (typeof value !== 'object' || value === null) return value;
  const { anyOf, ...rest } = value as { anyOf?: unknown[] };
  if (anyOf?.length === 1) return tidy({ ...rest, ...(anyOf[0] as object) });
  const entries = Object.entries(value).filter(([key, inner]) => !(key === 'format' && inner === 'hex'));
  return Object.fromEntries(entries.map(([key, inner]) => [key, tidy(inner)]));
}

/** Name of each component by its JSON Schema. */
const names: ReadonlyMap<string, string> = new Map(
  Object.entries(components).map(([name, schema]) => [JSON.stringify(jsonSchema(schema, 'output')), name]),
);

/** Replaces what is a component, at any depth, by a reference to it. @param self a component's own name, whose body stays. */
function refer(value: unknown, self?: string): unknown {
  if (Array.isArray(value)) return value.map((item) => refer(item));
  if (typeof value !== 'object' || value === null) return value;
  const name = names.get(JSON.stringify(value));
  if (name !== undefined && name !== self) return { $ref: `#/components/schemas/${name}` };
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, refer(inner)]));
}

import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { openTestServer, type TestServer } from '../support/server.ts';
import { forgetGuesses, oneOfEverything, sampleCall, type Subject } from '../api/calls.ts';
import { Chance, type JsonSchema, mutate, valid } from './schema-fuzz.ts';

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: JsonSchema;
}
interface Described {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

interface Shot {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
  /** What of it breaks the schema; empty if nothing does. */
  readonly broken: readonly string[];
}

/** Requests to each operation. */
const shots = 25;
/** What ends the fuzzer's own sign-in, or never answers by design. */
const spared = new Set(['endSession', 'endOtherSessions', 'live']);

describe('the API under a fuzzer that reads its OpenAPI document', () => {
  it('answers every request as documented, never with a defect, and refuses what breaks a schema', async () => {
    await using t = await openTestServer();
    const owner = await t.signUp('owner', 'owner');
    await t.signUp('bob');
    const document = (await (await t.stranger.send('GET', '/openapi.json')).json()) as Document;
    const subject = await oneOfEverything(t, owner, { handle: 'bob' });
    const wrong: unknown[] = [];
    let count = 0;
    for (const [path, item] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(item)) {
        if (spared.has(operation.operationId)) continue;
        for (let seed = 0; seed < shots; seed++) {
          const chance = new Chance(`${operation.operationId} ${seed}`);
          const shot = aim(document, method, path, operation, subject, chance);
          const token = chance.pick([owner.token, owner.token, owner.token, undefined, 'a.b.c']);
          // A token of one who guessed is refused for a while, which is not what is looked for.
          await forgetGuesses(t);
          const answer = await fire(t, shot, token);
          count++;
          const problem = judge(operation, method, shot, answer);
          if (problem !== undefined)
            wrong.push([
              problem,
              answer.status,
              method,
              shot.path,
              shot.headers,
              shot.body,
              answer.body.slice(0, 300),
            ]);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(count).toBeGreaterThan(1000);
    // It still serves.
    expect((await owner.json('GET', '/v1/me')).status).toBe(200);
  }, 240_000);
});

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

function judge(
  operation: Described,
  method: string,
  shot: Shot,
  { status, type, body }: Answer,
): string | undefined {
  if (status >= 500) return 'a defect';
  const documented = operation.responses[status];
  if (documented === undefined) return 'an answer that is not documented';
  const types = Object.keys(documented.content ?? {});
  if (method !== 'head' && body !== '' && types.length > 0 && !types.some((known) => isOfType(type, known)))
    return `content of a type that is not documented: ${type}`;
  if (status < 300 && shot.broken.length > 0) return `accepted although broken: ${shot.broken.join(', ')}`;
  return undefined;
}

const isOfType = (type: string, known: string) =>
  known === '*/*' || type.split(';')[0] === known.split(';')[0];

/** A request that is in order, then damaged in some places, or in none. */
function aim(
  document: Document,
  method: string,
  path: string,
  operation: Described,
  subject: Subject,
  chance: Chance,
): Shot {
  const resolve = (schema: JsonSchema): JsonSchema =>
    schema.$ref === undefined
      ? schema
      : (document.components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {});
  const broken: string[] = [];
  const sample = sampleCall(operation.operationId.replace(/Headers$/, ''), subject);
  const damages = chance.pick([0, 1, 1, 2, 4]);
  const parameters = operation.parameters ?? [];
  const damaged = new Set(Array.from({ length: damages }, () => chance.below(parameters.length + 1)));

  const known = new URL(sample.path, 'http://x');
  const segments = known.pathname.split('/');
  const url = new URL('http://x');
  const headers: Record<string, string> = { ...sample.headers };
  const pathParts = path.split('/').map((part, place) => {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    const index = parameters.findIndex((parameter) => parameter.in === 'path' && parameter.name === name);
    const parameter = parameters[index];
    if (parameter === undefined || !damaged.has(index)) return segments[place] ?? part;
    const { value, breaks } = mutate(resolve(parameter.schema), chance);
    const text = textOf(value);
    if (text === '' || text === '.' || text === '..') return segments[place] ?? part;
    if (breaks && isSureAsText(resolve(parameter.schema), value)) broken.push(`path ${parameter.name}`);
    return encodeURIComponent(wellFormed(text));
  });
  for (const [name, value] of known.searchParams) url.searchParams.append(name, value);
  for (const [index, parameter] of parameters.entries()) {
    const schema = resolve(parameter.schema);
    if (parameter.in === 'query') {
      if (damaged.has(index)) {
        const { value, breaks } = mutate(schema, chance);
        url.searchParams.delete(parameter.name);
        for (const one of Array.isArray(value) ? value : [value])
          url.searchParams.append(parameter.name, wellFormed(textOf(one)));
        // In a query everything is text: only what no text can be breaks it for sure.
        if (breaks && isSureAsText(schema, value)) broken.push(`query ${parameter.name}`);
      } else if (chance.below(4) === 0 && !url.searchParams.has(parameter.name)) {
        url.searchParams.append(parameter.name, textOf(valid(schema, chance, resolve)));
      }
    }
    if (parameter.in === 'header' && damaged.has(index))
      headers[parameter.name.toLowerCase()] = textOf(mutate(schema, chance).value).replace(
        /[^\x20-\x7e]/g,
        '?',
      );
  }
  const content = Object.entries(operation.requestBody?.content ?? {});
  let body =
    sample.body === undefined
      ? undefined
      : typeof sample.body === 'string'
        ? sample.body
        : JSON.stringify(sample.body);
  const json = content.find(([type]) => type === 'application/json');
  if (json !== undefined) {
    headers['content-type'] ??= 'application/json';
    if (damaged.has(parameters.length)) {
      const { value, breaks } = mutate(resolve(json[1].schema), chance, resolve, sample.body);
      if (breaks && headers['content-type'] === 'application/json') broken.push('body');
      body = JSON.stringify(value);
      if (chance.below(10) === 0) {
        body = body.slice(0, Math.floor(body.length / 2));
        broken.push('JSON');
      }
    }
  } else if (content.length > 0 && chance.below(5) === 0) {
    headers['content-type'] = chance.pick([
      'text/plain',
      'application/json',
      'multipart/form-data',
      'x',
      'image/png; a="',
    ]);
  }
  return {
    method: method.toUpperCase(),
    path: `${pathParts.join('/')}${url.search}`,
    headers,
    body: method !== 'get' && method !== 'head' ? body : chance.below(20) === 0 ? '{}' : undefined,
    broken,
  };
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value ?? null));

/** Without halves of surrogate pairs, which no address can carry. */
const wellFormed = (text: string) => Buffer.from(text).toString();

/** True if the text does not fit: not a number as JSON writes it where one is wanted, none of the listed words. */
function isSureAsText(schema: JsonSchema, value: unknown): boolean {
  const text = textOf(value);
  if (Array.isArray(value)) return false;
  if (schema.enum !== undefined) return !schema.enum.includes(text);
  if (schema.type === 'integer')
    return (
      !/^-?(?:0|[1-9]\d*)$/.test(text) ||
      Number(text) > (schema.maximum ?? Infinity) ||
      Number(text) < (schema.minimum ?? -Infinity)
    );
  if (schema.type === 'boolean') return text !== 'true' && text !== 'false';
  return schema.maxLength !== undefined && text.trim().length > schema.maxLength;
}

/** By node:http, which sends what it is given, and nothing else. */
const fire = ({ url }: TestServer, shot: Shot, token: string | undefined): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const headers = { ...shot.headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
    const sending = request(`${url}${shot.path}`, { method: shot.method, headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.once('error', reject);
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers['content-type'] ?? '',
          body: Buffer.concat(pieces).toString(),
        }),
      );
    });
    sending.once('error', reject);
    sending.end(shot.body);
  });

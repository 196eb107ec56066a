/* oxlint-disable unicorn/consistent-function-scoping -- a helper stands in the block that it serves */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { operations } from '../../api/routes/index.ts';
import { problems } from '../../api/status.ts';
import { sharedServer } from './support.ts';

interface Response {
  description: string;
  content?: Record<string, { schema: unknown }>;
}
interface Described {
  operationId: string;
  summary: string;
  description: string;
  tags: string[];
  security: Record<string, string[]>[];
  parameters?: { name: string; in: string; required: boolean; schema: object }[];
  requestBody?: { required: boolean; content: Record<string, { schema: { required?: string[] } }> };
  responses: Record<string, Response>;
}
interface Document {
  openapi: string;
  info: { title: string; version: string };
  servers: { url: string }[];
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Described>>;
  components: { schemas: Record<string, unknown>; securitySchemes: Record<string, unknown> };
}

/** Routes that describe the API and are no part of it. */
const undocumented = ['GET /', 'GET /docs', 'GET /openapi.json'];

function refsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(refsIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' ? [inner] : refsIn(inner),
  );
}

describe('the OpenAPI document', () => {
  const shared = sharedServer();
  const fetchDocument = async () =>
    (await (await shared.t.stranger.send('GET', '/openapi.json')).json()) as Document;
  const described = ({ paths }: Document) =>
    Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({
        path,
        method: method.toUpperCase(),
        ...operation,
      })),
    );

  it('is JSON, OpenAPI 3.1, and names this server', async () => {
    const response = await shared.t.stranger.send('GET', '/openapi.json');
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await response.json()).toMatchObject({ openapi: '3.1.0', servers: [{ url: shared.t.url }] });
  });

  it('has every operation, and beside it HEAD of content and of what asks for it', async () => {
    const all = described(await fetchDocument());
    const heads = operations
      .filter(({ method, path, head }) => head === true || (method === 'GET' && path.endsWith('/content')))
      .map(({ path }) => `HEAD ${path}`);
    expect(all.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual(
      [...operations.map(({ method, path }) => `${method} ${path}`), ...heads].toSorted(),
    );
  });

  it('has every route that the server has', async () => {
    const all = described(await fetchDocument());
    const documented = new Set(all.map(({ method, path }) => `${method} ${path}`));
    const routes = shared.t.server.table().map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    expect(routes.filter((route) => !documented.has(route)).toSorted()).toEqual(undocumented.toSorted());
  });

  it('gives each operation an id of its own, a summary, a description, a known tag and answers', async () => {
    const document = await fetchDocument();
    const all = described(document);
    expect(new Set(all.map(({ operationId }) => operationId)).size).toBe(all.length);
    const tags = new Set(document.tags.map(({ name }) => name));
    for (const { operationId, summary, description, tags: used, responses } of all) {
      expect([operationId, summary !== '', description !== '']).toEqual([operationId, true, true]);
      expect([operationId, used.every((tag) => tags.has(tag)), used.length]).toEqual([operationId, true, 1]);
      expect([operationId, Object.keys(responses).some((status) => status.startsWith('2'))]).toEqual([
        operationId,
        true,
      ]);
    }
    for (const { name, description } of document.tags) expect(description).not.toBe(name);
  });

  it('has only references that lead somewhere, and no component that nothing refers to', async () => {
    const document = await fetchDocument();
    const refs = new Set(refsIn(document));
    const known = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
    expect([...refs].filter((ref) => !known.includes(ref))).toEqual([]);
    expect(known.filter((name) => !refs.has(name))).toEqual([]);
  });

  it('has a parameter for each name in a path, required, and no other', async () => {
    for (const { operationId, path, parameters = [] } of described(await fetchDocument())) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
      const listed = parameters.filter((parameter) => parameter.in === 'path');
      expect([operationId, listed.map(({ name }) => name).toSorted()]).toEqual([
        operationId,
        inPath.toSorted(),
      ]);
      expect(listed.every(({ required }) => required)).toBe(true);
    }
  });

  it('asks for a token exactly where the server does', async () => {
    const wrong: unknown[] = [];
    for (const { operationId, path, method, security, responses } of described(await fetchDocument())) {
      const route = shared.t.server.lookup(operationId.replace(/Headers$/, ''));
      const needed = Boolean(route?.settings.auth);
      if (needed !== security.length > 0 || needed !== '401' in responses) wrong.push([method, path]);
    }
    expect(wrong).toEqual([]);
  });

  it('has problems for errors, with codes that there are, and pages where people follow links', async () => {
    const pages = new Set(operations.filter(({ errorPages }) => errorPages === true).map(({ id }) => id));
    expect(pages.size).toBeGreaterThan(5);
    for (const { operationId, method, responses } of described(await fetchDocument())) {
      for (const [status, { description, content }] of Object.entries(responses)) {
        if (Number(status) < 400) continue;
        const codes = [...description.matchAll(/`(\w+)`: /g)].map(([, code]) => code ?? '');
        expect([operationId, status, codes.length > 0]).toEqual([operationId, status, true]);
        for (const code of codes) {
          expect([code, String(problems[code as keyof typeof problems]?.[0])]).toEqual([code, status]);
        }
        const problem = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
        const page = pages.has(operationId) ? { 'text/html': { schema: { type: 'string' } } } : {};
        expect(content).toEqual(method === 'HEAD' ? undefined : { ...problem, ...page });
      }
    }
  });

  it('lets lists be empty: no array of an answer asks for something to be in it', async () => {
    const demands = (value: unknown, at: string): string[] => {
      if (Array.isArray(value)) return value.flatMap((item, n) => demands(item, `${at}/${n}`));
      if (typeof value !== 'object' || value === null) return [];
      const here = 'contains' in value || ('minItems' in value && Number(value.minItems) > 0) ? [at] : [];
      return [...here, ...Object.entries(value).flatMap(([key, inner]) => demands(inner, `${at}/${key}`))];
    };
    expect(demands((await fetchDocument()).components.schemas, '')).toEqual([]);
  });

  it('is right about lists that are empty: the server answers them', async () => {
    const newcomer = await shared.newcomer();
    const { id } = (await (await newcomer.send('POST', '/v1/files?name=a', { body: 'x' })).json()) as {
      id: string;
    };
    const other = await shared.newcomer();
    for (const [client, path] of [
      [other, '/v1/files'],
      [other, '/v1/folders'],
      [other, '/v1/tokens'],
      [other, '/v1/grants'],
      [other, '/v1/folders/%2Fwork/grants'],
      [newcomer, `/v1/files/${id}/grants`],
    ] as const) {
      expect([path, (await client.send('GET', path)).status]).toEqual([path, 200]);
    }
  });
});

describe('the page for reading', () => {
  const shared = sharedServer();

  it('is HTML under a policy that allows its own style and nothing else', async () => {
    const response = await shared.t.stranger.send('GET', '/docs');
    const html = await response.text();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const [, style = ''] = /<style>([^]*?)<\/style>/.exec(html) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    expect(response.headers.get('content-security-policy')).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; frame-ancestors 'none'`,
    );
    expect(html).not.toMatch(/<script|\sstyle=|\son\w+=|src=/i);
    expect(
      [...html.matchAll(/href="([^"]*)"/g)].map(([, to]) => to).filter((to) => !/^[#/]/.test(to ?? '')),
    ).toEqual([]);
  });

  it('mentions every path, operation and parameter, and links only to what is on it', async () => {
    const html = await (await shared.t.stranger.send('GET', '/docs')).text();
    for (const { id, method, path, summary } of operations) {
      expect(html).toContain(`<article id="${id}">`);
      expect(html).toContain(`<code>${method} ${path}</code>`);
      expect(html).toContain(summary);
    }
    const ids = new Set([...html.matchAll(/id="([^"]*)"/g)].map(([, id]) => id));
    const anchors = [...html.matchAll(/href="#([^"]*)"/g)].map(([, id]) => id);
    expect(anchors.filter((id) => !ids.has(id))).toEqual([]);
  });

  it('is where / leads', async () => {
    const response = await shared.t.stranger.send('GET', '/');
    expect([response.status, response.headers.get('location')]).toEqual([302, '/docs']);
  });
});

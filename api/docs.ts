import { createHash } from 'node:crypto';
import type { ResponseToolkit, ServerRoute } from '@hapi/hapi';

interface Parameter {
  name: string;
  in: string;
  required: boolean;
  description?: string;
  schema: Record<string, unknown>;
}
interface Described {
  operationId: string;
  summary: string;
  description: string;
  tags: string[];
  security: unknown[];
  parameters?: Parameter[];
  requestBody?: { description?: string; content: Record<string, unknown> };
  responses: Record<string, { description: string; content?: Record<string, { schema: { $ref?: string } }> }>;
}
interface Document {
  info: { title: string; description: string };
  servers: { url: string }[];
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Described>>;
  components: { schemas: Record<string, unknown> };
}

const style = `
:root{color-scheme:light dark;--line:#8884;--soft:#8881}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1.5rem}
h2{margin-top:3rem}article{border:1px solid var(--line);border-radius:.5rem;padding:.25rem 1rem 1rem;margin:1rem 0}
code,pre{font:.875em/1.5 ui-monospace,monospace;background:var(--soft);border-radius:.25rem;padding:.1em .3em}
pre{padding:.75rem;overflow:auto}table{border-collapse:collapse;width:100%;font-size:.9rem}
td,th{border-top:1px solid var(--line);padding:.35rem .6rem .35rem 0;text-align:left;vertical-align:top}
h3 code{font-size:1em}h4{margin:.9rem 0 .2rem}a{color:inherit}nav{display:flex;flex-wrap:wrap;gap:.25rem .9rem}
article{overflow-x:auto}p,h3{overflow-wrap:anywhere}`;

const styleHash = createHash('sha256').update(style).digest('base64');

/**
 * Serves `/openapi.json`, and the same for reading at `/docs`: one page, no script, nothing from elsewhere.
 *
 * @param makeDocument called once, at the first request: it takes so long that strangers could keep the server busy with it.
 */
export function docsRoute(makeDocument: () => Record<string, unknown>): ServerRoute[] {
  const document = once(makeDocument);
  const json = once(() => JSON.stringify(document()));
  const html = once(() => render(document() as unknown as Document));
  return [
    {
      method: 'GET',
      path: '/openapi.json',
      options: { auth: false },
      handler: (_request, h: ResponseToolkit) => h.response(json()).type('application/json'),
    },
    {
      method: 'GET',
      path: '/docs',
      options: { auth: false },
      handler: (_request, h: ResponseToolkit) => page(html(), h),
    },
    {
      method: 'GET',
      path: '/',
      options: { auth: false },
      handler: (_request, h: ResponseToolkit) => h.redirect('/docs'),
    },
  ];
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

const page = (html: string, h: ResponseToolkit) =>
  h
    .response(html)
    .type('text/html')
    .header(
      'content-security-policy',
      `default-src 'none'; style-src 'sha256-${styleHash}'; frame-ancestors 'none'`,
    );

function render({ info, servers, tags, paths, components }: Document): string {
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, described]) => ({ path, method, described })),
  );
  const base = servers[0]?.url ?? '';
  const sections = tags.map(({ name, description }) => {
    const articles = operations
      .filter(({ described }) => described.tags.includes(name))
      .map(({ path, method, described }) => article(base, path, method, described));
    return `<section id="${anchor(name)}"><h2>${text(name)}</h2><p>${text(description)}</p>${articles.join('')}</section>`;
  });
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) =>
      `<article id="schema-${text(name)}"><h3>${text(name)}</h3><pre>${text(JSON.stringify(schema, null, 2))}</pre></article>`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${text(info.title)} API</title><style>${style}</style></head><body>
<h1>${text(info.title)} API</h1><p>${inline(info.description)} As <a href="/openapi.json">OpenAPI 3.1</a>.</p>
<nav>${tags.map(({ name }) => `<a href="#${anchor(name)}">${text(name)}</a>`).join('')}<a href="#schemas">Schemas</a></nav>
${sections.join('')}<section id="schemas"><h2>Schemas</h2>${schemas.join('')}</section></body></html>`;
}

function article(base: string, path: string, method: string, described: Described): string {
  const { summary, description, parameters = [], requestBody, responses, security, operationId } = described;
  const rows = parameters.map(
    (parameter) =>
      `<tr><td><code>${text(parameter.name)}</code></td><td>${text(parameter.in)}${parameter.required ? ', required' : ''}</td><td>${text(constraint(parameter.schema))}</td><td>${inline(parameter.description ?? '')}</td></tr>`,
  );
  const answers = Object.entries(responses).map(
    ([status, { description: meaning, content }]) =>
      `<tr><td>${text(status)}</td><td>${inline(meaning)}${schemaLink(content)}</td></tr>`,
  );
  return `<article id="${text(operationId)}"><h3><code>${text(method.toUpperCase())} ${text(path)}</code></h3><p><strong>${text(summary)}.</strong> ${inline(description)}</p>
${rows.length === 0 ? '' : `<h4>Parameters</h4><table>${rows.join('')}</table>`}
${
  requestBody === undefined
    ? ''
    : `<h4>Body</h4><p>${Object.keys(requestBody.content)
        .map((type) => `<code>${text(type)}</code>`)
        .join(' or ')}</p>${bodyTable(requestBody.content)}`
}
<h4>Answers</h4><table>${answers.join('')}</table>
<pre>${text(curl(base, path, method, security.length > 0, requestBody))}</pre></article>`;
}

function bodyTable(content: Record<string, unknown>): string {
  const { schema } = (content['application/json'] ?? content['multipart/form-data'] ?? {}) as {
    schema?: { properties?: Record<string, Record<string, unknown>>; required?: string[] };
  };
  const rows = Object.entries(schema?.properties ?? {}).map(
    ([name, property]) =>
      `<tr><td><code>${text(name)}</code></td><td>${schema?.required?.includes(name) === true ? 'required' : ''}</td><td>${text(constraint(property))}</td><td>${inline(typeof property['description'] === 'string' ? property['description'] : '')}</td></tr>`,
  );
  return rows.length === 0 ? '' : `<table>${rows.join('')}</table>`;
}

function constraint(schema: Record<string, unknown>): string {
  const {
    type,
    enum: values,
    default: fallback,
    minimum,
    maximum,
    maxLength,
  } = schema as {
    type?: string | string[];
    enum?: string[];
    default?: unknown;
    minimum?: number;
    maximum?: number;
    maxLength?: number;
  };
  return [
    values?.join(' | ') ?? [type ?? 'any'].flat().join(' or '),
    minimum === undefined ? '' : `from ${minimum}`,
    maximum === undefined ? '' : `to ${maximum}`,
    maxLength === undefined ? '' : `at most ${maxLength} characters`,
    fallback === undefined ? '' : `default ${JSON.stringify(fallback)}`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}

function curl(
  base: string,
  path: string,
  method: string,
  signedIn: boolean,
  body: Described['requestBody'],
): string {
  const parts = [
    `curl${method === 'head' ? ' -I' : method === 'get' ? '' : ` -X ${method.toUpperCase()}`} '${base}${path}'`,
  ];
  if (signedIn) parts.push(`-H "Authorization: Bearer $TOKEN"`);
  if (body?.content['application/octet-stream'] !== undefined)
    parts.push(`--data-binary @FILE -H 'Content-Type: application/octet-stream'`);
  else if (body !== undefined) parts.push(`-H 'Content-Type: application/json' -d '{…}'`);
  return parts.join(' \\\n  ');
}

function schemaLink(content: Record<string, { schema: { $ref?: string } }> | undefined): string {
  const name = Object.values(content ?? {})[0]
    ?.schema.$ref?.split('/')
    .at(-1);
  return name === undefined ? '' : ` <a href="#schema-${text(name)}">${text(name)}</a>`;
}

const anchor = (name: string) => name.toLowerCase().replace(/\W+/g, '-');

const text = (value: string) => value.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

/** Text in which `code` is set as code. */
const inline = (value: string) => text(value).replace(/`([^`]+)`/g, '<code>$1</code>');

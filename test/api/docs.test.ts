import { server as createServer } from '@hapi/hapi';
import { expect, it } from 'vitest';
import { docsRoute } from '../../api/docs.ts';

it('the description of the API is made once, however often strangers ask for it', async () => {
  let made = 0;
  const server = createServer();
  server.route(
    docsRoute(() => {
      made++;
      return {
        info: { title: 'Locker', description: 'Keeps things.' },
        servers: [{ url: 'http://127.0.0.1' }],
        tags: [],
        paths: {},
        components: { schemas: {} },
      };
    }),
  );
  expect(made).toBe(0);
  const answers = await Promise.all(
    ['/openapi.json', '/docs', '/openapi.json', '/docs'].map((url) => server.inject(url)),
  );
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200]);
  expect(answers.map(({ headers }) => headers['content-type'])).toEqual([
    'application/json; charset=utf-8',
    'text/html; charset=utf-8',
    'application/json; charset=utf-8',
    'text/html; charset=utf-8',
  ]);
  expect(JSON.parse(answers[0]?.payload ?? '')).toMatchObject({ info: { title: 'Locker' } });
  expect(answers[1]?.payload).toContain('Locker API');
  expect(made).toBe(1);
});

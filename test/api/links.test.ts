import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { cutOff, until } from '../links/support.ts';
import { type Client, openTestServer, type TestServer } from '../support/server.ts';

interface Made {
  id: string;
  url: string;
  state: string;
  used: number;
  events: { outcome: string }[];
}

const nasty = `"><script>alert('x')</script><img src=x onerror=y>&amp;.html`;

async function save(client: Client, bytes: Buffer = randomBytes(1000), name = 'a.bin'): Promise<string> {
  const { body } = await client.json<{ id: string }>('POST', `/v1/files?name=${encodeURIComponent(name)}`, {
    body: bytes,
  });
  return body.id;
}

async function link(client: Client, file: string, body: object = {}): Promise<Made & { path: string }> {
  const { body: made } = await client.json<Made>('POST', `/v1/files/${file}/links`, { body });
  return { ...made, path: new URL(made.url).pathname };
}

const look = async (client: Client, id: string) => (await client.json<Made>('GET', `/v1/links/${id}`)).body;

/** What a stranger sees: status, headers that say something, and body. */
async function seen(t: TestServer, method: string, path: string, body?: string) {
  const answer = await t.stranger.send(
    method,
    path,
    body === undefined ? {} : { body, headers: { 'content-type': 'application/x-www-form-urlencoded' } },
  );
  const headers = [...answer.headers].filter(([name]) => !['date', 'ratelimit'].includes(name));
  return JSON.stringify([answer.status, headers, await answer.text()]);
}

const ask = async (alice: Client, body: object = {}) => {
  const { body: made } = await alice.json<Made>('POST', '/v1/requests', {
    body: { folder: '/inbox', title: 'Photos', ...body },
  });
  return { ...made, path: new URL(made.url).pathname };
};
const formOf = (...files: [name: string, bytes: Buffer][]) => {
  const form = new FormData();
  for (const [name, bytes] of files) form.append('file', new Blob([new Uint8Array(bytes)]), name);
  return form;
};
const names = async (alice: Client) =>
  (await alice.json<{ files: { name: string }[] }>('GET', '/v1/files?folder=/inbox')).body.files
    .map(({ name }) => name)
    .toSorted();

/** Time for a thousand at once, on a machine that has other work. */
const crowdMs = 240_000;

describe('GET /s/{token}', () => {
  it('shows name, size, type and whose it is, and neither it nor HEAD takes a download', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const made = await link(alice, await save(alice, randomBytes(1234), 'sunset.jpg'), { maxDownloads: 1 });
    for (let i = 0; i < 3; i++) {
      const page = await t.stranger.send('GET', made.path, { headers: { range: 'bytes=0-1' } });
      const text = await page.text();
      expect(page.status).toBe(200);
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
      for (const part of ['sunset.jpg', '1.2 KB', 'JPG image', 'alice', '<form method="post">'])
        expect(text).toContain(part);
      const head = await t.stranger.send('HEAD', made.path);
      expect([head.status, await head.text()]).toEqual([200, '']);
    }
    expect(await look(alice, made.id)).toMatchObject({ used: 0, state: 'open', events: [] });
  });

  it('refuses script, frames and everything from elsewhere, and keeps its address to itself', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const made = await link(alice, await save(alice));
    const { headers } = await t.stranger.send('GET', made.path);
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
    );
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-robots-tag')).toContain('noindex');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(t.logLines.join('')).not.toContain(made.path.slice(3));
  });

  it('refuses HTML in a name, a title, a note or the name of an upload', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const safe = nasty.replaceAll('/', '');
    const made = await link(alice, await save(alice, randomBytes(10), safe));
    const asked = await alice.json<Made>('POST', '/v1/requests', {
      body: { folder: '/in', title: nasty, note: nasty },
    });
    const { pathname } = new URL(asked.body.url);
    const form = new FormData();
    form.append('file', new Blob(['x']), `<img src=x onerror=y>.png`);
    for (const page of [
      await t.stranger.send('GET', made.path),
      await t.stranger.send('GET', pathname),
      await t.stranger.send('POST', pathname, { body: form }),
    ]) {
      expect(page.status).toBe(200);
      const text = await page.text();
      expect(text).not.toMatch(/<script|<img|onerror=y>/);
      expect(text).toContain('&#60;img src=x onerror=y&#62;');
    }
  });

  it('shows nothing of the file while a password protects it', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const made = await link(alice, await save(alice, randomBytes(777), 'secret-name.txt'), {
      password: 'open',
    });
    for (const text of [
      await (await t.stranger.send('GET', made.path)).text(),
      await seen(t, 'POST', made.path, 'password=wrong'),
      await seen(t, 'POST', made.path, ''),
    ])
      for (const fact of ['secret-name', '777', 'octet-stream', 'alice']) expect(text).not.toContain(fact);
  });
});

describe('POST /s/{token}', () => {
  it('delivers the file as an attachment, to a form, to JSON and to nothing at all', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const bytes = randomBytes(5000);
    const made = await link(alice, await save(alice, bytes, 'r\u00e9sum\u00e9.pdf'));
    for (const options of [
      {},
      { body: {} },
      { body: '', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    ]) {
      const answer = await t.stranger.send('POST', made.path, options);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-disposition')).toContain("filename*=UTF-8''r%C3%A9sum%C3%A9.pdf");
      expect(answer.headers.get('content-security-policy')).toContain('sandbox');
      expect(Buffer.from(await answer.arrayBuffer())).toEqual(bytes);
    }
    await until(async () => (await look(alice, made.id)).used === 3);
  });

  it('takes the password from the form, answers a wrong one with the form, and slows down who guesses', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const bytes = randomBytes(100);
    const made = await link(alice, await save(alice, bytes), { password: 'open sesame' });
    const post = (password: string) =>
      t.stranger.send('POST', made.path, {
        body: new URLSearchParams({ password }).toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
    const wrong = await post('open');
    expect(wrong.status).toBe(403);
    expect(await wrong.text()).toContain('The password is not right.');
    const json = await t.stranger.send('POST', made.path, {
      body: { password: 'x' },
      headers: { accept: 'application/json' },
    });
    expect([json.status, json.headers.get('content-type')]).toEqual([403, 'application/problem+json']);
    const right = await post('open sesame');
    expect(Buffer.from(await right.arrayBuffer())).toEqual(bytes);
    const statuses: number[] = [];
    for (let i = 0; i < 12; i++) statuses.push((await post(`guess ${i}`)).status);
    expect(statuses[0]).toBe(403);
    expect(statuses.at(-1)).toBe(429);
  });

  it(
    'delivers exactly 10 times to 1,000 that try at once with a limit of 10',
    async () => {
      await using t = await openTestServer();
      const alice = await t.signUp('alice');
      const bytes = randomBytes(1000);
      const made = await link(alice, await save(alice, bytes), { maxDownloads: 10 });
      const answers = await Promise.all(
        Array.from({ length: 1000 }, async () => {
          const answer = await t.stranger.send('POST', made.path);
          return [answer.status, Buffer.from(await answer.arrayBuffer()).equals(bytes)] as const;
        }),
      );
      expect(answers.filter(([status, same]) => status === 200 && same)).toHaveLength(10);
      expect(answers.filter(([status, same]) => status === 404 && !same)).toHaveLength(990);
      await until(async () => (await look(alice, made.id)).used === 10);
      expect((await look(alice, made.id)).state).toBe('used-up');
    },
    crowdMs,
  );

  it('gives back what was cut off in the middle of a file of several segments', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const bytes = randomBytes(16 * 1024 * 1024);
    const made = await link(alice, await save(alice, bytes), { maxDownloads: 1 });
    for (let i = 1; i <= 3; i++) {
      expect(await cutOff(made.url, 200_000)).toBeLessThan(bytes.length);
      await until(async () => (await look(alice, made.id)).events.length === i);
      expect(await look(alice, made.id)).toMatchObject({ used: 0, state: 'open' });
    }
    const answer = await t.stranger.send('POST', made.path);
    expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
    await until(async () => (await look(alice, made.id)).used === 1);
    expect((await t.stranger.send('POST', made.path)).status).toBe(404);
  });

  it('counts the ranges of one delivery once, by cookie or header', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const bytes = randomBytes(3000);
    const made = await link(alice, await save(alice, bytes), { maxDownloads: 1 });
    const first = await t.stranger.send('POST', made.path, { headers: { range: 'bytes=0-999' } });
    expect([first.status, first.headers.get('content-range')]).toEqual([206, 'bytes 0-999/3000']);
    const cookie = first.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(
      new RegExp(`^coffer_delivery=[\\w-]{43}; Path=${made.path}; Max-Age=\\d+; HttpOnly; SameSite=Strict$`),
    );
    const parts = [Buffer.from(await first.arrayBuffer())];
    const by = [
      // Beside what something else on the same host left.
      { cookie: `prefs={"a":1}; utm=a b; ${cookie.split(';')[0] ?? ''}; x=a,b; rest` },
      { 'coffer-delivery': first.headers.get('coffer-delivery') ?? '' },
    ];
    for (const [i, header] of by.entries()) {
      const start = (i + 1) * 1000;
      const answer = await t.stranger.send('POST', made.path, {
        headers: { ...header, range: `bytes=${start}-${start + 999}` },
      });
      expect(answer.status).toBe(206);
      parts.push(Buffer.from(await answer.arrayBuffer()));
    }
    expect(Buffer.concat(parts)).toEqual(bytes);
    await until(async () => (await look(alice, made.id)).used === 1);
    expect((await t.stranger.send('POST', made.path)).status).toBe(404);
  });

  it('answers 416 for a range outside of the file, and takes nothing', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const made = await link(alice, await save(alice), { maxDownloads: 1 });
    const answer = await t.stranger.send('POST', made.path, { headers: { range: 'bytes=5000-' } });
    expect(answer.status).toBe(416);
    expect(await look(alice, made.id)).toMatchObject({ used: 0, state: 'open' });
  });

  it('answers for expired, revoked, used-up and never-made links with the same bytes', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const file = await save(alice);
    const password = 'open sesame';
    const soon = new Date(t.locker.now().getTime() + 3_600_000).toISOString();
    const expired = await link(alice, file, { expiresAt: soon, password });
    const revoked = await link(alice, file, { password });
    const usedUp = await link(alice, file, { maxDownloads: 1 });
    expect((await alice.send('DELETE', `/v1/links/${revoked.id}`)).status).toBe(204);
    await (await t.stranger.send('POST', usedUp.path)).arrayBuffer();
    await until(async () => (await look(alice, usedUp.id)).used === 1);
    t.advance(3_600_001);
    const never = `/s/${'A'.repeat(43)}`;
    for (const [method, body] of [
      ['GET', undefined],
      ['HEAD', undefined],
      ['POST', ''],
      ['POST', 'password=open+sesame'],
    ] as const) {
      const expected = await seen(t, method, never, body);
      expect(expected).toContain('[404,');
      for (const { path } of [expired, revoked, usedUp])
        expect(await seen(t, method, path, body)).toBe(expected);
    }
    expect(await seen(t, 'GET', '/s/x')).toBe(await seen(t, 'GET', never));
  });
});

describe('the links of a person', () => {
  it('are listed while they are open, by file and all together, without their address', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const bob = await t.signUp('bob');
    const file = await save(alice);
    const made = await link(alice, file, { label: 'for Bob' });
    await alice.json('POST', '/v1/requests', { body: { folder: '/in', title: 'Photos' } });
    await alice.json('POST', '/v1/upload-links', { body: { purpose: 'chat' } });
    const all = await alice.json<{ links: Made[] }>('GET', '/v1/links');
    expect(all.body.links.map((each) => (each as unknown as { kind: string }).kind).toSorted()).toEqual([
      'download',
      'request',
      'upload',
    ]);
    const own = await alice.json<{ links: Made[] }>('GET', `/v1/files/${file}/links`);
    expect(own.body.links).toMatchObject([{ id: made.id, label: 'for Bob', used: 0 }]);
    expect(JSON.stringify([all, own])).not.toContain(made.path.slice(3));
    expect((await bob.json<{ links: Made[] }>('GET', '/v1/links')).body.links).toEqual([]);
    for (const [method, path] of [
      ['GET', `/v1/files/${file}/links`],
      ['POST', `/v1/files/${file}/links`],
      ['GET', `/v1/links/${made.id}`],
      ['DELETE', `/v1/links/${made.id}`],
    ] as const)
      expect((await bob.send(method, path)).status).toBe(404);
  });
});

describe('POST /r/{token}', () => {
  it('takes several files from a plain form, and answers with the names of this request only', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const { path } = await ask(alice, { maxFileBytes: 5_000_000 });
    expect(await (await t.stranger.send('GET', path)).text()).toContain('up to 5.0 MB');
    await t.stranger.send('POST', path, { body: formOf(['before.txt', randomBytes(9)]) });
    const answer = await t.stranger.send('POST', path, {
      body: formOf(
        ['one.jpg', randomBytes(3_000_000)],
        ['two.jpg', randomBytes(10)],
        ['three.jpg', Buffer.alloc(0)],
      ),
    });
    expect(answer.status).toBe(200);
    const page = await answer.text();
    for (const name of ['one.jpg', 'two.jpg', 'three.jpg']) expect(page).toContain(name);
    expect(page).not.toContain('before.txt');
    expect(page).not.toContain('inbox');
    expect(await names(alice)).toEqual(['before.txt', 'one.jpg', 'three.jpg', 'two.jpg']);
    const raw = await t.stranger.json('POST', `${path}?name=four.jpg`, {
      body: randomBytes(4),
      headers: { accept: 'application/json' },
    });
    expect(raw).toMatchObject({ status: 201, body: { received: [{ name: 'four.jpg', sizeBytes: 4 }] } });
  });

  it('keeps what arrived whole when a later file is too large, and says so', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const { path } = await ask(alice, { maxFileBytes: 1_000_000 });
    const answer = await t.stranger.send('POST', path, {
      body: formOf(['small.jpg', randomBytes(10)], ['large.jpg', randomBytes(6_000_000)]),
    });
    expect(answer.status).toBe(413);
    const page = await answer.text();
    expect(page).toContain('small.jpg');
    expect(page).not.toContain('large.jpg,');
    expect(await names(alice)).toEqual(['small.jpg']);
  });

  it('refuses a form that is cut off in the middle of a file, or carries none', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const { path } = await ask(alice);
    const headers = { 'content-type': 'multipart/form-data; boundary=b' };
    const part = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nsome bytes';
    for (const body of [
      part,
      `${part}\r\n`,
      '--b--\r\n',
      '--b\r\nContent-Disposition: form-data; name="file"; filename=""\r\n\r\n\r\n--b--\r\n',
    ])
      expect((await t.stranger.send('POST', path, { body, headers })).status).toBe(400);
    expect(await names(alice)).toEqual([]);
  });

  it('is over for everyone when its files are used up, with the page of a link that never was', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const { path } = await ask(alice, { maxFiles: 2 });
    const answer = await t.stranger.send('POST', path, {
      body: formOf(['1', randomBytes(1)], ['2', randomBytes(1)], ['3', randomBytes(1)]),
    });
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain('No more files are taken here.');
    expect(await names(alice)).toEqual(['1', '2']);
    expect(await seen(t, 'GET', path)).toBe(await seen(t, 'GET', `/r/${'A'.repeat(43)}`));
  });
});

describe('PUT /u/{token}', () => {
  it('takes one raw upload, gives an interrupted one back, and is no good afterwards', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const { body: made } = await alice.json<Made>('POST', '/v1/upload-links', {
      body: { purpose: 'chat 1' },
    });
    const { pathname } = new URL(made.url);
    const page = await (await t.stranger.send('GET', pathname)).text();
    expect(page).toContain('Upload a file to alice');
    expect(page).not.toContain('chat 1');
    const wrong = await t.stranger.send('PUT', `${pathname}?name=film.mov`, {
      body: randomBytes(10),
      headers: { 'repr-digest': `sha-256=:${randomBytes(32).toString('base64')}:` },
    });
    expect(wrong.status).toBe(422);
    const bytes = randomBytes(2_500_000);
    const put = await t.stranger.json('PUT', `${pathname}?name=film.mov`, { body: bytes });
    expect(put).toMatchObject({
      status: 201,
      body: { received: [{ name: 'film.mov', sizeBytes: 2_500_000 }] },
    });
    const { body: list } = await alice.json<{ files: { id: string; name: string }[] }>('GET', '/v1/files');
    expect(list.files).toMatchObject([{ name: 'film.mov' }]);
    const content = await alice.send('GET', `/v1/files/${list.files[0]?.id}/content`);
    expect(Buffer.from(await content.arrayBuffer()).equals(bytes)).toBe(true);
    expect((await t.stranger.send('PUT', `${pathname}?name=b`, { body: randomBytes(1) })).status).toBe(404);
    expect(await seen(t, 'GET', pathname)).toBe(await seen(t, 'GET', `/u/${'A'.repeat(43)}`));
  });
});

/* oxlint-disable unicorn/consistent-function-scoping -- a helper stands in the block that it serves */
import { describe, expect, it } from 'vitest';
import { operations } from '../../api/routes/index.ts';
import { type Client, openTestServer, type TestServer } from '../support/server.ts';
import {
  everything,
  forgetGuesses,
  nothing as nothingThere,
  oneOfEverything,
  sampleCall,
  sampleCalls,
  type Subject,
} from './calls.ts';
import { type FileBody, type ProblemBody, sharedServer, upload } from './support.ts';
import { base64, create, tus } from './tus-support.ts';

const anySubject = nothingThere();
/** Operations that name something that someone has, in the path or the body. */
const naming = operations.filter(
  ({ id }) => JSON.stringify(sampleCall(id, anySubject)) !== JSON.stringify(sampleCall(id, nothingThere())),
);
const signedIn = operations.filter(({ auth }) => auth !== 'public');

/** Each operation, and HEAD beside GET. */
const verbs = (some: typeof operations) =>
  some.flatMap(({ id, method, auth }) => [
    { id, method, auth },
    ...(method === 'GET' ? [{ id, method: 'HEAD', auth }] : []),
  ]);

/** An answer without what differs from one to the next by its nature. */
async function ask(client: Client, id: string, method: string, subject: Subject) {
  const { path, ...options } = sampleCall(id, subject);
  const response = await client.send(method, path, options);
  const text = await response.text();
  const type = response.headers.get('content-type');
  const read = () => (type?.includes('json') === true ? JSON.parse(text) : { page: text }) as object;
  const {
    requestId: _requestId,
    createdAt: _createdAt,
    ...body
  } = (text === '' ? {} : read()) as Record<string, unknown>;
  return {
    status: response.status,
    type,
    challenge: response.headers.get('www-authenticate'),
    length: response.headers.get('content-length'),
    body,
  };
}

it('every operation has a call in the table, and no call is without an operation', () => {
  expect(Object.keys(sampleCalls).toSorted()).toEqual(operations.map(({ id }) => id).toSorted());
});

it('every call in the table is a call of its operation', () => {
  const wrong = operations.filter(({ id, path }) => {
    const pattern = path.replace(/\{\w+\}/g, '[^/]+');
    return !new RegExp(`^${pattern}$`).test(sampleCall(id, anySubject).path.split('?')[0] ?? '');
  });
  expect(wrong.map(({ id }) => id)).toEqual([]);
});

it('every operation with a name in its path is tried with that of something of someone else', () => {
  const tried = new Set(naming.map(({ id }) => id));
  expect(operations.filter(({ id, path }) => path.includes('{') && !tried.has(id))).toEqual([]);
});

it('no operation is public but those that are meant to be', () => {
  const open = operations.filter(({ auth }) => auth === 'public').map(({ id }) => id);
  expect(open).toEqual([
    'setup',
    'join',
    'requestDevice',
    'devicePage',
    'token',
    'revokeToken',
    'uploadOptions',
    'showLink',
    'fetchLink',
    'showRequest',
    'answerRequest',
    'showUploadLink',
    'useUploadLink',
    'putUploadLink',
    'live',
    'ready',
    'metrics',
  ]);
});

describe('a thing of someone else', () => {
  /** Alice owns one of everything, Bob asks. */
  async function arrange(t: TestServer) {
    const [alice, bob] = [await t.signUp('alice'), await t.signUp('bob')];
    await t.signUp('carol');
    const theirs = await oneOfEverything(t, alice, { handle: 'carol', account: 'alice' });
    return { alice, bob, theirs, nobodys: nothingThere() };
  }

  const cases = verbs(naming);
  const ofMembers = cases.filter(({ auth }) => auth !== 'admin');
  const ofAdmins = cases.filter(({ auth }) => auth === 'admin');

  /** What someone without any right to it hears. */
  function refusal(id: string, auth: string): { status?: number; code?: string } {
    // A folder is named, not identified: everyone has one of that name in their own locker.
    if (id.includes('Folder')) return {};
    // Whoever asks hears nothing, in every case.
    if (id === 'requestAccess') return { status: 202 };
    if (auth === 'admin') return { status: 403, code: 'insufficient_scope' };
    return id.endsWith('Device') ? { status: 400, code: 'invalid_code' } : { status: 404, code: 'not_found' };
  }

  const shared = sharedServer();
  let once: ReturnType<typeof arrange> | undefined;
  /** The same for all of the table, whose calls must change nothing. */
  const arranged = () => (once ??= arrange(shared.t));

  it.each(cases)('is answered by $method $id like one that never was', async ({ id, method, auth }) => {
    const { t } = shared;
    const { bob, theirs, nobodys } = await arranged();
    const before = await everything(t);
    await forgetGuesses(t);
    const never = await ask(bob, id, method, nobodys);
    const real = await ask(bob, id, method, theirs);
    expect(real).toEqual(never);
    const { status = never.status, code } = refusal(id, auth);
    expect(never.status).toBe(status);
    const page = auth === 'public' && never.type?.includes('html') === true;
    expect(never.body).toMatchObject(page || method === 'HEAD' || code === undefined ? {} : { code });
    // What Bob shared of his own is no part of the table.
    const own = await t.locker.collections.accounts.findOne({ handle: 'bob' });
    await t.locker.collections.grants.deleteMany({ owner: own?._id ?? '' });
    expect(await everything(t)).toBe(before);
  });

  it.each(cases.filter(({ auth }) => auth !== 'public'))(
    'is answered to a stranger by $method $id with 401',
    async ({ id, method }) => {
      const { t } = shared;
      const { theirs, nobodys } = await arranged();
      const real = await ask(t.stranger, id, method, theirs);
      expect(real.status).toBe(401);
      expect(await ask(t.stranger, id, method, nobodys)).toEqual(real);
    },
  );

  it.each(cases.filter(({ auth }) => auth === 'public'))(
    'is no good to a stranger by $method $id once it was revoked, and looks like one that never was',
    async ({ id, method }) => {
      const { t } = shared;
      const { theirs, nobodys } = await arranged();
      const before = await everything(t);
      const real = await ask(t.stranger, id, method, theirs);
      expect(real.status).toBe(404);
      expect(await ask(t.stranger, id, method, nobodys)).toEqual(real);
      expect(await everything(t)).toBe(before);
    },
  );

  it('is the same for an administrator and the owner of the installation: they see no names and no content', async () => {
    await using t = await openTestServer();
    const { theirs, nobodys } = await arrange(t);
    for (const role of ['admin', 'owner'] as const) {
      const client = await t.signUp(`the${role}`, role);
      for (const { id, method } of ofMembers) {
        await forgetGuesses(t);
        const real = await ask(client, id, method, theirs);
        expect([id, method, real]).toEqual([id, method, await ask(client, id, method, nobodys)]);
      }
      const everyones = await client.json<{ files: FileBody[] }>('GET', '/v1/files?owner=others');
      expect(everyones.body.files ?? []).toEqual([]);
    }
  });

  it('that was removed is answered to an administrator like one that never was', async () => {
    await using t = await openTestServer();
    const olga = await t.signUp('olga', 'owner');
    const gone = await t.signUp('removed0');
    const { id: file } = await upload(gone, 'a.txt');
    expect((await olga.send('DELETE', '/v1/admin/accounts/removed0')).status).toBe(200);
    const before = await everything(t);
    for (const { id, method } of ofAdmins) {
      const never = await ask(olga, id, method, { ...anySubject, account: 'ghostly0' });
      expect([id, never.status]).toEqual([id, 404]);
      expect(never.body).toMatchObject(method === 'HEAD' ? {} : { code: 'not_found' });
      const real = await ask(olga, id, method, { ...anySubject, account: 'removed0', file });
      expect(JSON.stringify(real).replaceAll('removed0', 'ghostly0')).toBe(JSON.stringify(never));
    }
    expect(await everything(t)).toBe(before);
  });

  it('that was shared until a moment ago is answered like one that never was', async () => {
    await using t = await openTestServer();
    const { alice, bob, theirs, nobodys } = await arrange(t);
    const until = new Date(t.locker.now().getTime() + 60_000).toISOString();
    const grant = { body: { role: 'editor', expiresAt: until } };
    for (const path of [`/v1/files/${theirs.file}`, '/v1/folders/%2Fwork'])
      expect((await alice.send('PUT', `${path}/grants/bob`, grant)).status).toBe(200);
    expect((await bob.send('GET', `/v1/files/${theirs.file}`)).status).toBe(200);
    t.advance(60_001);
    for (const { id, method } of ofMembers) {
      await forgetGuesses(t);
      const real = await ask(bob, id, method, theirs);
      expect([id, method, real]).toEqual([id, method, await ask(bob, id, method, nobodys)]);
    }
  });

  it('is there for its owner: what the table asks for is not refused for want of it', async () => {
    const { t } = shared;
    for (const [n, { id, method }] of naming.filter(({ auth }) => auth === 'signed-in').entries()) {
      const owner = await t.signUp(`having${n}`);
      const own = await oneOfEverything(t, owner, { handle: 'carol' });
      // The device was approved, and is decided for everyone.
      expect([id, (await ask(owner, id, method, own)).status]).toEqual([
        id,
        id.endsWith('Device') ? 400 : 204,
      ]);
    }
  });

  it('cannot be reached by its name in another case, or with more around it', async () => {
    await using t = await openTestServer();
    const { alice, bob, theirs } = await arrange(t);
    for (const id of [
      theirs.file.toUpperCase(),
      `${theirs.file}%20`,
      `${theirs.file}%00`,
      `${theirs.file}%2f`,
    ]) {
      expect([id, (await bob.send('GET', `/v1/files/${id}`)).status]).not.toEqual([id, 200]);
    }
    expect((await alice.send('GET', `/v1/files/${theirs.file.toUpperCase()}`)).status).toBe(200);
  });

  it('attack: a locker that shares nothing, and a handle that nobody has, are not told apart', async () => {
    await using t = await openTestServer();
    const { bob } = await arrange(t);
    const answerFor = async (handle: string) => {
      const answers = [
        await bob.json<ProblemBody>('POST', `/v1/files?name=a&folder=/work&owner=${handle}`, { body: 'x' }),
        await bob.json<ProblemBody>('GET', `/v1/files?owner=${handle}`),
        await bob.json<ProblemBody>('GET', `/v1/folders?owner=${handle}`),
        await bob.json<ProblemBody>('DELETE', `/v1/folders/%2Fwork/grants/${handle}`),
        await bob.json<ProblemBody>('POST', '/v1/uploads', {
          headers: { ...tus, 'upload-length': '1', 'upload-metadata': `owner ${base64(handle)}` },
        }),
        await bob.json<ProblemBody>('GET', `/v1/admin/accounts/${handle}`),
      ];
      return JSON.stringify(
        answers.map(({ status, body }) => ({ ...body, answered: status, requestId: '' })),
      ).replaceAll(handle, 'HANDLE');
    };
    expect(await answerFor('alice')).toBe(await answerFor('ghost'));
    expect(await answerFor('alice')).not.toContain('"answered":2');
  });
});

describe('who is asked to sign in', () => {
  const shared = sharedServer();

  it.each(signedIn.map(({ id, method }) => ({ id, method })))(
    '$method $id answers a stranger 401',
    async ({ id, method }) => {
      const { t } = shared;
      const answer = await ask(t.stranger, id, method, anySubject);
      expect(answer).toMatchObject({ status: 401, challenge: 'Bearer', body: { code: 'unauthenticated' } });
      const head = await ask(t.stranger, id, method === 'GET' ? 'HEAD' : method, anySubject);
      expect(head.status).toBe(401);
    },
  );
});

describe('a suspended account', () => {
  const shared = sharedServer();
  const setStatus = ({ locker }: TestServer, status: 'active' | 'suspended') =>
    locker.collections.accounts.updateOne({ handle: 'olga' }, { $set: { status } });
  async function arrange(t: TestServer) {
    const olga = await t.signUp('olga', 'owner');
    await t.signUp('carol');
    const subject = await oneOfEverything(t, olga, { handle: 'carol' });
    const { body } = await olga.json<{ access_token: string }>('POST', '/v1/tokens', {
      body: { name: 'x', scopes: ['files:read', 'files:write', 'share', 'admin'] },
    });
    return { olga, program: t.client(body.access_token), subject };
  }
  let once: ReturnType<typeof arrange> | undefined;
  /** Suspended while signed in. */
  const arranged = () =>
    (once ??= arrange(shared.t).then(async (made) => {
      await setStatus(shared.t, 'suspended');
      return made;
    }));

  it.each(signedIn.map(({ id, method }) => ({ id, method })))(
    'is refused by $method $id, and nothing happens',
    async ({ id, method }) => {
      const { olga, program, subject } = await arranged();
      const before = await everything(shared.t);
      for (const client of [olga, program]) {
        const answer = await ask(client, id, method, subject);
        expect(answer).toMatchObject({ status: 403, body: { code: 'account_suspended' } });
      }
      const head = await ask(olga, id, method === 'GET' ? 'HEAD' : method, subject);
      expect(head.status).toBe(403);
      expect(await everything(shared.t)).toBe(before);
    },
  );

  it('is refused at once, and taken back at once', async () => {
    await using t = await openTestServer();
    const { olga, subject } = await arrange(t);
    const status = async () => (await olga.send('GET', `/v1/files/${subject.file}/content`)).status;
    expect(await status()).toBe(200);
    await setStatus(t, 'suspended');
    expect(await status()).toBe(403);
    await setStatus(t, 'active');
    expect(await status()).toBe(200);
  });
});

/** What someone may do with a file, by the status of each attempt. */
async function attempts(
  client: Client,
  { id, handles }: { id: string; handles: { bob: string; dave: string } },
): Promise<Record<string, number>> {
  const status = async (method: string, path: string, body?: string | object) =>
    (await client.send(method, path, body === undefined ? {} : { body })).status;
  const path = `/v1/files/${id}`;
  return {
    see: await status('GET', path),
    read: await status('GET', `${path}/content`),
    history: await status('GET', `${path}/versions`),
    oldVersion: await status('GET', `${path}/versions/1/content`),
    rename: await status('PATCH', path, { name: 'renamed.txt' }),
    write: await status('PUT', `${path}/content`, 'changed'),
    move: await status('PATCH', path, { folder: '/elsewhere' }),
    prove: await status('GET', `${path}/proof`),
    link: await status('POST', `${path}/links`, {}),
    seeLinks: await status('GET', `${path}/links`),
    deleteVersion: await status('DELETE', `${path}/versions/1`),
    seeGrants: await status('GET', `${path}/grants`),
    share: await status('PUT', `${path}/grants/${handles.dave}`, { role: 'editor' }),
    unshare: await status('DELETE', `${path}/grants/${handles.bob}`),
    restore: await status('POST', `${path}/restore`),
    trash: await status('DELETE', path),
    shred: await status('DELETE', `${path}?permanent=true`),
  };
}
const all = (status: number, more: Record<string, number> = {}) => ({
  see: status,
  read: status,
  history: status,
  oldVersion: status,
  rename: status,
  write: status,
  move: status,
  prove: status,
  link: status,
  seeLinks: status,
  deleteVersion: status,
  seeGrants: status,
  share: status,
  unshare: status,
  restore: status,
  trash: status,
  shred: status,
  ...more,
});
const viewer = all(403, { see: 200, read: 200, history: 200, oldVersion: 200, prove: 200 });
const editor = { ...viewer, rename: 200, write: 200 };
const nothing = all(404);

describe('a shared file', () => {
  const shared = sharedServer();
  let count = 0;
  /** Alice shares `/work/2026/a.txt` with Bob in some way; Dave is there to be shared with. */
  async function arrange(t: TestServer) {
    const n = count++;
    const handles = { alice: `alice${n}`, bob: `bob${n}`, dave: `dave${n}` };
    const [alice, bob] = [await t.signUp(handles.alice), await t.signUp(handles.bob)];
    await t.signUp(handles.dave);
    const { id } = await upload(alice, 'a.txt', 'hello', { folder: '/work/2026' });
    const shareFile = (body: object) => alice.json('PUT', `/v1/files/${id}/grants/${handles.bob}`, { body });
    const folderGrant = (folder: string) => `/v1/folders/${encodeURIComponent(folder)}/grants/${handles.bob}`;
    const shareFolder = (folder: string, body: object) => alice.json('PUT', folderGrant(folder), { body });
    return {
      alice,
      bob,
      id,
      handles,
      shareFile,
      shareFolder,
      unshareFile: () => alice.send('DELETE', `/v1/files/${id}/grants/${handles.bob}`),
      unshareFolder: (folder: string) => alice.send('DELETE', folderGrant(folder)),
      inAnHour: () => new Date(t.locker.now().getTime() + 3_600_000).toISOString(),
    };
  }
  type Arranged = Awaited<ReturnType<typeof arrange>>;

  const matrix: [what: string, share: (a: Arranged, t: TestServer) => Promise<unknown>, expected: object][] =
    [
      ['that is not shared', async () => {}, nothing],
      ['shared to view', ({ shareFile }) => shareFile({ role: 'viewer' }), viewer],
      ['shared to edit', ({ shareFile }) => shareFile({ role: 'editor' }), editor],
      ['shared without saying how', ({ shareFile }) => shareFile({}), viewer],
      [
        'shared to edit and then to view',
        async ({ shareFile }) => {
          await shareFile({ role: 'editor' });
          await shareFile({ role: 'viewer' });
        },
        viewer,
      ],
      [
        'shared for an hour',
        ({ shareFile, inAnHour }) => shareFile({ role: 'viewer', expiresAt: inAnHour() }),
        viewer,
      ],
      [
        'whose share has expired',
        async ({ shareFile, inAnHour }, t) => {
          await shareFile({ role: 'editor', expiresAt: inAnHour() });
          t.advance(3_600_001);
        },
        nothing,
      ],
      [
        'whose share was removed',
        async ({ shareFile, unshareFile }) => {
          await shareFile({ role: 'editor' });
          await unshareFile();
        },
        nothing,
      ],
      [
        'whose folder is shared to view',
        ({ shareFolder }) => shareFolder('/work/2026', { role: 'viewer' }),
        viewer,
      ],
      [
        'whose folder is shared to edit',
        ({ shareFolder }) => shareFolder('/work/2026', { role: 'editor' }),
        editor,
      ],
      [
        'whose folder above is shared to edit',
        ({ shareFolder }) => shareFolder('/work', { role: 'editor' }),
        editor,
      ],
      [
        'whose locker is shared as a whole',
        ({ shareFolder }) => shareFolder('/', { role: 'viewer' }),
        viewer,
      ],
      [
        'in a folder beside the shared one',
        async ({ shareFolder }) => {
          await shareFolder('/work/20', { role: 'editor' });
          await shareFolder('/work/2026/deeper', { role: 'editor' });
          await shareFolder('/Work', { role: 'editor' });
        },
        nothing,
      ],
      [
        'whose folder share has expired',
        async ({ shareFolder, inAnHour }, t) => {
          await shareFolder('/work', { role: 'editor', expiresAt: inAnHour() });
          t.advance(3_600_001);
        },
        nothing,
      ],
      [
        'whose folder share was removed',
        async ({ shareFolder, unshareFolder }) => {
          await shareFolder('/work', { role: 'editor' });
          await unshareFolder('/work');
        },
        nothing,
      ],
      [
        'that was moved out of the shared folder',
        async ({ alice, id, shareFolder }) => {
          await shareFolder('/work', { role: 'editor' });
          await alice.send('PATCH', `/v1/files/${id}`, { body: { folder: '/private' } });
        },
        nothing,
      ],
      [
        'shared to view, in a folder shared to edit',
        async ({ shareFile, shareFolder }) => {
          await shareFile({ role: 'viewer' });
          await shareFolder('/work', { role: 'editor' });
        },
        editor,
      ],
      [
        'shared to view, in a folder whose share to edit has expired',
        async ({ shareFile, shareFolder, inAnHour }, t) => {
          await shareFile({ role: 'viewer' });
          await shareFolder('/work', { role: 'editor', expiresAt: inAnHour() });
          t.advance(3_600_001);
        },
        viewer,
      ],
      [
        'in the trash, shared to edit',
        async ({ alice, id, shareFile }) => {
          await shareFile({ role: 'editor' });
          await alice.send('DELETE', `/v1/files/${id}`);
        },
        nothing,
      ],
      [
        'in the trash, its folder shared to edit',
        async ({ alice, id, shareFolder }) => {
          await shareFolder('/work', { role: 'editor' });
          await alice.send('DELETE', `/v1/files/${id}`);
        },
        nothing,
      ],
      [
        'back from the trash, with its share',
        async ({ alice, id, shareFile }) => {
          await shareFile({ role: 'viewer' });
          await alice.send('DELETE', `/v1/files/${id}`);
          await alice.send('POST', `/v1/files/${id}/restore`);
        },
        viewer,
      ],
      [
        'that was deleted for good',
        async ({ alice, id, shareFile }) => {
          await shareFile({ role: 'editor' });
          await alice.send('DELETE', `/v1/files/${id}?permanent=true`);
        },
        nothing,
      ],
    ];

  it.each(matrix)('%s can be used just so', async (_what, share, expected) => {
    const { t } = shared;
    const arranged = await arrange(t);
    await share(arranged, t);
    expect(await attempts(arranged.bob, arranged)).toEqual(expected);
    expect((await t.stranger.send('GET', `/v1/files/${arranged.id}`)).status).toBe(401);
  });

  it('can be used by its owner in every way', async () => {
    const arranged = await arrange(shared.t);
    await arranged.shareFile({ role: 'viewer' });
    expect(await attempts(arranged.alice, arranged)).toEqual(
      all(200, { link: 201, deleteVersion: 204, unshare: 204, shred: 204 }),
    );
  });

  it('shows its folder only to those who share the folder', async () => {
    const { t } = shared;
    const { bob, id, handles, shareFile, shareFolder } = await arrange(t);
    const seen = async () => (await bob.json<FileBody>('GET', `/v1/files/${id}`)).body;
    await shareFile({ role: 'viewer' });
    expect(await seen()).toMatchObject({ folder: null, owner: handles.alice, access: 'viewer' });
    await shareFolder('/work', { role: 'viewer' });
    expect(await seen()).toMatchObject({ folder: '/work/2026' });
  });

  it('attack: an editor of the file alone cannot find out its folder by guessing', async () => {
    const { t } = shared;
    const { bob, id, shareFile } = await arrange(t);
    await shareFile({ role: 'editor' });
    const guess = (folder: string) => bob.json<ProblemBody>('PATCH', `/v1/files/${id}`, { body: { folder } });
    const [wrong, right] = [await guess('/work/2025'), await guess('/work/2026')];
    expect([right.status, right.body.code]).toEqual([wrong.status, wrong.body.code]);
  });

  it('attack: another session of the grantee, and an API token of theirs, lose it in the same moment', async () => {
    const { t } = shared;
    const { bob, id, shareFile, unshareFile } = await arrange(t);
    await shareFile({ role: 'viewer' });
    const minted = await bob.json<{ access_token: string }>('POST', '/v1/tokens', {
      body: { name: 'x', scopes: ['files:read'] },
    });
    const program = t.client(minted.body.access_token);
    expect((await program.send('GET', `/v1/files/${id}/content`)).status).toBe(200);
    await unshareFile();
    expect((await program.send('GET', `/v1/files/${id}/content`)).status).toBe(404);
    expect((await bob.send('GET', `/v1/files/${id}/content`)).status).toBe(404);
  });

  it('cannot be shared with oneself, with nobody, or until a time that has passed', async () => {
    const { t } = shared;
    const { alice, id, handles } = await arrange(t);
    const put = async (handle: string, body: object) => {
      const answer = await alice.json<ProblemBody>('PUT', `/v1/files/${id}/grants/${handle}`, { body });
      return [answer.status, answer.body.code];
    };
    expect(await put(handles.alice, {})).toEqual([400, 'bad_request']);
    expect(await put(`%40${handles.alice.toUpperCase()}`, {})).toEqual([400, 'bad_request']);
    expect(await put('ghost', {})).toEqual([404, 'not_found']);
    expect(await put(handles.bob, { expiresAt: '2020-01-01T00:00:00Z' })).toEqual([400, 'bad_request']);
    expect(await put(handles.bob, { role: 'owner' })).toEqual([400, 'bad_request']);
    expect(await put(handles.bob, { expiresAt: 'soon' })).toEqual([400, 'bad_request']);
    expect(await t.locker.collections.grants.countDocuments({ file: id })).toBe(0);
  });

  it('is shared to view by a request without a body, which the documentation calls optional', async () => {
    const { t } = shared;
    const { alice, id, handles } = await arrange(t);
    for (const target of [`/v1/files/${id}`, '/v1/folders/%2Fwork']) {
      const path = `${target}/grants/${handles.bob}`;
      const { status, body } = await alice.json('PUT', path);
      expect([path, status, body]).toMatchObject([path, 200, { role: 'viewer', expiresAt: null }]);
    }
  });
});

describe('a shared folder', () => {
  it('takes files of an editor, which its owner owns and pays for', async () => {
    await using t = await openTestServer();
    const [alice, bob] = [await t.signUp('alice'), await t.signUp('bob')];
    await alice.send('PUT', '/v1/folders/%2Fwork/grants/bob', { body: { role: 'editor' } });
    const file = await upload(bob, 'b.txt', 'hello', { owner: 'alice', folder: '/work/deeper' });
    expect(file).toMatchObject({ owner: 'alice', access: 'editor', folder: '/work/deeper' });
    expect((await alice.json('GET', '/v1/me')).body).toMatchObject({ usedBytes: 5 });
    expect((await bob.json('GET', '/v1/me')).body).toMatchObject({ usedBytes: 0 });
    expect((await alice.json('GET', `/v1/files/${file.id}`)).body).toMatchObject({ access: 'owner' });
  });

  it.each([
    ['a viewer', 'viewer', '/work', 403, 'forbidden'],
    ['an editor, beside it', 'editor', '/works', 404, 'not_found'],
    ['an editor, above it', 'editor', '/', 404, 'not_found'],
  ])('takes no files of %s', async (_who, role, folder, status, code) => {
    await using t = await openTestServer();
    const [alice, bob] = [await t.signUp('alice'), await t.signUp('bob')];
    await alice.send('PUT', '/v1/folders/%2Fwork/grants/bob', { body: { role } });
    const query = new URLSearchParams({ name: 'b', owner: 'alice', folder });
    const answer = await bob.json<ProblemBody>('POST', `/v1/files?${String(query)}`, { body: 'x' });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    const metadata = `owner ${base64('alice')},folder ${base64(folder)}`;
    const resumable = await create(bob, { 'upload-length': '1', 'upload-metadata': metadata });
    expect([resumable.status, await resumable.json()]).toMatchObject([status, { code }]);
    expect(await t.locker.collections.files.countDocuments()).toBe(0);
  });

  it('is listed to its grantee with what is in it, and nothing else of that locker', async () => {
    await using t = await openTestServer();
    const [alice, bob] = [await t.signUp('alice'), await t.signUp('bob')];
    await upload(alice, 'in.txt', 'x', { folder: '/work/a' });
    await upload(alice, 'secret.txt', 'x', { folder: '/private' });
    await alice.send('PUT', '/v1/folders/%2Fwork/grants/bob', { body: { role: 'viewer' } });
    const list = await bob.json<{ files: FileBody[] }>('GET', '/v1/files?owner=others');
    expect(list.body.files.map(({ name }) => name)).toEqual(['in.txt']);
    const folders = await bob.json<{ folders: { folder: string }[] }>('GET', '/v1/folders?owner=alice');
    expect(folders.body.folders.map(({ folder }) => folder)).toEqual(['/work/a']);
    for (const query of ['q=secret', 'folder=/private', 'folder=/&recursive=true', 'trash=true']) {
      const { body } = await bob.json<{ files?: FileBody[] }>('GET', `/v1/files?owner=alice&${query}`);
      expect((body.files ?? []).map(({ name }) => name)).not.toContain('secret.txt');
    }
  });
});

import { ObjectId } from 'mongodb';
import { expect, test } from 'vitest';
import { LockerError } from '../src/errors.ts';
import { createLog } from '../src/log.ts';

/** What is logged by `work`, line by line. */
function linesOf(work: (log: ReturnType<typeof createLog>) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  work(createLog('debug', { write: (line) => lines.push(line) }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('secret fields are redacted at any depth, also in lists', () => {
  const secret = 'cfr_do-not-log-me';
  const [line] = linesOf((log) =>
    log.info(
      {
        requestId: 'r1',
        token: secret,
        password: secret,
        code: secret,
        outer: { inner: [{ deep: { authorization: secret, kept: 1 } }], name: secret, keys: [secret] },
      },
      'a line',
    ),
  );
  expect(JSON.stringify(line)).not.toContain(secret);
  expect(line).toMatchObject({
    level: 'info',
    pid: process.pid,
    requestId: 'r1',
    token: '[redacted]',
    password: '[redacted]',
    code: '[redacted]',
    outer: {
      inner: [{ deep: { authorization: '[redacted]', kept: 1 } }],
      name: '[redacted]',
      keys: '[redacted]',
    },
    msg: 'a line',
  });
});

test('an error keeps its code and its stack, and loses its message, wherever it stands', () => {
  const refused = Object.assign(new Error('connect to mongodb://user:secret@host'), { code: 'ECONNREFUSED' });
  const error = new LockerError(
    'content_damaged',
    { fileId: 'abc123', hint: 'not for logs' },
    { cause: refused },
  );
  const lines = linesOf((log) => {
    log.error({ err: error }, 'as err');
    log.error({ problems: [refused] }, 'elsewhere');
    log.error({ error: refused }, 'as error');
  });
  expect(JSON.stringify(lines)).not.toContain('secret');
  expect(lines).toMatchObject([
    {
      err: {
        kind: 'LockerError',
        code: 'content_damaged',
        fileId: 'abc123',
        cause: {
          kind: 'Error',
          code: 'ECONNREFUSED',
          at: expect.arrayContaining([expect.stringContaining('log.test.ts')]) as unknown,
        },
      },
    },
    { problems: [{ code: 'ECONNREFUSED' }] },
    { error: { code: 'ECONNREFUSED' } },
  ]);
});

test('values print as JSON does, and a circle has an end', () => {
  const id = new ObjectId();
  const circle: { self?: unknown } = {};
  circle.self = circle;
  const [line] = linesOf((log) =>
    log.info({ id, at: new Date(0), none: undefined, nothing: null, circle }, 'x'),
  );
  expect(line).toMatchObject({ id: id.toHexString(), at: '1970-01-01T00:00:00.000Z', nothing: null });
  expect(line).not.toHaveProperty('none');
  expect(JSON.stringify(line)).toContain('[too deep]');
});

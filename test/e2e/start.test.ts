import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { claimProgram, run, startServer } from '../support/program.ts';

/** For several starts, each as slow as one may be on a machine with much else to do. */
const patient = { timeout: 600_000 };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coffer-e2e-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the first start', patient, () => {
  it('prints where it listens, its data and its keyring, and a line that claims it when pasted', async () => {
    const program = await startServer(folder);
    try {
      expect(program.output()).toContain(folder);
      expect(program.output()).toContain(join(folder, 'keys'));
      expect(program.errors()).not.toContain('keyring file changed');
      expect((await stat(join(folder, 'keys'))).mode & 0o777).toBe(0o600);
      expect((await stat(join(folder, 'setup-code'))).mode & 0o777).toBe(0o600);
      const line = /^ +(curl .*)$/m.exec(program.output())?.[1] ?? '';
      const { stdout } = await promisify(execFile)('sh', ['-c', line]);
      expect(JSON.parse(stdout)).toMatchObject({ token_type: 'Bearer', expires_in: 900 });
      await expect(stat(join(folder, 'setup-code'))).rejects.toThrow('ENOENT');
    } finally {
      await program.end();
    }
  });

  it('finds its data at the second start, and offers no claim', async () => {
    const first = await startServer(folder);
    const token = await claimProgram(first.url, folder);
    await fetch(`${first.url}/v1/files?name=kept.txt`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: 'kept',
    });
    expect(await first.end()).toBe(0);
    const second = await startServer(folder);
    try {
      expect(second.output()).not.toContain('setup');
      const list = await fetch(`${second.url}/v1/files`, { headers: { authorization: `Bearer ${token}` } });
      expect(await list.json()).toMatchObject({ files: [{ name: 'kept.txt' }] });
    } finally {
      await second.end();
    }
  });
});

describe('a start that cannot be', patient, () => {
  it('names a busy port and the way out', async () => {
    const busy = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => busy.once('listening', resolve));
    const { port } = busy.address() as { port: number };
    const { code, errors } = await run({ COFFER_DATA_DIR: folder, COFFER_PORT: String(port) });
    busy.close();
    expect(code).toBe(1);
    expect(errors).toContain(`Port ${port} on 127.0.0.1 is in use`);
    expect(errors).toContain('COFFER_PORT');
    expect(errors).not.toMatch(/^\s+at /m);
  });

  it('names a data folder that cannot be one', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    const { code, errors } = await run({ COFFER_DATA_DIR: file, COFFER_PORT: '0' });
    expect(code).toBe(1);
    expect(errors).toContain(file);
    expect(errors).toContain('COFFER_DATA_DIR');
    expect(errors).not.toMatch(/^\s+at /m);
  });

  it('refuses a lost and a wrong keyring, and works again with the right one', async () => {
    const env = { COFFER_DATA_DIR: folder, COFFER_PORT: '0' };
    await (await startServer(folder)).end();
    const keys = join(folder, 'keys');
    const right = await readFile(keys, 'utf8');
    await rm(keys);
    const lost = await run(env);
    expect(lost.code).toBe(1);
    expect(lost.errors).toContain(`${keys} is missing`);
    const { output: wrong } = await run({}, ['keys', 'generate']);
    await writeFile(keys, wrong, { mode: 0o600 });
    const refused = await run(env);
    expect(refused.code).toBe(1);
    expect(refused.errors).toContain('is not the one that this database was sealed with');
    await writeFile(keys, right, { mode: 0o600 });
    const program = await startServer(folder);
    expect(await program.end()).toBe(0);
  });

  it('names an unreachable MongoDB without its password', async () => {
    const { code, errors } = await run({
      COFFER_DATA_DIR: folder,
      MONGODB_URI: 'mongodb://eve:hunter2@127.0.0.1:1/coffer?serverSelectionTimeoutMS=300',
    });
    expect(code).toBe(1);
    expect(errors).toContain('127.0.0.1:1');
    expect(errors).toContain('MONGODB_URI');
    expect(errors).not.toContain('hunter2');
    expect(errors).not.toMatch(/^\s+at /m);
  });

  it('names all wrong variables at once', async () => {
    const { code, errors } = await run({
      COFFER_DATA_DIR: folder,
      COFFER_PORT: 'x',
      COFFER_QUOTA: 'much',
      COFFER_LOG_LEVEL: 'loud',
    });
    expect(code).toBe(1);
    for (const name of ['COFFER_PORT', 'COFFER_QUOTA', 'COFFER_LOG_LEVEL']) expect(errors).toContain(name);
  });

  it('asks for a keyring on an external database, and never makes one there', async () => {
    const uri = inject('mongodUri').replace(/\/?$/, `/e2e-${Date.now()}`);
    const data = join(folder, 'not yet');
    const { code, errors } = await run({ COFFER_DATA_DIR: data, MONGODB_URI: uri, COFFER_PORT: '0' });
    expect(code).toBe(1);
    expect(errors).toContain(
      `(umask 077; mkdir -p '${data}' && node . keys generate > '${join(data, 'keys')}')`,
    );
    await expect(stat(join(folder, 'keys'))).rejects.toThrow('ENOENT');
  });
});

describe('the command line', patient, () => {
  it('explains itself', async () => {
    const { code, output } = await run({}, ['--help']);
    expect(code).toBe(0);
    expect(output).toContain('node . [command]');
    // Two columns, however long a name is.
    expect(output).toMatch(/^ {2}COFFER_BACKUP_S3_SECRET_ACCESS_KEY {2}its secret/m);
  });

  it('explains a command, whatever state the configuration is in', async () => {
    const { code, output } = await run({ COFFER_PORT: 'x' }, ['keys', '--help']);
    expect(code).toBe(0);
    expect(output).toContain('node . keys generate');
  });

  it('does nothing where a word is one too many', async () => {
    const { code, output } = await run({ COFFER_DATA_DIR: folder }, ['check', 'k3f9qz']);
    expect(code).toBe(2);
    expect(output).toContain('takes no further words');
  });

  it('refuses a command that does not exist', async () => {
    const { code, output } = await run({}, ['frobnicate']);
    expect(code).toBe(2);
    expect(output).toContain('--help');
  });
});

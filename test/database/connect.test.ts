import { EventEmitter, once } from 'node:events';
import { type AddressInfo, connect as connectSocket, createServer, type Socket } from 'node:net';
import { MongoNetworkError } from 'mongodb';
import { expect, inject, it } from 'vitest';
import { connect, isDatabaseAway } from '../../src/database/connect.ts';
import { StartError } from '../../src/errors.ts';

/** A wire to the database that stops taking anything at a command with this word, without breaking. */
async function openStallingWire(word: string) {
  const { hostname, port } = new URL(inject('mongodUri'));
  const sockets: Socket[] = [];
  const stalls = new EventEmitter();
  const stalled = once(stalls, 'stalled');
  const server = createServer((client) => {
    const upstream = connectSocket(Number(port), hostname);
    sockets.push(
      client.on('error', () => {}),
      upstream.on('error', () => {}),
    );
    client.on('data', (data) => {
      if (data.includes(word)) {
        client.pause();
        stalls.emit('stalled');
      } else upstream.write(data);
    });
    upstream.pipe(client);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    uri: `mongodb://127.0.0.1:${(server.address() as AddressInfo).port}/test?directConnection=true`,
    stalled,
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

const startProblem = async (uri: string): Promise<string> => {
  const error = await connect(uri).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(StartError);
  return (error as StartError).problems.join('\n');
};

it('a write that is cut off half-way fails as one to a lost database, and does not hang', async () => {
  await using wire = await openStallingWire('half-way');
  const database = await connect(wire.uri);
  // More than the sockets between hold: the driver waits for room.
  const write = database.db.collection('drained').insertOne({ word: 'half-way', bytes: Buffer.alloc(12e6) });
  const failure = write.catch((error: unknown) => error);
  await wire.stalled;
  // As it ends what was under way on a server that it lost.
  await database.client.close();
  const error = await failure;
  expect(error).toBeInstanceOf(MongoNetworkError);
  expect(isDatabaseAway(error)).toBe(true);
});

it.each([
  'mongodb://eve:hun@ter2@127.0.0.1:1/coffer',
  'mongodb://eve:hun/ter2@127.0.0.1:1/coffer',
  'mongodb://eve:hunter2@127.0.0.1:port/coffer',
])('quotes nothing of %s, which cannot be read', async (uri) => {
  const problem = await startProblem(uri);
  expect(problem).toContain('MONGODB_URI cannot be read');
  expect(problem).toContain('%40 for @');
  expect(problem).not.toMatch(/hun|ter2/);
});

it('says that nothing listens, that there is no such socket, or that the password is wrong', async () => {
  const patience = 'serverSelectionTimeoutMS=300';
  expect(await startProblem(`mongodb://127.0.0.1:1/coffer?${patience}`)).toContain(
    'MongoDB at 127.0.0.1:1 cannot be reached or refused the connection (nothing listens there, ECONNREFUSED)',
  );
  expect(await startProblem(`mongodb://%2Fnowhere%2Fmongod.sock/coffer?${patience}`)).toContain(
    'MongoDB at /nowhere/mongod.sock cannot be reached or refused the connection (there is no such socket, ENOENT)',
  );
  const { host } = new URL(inject('mongodUri'));
  const refused = await startProblem(`mongodb://eve:hunter2@${host}/coffer`);
  expect(refused).toContain(`MongoDB at ${host} does not accept the name or the password`);
  expect(refused).not.toContain('hunter2');
});

it('reads from the primary, whatever the connection string says: a sweep must not believe a secondary that lags', async () => {
  const uri = new URL(inject('mongodUri'));
  uri.searchParams.set('readPreference', 'secondaryPreferred');
  const database = await connect(uri.href);
  try {
    expect(database.db.readPreference?.mode).toBe('primary');
    expect(database.db.collection('files').readPreference?.mode).toBe('primary');
  } finally {
    await database.close();
  }
});

/**
 * The floor: what sealing small files costs at least on hapi and the MongoDB driver. Coffer's cryptography and the three things
 * that a sealed file needs in the database, its chunk, its entry and the journal; no accounts, permissions, quota, limits,
 * audit trail, log or checks, and each file whole in memory. Run as `node sealed-floor.js MONGODB_URI`.
 */
import { createHash } from 'node:crypto';
import hapi, { type Request } from '@hapi/hapi';
import { Binary, MongoClient, ObjectId } from 'mongodb';
import { BlindIndex } from '../../src/crypto/blind-index.ts';
import { openBulk, sealBulk } from '../../src/crypto/bulk.ts';
import { tokenLength } from '../../src/crypto/fernet.ts';
import { Keyring, randomKey } from '../../src/crypto/keyring.ts';
import { openMetadata, sealMetadata } from '../../src/crypto/metadata.ts';
import { segmentKey } from '../../src/crypto/segments.ts';
import { loadKey, storeKey } from '../../src/database/binary.ts';
import type { StoredKey } from '../../src/keys/stored-key.ts';

interface Entry {
  readonly _id: ObjectId;
  readonly key: StoredKey;
  readonly sealed: Binary;
  readonly words: readonly number[];
}

interface Chunk {
  readonly files_id: ObjectId;
  readonly n: number;
  readonly data: Binary;
}

const client = await MongoClient.connect(process.argv[2] ?? '');
const entries = client.db().collection<Entry>('entries');
const chunks = client.db().collection<Chunk>('fs.chunks');
await chunks.createIndex({ files_id: 1, n: 1 }, { unique: true });
const keyring = new Keyring([randomKey()]);
const accountKey = randomKey();
const index = new BlindIndex(accountKey);
const server = hapi.server({ host: '127.0.0.1', port: 0 });

const idOf = (request: Request) => new ObjectId(String(request.params['id']));
const record = (id: ObjectId) => `file:${id.toHexString()}`;

server.route([
  {
    method: 'POST',
    path: '/files',
    options: {
      payload: { output: 'data', parse: false, maxBytes: Number.MAX_SAFE_INTEGER, timeout: false },
    },
    handler: async (request, h) => {
      const _id = new ObjectId();
      const name = String(request.query['name']);
      const content = request.payload as Buffer;
      const fileKey = randomKey();
      const sha256 = createHash('sha256').update(content).digest('hex');
      const token = sealBulk(segmentKey(fileKey, _id.id, 0, true), [content], {
        into: Buffer.allocUnsafeSlow(tokenLength(content.length)),
      });
      const facts = { name, folder: '/', tags: [], size: content.length, sha256 };
      await chunks.insertOne({ files_id: _id, n: 0, data: new Binary(token) });
      await entries.insertOne(
        {
          _id,
          key: storeKey(keyring.wrap(fileKey)),
          sealed: new Binary(sealMetadata(accountKey, record(_id), facts)),
          words: index.index(name),
        },
        { writeConcern: { journal: true } },
      );
      return h.response({ id: _id.toHexString() }).code(201);
    },
  },
  {
    method: 'GET',
    path: '/files/{id}',
    options: { response: { ranges: false } },
    handler: async (request, h) => {
      const id = idOf(request);
      const [entry, chunk] = await Promise.all([
        entries.findOne({ _id: id }),
        chunks.findOne({ files_id: id, n: 0 }),
      ]);
      if (entry === null || chunk === null) return h.response().code(404);
      openMetadata(accountKey, record(id), entry.sealed.value());
      const fileKey = keyring.unwrap(loadKey(entry.key));
      const pieces = openBulk(segmentKey(fileKey, id.id, 0, true), chunk.data.value());
      return h.response(Buffer.concat([...pieces])).type('application/octet-stream');
    },
  },
  {
    method: 'DELETE',
    path: '/files/{id}',
    handler: async (request, h) => {
      await entries.deleteOne({ _id: idOf(request) });
      await chunks.deleteMany({ files_id: idOf(request) });
      return h.response().code(204);
    },
  },
]);

process.once('SIGTERM', () => process.exit(0));
await server.start();
process.stdout.write(`listens on ${server.info.uri}\n`);

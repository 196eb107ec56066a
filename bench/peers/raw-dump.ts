/**
 * Writes every collection of a database to a file of its own, as the server sends it: what mongodump does. Run as
 * `node raw-dump.js MONGODB_URI FOLDER`; prints the bytes that it wrote.
 */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';

const [uri = '', folder = ''] = process.argv.slice(2);
const client = await MongoClient.connect(uri);
let bytes = 0;
for await (const { name, type } of client.db().listCollections()) {
  if (type !== 'collection') continue;
  const file = await open(join(folder, `${name}.bson`), 'wx');
  // Documents come as buffers.
  const documents = client.db().collection(name).find({}, { raw: true }) as unknown as AsyncIterable<Buffer>;
  let batch: Buffer[] = [];
  let waiting = 0;
  const flush = async () => {
    await file.writev(batch);
    bytes += waiting;
    batch = [];
    waiting = 0;
  };
  for await (const document of documents) {
    batch.push(document);
    waiting += document.length;
    if (waiting >= 2 ** 23 || batch.length >= 512) await flush();
  }
  if (waiting > 0) await flush();
  await file.sync();
  await file.close();
}
await client.close();
process.stdout.write(String(bytes));

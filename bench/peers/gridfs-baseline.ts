/**
 * The baseline: what one writes first with hapi and the driver's GridFSBucket, at their defaults. No encryption, no
 * accounts, no tokens, no quota, no journaled commit. Run as `node gridfs-baseline.js MONGODB_URI`.
 */
import { pipeline } from 'node:stream/promises';
import hapi, { type Request, type ResponseToolkit } from '@hapi/hapi';
import { GridFSBucket, MongoClient, ObjectId } from 'mongodb';

const client = await MongoClient.connect(process.argv[2] ?? '');
const bucket = new GridFSBucket(client.db());
const server = hapi.server({ host: '127.0.0.1', port: 0 });
// Without this no upload may take longer than five minutes.
server.listener.requestTimeout = 0;

const idOf = (request: Request) => new ObjectId(String(request.params['id']));

server.route([
  {
    method: 'POST',
    path: '/files',
    options: {
      payload: { output: 'stream', parse: false, maxBytes: Number.MAX_SAFE_INTEGER, timeout: false },
    },
    handler: async (request, h) => {
      const upload = bucket.openUploadStream(String(request.query['name']));
      await pipeline(request.payload as NodeJS.ReadableStream, upload);
      return h.response({ id: upload.id.toHexString() }).code(201);
    },
  },
  { method: 'GET', path: '/files/{id}', options: { response: { ranges: false } }, handler: download },
  {
    method: 'DELETE',
    path: '/files/{id}',
    handler: async (request, h) => {
      await bucket.delete(idOf(request));
      return h.response().code(204);
    },
  },
]);

/** Answers the whole, or a range in the only form that the bench asks for: `bytes=start-end`. */
async function download(request: Request, h: ResponseToolkit) {
  const id = idOf(request);
  const [file] = await bucket.find({ _id: id }).toArray();
  if (file === undefined) return h.response().code(404);
  const match = /^bytes=(\d+)-(\d+)$/.exec(String(request.headers['range']));
  const [start, end] = match === null ? [0, file.length] : [Number(match[1]), Number(match[2]) + 1];
  const content = bucket.openDownloadStream(id, { start, end });
  // A client that goes away would leave its cursor open.
  content.once('close', () => void content.abort().catch(() => {}));
  return h
    .response(content)
    .code(match === null ? 200 : 206)
    .type('application/octet-stream')
    .bytes(end - start);
}

process.once('SIGTERM', () => process.exit(0));
await server.start();
process.stdout.write(`listens on ${server.info.uri}\n`);

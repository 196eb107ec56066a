import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A storage that speaks as much of S3 as the documentation says of these calls: GET, PUT, DELETE and ListObjectsV2, path style. */
export interface FakeS3 extends AsyncDisposable {
  readonly url: string;
  /** What is stored, by bucket and key. */
  readonly objects: Map<string, { bytes: Buffer; modifiedAt: Date }>;
  /** Requests so far, such as `PUT /bucket/key`. */
  readonly requests: string[];
  /** Answers the next requests with this status until it is undefined. */
  fail: number | undefined;
}

/** Keys a page of a listing: few, so that every listing has several. */
const pageKeys = 3;

export async function startFakeS3(accessKeyId: string): Promise<FakeS3> {
  const objects: FakeS3['objects'] = new Map();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy());
  });
  const fake = { objects, requests, fail: undefined as number | undefined };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const body = Buffer.concat(pieces);
    const url = new URL(request.url ?? '/', 'http://fake');
    const path = decodeURIComponent(url.pathname.slice(1));
    requests.push(`${request.method ?? ''} ${url.pathname}`);
    const refuse = (status: number, code: string) => {
      response.writeHead(status, { 'content-type': 'application/xml' });
      response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`);
    };
    if (fake.fail !== undefined) return refuse(fake.fail, 'AccessDenied');
    const { authorization = '' } = request.headers;
    if (
      !authorization.startsWith(`AWS4-HMAC-SHA256 Credential=${accessKeyId}/`) ||
      !/Signature=[0-9a-f]{64}$/.test(authorization)
    )
      return refuse(403, 'AccessDenied');
    // The signature covers this hash, so that a body that changed on its way is refused.
    const claimed = request.headers['x-amz-content-sha256'];
    if (claimed !== createHash('sha256').update(body).digest('hex'))
      return refuse(400, 'XAmzContentSHA256Mismatch');
    if (request.method === 'GET' && url.searchParams.get('list-type') === '2')
      return list(url, path, response);
    if (request.method === 'PUT') {
      objects.set(path, { bytes: body, modifiedAt: new Date() });
      response.writeHead(200, { etag: `"${createHash('md5').update(body).digest('hex')}"` });
      return void response.end();
    }
    if (request.method === 'DELETE') {
      objects.delete(path);
      response.writeHead(204);
      return void response.end();
    }
    const found = objects.get(path);
    if (found === undefined) return refuse(404, 'NoSuchKey');
    response.writeHead(200, {
      'content-length': found.bytes.length,
      'last-modified': found.modifiedAt.toUTCString(),
    });
    response.end(found.bytes);
  }

  function list(url: URL, path: string, response: ServerResponse): void {
    const bucket = path.replace(/\/$/, '');
    const prefix = url.searchParams.get('prefix') ?? '';
    const after = Buffer.from(url.searchParams.get('continuation-token') ?? '', 'base64url').toString();
    const keys = [...objects.keys()]
      .filter((key) => key.startsWith(`${bucket}/${prefix}`))
      .map((key) => key.slice(bucket.length + 1))
      .filter((key) => key > after)
      .toSorted((a, b) => (a < b ? -1 : 1));
    const page = keys.slice(0, pageKeys);
    const more = keys.length > page.length;
    const contents = page.map((key) => {
      const { bytes, modifiedAt } = objects.get(`${bucket}/${key}`) ?? {
        bytes: Buffer.alloc(0),
        modifiedAt: new Date(),
      };
      return `<Contents><Key>${key}</Key><LastModified>${modifiedAt.toISOString()}</LastModified><Size>${bytes.length}</Size></Contents>`;
    });
    const next = more
      ? `<NextContinuationToken>${Buffer.from(page.at(-1) ?? '').toString('base64url')}</NextContinuationToken>`
      : '';
    response.writeHead(200, { 'content-type': 'application/xml', 'x-amz-request-id': randomUUID() });
    response.end(
      `<?xml version="1.0"?><ListBucketResult><Name>${bucket}</Name><KeyCount>${page.length}</KeyCount><IsTruncated>${String(more)}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`,
    );
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(fake, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import busboy, { type BusboyHeaders } from '@fastify/busboy';
import type { Json } from './message.ts';

/** What Slack does when a file is asked for. */
export type Serving =
  | 'whole'
  | 'sign-in page'
  | 'redirect'
  | 'cut'
  | 'shorter'
  | 'longer'
  | 'missing'
  | 'forbidden';

/** How Slack describes a file in a message. */
export type Description =
  | 'full'
  | 'check_file_info'
  | 'tombstone'
  | 'hidden_by_limit'
  | 'external'
  | 'access_denied'
  | 'canvas'
  | 'elsewhere';

export interface StoredFile {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  readonly mimetype: string;
  readonly size: number;
  readonly sha256: string;
  /** Undefined for what is too large to keep. */
  readonly bytes: Buffer | undefined;
  readonly read: () => AsyncIterable<Uint8Array>;
  serving: Serving;
  description: Description;
  deleted: boolean;
}

/** Uploads above this are counted and hashed only. */
const keptBytes = 64 * 1024 * 1024;

/** A place that bytes were announced for. */
interface Place {
  readonly id: string;
  readonly name: string;
  readonly length: number;
  received: { sha256: string; bytes: Buffer | undefined } | undefined;
}

/** The hosts that hand over files and take uploads. */
export class FileHost {
  readonly files = new Map<string, StoredFile>();
  /** Requests for bytes: which file, and whether the token was right. */
  readonly fetches: { readonly id: string; readonly allowed: boolean }[] = [];
  readonly #places = new Map<string, Place>();
  readonly #root: () => string;
  readonly #token: string;
  #next = 1;

  constructor(root: () => string, token: string) {
    this.#root = root;
    this.#token = token;
  }

  nextId(): string {
    return `F0FILE${this.#next++}`;
  }

  store(
    owner: string,
    file: {
      name: string;
      bytes?: Buffer;
      size?: number;
      read?: () => AsyncIterable<Uint8Array>;
      mimetype?: string;
      serving?: Serving;
      description?: Description;
      id?: string;
      sha256?: string;
    },
  ): StoredFile {
    const { name, bytes, mimetype = 'application/octet-stream' } = file;
    const stored: StoredFile = {
      id: file.id ?? this.nextId(),
      name,
      owner,
      mimetype,
      bytes,
      size: file.size ?? bytes?.length ?? 0,
      sha256:
        file.sha256 ??
        createHash('sha256')
          .update(bytes ?? '')
          .digest('hex'),
      read:
        file.read ??
        async function* () {
          if (bytes !== undefined) yield bytes;
        },
      serving: file.serving ?? 'whole',
      description: file.description ?? 'full',
      deleted: false,
    };
    this.files.set(stored.id, stored);
    return stored;
  }

  /** The file as a message, or `files.info`, has it. */
  describe(file: StoredFile, place: 'message' | 'info'): Json {
    const { id, name, mimetype, size, description, owner } = file;
    if (file.deleted || description === 'tombstone') return { id, mode: 'tombstone' };
    if (description === 'hidden_by_limit') return { id, name: null, title: null, mode: 'hidden_by_limit' };
    if (description === 'access_denied') return { id, mode: 'file_access', file_access: 'access_denied' };
    if (description === 'check_file_info' && place === 'message')
      return { id, mode: 'file_access', file_access: 'check_file_info', created: 0, timestamp: 0, user: '' };
    const root = description === 'elsewhere' ? this.elsewhere : this.#root();
    const address = `${root}/files-pri/T0TEAM-${id}/${encodeURIComponent(name)}`;
    return {
      id,
      created: Math.floor(Date.now() / 1000),
      timestamp: Math.floor(Date.now() / 1000),
      name,
      title: name,
      mimetype,
      filetype: 'binary',
      user: owner,
      editable: false,
      size,
      mode: description === 'external' ? 'external' : description === 'canvas' ? 'canvas' : 'hosted',
      is_external: description === 'external',
      external_type: description === 'external' ? 'gdrive' : '',
      is_public: false,
      file_access: 'visible',
      url_private: description === 'external' ? 'https://drive.google.com/file/d/1/view' : address,
      ...(description === 'external' ? {} : { url_private_download: `${address}?download=1` }),
    };
  }

  /** A host that is none of Slack's, for files that are described so. */
  elsewhere = 'http://127.0.0.1:9';

  async serve(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const id = /^\/files-pri\/[^/-]+-([^/]+)\//.exec(path)?.[1] ?? '';
    const file = this.files.get(id);
    const allowed = request.headers.authorization === `Bearer ${this.#token}`;
    this.fetches.push({ id, allowed });
    if (!allowed || file?.serving === 'sign-in page')
      return void response
        .writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
        .end('<!DOCTYPE html><html><head><title>Sign in | Slack</title></head></html>');
    if (file === undefined || file.deleted || file.serving === 'missing')
      return void response.writeHead(404).end();
    if (file.serving === 'forbidden') return void response.writeHead(403).end();
    if (file.serving === 'redirect')
      return void response.writeHead(302, { location: `${this.elsewhere}/?redir=${id}` }).end();
    const { bytes = Buffer.alloc(0), mimetype, size, serving } = file;
    const announced = serving === 'shorter' ? size - 1 : serving === 'longer' ? size + 1 : size;
    response.writeHead(200, { 'content-type': mimetype, 'content-length': announced });
    if (serving === 'cut') return void response.write(bytes.subarray(0, size >> 1), () => response.destroy());
    if (serving === 'shorter') return void response.end(bytes.subarray(0, size - 1));
    if (serving === 'longer') return void response.end(Buffer.concat([bytes, Buffer.from('x')]));
    for await (const piece of file.read()) {
      if (response.destroyed) return;
      if (!response.write(piece)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
    }
    response.end();
  }

  /** Announces an upload. @returns the id and the address for its bytes. */
  announce(name: string, length: number): { file_id: string; upload_url: string } {
    const id = this.nextId();
    this.#places.set(id, { id, name, length, received: undefined });
    return { file_id: id, upload_url: `${this.#root()}/upload/v1/${id}` };
  }

  async receive(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const place = this.#places.get(path.split('/').at(-1) ?? '');
    if (place === undefined || place.received !== undefined) return void response.writeHead(404).end();
    const hash = createHash('sha256');
    const pieces: Uint8Array[] = [];
    let length = 0;
    for await (const piece of bodyOf(request)) {
      hash.update(piece);
      length += piece.length;
      if (place.length <= keptBytes) pieces.push(piece);
    }
    if (length !== place.length) return void response.writeHead(400).end(`got ${length} bytes`);
    place.received = {
      sha256: hash.digest('hex'),
      bytes: place.length <= keptBytes ? Buffer.concat(pieces) : undefined,
    };
    response.writeHead(200).end(`OK - ${length}`);
  }

  /** Ends an upload. @returns undefined if its bytes never came, or it ended before. */
  complete(id: string, owner: string): StoredFile | undefined {
    const place = this.#places.get(id);
    if (place?.received === undefined) return undefined;
    this.#places.delete(id);
    const { bytes, sha256 } = place.received;
    return this.store(owner, {
      id,
      name: place.name,
      size: place.length,
      sha256,
      ...(bytes === undefined ? {} : { bytes }),
    });
  }
}

/** Raw, or the file of a form. */
async function* bodyOf(request: IncomingMessage): AsyncGenerator<Uint8Array> {
  if (request.headers['content-type']?.startsWith('multipart/form-data') !== true) {
    yield* request as AsyncIterable<Buffer>;
    return;
  }
  const parser = new busboy.Busboy({ headers: request.headers as BusboyHeaders });
  const file = new Promise<AsyncIterable<Buffer>>((resolve) =>
    parser.on('file', (_field, stream) => resolve(stream)),
  );
  request.pipe(parser);
  yield* await file;
}

import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { S3Settings } from '../../src/backup-settings.ts';
import { unavailable } from './damage.ts';
import type { BackupTarget, StoredObject } from './target.ts';

const attempts = 6;
/** Without them a storage that falls silent would hold a backup up for good. */
const requestHandler = {
  connectionTimeout: 10_000,
  socketTimeout: 60_000,
  requestTimeout: 10 * 60_000,
  throwOnRequestTimeout: true,
};

/**
 * S3, or a storage that speaks its language. Objects are small by design (FORMAT.md section 1), so each is one request,
 * signed with the hash of its body, and appears whole: nothing half-written can be left behind.
 */
export class S3Target implements BackupTarget {
  readonly name: string;
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;

  constructor({ bucket, prefix, endpoint, region, accessKeyId, secretAccessKey }: S3Settings) {
    const folder = prefix.replaceAll(/^\/+|\/+$/g, '');
    this.name = `s3://${bucket}${folder === '' ? '' : `/${folder}`}`;
    this.#bucket = bucket;
    this.#prefix = folder === '' ? '' : `${folder}/`;
    this.#client = new S3Client({
      region,
      // Storages other than AWS know neither newer checksums nor a host name for each bucket.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      // A storage that is busy (503, SlowDown) is asked again, with growing pauses.
      maxAttempts: attempts,
      requestHandler,
      ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
      ...(accessKeyId === undefined || secretAccessKey === undefined
        ? {}
        : { credentials: { accessKeyId, secretAccessKey } }),
    });
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    await this.#try(`writing ${key}`, () =>
      this.#client.send(new PutObjectCommand({ ...this.#at(key), Body: bytes, ContentLength: bytes.length })),
    );
  }

  get(key: string): Promise<Buffer | undefined> {
    return this.#try(`reading ${key}`, async () => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await this.#getOnce(key);
        } catch (error) {
          if (error instanceof Error && error.name === 'NoSuchKey') return undefined;
          // The client asks again for an answer, and not for the rest of one that broke off.
          if (attempt === attempts || !isBrokenOff(error)) throw error;
        }
      }
    });
  }

  async #getOnce(key: string): Promise<Buffer> {
    const { Body, ContentLength } = await this.#client.send(new GetObjectCommand(this.#at(key)));
    const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
    if (ContentLength !== undefined && bytes.length !== ContentLength)
      throw Object.assign(new Error('the answer broke off'), { code: 'ECONNRESET' });
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  async *list(prefix: string): AsyncGenerator<StoredObject, void, undefined> {
    let token: string | undefined;
    do {
      const page = await this.#try('listing it', () =>
        this.#client.send(
          new ListObjectsV2Command({
            Bucket: this.#bucket,
            Prefix: `${this.#prefix}${prefix}`,
            ...(token === undefined ? {} : { ContinuationToken: token }),
          }),
        ),
      );
      for (const { Key = '', Size = 0, LastModified = new Date(0) } of page.Contents ?? [])
        yield { key: Key.slice(this.#prefix.length), bytes: Size, modifiedAt: LastModified };
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  async remove(key: string): Promise<void> {
    await this.#try(`removing ${key}`, () => this.#client.send(new DeleteObjectCommand(this.#at(key))));
  }

  async settle(): Promise<void> {
    // What was answered is stored.
  }

  async tidy(): Promise<void> {
    // Nothing is ever half there.
  }

  close(): void {
    this.#client.destroy();
  }

  #at(key: string) {
    return { Bucket: this.#bucket, Key: `${this.#prefix}${key}` };
  }

  async #try<T>(doing: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw unavailable(this.name, doing, error);
    }
  }
}

const isBrokenOff = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ECONNRESET';

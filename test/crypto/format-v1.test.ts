import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BlindIndex } from '../../src/crypto/blind-index.ts';
import { openBulk, sealBulk } from '../../src/crypto/bulk.ts';
import { openToken, sealToken, tokenLength } from '../../src/crypto/fernet.ts';
import { keyId, Keyring, parseKeyring } from '../../src/crypto/keyring.ts';
import { metadataKey, openMetadata, sealMetadata } from '../../src/crypto/metadata.ts';
import { normalizeText } from '../../src/crypto/normalize.ts';
import { sealedLength, segmentCount, segmentKey, segmentLength } from '../../src/crypto/segments.ts';
import { sha256 } from '../support/bytes.ts';

/** Known answers, made by make-format-v1.py from FORMAT.md alone. If one of these fails, stored files no longer open. */
interface Vectors {
  readonly tokens: readonly { key: string; seconds: number; iv: string; plaintext: string; token: string }[];
  readonly segmentKeys: readonly {
    fileKey: string;
    version: string;
    index: number;
    last: boolean;
    key: string;
  }[];
  readonly content: {
    fileKey: string;
    version: string;
    contents: readonly {
      segmentBytes: number;
      plaintext: string;
      sha256: string;
      tokens: readonly string[];
    }[];
  };
  readonly keys: readonly { key: string; id: string; jwt: string; wraps: string; wrapped: string }[];
  readonly metadata: {
    accountKey: string;
    records: readonly { record: string; value: object; padded: string; key: string; token: string }[];
  };
  readonly index: {
    accountKey: string;
    exact: readonly { kind: 'folder' | 'tag'; value: string; token: string }[];
    texts: readonly {
      text: string;
      normalized: string;
      tokens: readonly number[];
      query: readonly number[];
    }[];
  };
}

const vectors = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', 'vectors', 'format-v1.json'), 'utf8'),
) as Vectors;
const bytes = (hex: string) => Buffer.from(hex, 'hex');
const hex = (data: Uint8Array) => Buffer.from(data).toString('hex');

describe('format 1, tokens', () => {
  it.each(vectors.tokens)('are sealed and opened as the vector for time $seconds says', (vector) => {
    const [key, iv, plaintext, token] = [
      bytes(vector.key),
      bytes(vector.iv),
      bytes(vector.plaintext),
      bytes(vector.token),
    ];
    const options = { iv, seconds: vector.seconds };
    expect(hex(sealToken(key, plaintext, options))).toBe(vector.token);
    expect(hex(sealBulk(key, [plaintext], options))).toBe(vector.token);
    expect(hex(openToken(key, token))).toBe(vector.plaintext);
    expect(hex(Buffer.concat([...openBulk(key, token)]))).toBe(vector.plaintext);
    expect(token).toHaveLength(tokenLength(plaintext.length));
  });
});

describe('format 1, content', () => {
  it.each(vectors.segmentKeys)('has the key of segment $index, last: $last', (vector) => {
    const key = segmentKey(bytes(vector.fileKey), bytes(vector.version), vector.index, vector.last);
    expect(hex(key)).toBe(vector.key);
  });

  it.each(vectors.content.contents)('is cut and opened as the vector of $sha256 says', (vector) => {
    const { fileKey, version } = vectors.content;
    const layout = { sizeBytes: bytes(vector.plaintext).length, segmentBytes: vector.segmentBytes };
    expect(segmentCount(layout)).toBe(vector.tokens.length);
    expect(sealedLength(layout)).toBe(bytes(vector.tokens.join('')).length);
    const segments = vector.tokens.map((token, i) => {
      const key = segmentKey(bytes(fileKey), bytes(version), i, i === vector.tokens.length - 1);
      return Buffer.concat([...openBulk(key, bytes(token))]);
    });
    expect(segments.map(({ length }) => length)).toEqual(segments.map((_, i) => segmentLength(layout, i)));
    expect(hex(Buffer.concat(segments))).toBe(vector.plaintext);
    expect(sha256(Buffer.concat(segments))).toBe(vector.sha256);
  });
});

describe('format 1, keys', () => {
  it.each(vectors.keys)('have the id, the derived secret and the wrapping of $id', (vector) => {
    const ring = parseKeyring(vector.key);
    expect(ring.primaryId).toBe(vector.id);
    expect(keyId(Buffer.from(vector.key, 'base64url'))).toBe(vector.id);
    expect(hex(ring.derive(vector.id, 'jwt') ?? Buffer.alloc(0))).toBe(vector.jwt);
    expect(hex(ring.unwrap({ token: bytes(vector.wrapped), keyId: vector.id }))).toBe(vector.wraps);
  });

  it('unwrap with any key of a ring', () => {
    const ring = new Keyring(vectors.keys.map(({ key }) => Buffer.from(key, 'base64url')));
    for (const { wrapped, wraps } of vectors.keys)
      expect(hex(ring.unwrap({ token: bytes(wrapped), keyId: '' }))).toBe(wraps);
  });
});

describe('format 1, metadata', () => {
  const account = bytes(vectors.metadata.accountKey);

  it.each(vectors.metadata.records)('of $record is keyed, padded and opened as the vector says', (vector) => {
    expect(hex(metadataKey(account, vector.record))).toBe(vector.key);
    expect(openMetadata(account, vector.record, bytes(vector.token))).toEqual(vector.value);
    expect(hex(openToken(bytes(vector.key), sealMetadata(account, vector.record, vector.value)))).toBe(
      vector.padded,
    );
  });
});

describe('format 1, blind index', () => {
  const index = new BlindIndex(bytes(vectors.index.accountKey));

  it.each(vectors.index.exact)('has the token of the $kind "$value"', ({ kind, value, token }) => {
    expect(hex(index.exact(kind, value))).toBe(token);
  });

  it.each(vectors.index.texts)('has the tokens of "$text"', ({ text, normalized, tokens, query }) => {
    expect(normalizeText(text)).toBe(normalized);
    expect(index.index(text)).toEqual(tokens);
    expect(index.query(text)).toEqual(query);
  });
});

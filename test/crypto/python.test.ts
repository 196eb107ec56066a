import { describe, expect, it } from 'vitest';
import { openBulk, sealBulk } from '../../src/crypto/bulk.ts';
import { openToken, sealToken } from '../../src/crypto/fernet.ts';
import { formatKey, Keyring, randomKey } from '../../src/crypto/keyring.ts';
import { metadataKey, openMetadata, sealMetadata } from '../../src/crypto/metadata.ts';
import { toBase64Url } from '../../src/crypto/base64url.ts';
import { someBytes } from '../support/bytes.ts';
import { pythonProblem, runPython, skipNote } from '../support/python.ts';

const sizes = [0, 1, 15, 16, 17, 31, 32, 33, 255, 4096, 300_001];
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const fromBase64 = (text: string) => Buffer.from(text, 'base64');

describe('Python cryptography, the second implementation,', () => {
  it.skipIf(pythonProblem !== undefined)(`opens what both engines seal${skipNote}`, () => {
    const sealed = sizes.flatMap((size) => {
      const [key, plaintext] = [randomKey(), someBytes(size)];
      return [
        sealToken(key, plaintext),
        sealBulk(key, [plaintext.subarray(0, 7), plaintext.subarray(7)]),
      ].map((token) => ({ key: formatKey(key), token: toBase64Url(token), plaintext: base64(plaintext) }));
    });
    const opened = runPython<string[]>(
      `import sys, json
from base64 import b64encode
from cryptography.fernet import Fernet
print(json.dumps([b64encode(Fernet(v["key"]).decrypt(v["token"].encode(), ttl=60)).decode() for v in json.load(sys.stdin)]))`,
      sealed,
    );
    expect(opened).toEqual(sealed.map(({ plaintext }) => plaintext));
  });

  it.skipIf(pythonProblem !== undefined)(`seals what both engines open${skipNote}`, () => {
    const given = sizes.map((size) => ({ key: randomKey(), plaintext: someBytes(size) }));
    const tokens = runPython<string[]>(
      `import sys, json
from base64 import b64decode
from cryptography.fernet import Fernet
print(json.dumps([Fernet(v["key"]).encrypt(b64decode(v["plaintext"])).decode() for v in json.load(sys.stdin)]))`,
      given.map(({ key, plaintext }) => ({ key: formatKey(key), plaintext: base64(plaintext) })),
    );
    for (const [i, { key, plaintext }] of given.entries()) {
      const token = Buffer.from(tokens[i] ?? '', 'base64url');
      expect(Buffer.compare(openToken(key, token, { ttlSeconds: 60 }), plaintext)).toBe(0);
      expect(Buffer.compare(Buffer.concat([...openBulk(key, token)]), plaintext)).toBe(0);
    }
  });

  it.skipIf(pythonProblem !== undefined)(`wraps and rotates keys as MultiFernet${skipNote}`, () => {
    const [a, b] = [randomKey(), randomKey()];
    const secret = randomKey();
    const wrapped = new Keyring([b, a]).wrap(secret);
    const { opened, rotated } = runPython<{ opened: string; rotated: string }>(
      `import sys, json
from base64 import b64encode
from cryptography.fernet import Fernet, MultiFernet
v = json.load(sys.stdin)
ring = MultiFernet([Fernet(k) for k in v["keys"]])
print(json.dumps({"opened": b64encode(ring.decrypt(v["token"])).decode(), "rotated": ring.rotate(v["token"]).decode()}))`,
      { keys: [formatKey(a), formatKey(b)], token: toBase64Url(wrapped.token) },
    );
    expect(opened).toBe(base64(secret));
    const token = Buffer.from(rotated, 'base64url');
    expect(base64(new Keyring([a]).unwrap({ token, keyId: wrapped.keyId }))).toBe(base64(secret));
  });

  it.skipIf(pythonProblem !== undefined)(
    `opens sealed metadata, and seals what opens here${skipNote}`,
    () => {
      const account = randomKey();
      const value = { name: 'Größe 文 🎉.pdf', tags: ['a', 'b'] };
      const key = formatKey(metadataKey(account, 'file:k3f9qz'));
      const { opened, token } = runPython<{ opened: unknown; token: string }>(
        `import sys, json
from cryptography.fernet import Fernet
v = json.load(sys.stdin)
opened = json.loads(Fernet(v["key"]).decrypt(v["token"]))
print(json.dumps({"opened": opened, "token": Fernet(v["key"]).encrypt(json.dumps(opened).encode()).decode()}))`,
        { key, token: toBase64Url(sealMetadata(account, 'file:k3f9qz', value)) },
      );
      expect(opened).toEqual(value);
      expect(
        openMetadata(account, 'file:k3f9qz', fromBase64(token.replaceAll('-', '+').replaceAll('_', '/'))),
      ).toEqual(value);
    },
  );
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Binary } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { randomKey } from '../../src/crypto/keyring.ts';
import { storeKey } from '../../src/database/binary.ts';
import { pathOf, wrappedPlaces } from '../../src/keys/wrapped-places.ts';
import { openTestServer } from '../support/server.ts';

/** Paths of all values that look like a wrapped key, numbers of list elements left out. */
function storedKeysIn(value: unknown, path: readonly string[] = []): string[] {
  if (typeof value !== 'object' || value === null || value instanceof Binary || value instanceof Date)
    return [];
  if (Array.isArray(value)) return value.flatMap((element) => storedKeysIn(element, path));
  if ('token' in value && value.token instanceof Binary && 'keyId' in value) return [path.join('.')];
  return Object.entries(value).flatMap(([name, inner]) => storedKeysIn(inner, [...path, name]));
}

const known = wrappedPlaces.map((place) => `${place.collection}.${pathOf(place)}`);

describe('the list of places with wrapped keys', () => {
  it('names every place in a database that was used', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice', 'owner');
    const file = await alice.json<{ id: string }>('POST', '/v1/files?name=a.txt', { body: 'a' });
    await alice.send('PUT', `/v1/files/${file.body.id}/content`, { body: 'b' });
    await t.signUp('bob');
    await alice.send('PUT', `/v1/files/${file.body.id}/grants/bob`, { body: {} });
    await alice.send('PUT', '/v1/folders/%2F/grants/bob', { body: {} });
    await alice.send('POST', `/v1/files/${file.body.id}/links`, { body: {} });
    await alice.send('POST', '/v1/uploads', {
      headers: {
        'tus-resumable': '1.0.0',
        'upload-length': '9',
        'upload-metadata': `name ${Buffer.from('u.txt').toString('base64')}`,
      },
    });
    const found = new Set<string>();
    for (const { name } of await t.database.db.listCollections().toArray())
      for await (const document of t.database.db.collection(name).find())
        for (const path of storedKeysIn(document)) found.add(`${name}.${path}`);
    expect([...found].filter((place) => !known.includes(place))).toEqual([]);
    expect(found).toContain('files.versions.key');
  });

  it('has as many places as the document types have fields of wrapped keys', () => {
    const folder = join(import.meta.dirname, '../../src');
    const fields = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.startsWith('keys/'))
      .flatMap(
        (name) => readFileSync(join(folder, name), 'utf8').match(/^ +\w+\??: StoredKey\b.*;$/gm) ?? [],
      );
    expect(fields).toHaveLength(wrappedPlaces.length);
  });

  it('would notice one that is not on it', async () => {
    await using t = await openTestServer();
    const key = storeKey(t.keyring.wrap(randomKey()));
    await t.database.db.collection('somewhere').insertOne({ list: [{ deep: { key } }] });
    const document = await t.database.db.collection('somewhere').findOne();
    expect(storedKeysIn(document)).toEqual(['list.deep.key']);
  });
});

import { randomBytes } from 'node:crypto';
import { Binary, BSON, ObjectId } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { longInsertParts } from '../../src/database/long-insert.ts';
import { openTestLocker } from '../support/locker.ts';

const data = randomBytes(200_000);
const document = { _id: new ObjectId(), files_id: new ObjectId(), n: 7, data: new Binary(data) };
const insert = (documents: readonly object[]) => ({
  requestId: 42,
  command: { insert: 'chunks', documents, ordered: true, $db: 'coffer' },
});

/** Reads a message as the specification of OP_MSG has it. */
function readMessage(message: Buffer) {
  const bodyStart = 21;
  const bodyEnd = bodyStart + message.readInt32LE(bodyStart);
  const section = message.subarray(bodyEnd);
  const nameEnd = section.indexOf(0, 5);
  return {
    lengths: [message.readInt32LE(0), section.readInt32LE(1) + 1],
    header: [message.readInt32LE(4), message.readInt32LE(8), message.readInt32LE(12)],
    flags: message.readUInt32LE(16),
    kinds: [message[20], section[0]],
    body: BSON.deserialize(message.subarray(bodyStart, bodyEnd)),
    name: section.toString('latin1', 5, nameEnd),
    document: BSON.deserialize(section.subarray(nameEnd + 1), { promoteBuffers: true }),
    sectionBytes: section.length,
  };
}

describe('the insert of a document with long bytes', () => {
  it('is a message as the specification has it', () => {
    const message = Buffer.concat([...(longInsertParts(insert([document])) ?? [])]);
    const read = readMessage(message);
    expect(read.lengths).toEqual([message.length, read.sectionBytes]);
    expect(read).toMatchObject({ header: [42, 0, 2013], flags: 0, kinds: [0, 1], name: 'documents' });
    expect(read.body).toEqual({ insert: 'chunks', ordered: true, $db: 'coffer' });
    expect(Object.keys(read.document)).toEqual(['_id', 'files_id', 'n', 'data']);
    expect(read.document).toMatchObject({ _id: document._id, files_id: document.files_id, n: 7 });
    expect(data.equals(read.document['data'] as Buffer)).toBe(true);
  });

  it('is sent from where its bytes lie', () => {
    const parts = longInsertParts(insert([document])) ?? [];
    expect(parts.some((part) => part.buffer === data.buffer && part.length === data.length)).toBe(true);
  });

  it('leaves everything else to the driver', () => {
    const short = { ...document, data: new Binary(data.subarray(0, 1000)) };
    const first = { data: document.data, n: 7 };
    const uuid = { ...document, data: new Binary(data, Binary.SUBTYPE_BYTE_ARRAY) };
    for (const documents of [[short], [document, document], [first], [uuid], [{}], []])
      expect(longInsertParts(insert(documents))).toBeUndefined();
    expect(
      longInsertParts({ requestId: 1, command: { find: 'chunks', documents: [document] } }),
    ).toBeUndefined();
    expect(longInsertParts({ requestId: 1 })).toBeUndefined();
    const { command } = insert([document]);
    const unacknowledged = { ...command, writeConcern: { w: 0 } };
    expect(longInsertParts({ requestId: 1, command: unacknowledged })).toBeUndefined();
    const journaled = { ...command, writeConcern: { w: 1, j: true } };
    expect(longInsertParts({ requestId: 1, command: journaled })).toBeDefined();
  });

  it('is taken by the server, which refuses what it would refuse', async () => {
    await using t = await openTestLocker();
    const { chunks } = t.locker.collections;
    // The first byte and the length of a token.
    const token = Buffer.concat([Buffer.from([0x80]), randomBytes(56 + 16 * 10_000)]);
    const chunk = { ...document, data: new Binary(token) };
    await chunks.insertOne(chunk);
    const found = await chunks.findOne({ _id: chunk._id }, { promoteBuffers: true });
    expect(token.equals(found?.data as unknown as Buffer)).toBe(true);
    await expect(chunks.insertOne(chunk)).rejects.toMatchObject({ code: 11000 });
    const raw = { ...chunk, _id: new ObjectId(), n: 8, data: new Binary(data) };
    await expect(chunks.insertOne(raw)).rejects.toMatchObject({ code: 121 });
  });
});

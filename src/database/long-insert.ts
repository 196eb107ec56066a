import { Binary, BSON, type Document } from 'mongodb';

/** From this length on, copying the bytes into a message costs more than sending it in parts. */
const longBytes = 128 * 1024;
/** Header (16 bytes), flags (4) and the kind of the first section (1). */
const frontBytes = 21;
const opMsg = 2013;

/** What is known of a message of the driver's. */
export interface DriverMessage {
  readonly requestId: number;
  readonly command?: Readonly<Document>;
}

/**
 * The insert of one document that ends with long bytes, as OP_MSG has it (mongodb.com/docs/manual/reference/mongodb-wire-protocol),
 * without copying them: the driver would copy them three times. The document becomes a section of its own.
 *
 * @returns the message in parts; undefined if it is any other, which the driver writes better.
 */
export function longInsertParts({ requestId, command }: DriverMessage): readonly Uint8Array[] | undefined {
  // Without acknowledgement the message needs a flag, which the driver knows how to set.
  if (typeof command?.['insert'] !== 'string' || command['writeConcern']?.w === 0) return undefined;
  const { documents, ...rest } = command;
  const document = Array.isArray(documents) && documents.length === 1 ? lastIsLong(documents[0]) : undefined;
  if (document === undefined) return undefined;
  const body = BSON.serialize(rest);
  const { start, bytes } = document;
  const name = Buffer.from('documents\0');
  const sectionBytes = 4 + name.length + start.length + bytes.length + 1;
  const front = Buffer.alloc(frontBytes);
  front.writeInt32LE(frontBytes + body.length + 1 + sectionBytes, 0);
  front.writeInt32LE(requestId, 4);
  front.writeInt32LE(opMsg, 12);
  // A section of kind 1: its kind, its length, the name of the field, and the documents.
  const section = Buffer.alloc(5);
  section.writeUInt8(1, 0);
  section.writeInt32LE(sectionBytes, 1);
  return [Buffer.concat([front, body, section, name, start]), bytes, endOfDocument];
}

const endOfDocument = Buffer.alloc(1);

/** A document in BSON up to the long bytes that are the last of it, with the bytes; undefined if they are not. */
function lastIsLong(document: Document): { start: Buffer; bytes: Uint8Array } | undefined {
  const [key, value] = Object.entries(document).at(-1) ?? [];
  if (key === undefined || !(value instanceof Binary) || value.position < longBytes) return undefined;
  // Only with this subtype the bytes follow their length without another one.
  if (value.sub_type !== Binary.SUBTYPE_DEFAULT) return undefined;
  const bytes = value.buffer.subarray(0, value.position);
  const empty = Buffer.from(BSON.serialize({ ...document, [key]: new Binary(new Uint8Array()) }));
  // After the length of the bytes come their subtype, which stays, and the end of the document, which moves behind them.
  const start = empty.subarray(0, -1);
  start.writeInt32LE(empty.length + bytes.length, 0);
  start.writeInt32LE(bytes.length, start.length - 5);
  return { start, bytes };
}

import { createHmac } from 'node:crypto';
import type { Binary, ObjectId } from 'mongodb';

/** Ways into the locker. */
export type Door = 'api' | 'telegram' | 'slack' | 'link' | 'operator';

/** What happened, without its place in the chain. Ids only: names are resolved when someone may read them. */
export interface AuditEntry {
  readonly at: Date;
  /** Account that acted; null for a stranger or the operator. */
  readonly account: string | null;
  readonly door: Door;
  /** Session or API token that was used. */
  readonly credential: string | null;
  /** Name of the use case, such as `file.download`. */
  readonly action: string;
  readonly file: string | null;
  /** Account whose file or account it was about. */
  readonly owner: string | null;
  /** What else it was about: an account, token, session or link id, never a secret. */
  readonly subject: string | null;
  /** `ok`, or the code of the error. */
  readonly outcome: string;
}

/** One link of the chain, as it is stored. */
export interface AuditDoc extends AuditEntry {
  /** Place in the chain, from 1, without gaps. */
  readonly _id: number;
  /** Made for this record, so that no two are alike, and a writer knows its own again. */
  readonly id: ObjectId;
  /** HMAC-SHA256 over the MAC before and this record. */
  readonly mac: Binary;
}

export const firstMac: Uint8Array = new Uint8Array(32);

/** Longest text of a field; ids and codes are shorter, and what a stranger sends is not kept at any length. */
const maxTextLength = 256;

const storableText = <T extends string | null>(value: T) =>
  (value === null ? null : Buffer.from(value.slice(0, maxTextLength)).toString()) as T;

/**
 * The entry as the database gives it back: a lone surrogate is replaced there, and a MAC over anything else would never match again.
 */
export function storable(entry: AuditEntry): AuditEntry {
  const { at, account, door, credential, action, file, owner, subject, outcome } = entry;
  return {
    at,
    account: storableText(account),
    door,
    credential: storableText(credential),
    action: storableText(action),
    file: storableText(file),
    owner: storableText(owner),
    subject: storableText(subject),
    outcome: storableText(outcome),
  };
}

/**
 * Computes the MAC of a record. Keyed, so that whoever can write to the database cannot make a chain of their own.
 *
 * @param key 32 bytes, the installation's audit key.
 * @param previous MAC of the record before; zeros for the first.
 */
export function chainMac(
  key: Uint8Array,
  previous: Uint8Array,
  seq: number,
  entry: AuditEntry & { readonly id: ObjectId },
): Buffer {
  const { at, account, door, credential, action, file, owner, subject, outcome } = entry;
  const text = JSON.stringify([
    seq,
    entry.id.toHexString(),
    at.toISOString(),
    account,
    door,
    credential,
    action,
    file,
    owner,
    subject,
    outcome,
  ]);
  return createHmac('sha256', key).update(previous).update(text).digest();
}

/** Computes the MAC of the note that says how long the chain is and how it ends, so that nobody else can write a shorter one. */
export const headMac = (key: Uint8Array, seq: number, mac: Uint8Array): Buffer =>
  createHmac('sha256', key).update(`head:${seq}:`).update(mac).digest();

import { randomBytes } from 'node:crypto';
import type { Collection } from 'mongodb';
import { OpenError } from '../crypto/fernet.ts';
import { openMetadata, sealMetadata } from '../crypto/metadata.ts';
import { fromBinary, toBinary } from '../database/binary.ts';
import type { ChatNoteDoc } from './documents.ts';

/** What conversations remember, sealed: the same in every instance, and after a restart. */
export class ChatNotes {
  readonly #notes: Collection<ChatNoteDoc>;
  readonly #key: Uint8Array;
  readonly #now: () => Date;

  /** @param key 32 bytes. */
  constructor(notes: Collection<ChatNoteDoc>, key: Uint8Array, now: () => Date) {
    this.#notes = notes;
    this.#key = key;
    this.#now = now;
  }

  /** @returns undefined if nothing is remembered, or no longer. */
  async get<T>(identity: string, key: string): Promise<T | undefined> {
    return (await this.find<T>(idOf(identity, key)))?.value;
  }

  /** @param ttlSeconds null to remember it until it is removed. */
  async set(identity: string, key: string, value: object, ttlSeconds: number | null): Promise<void> {
    await this.#write(idOf(identity, key), identity, value, ttlSeconds);
  }

  async remove(identity: string, key: string): Promise<void> {
    await this.#notes.deleteOne({ _id: idOf(identity, key) });
  }

  /** Keeps a value under a random id of 16 characters (A-Z, a-z, 0-9, - and _). */
  async add(identity: string, value: object, ttlSeconds: number): Promise<string> {
    const id = randomBytes(12).toString('base64url');
    await this.#write(id, identity, value, ttlSeconds);
    return id;
  }

  /** @returns undefined for an id that is unknown or too old, or that never was one. */
  async find<T>(id: string): Promise<{ identity: string; value: T } | undefined> {
    const note = await this.#notes.findOne({ _id: id });
    if (note === null || (note.expiresAt !== null && note.expiresAt <= this.#now())) return undefined;
    try {
      return {
        identity: note.identity,
        value: openMetadata(this.#key, record(id, note.identity), fromBinary(note.sealed)) as T,
      };
    } catch (error) {
      if (error instanceof OpenError) return undefined;
      throw error;
    }
  }

  /** Forgets everything of an identity: it was unlinked. */
  async forget(identity: string): Promise<void> {
    await this.#notes.deleteMany({ identity });
  }

  async #write(_id: string, identity: string, value: object, ttlSeconds: number | null): Promise<void> {
    const expiresAt = ttlSeconds === null ? null : new Date(this.#now().getTime() + ttlSeconds * 1000);
    const sealed = toBinary(sealMetadata(this.#key, record(_id, identity), value));
    await this.#notes.replaceOne({ _id }, { identity, sealed, expiresAt }, { upsert: true });
  }
}

const idOf = (identity: string, key: string) => `${identity} ${key}`;

/** Binds a note to its identity: one that was moved does not open. */
const record = (id: string, identity: string) => `note:${identity}:${id}`;

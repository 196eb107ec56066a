import type { Binary } from 'mongodb';
import type { OpenAccount } from '../accounts/account-keys.ts';
import { OpenError } from '../crypto/fernet.ts';
import { openMetadata, sealMetadata } from '../crypto/metadata.ts';
import { fromBinary, toBinary } from '../database/binary.ts';
import { LockerError } from '../errors.ts';
import type { FileDoc, VersionDoc } from './documents.ts';
import { ancestors } from './folder-path.ts';

/** What describes a file, sealed as a whole: FORMAT.md section 4. */
export interface FileMetadata {
  readonly name: string;
  readonly folder: string;
  readonly tags: readonly string[];
  readonly mediaType: string;
  readonly description: string;
  readonly versions: readonly VersionFacts[];
}

export interface VersionFacts {
  readonly n: number;
  /** Hexadecimal id of the GridFS file. */
  readonly id: string;
  /** Plaintext bytes. */
  readonly size: number;
  readonly segmentBytes: number;
  /** Of the plaintext, hexadecimal. */
  readonly sha256: string;
}

type SealedFields = Pick<FileDoc, 'sealed' | 'folder' | 'folders' | 'tags' | 'words'>;

/** Seals what describes a file, and makes the keyed tokens by which it is found. */
export function sealEntry(owner: OpenAccount, fileId: string, metadata: FileMetadata): SealedFields {
  const folders = folderTokens(owner, metadata.folder);
  const [folder] = folders;
  if (folder === undefined) throw new RangeError('a folder has a token');
  return {
    sealed: toBinary(sealMetadata(owner.key, record(fileId), metadata)),
    folder,
    folders,
    tags: metadata.tags.map((tag) => toBinary(owner.index.exact('tag', tag))),
    words: owner.index.index(...searchedTexts(metadata)),
  };
}

/** Keyed tokens of a folder and of all folders above it, the folder itself first. */
export const folderTokens = (owner: OpenAccount, folder: string): Binary[] =>
  ancestors(folder).map((path) => toBinary(owner.index.exact('folder', path)));

/** The texts under which a file is found. */
export const searchedTexts = ({
  name,
  description,
  tags,
}: Pick<FileMetadata, 'name' | 'description' | 'tags'>): string[] => [name, description, ...tags];

/**
 * Opens what describes a file.
 *
 * @throws LockerError `content_damaged` if it does not open.
 */
export function openEntry(owner: OpenAccount, file: Pick<FileDoc, '_id' | 'sealed'>): FileMetadata {
  try {
    // Authenticated under the owner's key, so it has the shape in which `sealEntry` wrote it.
    return openMetadata(owner.key, record(file._id), fromBinary(file.sealed)) as FileMetadata;
  } catch (error) {
    if (!(error instanceof OpenError)) throw error;
    throw damagedEntry(file._id, error);
  }
}

/**
 * Finds a version in the sealed metadata and its key in the clear part, which must be about the same content.
 *
 * @param n number of the version; the current one if absent.
 * @throws LockerError `not_found` for a number that never was, `content_damaged` if the two parts disagree.
 */
export function findVersion(
  file: FileDoc,
  metadata: FileMetadata,
  n?: number,
): { facts: VersionFacts; stored: VersionDoc } {
  const facts =
    n === undefined ? metadata.versions.at(-1) : metadata.versions.find((version) => version.n === n);
  if (facts === undefined) throw new LockerError('not_found', { hint: 'There is no such version.' });
  const stored = file.versions.find((version) => version.n === facts.n);
  if (stored?.id.toHexString() !== facts.id || stored.sizeBytes !== facts.size) throw damagedEntry(file._id);
  return { facts, stored };
}

const record = (fileId: string) => `file:${fileId}`;

const damagedEntry = (fileId: string, cause?: OpenError) =>
  new LockerError(
    'content_damaged',
    { fileId, hint: 'The stored record of this file is damaged. Restore it from a backup.' },
    { cause },
  );

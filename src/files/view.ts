import type { FileDoc } from './documents.ts';
import type { FileMetadata } from './entry.ts';

export type AccessRole = 'viewer' | 'editor' | 'owner';

/** A file as its owner, or someone it is shared with, sees it. */
export interface FileView {
  readonly id: string;
  readonly name: string;
  /** Null if only the file, and not its folder, is shared with the one who asks. */
  readonly folder: string | null;
  readonly tags: readonly string[];
  readonly mediaType: string;
  readonly description: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** Number of the current version, from 1. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly trashedAt: Date | null;
  /** True while an administrator keeps everyone from the content. */
  readonly restricted: boolean;
  /** Handle of the owner. */
  readonly owner: string;
  /** What the one who asks may do with it. */
  readonly access: AccessRole;
}

export interface Sight {
  readonly ownerHandle: string;
  readonly role: AccessRole;
  /** True if the one who asks may know the folder. */
  readonly folderShown: boolean;
}

type Shown = Pick<FileDoc, '_id' | 'createdAt' | 'updatedAt' | 'trashedAt' | 'restriction'>;

export function viewFile(file: Shown, metadata: FileMetadata, sight: Sight): FileView {
  const current = metadata.versions.at(-1);
  if (current === undefined) throw new RangeError('a file has a version');
  return {
    id: file._id,
    name: metadata.name,
    folder: sight.folderShown ? metadata.folder : null,
    tags: metadata.tags,
    mediaType: metadata.mediaType,
    description: metadata.description,
    sizeBytes: current.size,
    sha256: current.sha256,
    version: current.n,
    createdAt: file.createdAt,
    updatedAt: file.updatedAt,
    trashedAt: file.trashedAt,
    restricted: file.restriction !== undefined,
    owner: sight.ownerHandle,
    access: sight.role,
  };
}

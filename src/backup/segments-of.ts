import type { StoredContent } from './read-entries.ts';

/** Number of segments of a content; all but the last have `chunkBytes`. */
export const segmentsOf = ({
  sealedBytes,
  chunkBytes,
}: Pick<StoredContent, 'sealedBytes' | 'chunkBytes'>): number => Math.ceil(sealedBytes / chunkBytes);

import { maxPurposeLength } from '../../src/links/upload-links.ts';

/** For which message an upload link was made: `UploadLinkUse.purpose` brings it back when the file has arrived. */
export interface UploadPurpose {
  readonly chat: 'telegram' | 'slack';
  readonly identity: string;
  /** The chat's own reference to the message that could not be fetched; null if it gave none. */
  readonly reply: string | null;
}

export function writePurpose(purpose: UploadPurpose): string {
  const text = JSON.stringify(purpose);
  // Without the message, it still comes to the person.
  return text.length <= maxPurposeLength ? text : JSON.stringify({ ...purpose, reply: null });
}

/** @returns undefined for a link that no chat made: purposes are free text. */
export function readPurpose(text: string): UploadPurpose | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { chat, identity, reply } = value as Record<string, unknown>;
  if ((chat !== 'telegram' && chat !== 'slack') || typeof identity !== 'string') return undefined;
  return { chat, identity, reply: typeof reply === 'string' ? reply : null };
}

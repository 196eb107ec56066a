import { createUploadLink } from '../../src/links/upload-links.ts';
import type { Caption } from '../arguments/caption.ts';
import type { Context, MemberIncoming } from '../port/command.ts';
import type { Attachment } from '../port/incoming.ts';
import type { Text } from '../port/text.ts';
import { savingWords } from '../words/saving.ts';
import { writePurpose } from './upload-purpose.ts';

const linkSeconds = 24 * 3600;

/**
 * Makes a one-time upload link for what the chat does not hand over, bound to its message: the conversation goes on when
 * the file has arrived.
 */
export async function uploadLinkFor(
  { locker, publicUrl }: Context,
  { actor, chat, identity, messages }: MemberIncoming,
  { sizeBytes, message }: Attachment,
  name: string,
  { folder, tags, description }: Caption,
  limitBytes: number,
): Promise<Text> {
  const { maxFileBytes } = locker.limits;
  if (sizeBytes !== undefined && sizeBytes > maxFileBytes)
    return [savingWords.tooLargeForAll(name, sizeBytes, maxFileBytes)];
  const { token } = await createUploadLink(locker, actor, {
    purpose: writePurpose({ chat, identity: identity.id, reply: message ?? messages?.[0] ?? null }),
    folder,
    tags,
    name,
    description,
    ttlSeconds: linkSeconds,
  });
  return savingWords.tooLarge(name, sizeBytes, limitBytes, `${publicUrl}/u/${token}`);
}

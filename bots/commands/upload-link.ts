import { createUploadLink } from '../../src/links/upload-links.ts';
import { savingWords } from '../words/saving.ts';
import { memberCommand, note, textOf, textsOf, unlisted } from './define.ts';
import { writePurpose } from './upload-purpose.ts';

const linkSeconds = 24 * 3600;

/** A link for one upload of any size, which forms and buttons ask for: the conversation goes on when the file has arrived. */
export const uploadLink = memberCommand({
  name: 'upload-link',
  ...unlisted,
  async *run({ locker, publicUrl }, { actor, chat, identity }, input) {
    const name = textOf(input, 'name');
    const { token } = await createUploadLink(locker, actor, {
      purpose: writePurpose({ chat, identity: identity.id, reply: null }),
      name,
      folder: textOf(input, 'folder'),
      tags: textsOf(input, 'tags'),
      ttlSeconds: linkSeconds,
    });
    yield note(savingWords.sendHere(name, `${publicUrl}/u/${token}`));
  },
});

import { answerAccessRequest, requestAccess } from '../../src/sharing/access-requests.ts';
import { UsageError } from '../port/command.ts';
import { manual } from '../words/manual.ts';
import { sharingWords } from '../words/sharing.ts';
import { memberCommand, note, textOf, unlisted } from './define.ts';
import { isFileId } from './find-file.ts';

/** Asks the owner of a file, if there is one. The answer is the same in every case. */
export const request = memberCommand({
  name: 'request',
  ...manual.request,
  read: (phrase) => ({ file: phrase.rest.trim() }),
  async *run({ locker }, { actor }, input) {
    const id = textOf(input, 'file')?.toLowerCase();
    if (id === undefined || !isFileId(id)) throw new UsageError(sharingWords.requestNeedsId);
    await requestAccess(locker, actor, id);
    yield note(sharingWords.requested(id));
  },
});

const answers = ['once', 'day', 'always', 'deny'] as const;

/** What the buttons under a request do. */
export const answerRequest = memberCommand({
  name: 'answer-request',
  ...unlisted,
  async *run({ locker }, { actor }, input) {
    const answer = answers.find((known) => known === input['answer']) ?? 'deny';
    await answerAccessRequest(locker, actor, textOf(input, 'request') ?? '', answer);
    yield note(sharingWords.answered[answer](`@${textOf(input, 'who') ?? ''}`));
  },
});

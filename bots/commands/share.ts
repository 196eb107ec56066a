import { putGrant } from '../../src/sharing/grants.ts';
import { takePeople } from '../arguments/people.ts';
import { takeUntil } from '../arguments/until.ts';
import { UsageError } from '../port/command.ts';
import { labels } from '../words/labels.ts';
import { manual } from '../words/manual.ts';
import { sharingWords } from '../words/sharing.ts';
import { memberCommand, momentOf, note, readerOf, textOf } from './define.ts';
import { findTarget } from './find-target.ts';

const roles: Readonly<Record<string, 'viewer' | 'editor'>> = { viewer: 'viewer', editor: 'editor' };
/** Alone, these may be part of a name: `edit plan.txt`. */
const verbs: Readonly<Record<string, 'viewer' | 'editor'>> = {
  view: 'viewer',
  read: 'viewer',
  edit: 'editor',
};
const modals = ['to', 'can', 'may'];

export const share = memberCommand({
  name: 'share',
  ...manual.share,
  async read(phrase, context, incoming, carried) {
    const people = await takePeople(phrase, context, incoming);
    if (people.length > 1) throw new UsageError(sharingWords.severalPeople);
    const until = takeUntil(phrase, await readerOf(context), true);
    const role =
      phrase.takeAfter(modals, ([verb]) => verbs[verb?.toLowerCase() ?? ''], 1)?.value ??
      phrase.takeWords((word) => roles[word.toLowerCase()], ['as'])[0];
    const isAnswer = textOf(carried, 'file') !== undefined || textOf(carried, 'folder') !== undefined;
    // The answer to `Whom?` may be a bare handle.
    const who = people[0] ?? (isAnswer && !phrase.isEmpty ? phrase.rest : undefined);
    return {
      ...(who === undefined ? {} : { who }),
      ...(until === undefined ? {} : { until }),
      ...(role === undefined ? {} : { role }),
      words: phrase.rest,
    };
  },
  async *run(context, incoming, input) {
    const { target, what, kept } = await findTarget(context, incoming, input, 'share');
    const grantee = textOf(input, 'who');
    if (grantee === undefined) {
      yield {
        kind: 'prompt',
        text: sharingWords.who(what),
        answer: { label: labels.share, command: 'share', input: { ...input, ...kept } },
        placeholder: sharingWords.whoExample,
      };
      return;
    }
    const grant = await putGrant(context.locker, incoming.actor, target, {
      grantee,
      role: textOf(input, 'role') === 'editor' ? 'editor' : 'viewer',
      expiresAt: momentOf(input, 'until'),
    });
    yield note(sharingWords.shared(what, grant, await readerOf(context)), [
      { label: labels.stopSharing, command: 'unshare', input: { ...kept, who: grantee }, where: 'edit' },
      { label: labels.whoHasIt, command: 'unshare', input: kept },
    ]);
  },
});

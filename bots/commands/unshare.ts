import { listGrants, listSharedFolders, removeGrant } from '../../src/sharing/grants.ts';
import { takePeople } from '../arguments/people.ts';
import type { Action, Input } from '../port/action.ts';
import { type Context, type MemberIncoming, UsageError } from '../port/command.ts';
import type { Reply } from '../port/reply.ts';
import { labels } from '../words/labels.ts';
import { manual } from '../words/manual.ts';
import { sharingWords } from '../words/sharing.ts';
import { memberCommand, note, numberOf, readerOf, textOf } from './define.ts';
import { findTarget, type FoundTarget } from './find-target.ts';

const pageSize = 10;

export const unshare = memberCommand({
  name: 'unshare',
  ...manual.unshare,
  async read(phrase, context, incoming) {
    const people = await takePeople(phrase, context, incoming);
    if (people.length > 1) throw new UsageError(sharingWords.severalPeople);
    const [who] = people;
    return { ...(who === undefined ? {} : { who }), words: phrase.rest };
  },
  async *run(context, incoming, input) {
    const { locker } = context;
    if (saysNothing(input) && incoming.repliesTo === undefined) {
      const folders = await sharedFolders(context, incoming, numberOf(input, 'from') ?? 0);
      if (folders !== undefined) yield folders;
      // Another page of them asks for no file.
      if (input['folders'] === true) return;
    }
    const found = await findTarget(context, incoming, input, 'unshare');
    const who = textOf(input, 'who');
    if (who === undefined) {
      yield await grantsOf(context, incoming, found, numberOf(input, 'from') ?? 0);
      return;
    }
    await removeGrant(locker, incoming.actor, found.target, who);
    yield note(sharingWords.unshared(found.what, who));
  },
});

const saysNothing = (input: Input) =>
  ['file', 'folder', 'words', 'who'].every((key) => textOf(input, key) === undefined);

async function grantsOf(
  context: Context,
  { actor }: MemberIncoming,
  { target, what, kept }: FoundTarget,
  from: number,
): Promise<Reply> {
  const grants = await listGrants(context.locker, actor, target);
  const add = { label: labels.share, command: 'share', input: kept };
  if (grants.length === 0) return note(sharingWords.sharedWithNobody(what), [add]);
  const reader = await readerOf(context);
  return {
    kind: 'list',
    title: sharingWords.sharedWith(what),
    entries: grants.slice(from, from + pageSize).map((grant) => ({
      number: null,
      text: sharingWords.grant(grant),
      detail: sharingWords.grantDetail(grant, reader),
      actions: [
        {
          label: labels.stopSharing,
          command: 'unshare',
          input: { ...kept, who: grant.grantee },
          style: 'danger' as const,
        },
      ],
    })),
    previous: from === 0 ? undefined : turn(labels.previous, kept, from - pageSize),
    next: from + pageSize < grants.length ? turn(labels.next, kept, from + pageSize) : undefined,
    actions: [[add]],
  };
}

const turn = (label: string, kept: Input, from: number): Action => ({
  label,
  command: 'unshare',
  input: { ...kept, from },
  where: 'edit',
});

async function sharedFolders(
  context: Context,
  { actor }: MemberIncoming,
  from: number,
): Promise<Reply | undefined> {
  const folders = await listSharedFolders(context.locker, actor);
  if (folders.length === 0) return undefined;
  const reader = await readerOf(context);
  return {
    kind: 'list',
    title: sharingWords.sharedFolders,
    entries: folders.slice(from, from + pageSize).map((shared) => ({
      number: null,
      text: sharingWords.sharedFolder(shared.folder, shared.grantee),
      detail: sharingWords.grantDetail(shared, reader),
      actions: [
        {
          label: labels.stopSharing,
          command: 'unshare',
          input: { folder: shared.folder, who: shared.grantee },
          style: 'danger' as const,
        },
      ],
    })),
    previous: from === 0 ? undefined : turn(labels.previous, { folders: true }, from - pageSize),
    next:
      from + pageSize < folders.length ? turn(labels.next, { folders: true }, from + pageSize) : undefined,
  };
}

import { isLockerError } from '../../src/errors.ts';
import { deleteFile } from '../../src/files/delete.ts';
import { listFiles } from '../../src/files/list.ts';
import { restoreFile, trashFile } from '../../src/files/trash.ts';
import type { Input } from '../port/action.ts';
import type { Context, MemberIncoming } from '../port/command.ts';
import type { Reply } from '../port/reply.ts';
import { fileCard } from '../words/file-card.ts';
import { fileWords } from '../words/files.ts';
import { labels } from '../words/labels.ts';
import { manual } from '../words/manual.ts';
import { memberCommand, momentOf, note, textOf } from './define.ts';
import { findFile } from './find-file.ts';
import { listPage } from './list-page.ts';

/** Files that one press empties the trash of: a bound on the work of one answer. */
const maxEmptied = 500;

export const trash = memberCommand({
  name: 'trash',
  ...manual.trash,
  read: (phrase) => ({ words: phrase.rest }),
  async *run(context, incoming, input) {
    const named = textOf(input, 'file') ?? textOf(input, 'words') ?? incoming.repliesTo;
    if (named === undefined) {
      yield* listPage(context, incoming, { trash: true }, 'list');
      return;
    }
    const { id } = await findFile(context, incoming, input, { command: 'trash' });
    const file = await trashFile(context.locker, incoming.actor, id);
    yield note(fileWords.trashed(file), [
      { label: labels.undo, command: 'restore', input: { file: id }, where: 'edit' },
      { label: labels.deleteForEver, command: 'delete', input: { file: id }, style: 'danger', where: 'edit' },
    ]);
  },
});

export const restore = memberCommand({
  name: 'restore',
  ...manual.restore,
  read: (phrase) => ({ words: phrase.rest }),
  async *run(context, incoming, input) {
    const { id } = await findFile(context, incoming, input, { command: 'restore', trash: true });
    const file = await restoreFile(context.locker, incoming.actor, id);
    yield fileCard(file, { text: fileWords.restored });
  },
});

/** Deletes for ever, after a question that names what goes. */
export const remove = memberCommand({
  name: 'delete',
  ...manual.delete,
  read: (phrase) => ({ words: phrase.rest }),
  async *run(context, incoming, input) {
    if (input['trash'] === true) yield* emptyTrash(context, incoming, input);
    else {
      const file = await findFile(context, incoming, input, { command: 'delete', alsoTrash: true });
      if (input['sure'] === true) {
        await deleteFile(context.locker, incoming.actor, file.id);
        yield note(fileWords.deleted(file));
      } else if (input['sure'] === false) yield note(fileWords.kept(file));
      else yield note(fileWords.askDelete(file), sureOrNot({ file: file.id }));
    }
  },
});

async function* emptyTrash(
  { locker }: Context,
  { actor }: MemberIncoming,
  input: Input,
): AsyncGenerator<Reply, void, undefined> {
  const sure = input['sure'];
  if (sure === false) {
    yield note(fileWords.keptTrash);
    return;
  }
  const { files: all, next } = await listFiles(locker, actor, { trash: true, limit: maxEmptied });
  // What was trashed after the question is not what was agreed to.
  const asked = momentOf(input, 'asked') ?? locker.now();
  const files = all.filter(({ trashedAt }) => trashedAt !== null && trashedAt <= asked);
  if (files.length === 0) yield note([fileWords.trashIsEmpty]);
  else if (sure !== true)
    yield note(
      fileWords.askEmptyTrash(files.length, next !== null),
      sureOrNot({ trash: true, asked: asked.getTime() }),
    );
  else {
    let deleted = 0;
    for (const { id } of files) {
      try {
        await deleteFile(locker, actor, id);
        deleted++;
      } catch (error) {
        // Someone else, or another press, was faster.
        if (!isLockerError(error, 'not_found')) throw error;
      }
    }
    yield note(fileWords.trashEmptied(deleted));
  }
}

const sureOrNot = (input: Input) => [
  {
    label: labels.deleteForEver,
    command: 'delete',
    input: { ...input, sure: true },
    style: 'danger' as const,
    where: 'edit' as const,
  },
  { label: labels.keep, command: 'delete', input: { ...input, sure: false }, where: 'edit' as const },
];

import type { FileView } from '../../src/files/view.ts';
import type { Action, Input } from '../port/action.ts';
import { removeAction } from '../port/removal.ts';
import type { Card } from '../port/reply.ts';
import type { Text } from '../port/text.ts';
import { labels } from './labels.ts';
import { savingWords } from './saving.ts';

/**
 * Makes the card of a file, with what the person may do with it as buttons.
 *
 * @param about.text a line above it.
 * @param about.more buttons of the occasion, below the others.
 */
export function fileCard(file: FileView, about: { text?: Text; more?: readonly Action[] } = {}): Card {
  const rows = [...rowsOf(file), about.more ?? []].filter((row) => row.length > 0);
  return {
    kind: 'card',
    file,
    ...(about.text === undefined ? {} : { text: about.text }),
    actions: rows,
  };
}

/**
 * The card with which a conversation goes on when a file has arrived through its upload link.
 *
 * @param original the message that could not be fetched. It is removed only by button: what came by the link may be
 * something else.
 */
export const arrivedCard = (file: FileView, original: string | null): Card =>
  fileCard(file, {
    text: savingWords.arrived,
    more: original === null ? [] : [removeAction(labels.removeFromChat, [original])],
  });

function rowsOf(file: FileView): (readonly Action[])[] {
  const press = (label: string, command: string, input: Input = {}): Action => ({
    label,
    command,
    input: { file: file.id, ...input },
  });
  const remove = (label: string, command: string): Action => ({ ...press(label, command), style: 'danger' });
  if (file.trashedAt !== null)
    return [[press(labels.restore, 'restore'), remove(labels.deleteForEver, 'delete')]];
  const get: Action = { ...press(labels.get, 'get'), style: 'primary' };
  const versions = file.version > 1 ? [press(labels.versions, 'versions')] : [];
  if (file.access === 'owner') {
    if (file.restricted) return [[remove(labels.trash, 'trash')]];
    return [
      [get, press(labels.share, 'share'), press(labels.link, 'link', { ask: true })],
      [press(labels.rename, 'rename'), press(labels.move, 'move'), press(labels.tag, 'tag')],
      [...versions, remove(labels.trash, 'trash')],
    ];
  }
  return file.access === 'editor'
    ? [
        [get, ...versions],
        [press(labels.rename, 'rename'), press(labels.tag, 'tag')],
      ]
    : [[get, ...versions]];
}

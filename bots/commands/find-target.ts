import { requireFolder } from '../../src/files/folder-path.ts';
import type { Target } from '../../src/sharing/grants.ts';
import type { Input } from '../port/action.ts';
import type { Context, MemberIncoming } from '../port/command.ts';
import type { Span } from '../port/text.ts';
import { textOf } from './define.ts';
import { findFile, unreadName } from './find-file.ts';

/** What is shared, how it is called, and what a button keeps of it. */
export interface FoundTarget {
  readonly target: Target;
  readonly what: Span;
  readonly kept: Input;
}

/** Finds a folder, `/invoices/`, or a file, as `findFile` does. @throws what `findFile` throws; LockerError `invalid_folder`. */
export async function findTarget(
  context: Context,
  incoming: MemberIncoming,
  input: Input,
  command: string,
): Promise<FoundTarget> {
  const words = textOf(input, 'words');
  const named = textOf(input, 'folder') ?? (words?.startsWith('/') === true ? words : undefined);
  if (named !== undefined) {
    const folder = requireFolder(named);
    return { target: { kind: 'folder', folder }, what: { bold: folder }, kept: { folder, words: null } };
  }
  const { id, name } = await findFile(context, incoming, input, { command, unread: unreadName(input) });
  return {
    target: { kind: 'file', fileId: id },
    what: { bold: name },
    kept: { file: id, words: null },
  };
}

import type { Command } from '../port/command.ts';
import type { Incoming } from '../port/incoming.ts';
import { activity } from './activity.ts';
import { approve } from './approve.ts';
import { claim, join } from './come-in.ts';
import { connect, unlink } from './connect.ts';
import { move, rename, tag } from './edit.ts';
import { freeText } from './free-text.ts';
import { get, show } from './get.ts';
import { helpOn, startWith } from './help.ts';
import { invite } from './invite.ts';
import { link } from './link.ts';
import { links, revoke } from './links.ts';
import { find, list } from './list.ts';
import { nearestCommand } from './nearest.ts';
import { prove } from './prove.ts';
import { answerRequest, request } from './request.ts';
import { saveCommand } from './save.ts';
import { endOneSession, sessions } from './sessions.ts';
import { settings } from './settings.ts';
import { share } from './share.ts';
import { remove, restore, trash } from './trash.ts';
import { unshare } from './unshare.ts';
import { uploadLink } from './upload-link.ts';
import { usage } from './usage.ts';
import { versions } from './versions.ts';

export { readPurpose, type UploadPurpose } from './upload-purpose.ts';
export { saveCommand };

/** The vocabulary, in the order of menus; what is not listed is for buttons. */
export const commands: readonly Command[] = [
  list,
  find,
  get,
  share,
  unshare,
  link,
  links,
  rename,
  move,
  tag,
  trash,
  restore,
  remove,
  versions,
  prove,
  usage,
  activity,
  settings,
  connect,
  approve,
  sessions,
  request,
  invite,
  claim,
  join,
  helpOn(() => commands),
  { ...startWith(findCommand), listed: false },
  show,
  revoke,
  unlink,
  endOneSession,
  answerRequest,
  uploadLink,
];

/** Finds a command by its name as it was typed, without prefix. */
export function findCommand(name: string): Command | undefined {
  const wanted = name.toLowerCase();
  return wanted === saveCommand.name ? saveCommand : commands.find((command) => command.name === wanted);
}

/** The command that a name which is none most likely means. */
export const suggestCommand = (name: string): Command | undefined =>
  nearestCommand(
    commands.filter(({ listed }) => listed),
    name.toLowerCase(),
  );

/** What a message without a command means. */
export const findAnswer = async (incoming: Incoming): Promise<Command> => freeText(incoming, findCommand);

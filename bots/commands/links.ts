import { isLockerError } from '../../src/errors.ts';
import { describeFile } from '../../src/files/describe-file.ts';
import { listLinks } from '../../src/links/list-links.ts';
import { revokeLink } from '../../src/links/revoke-link.ts';
import type { LinkView } from '../../src/links/view-link.ts';
import type { Action } from '../port/action.ts';
import type { Context, MemberIncoming } from '../port/command.ts';
import type { Entry } from '../port/reply.ts';
import type { Text } from '../port/text.ts';
import { labels } from '../words/labels.ts';
import { manual } from '../words/manual.ts';
import { formatNumber, plural } from '../words/plural.ts';
import { linkWords } from '../words/sharing.ts';
import { formatMoment, type Reader } from '../words/time.ts';
import { memberCommand, note, numberOf, readerOf, textOf, unlisted } from './define.ts';
import { withWords } from './with-words.ts';

const pageSize = 8;

export const links = memberCommand({
  name: 'links',
  ...manual.links,
  async *run(context, incoming, input) {
    const open = await listLinks(context.locker, incoming.actor);
    if (open.length === 0) {
      yield note(linkWords.none);
      return;
    }
    // The last of a page may have been revoked meanwhile.
    const from = Math.min(numberOf(input, 'from') ?? 0, Math.floor((open.length - 1) / pageSize) * pageSize);
    const reader = await readerOf(context);
    const shown = open.slice(from, from + pageSize);
    yield {
      kind: 'list',
      title: linkWords.title(formatNumber(open.length)),
      entries: await Promise.all(
        shown.map((link, index) => entryOf(context, incoming, link, reader, { from, index })),
      ),
      previous: from === 0 ? undefined : turn(labels.previous, from - pageSize),
      next: from + pageSize < open.length ? turn(labels.next, from + pageSize) : undefined,
    };
  },
});

/** What the button of a link does; with `from`, the list comes back without it. */
export const revoke = memberCommand({
  name: 'revoke',
  ...unlisted,
  async *run(context, incoming, input) {
    await revokeLink(context.locker, incoming.actor, textOf(input, 'link') ?? '');
    if (numberOf(input, 'from') === undefined) yield note(linkWords.revoked);
    else yield* links.run(context, withWords(incoming, '', { from: input['from'] ?? 0 }));
  },
});

async function entryOf(
  context: Context,
  incoming: MemberIncoming,
  link: LinkView,
  reader: Reader,
  { from, index }: { from: number; index: number },
): Promise<Entry> {
  return {
    number: null,
    // Several links to one file are told apart, also on their buttons.
    text: [`${from + index + 1}. `, ...(await titleOf(context, incoming, link))],
    detail: [detailOf(link, reader)],
    actions: [
      {
        label: labels.revoke,
        command: 'revoke',
        input: { link: link.id, from },
        style: 'danger',
        where: 'edit',
      },
    ],
  };
}

async function titleOf({ locker }: Context, { actor }: MemberIncoming, link: LinkView): Promise<Text> {
  if (link.kind === 'request') return linkWords.request(link.label, link.folder ?? '/');
  if (link.kind === 'upload') return linkWords.upload;
  try {
    return linkWords.download((await describeFile(locker, actor, link.file ?? '')).name);
  } catch (error) {
    if (!isLockerError(error, 'not_found')) throw error;
    return linkWords.download(linkWords.goneFile);
  }
}

const detailOf = (link: LinkView, reader: Reader): string =>
  [
    link.expiresAt === null ? linkWords.forGood : linkWords.until(formatMoment(link.expiresAt, reader)),
    link.limit === null ? linkWords.used(plural(link.used, 'time')) : linkWords.usedOf(link.used, link.limit),
    ...(link.underWay > 0 ? [linkWords.underWay] : []),
    ...(link.hasPassword ? [linkWords.protected] : []),
    ...(link.label !== '' && link.kind === 'download' ? [link.label] : []),
  ].join(' · ');

const turn = (label: string, to: number): Action => ({
  label,
  command: 'links',
  input: { from: to },
  where: 'edit',
});

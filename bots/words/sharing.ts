import type { GrantView } from '../../src/sharing/grants.ts';
import { type Span, type Text, text } from '../port/text.ts';
import { formatMoment, type Reader } from './time.ts';

const may = { viewer: 'may view and fetch', editor: 'may view, fetch and edit' } as const;

const until = (expiresAt: Date | null, reader: Reader): string =>
  expiresAt === null ? '' : ` until ${formatMoment(expiresAt, reader)}`;

export const sharingWords = {
  who: (what: Span): Text =>
    text`Whom should I share ${what} with? You can add ${{ code: 'editor' }} or a time.`,
  whoExample: '@alice until friday',
  shared: (what: Span, { grantee, role, expiresAt }: GrantView, reader: Reader): Text =>
    text`${{ bold: `@${grantee}` }} ${may[role]} ${what}${until(expiresAt, reader)}. I told them.`,
  severalPeople: 'Name one person at a time.',
  notLinked: (mention: string): string => `${mention} has no account here. Invite them first.`,
  unshared: (what: Span, grantee: string): Text => text`${{ bold: `@${grantee}` }} no longer has ${what}.`,
  sharedWith: (what: Span): Text => text`${what} is shared with`,
  sharedWithNobody: (what: Span): Text => text`${what} is shared with nobody.`,
  grant: ({ grantee }: GrantView): Text => [{ bold: `@${grantee}` }],
  grantDetail: ({ role, expiresAt }: GrantView, reader: Reader): Text => [
    `${may[role]}${until(expiresAt, reader)}`,
  ],
  sharedFolders: ['Folders that you share'],
  sharedFolder: (folder: string, grantee: string): Text =>
    text`${{ bold: folder }} with ${{ bold: `@${grantee}` }}`,
  requested: (id: string): Text =>
    text`If there is a file ${{ code: id }} whose owner takes requests, they have been asked. I tell you when they agree.`,
  requestNeedsId: 'Give the id of the file: six letters and digits, such as k3f9qz.',
  answered: {
    once: (who: string): Text => text`${who} may fetch it once.`,
    day: (who: string): Text => text`${who} may view and fetch it for a day.`,
    always: (who: string): Text => text`${who} may view and fetch it until you stop sharing it.`,
    deny: () => ['Denied. They are not told, and cannot ask you for it again today.'],
  } satisfies Record<string, (who: string) => Text>,
};

export const linkWords = {
  options: (what: Span): Text => text`A link to ${what}: anyone who has it can fetch the file. For how long?`,
  askPassword: (what: Span): Text =>
    text`Which password should the link to ${what} have? Tell it to the other person some other way than with the link.`,
  made: (what: Span, url: string, facts: string): Text =>
    text`Anyone with this link can fetch ${what}, ${facts}:\n${{ link: url, text: url }}\nI cannot show it again.`,
  passwordInHistory: (deletes: boolean): Text => [
    deletes
      ? 'The password stood in your message, so I delete that message.'
      : 'The password stays in the history of this chat: delete your message.',
  ],
  forGood: 'until you revoke it',
  until: (at: string) => `until ${at}`,
  downloads: (count: string) => `good for ${count}`,
  withPassword: 'with the password',
  title: (count: string): Text => [`Open links: ${count}`],
  none: ['You have no open links.'],
  revoked: ['The link is revoked. Nobody can use it any more.'],
  download: (name: string): Text => text`Link to ${{ bold: name }}`,
  request: (title: string, folder: string): Text => text`Request ${{ bold: title }} into ${{ bold: folder }}`,
  upload: ['Link for one upload from this chat'],
  goneFile: 'a file that is gone',
  used: (used: string) => `fetched ${used}`,
  usedOf: (used: number, limit: number) => `used ${used} of ${limit}`,
  underWay: 'being used now',
  protected: 'password',
  passwordTooLong: (limit: number) => `A password can have at most ${limit} characters.`,
  downloadsRange: 'A link is good for 1 to 100,000 downloads.',
};

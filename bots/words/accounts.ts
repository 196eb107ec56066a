import type { AccountView } from '../../src/accounts/describe-me.ts';
import type { IdentityView } from '../../src/accounts/identities.ts';
import type { SessionView } from '../../src/accounts/own-sessions.ts';
import type { WaitingDevice } from '../../src/accounts/approve-device.ts';
import type { ChatFacts } from '../port/command.ts';
import { lines, type Text, text } from '../port/text.ts';
import { joined, plural } from './plural.ts';
import { formatSize } from './size.ts';
import { formatAgo, formatDuration, formatMoment, type Reader } from './time.ts';

const scopeWords: Readonly<Record<string, string>> = {
  'files:read': 'see and fetch your files',
  'files:write': 'save, change and delete files',
  share: 'share files and make links',
  admin: 'administer this installation',
};

const chatName = (identity: string): string => (identity.startsWith('slack:') ? 'Slack' : 'Telegram');

export const accountWords = {
  stranger: (chat: ChatFacts): Text =>
    lines(
      'This is a private file locker.',
      text`If someone gave you an invite, send ${{ code: chat.command('join CODE') }}. Otherwise ask the person who runs it for one.`,
      text`If you use it in another chat already, send ${{ code: 'connect' }} there, and ${{ code: chat.command('connect CODE') }} here.`,
    ),
  codeMissing: 'The code is missing.',
  askHandle: (problem: string | undefined, suggestion: string | undefined): Text =>
    text`${problem === undefined ? '' : `${problem} `}What should people here call you? A handle has letters, digits, hyphens and underscores${
      suggestion === undefined ? '' : text`, for example ${{ code: suggestion }}`
    }.`,
  handleTaken: (handle: string) => `@${handle} is taken.`,
  handleNotAllowed: (handle: string) => `@${handle} cannot be a handle.`,
  hasAccount: (handle: string): Text => text`You have an account here already: ${{ bold: `@${handle}` }}.`,
  claimed: (handle: string, chat: ChatFacts): Text =>
    lines(
      text`Welcome, ${{ bold: `@${handle}` }}. This installation is yours.`,
      text`Send me any file, and I seal it and keep it. ${{ code: chat.command('invite') }} brings others in, ${{ code: chat.command('help') }} shows the rest.`,
      'Keep a copy of the keyring file somewhere else: without it, nothing here can be opened again.',
    ),
  joined: (handle: string, chat: ChatFacts): Text =>
    lines(
      text`Welcome, ${{ bold: `@${handle}` }}.`,
      text`Send me any file, and I seal it and keep it. Only you, and the people you share it with, get it back. ${{ code: chat.command('help') }} shows the rest.`,
    ),
  welcomeBack: (handle: string, chat: ChatFacts): Text =>
    text`Hello, ${{ bold: `@${handle}` }}. Send me a file to save it, or part of a name to fetch one. ${{ code: chat.command('help') }} shows the rest.`,
  connectCode: (code: string, minutes: string): Text =>
    lines(
      text`Your code is ${{ code }}, good once, for ${minutes}.`,
      text`In the other chat, send ${{ code: `connect ${code}` }} to this locker's bot. An app or the API takes it too. Give it to nobody: it opens your locker.`,
    ),
  linkedChats: (identities: readonly IdentityView[]): Text =>
    text`Linked: ${joined(identities.map((identity) => accountWords.identity(identity)))}.`,
  identity: ({ id, label, current }: IdentityView): string =>
    `${chatName(id)}${label === null ? '' : ` (${label})`}${current ? ', this chat' : ''}`,
  unlinked: ['Unlinked. Nobody gets in from there any more.'],
  connected: (handle: string): Text =>
    text`This chat is linked: you are ${{ bold: `@${handle}` }} here too, with the same files.`,
  connectedAlready: (handle: string): Text =>
    text`This chat belongs to ${{ bold: `@${handle}` }} already. Send the code in the chat that is new.`,
  invite: (code: string, role: 'admin' | 'member', howLong: string): Text =>
    lines(
      text`One person can come in${role === 'admin' ? ', as an administrator,' : ''} with ${{ code }}, within ${howLong}.`,
      text`They send ${{ code: `join ${code}` }} to this bot.`,
    ),
  inviteTooLong: (seconds: number) => `An invite is good for up to ${formatDuration(seconds)}.`,
  inviteWords: 'I understand admin, and for how long, such as for 3 days.',
  usage: ({ handle, usedBytes, quotaBytes, fileCount, maxFiles }: AccountView): Text =>
    lines(
      text`${{ bold: formatSize(usedBytes) }} of ${formatSize(quotaBytes)} used${
        quotaBytes === 0 ? '' : ` (${percent(usedBytes / quotaBytes)})`
      }`,
      `${plural(fileCount, 'file')}${maxFiles === null ? '' : ` of at most ${maxFiles}`} in the locker of @${handle}. All versions and the trash count.`,
    ),
  approve: (device: WaitingDevice, reader: Reader): Text =>
    lines(
      text`${{ bold: device.client === '' ? 'An app without a name' : device.client }} wants to sign in to your account.`,
      `It asked from ${device.address}, ${formatAgo(device.createdAt, reader)}. The name is its own claim.`,
      device.scopes.length === 0
        ? 'It asks for nothing that you may do.'
        : `It could: ${device.scopes.map((scope) => scopeWords[scope] ?? scope).join('; ')}.`,
      text`Approve only if its screen shows ${{ code: device.userCode }} right now.`,
    ),
  approved: (client: string): Text =>
    text`${{ bold: client === '' ? 'The app' : client }} is signed in. You can end that under sessions.`,
  denied: ['Denied. It gets nothing.'],
  sessionsTitle: (count: number): Text => [
    count === 0 ? 'No app is signed in.' : `Signed in: ${plural(count, 'app')}`,
  ],
  session: ({ client }: SessionView): Text => [{ bold: client === '' ? 'An app without a name' : client }],
  sessionDetail: ({ address, createdAt, lastUsedAt }: SessionView, reader: Reader): Text => [
    `from ${address} · since ${formatMoment(createdAt, reader)} · last used ${formatAgo(lastUsedAt, reader)}`,
  ],
  sessionEnded: ['Ended. It is signed out at once.'],
  howLong: formatDuration,
};

const percent = (share: number): string =>
  share > 0 && share < 0.01 ? 'less than 1%' : `${Math.floor(share * 100)}%`;

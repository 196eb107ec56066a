import { type Text, text } from '../port/text.ts';
import type { Reader } from './time.ts';
import { formatMoment } from './time.ts';

const doorNames = {
  api: 'the API',
  telegram: 'Telegram',
  slack: 'Slack',
  link: 'a link',
  operator: 'the command line',
} as const;

type Door = keyof typeof doorNames;

export const noticeWords = {
  signIn: (client: string, door: Door, address: string, at: Date, reader: Reader): Text =>
    text`${{ bold: client === '' ? 'An app without a name' : client }} signed in to your account by ${doorNames[door]} from ${address}, ${formatMoment(at, reader)}. If it was not you, end it.`,
  sessionRevoked: (at: Date, reader: Reader): Text => [
    `A sign-in of your account was used from two places, so I ended it, ${formatMoment(at, reader)}. If an app asks you to sign in again, that is why; if you know of none, look where you are signed in.`,
  ],
  identityLinked: (door: Door): Text => [
    `${doorNames[door]} was linked to your account. If it was not you, unlink it: it opens your locker.`,
  ],
  shared: (by: string): Text => text`${{ bold: `@${by}` }} shared this with you.`,
  sharedFolder: (by: string): Text => text`${{ bold: `@${by}` }} shared a folder with you.`,
  accessRequested: (by: string, name: string): Text =>
    text`${{ bold: `@${by}` }} asks for access to ${{ bold: name }}. If you deny it, they are not told.`,
  accessAnswered: (by: string, once: boolean): Text =>
    text`${{ bold: `@${by}` }} lets you have this${once ? ', for one download' : ''}.`,
  firstOpened: (by: string, name: string): Text =>
    text`${{ bold: `@${by}` }} opened ${{ bold: name }} for the first time.`,
  restricted: (name: string, reason: string | null): Text =>
    text`An administrator restricted ${{ bold: name }}${reason === null ? '' : `: ${reason}`}. Until that is lifted, nobody can fetch it.`,
  released: (name: string): Text =>
    text`An administrator lifted the restriction of ${{ bold: name }}. It is as it was before.`,
  jobFailed: (job: string, problem: string): Text =>
    text`The job ${{ code: job }} did not do its work (${problem}). The log says more; ${{ code: `node . jobs run ${job}` }} tries again.`,
  backupStale: (job: string, last: Date | null, reader: Reader): Text =>
    text`${job === 'backup' ? 'No backup was made' : 'No backup was proven to restore'} ${last === null ? 'so far' : `since ${formatMoment(last, reader)}`}. ${{ code: `node . jobs run ${job}` }} does it now and says what is wrong.`,
  auditHead: (record: number, mac: string): Text =>
    text`The audit trail is whole. Its last record is ${record}: ${{ code: mac }}. Keep this message: with it ${{ code: 'node . audit verify' }} finds a history that was rewritten.`,
};

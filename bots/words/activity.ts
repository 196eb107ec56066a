import type { ActivityView } from '../../src/audit/activity.ts';
import type { Span, Text } from '../port/text.ts';
import { text } from '../port/text.ts';
import { formatClock } from './time.ts';

interface Deed {
  /** After `You`. */
  readonly did: (what: Text, subject: string) => Text | string;
  /** After `tried to`. */
  readonly tried: (what: Text, subject: string) => Text | string;
  /** A look that changes nothing. */
  readonly look?: true;
}

/** The file comes last, or where a _ stands. */
const deed = (did: string, tried: string): Deed => ({
  did: (what) => around(did, what),
  tried: (what) => around(tried, what),
});
const around = (phrase: string, what: Text): Text => {
  const [before = '', after = ''] = phrase.includes('_') ? phrase.split('_') : [`${phrase} `];
  return text`${before}${what}${after}`;
};
const look = (did: string, tried: string): Deed => ({ ...deed(did, tried), look: true });
const plainDeed = (did: string, tried: string): Deed => ({ did: () => did, tried: () => tried });
const plainLook = (did: string, tried: string): Deed => ({ ...plainDeed(did, tried), look: true });
const person = (subject: string): Span => ({ bold: subject === '' ? 'someone' : `@${subject}` });

/** Every use case that can stand in someone's activity; a test compares this with those that are audited. */
export const deeds: Readonly<Record<string, Deed>> = {
  'access.allow': {
    did: (_what, subject) =>
      subject === 'on' ? 'let others ask for access' : 'stopped others from asking for access',
    tried: () => 'change who may ask for access',
  },
  'access.answer': plainDeed('answered a request for access', 'answer a request for access'),
  'access.list': plainLook('looked at the requests for access', 'look at the requests for access'),
  'access.request': deed('asked for access to', 'ask for access to'),
  'account.erase': plainDeed('erased the account', 'erase the account'),
  'account.export': plainDeed('took a copy of everything in the account', 'take a copy of the whole account'),
  'account.describe': plainLook('looked at the account', 'look at the account'),
  'account.invite': plainDeed('made an invite', 'make an invite'),
  'account.join': plainDeed('joined', 'join'),
  'activity.list': plainLook('looked at the activity', 'look at the activity'),
  'admin.account': plainDeed(
    'looked at your account as an administrator',
    'look at your account as an administrator',
  ),
  'admin.accounts': plainDeed('looked at the accounts', 'look at the accounts'),
  'admin.change': plainDeed(
    'changed an account as an administrator',
    'change an account as an administrator',
  ),
  'admin.release': deed('lifted the restriction of', 'lift the restriction of'),
  'admin.remove': plainDeed('removed an account', 'remove an account'),
  'admin.restrict': deed('restricted', 'restrict'),
  'admin.revoke': plainDeed(
    'revoked credentials as an administrator',
    'revoke credentials as an administrator',
  ),
  'backup.list': plainLook('looked at the backups', 'look at the backups'),
  'backup.restore-account': plainDeed(
    'restored an account from a backup',
    'restore an account from a backup',
  ),
  'device.approve': plainDeed('let an app sign in', 'let an app sign in'),
  'device.deny': plainDeed('refused the sign-in of an app', 'refuse the sign-in of an app'),
  'device.describe': plainLook(
    'looked at an app that wants to sign in',
    'look at an app that wants to sign in',
  ),
  'device.exchange': plainDeed('signed in with an app', 'sign in with an app'),
  'device.request': plainDeed('began to sign in with an app', 'begin to sign in with an app'),
  'file.delete': deed('deleted _ for ever', 'delete _ for ever'),
  'file.describe': look('looked at', 'look at'),
  'file.describe-origin': plainLook('looked whether a message was saved', 'look whether a message was saved'),
  'file.download': deed('fetched', 'fetch'),
  'file.edit': deed('changed the name, folder, tags or note of', 'change the name, folder, tags or note of'),
  'file.list': plainLook('listed files', 'list files'),
  'file.purge': deed('removed _, whose time in the trash was over', 'remove _ from the trash'),
  'file.prove': deed('checked the stored bytes of', 'check the stored bytes of'),
  'file.restore': deed('took _ out of the trash', 'take _ out of the trash'),
  'file.trash': deed('moved _ to the trash', 'move _ to the trash'),
  'file.upload': deed('saved', 'save'),
  'folder.list': plainLook('listed folders', 'list folders'),
  'grant.folders': plainLook('looked at the shared folders', 'look at the shared folders'),
  'grant.list': look('looked who has', 'look who has'),
  'grant.put': {
    did: (what, subject) => text`shared ${what} with ${person(subject)}`,
    tried: (what, subject) => text`share ${what} with ${person(subject)}`,
  },
  'grant.remove': {
    did: (what, subject) =>
      text`stopped sharing ${what}${subject === '' ? '' : text` with ${person(subject)}`}`,
    tried: (what) => text`stop sharing ${what}`,
  },
  'identity.connect': plainDeed(
    'made a code that links a chat or app',
    'make a code that links a chat or app',
  ),
  'identity.list': plainLook('looked at the linked chats', 'look at the linked chats'),
  'identity.redeem': plainDeed('linked a chat', 'link a chat'),
  'identity.remove': plainDeed('unlinked a chat', 'unlink a chat'),
  'installation.claim': plainDeed('claimed this installation', 'claim this installation'),
  'job.list': plainLook('looked at the jobs', 'look at the jobs'),
  'job.list-runs': plainLook('looked at the runs of a job', 'look at the runs of a job'),
  'job.request': plainDeed('asked for a run of a job', 'ask for a run of a job'),
  'keys.add': plainDeed('added a master key', 'add a master key'),
  'keys.retire': plainDeed('retired a master key', 'retire a master key'),
  'keys.rotate': plainDeed('rotated the keys', 'rotate the keys'),
  'link.create': deed('made a link to', 'make a link to'),
  'link.delivered': deed('got all of', 'get all of'),
  'link.describe': plainLook('looked at a link', 'look at a link'),
  'link.download': deed('began to fetch', 'fetch'),
  'link.fetch': deed('made a link for one download of', 'make a link for one download of'),
  'link.interrupted': deed('got only a part of', 'get'),
  'link.list': plainLook('looked at the links', 'look at the links'),
  'link.list-file': look('looked at the links to', 'look at the links to'),
  'link.password': deed('gave the password of a link to', 'open _ with a wrong password'),
  'link.revoke': plainDeed('revoked a link', 'revoke a link'),
  'link.show': look('looked at the page of', 'look at the page of'),
  'link.upload': deed('sent in', 'send in'),
  'operator.sign-in-code': plainDeed('made a code to sign in', 'make a code to sign in'),
  'request.create': plainDeed('asked for files by link', 'ask for files by link'),
  'request.show': plainLook('looked at the page of a request', 'look at the page of a request'),
  'session.code': plainDeed('signed in with a code', 'sign in with a code'),
  'session.end': plainDeed('signed out', 'sign out'),
  'session.list': plainLook('looked at the sessions', 'look at the sessions'),
  'session.refresh': plainLook('stayed signed in', 'stay signed in'),
  'session.revoke': plainDeed('ended a session', 'end a session'),
  'session.revoke-others': plainDeed('ended all other sessions', 'end all other sessions'),
  'session.start': plainDeed('signed in', 'sign in'),
  'token.create': plainDeed('made an API token', 'make an API token'),
  'token.list': plainLook('looked at the API tokens', 'look at the API tokens'),
  'token.revoke': plainDeed('revoked an API token', 'revoke an API token'),
  'upload-link.create': plainDeed('made a link for one upload', 'make a link for one upload'),
  'upload.append': plainLook('went on with an upload', 'go on with an upload'),
  'upload.create': plainLook('began an upload', 'begin an upload'),
  'upload.describe': plainLook('looked at an upload', 'look at an upload'),
  'upload.terminate': plainDeed('gave an upload up', 'give an upload up'),
  'version.delete': deed('deleted an old version of', 'delete an old version of'),
  'version.list': look('looked at the versions of', 'look at the versions of'),
  'version.upload': deed('saved a new version of', 'save a new version of'),
};

/** True for what tells nobody anything: looks, which come with everything that is done, and one's own mistakes. */
export const isQuiet = ({ action, who, outcome }: ActivityView, me: string): boolean =>
  outcome === 'ok' ? deeds[action]?.look === true : who === me;

/** A line: `18:05 @bob fetched report.pdf by link`. */
export function activityLine(view: ActivityView, me: string, timeZone: string): Text {
  const { did, tried } = deeds[view.action] ?? plainDeed(view.action, view.action);
  const what: Text =
    view.file === null
      ? ['files']
      : view.file.name === null
        ? text`a file that is gone (${{ code: view.file.id }})`
        : [{ bold: view.file.name }];
  const subject = view.subject ?? '';
  return text`${formatClock(view.at, timeZone)}  ${actor(view, me)} ${
    view.outcome === 'ok' ? did(what, subject) : text`tried to ${tried(what, subject)}, and was refused`
  }${doors[view.door]}`;
}

const doors = { api: ', by the API', telegram: '', slack: '', link: '', operator: '' } as const;

const actor = ({ who, door }: ActivityView, me: string): Span =>
  who === me
    ? 'You'
    : who !== null
      ? { bold: `@${who}` }
      : door === 'link'
        ? 'Someone with a link'
        : door === 'operator'
          ? 'The operator'
          : 'Someone';

export const activityWords = {
  title: (page: number): Text => [{ bold: page === 0 ? 'Activity' : `Activity, page ${page + 1}` }],
  titleOf: (name: string, page: number): Text =>
    text`${{ bold: `Activity of ${name}` }}${page === 0 ? '' : `, page ${page + 1}`}`,
  nothing: ['Nothing happened yet.'],
  day: (day: string): Text => [{ italic: day.charAt(0).toUpperCase() + day.slice(1) }],
};

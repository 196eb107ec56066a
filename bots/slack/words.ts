import type { FileView } from '../../src/files/view.ts';
import { type Text, text } from '../port/text.ts';
import type { Refused } from './files/deliver.ts';
import { fileWords } from '../words/files.ts';
import { formatSize } from '../words/size.ts';

const notTaken = {
  'too-large': (file) =>
    text`${fileWords.name(file)} is ${formatSize(file.sizeBytes)}, which is more than this workspace takes.`,
  'switched-off': (file) => text`This workspace lets nobody upload ${fileWords.name(file)} here.`,
  refused: (file) => text`Slack did not take ${fileWords.name(file)} from me.`,
} satisfies Record<Refused, (file: FileView) => Text>;

/** What is said only in Slack. */
export const slackWords = {
  guest: [
    'Guests of this workspace cannot use this locker. Ask whoever runs it, once you are a full member of the workspace.',
  ],
  foreign: ['This locker is for the people of its own workspace, so I cannot do anything for you here.'],
  spooled: 'The locker is slow at the moment. I have this, and answer as soon as I can.',
  late: 'The locker is slow at the moment. I do this as soon as I can; if no answer comes within a minute, send it again.',
  noForm: 'Slack did not let me open the form in time. Try again, or send me the file directly.',
  tooOld: ['That button is too old. Ask again, and you get a new one.'],
  delivered: (file: FileView): Text => text`I sent ${fileWords.name(file)} to our conversation.`,
  deliveredInstead: (file: FileView, why: Refused, url: string, until: string): Text =>
    text`${notTaken[why](file)} Fetch it here, once, until ${until}: ${{ link: url, text: url }}`,
  oldVersionNotTaken: (file: FileView, version: number): Text =>
    text`Slack did not take version ${version} of ${fileWords.name(file)} from me, and links lead to the current version. Fetch it through the API: ${{ code: `GET /v1/files/${file.id}/versions/${version}/content` }}.`,
  removal: ['A bot cannot delete what you sent here. Delete the message yourself.'],
};

/** Why a file that Slack shows cannot be had. */
export const fileSentences = {
  tombstone: 'It was deleted in Slack, so there is nothing to save.',
  hidden: 'Slack hides it, because the workspace is over the limit of its plan.',
  external: (where: string | undefined): string =>
    `It lies ${where === undefined ? 'outside of Slack' : `at ${where}, not in Slack`}, so Slack has no bytes of it. Download it there and send it to me.`,
  document: 'It is a page of Slack, not a file. Export it, for example as a PDF, and send me that.',
  noAccess: 'Slack does not let me see it. Add me to that conversation, or send me the file directly.',
  missingScope:
    'Slack does not let me read files. Whoever runs this locker finds what is missing with: node . slack check',
  unknownHost: 'Slack named a place for it that is not a file host of Slack, so I did not fetch it.',
  signInPage:
    'Slack sent a sign-in page instead of the file, so nothing was saved. Send me the file directly.',
  redirected:
    'Slack sent me elsewhere instead of handing over the file, so nothing was saved. Send me the file directly.',
  gone: 'Slack does not have it any more, so nothing was saved.',
  refused: (status: number): string =>
    `Slack did not hand it over (status ${status}), so nothing was saved. Send it again.`,
  sizeDiffers: (announced: number, received: number): string =>
    `Slack announced ${formatSize(announced)} and sent ${formatSize(received)}, so nothing was saved. Send it again.`,
  sizeDiffersMore: (announced: number): string =>
    `Slack sent more than the ${formatSize(announced)} that it announced, so nothing was saved. Send it again.`,
  brokenOff: 'Slack stopped in the middle of the file, so nothing was saved. Send it again.',
  unreachable: 'Slack could not be reached for the file, so nothing was saved. Send it again in a minute.',
};

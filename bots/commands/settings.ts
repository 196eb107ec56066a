import { describeMe } from '../../src/accounts/describe-me.ts';
import { setAllowRequests } from '../../src/sharing/access-requests.ts';
import type { Action, Input } from '../port/action.ts';
import { type Context, type MemberIncoming, UsageError } from '../port/command.ts';
import type { Reply } from '../port/reply.ts';
import { labels } from '../words/labels.ts';
import { manual } from '../words/manual.ts';
import { settingWords } from '../words/settings.ts';
import { isTimeZone } from '../words/time.ts';
import { memberCommand, note, textOf } from './define.ts';

const switches: Readonly<Record<string, boolean>> = { on: true, yes: true, off: false, no: false };

export const settings = memberCommand({
  name: 'settings',
  ...manual.settings,
  read(phrase, _context, _incoming, carried) {
    if (carried['zoneNext'] === true) return { zoneNext: null, timeZone: phrase.rest };
    const [first = '', ...more] = phrase.rest.split(' ');
    const value = more.join(' ');
    const on = switches[value.toLowerCase()];
    switch (first.toLowerCase()) {
      case 'timezone':
      case 'zone':
      case 'tz':
        return value === '' ? { zoneNext: true } : { timeZone: value };
      case 'originals':
      case 'delete':
        if (on !== undefined) return { originals: on };
        break;
      case 'requests':
        if (on !== undefined) return { requests: on };
        break;
      default:
    }
    throw new UsageError(settingWords.unknown(phrase.rest));
  },
  async *run(context, incoming, input) {
    if (input['zoneNext'] === true) {
      yield {
        kind: 'prompt',
        text: settingWords.askTimeZone,
        answer: { label: labels.setTimeZone, command: 'settings', input: { zoneNext: true } },
        placeholder: 'Europe/Berlin',
      };
      return;
    }
    await change(context, incoming, input);
    yield await showAll(context, incoming, input);
  },
});

async function change(
  { locker, memory, chat }: Context,
  { actor }: MemberIncoming,
  input: Input,
): Promise<void> {
  const timeZone = textOf(input, 'timeZone')?.trim().replaceAll(' ', '_');
  if (timeZone !== undefined) {
    if (!isTimeZone(timeZone)) throw new UsageError(settingWords.noTimeZone(timeZone));
    // In its one spelling: people type `europe/berlin`.
    await memory.changeSettings({
      timeZone: new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone,
    });
  }
  if (typeof input['originals'] === 'boolean') {
    if (input['originals'] && !chat.deletesMessages) throw new UsageError(settingWords.cannotDelete);
    await memory.changeSettings({ deleteAfterSaving: input['originals'] });
  }
  if (typeof input['requests'] === 'boolean') await setAllowRequests(locker, actor, input['requests']);
}

async function showAll(
  { locker, memory, chat }: Context,
  { actor }: MemberIncoming,
  input: Input,
): Promise<Reply> {
  const now = input['clock'] === false ? undefined : locker.now();
  const [current, me] = await Promise.all([memory.settings(), describeMe(locker, actor)]);
  const { deleteAfterSaving } = current;
  return note(
    settingWords.all(current, now, chat.deletesMessages, me.allowRequests),
    [{ label: labels.setTimeZone, command: 'settings', input: { zoneNext: true } }],
    [
      ...(chat.deletesMessages
        ? [
            press(deleteAfterSaving ? labels.originalsOff : labels.originalsOn, {
              originals: !deleteAfterSaving,
            }),
          ]
        : []),
      press(me.allowRequests ? labels.requestsOff : labels.requestsOn, { requests: !me.allowRequests }),
    ],
  );
}

const press = (label: string, input: Input): Action => ({
  label,
  command: 'settings',
  input,
  where: 'edit',
});

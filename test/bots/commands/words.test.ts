import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { operations } from '../../../api/routes/index.ts';
import { auditedActions } from '../../../src/audit/audited.ts';
import { editFile } from '../../../src/files/edit.ts';
import { type ErrorCode, LockerError } from '../../../src/errors.ts';
import { problems } from '../../../api/status.ts';
import { commands } from '../../../bots/commands/index.ts';
import { type ChatFacts, UsageError } from '../../../bots/port/command.ts';
import { plain, type Text } from '../../../bots/port/text.ts';
import { deeds } from '../../../bots/words/activity.ts';
import { explain } from '../../../bots/words/errors.ts';
import { joined, plural } from '../../../bots/words/plural.ts';
import { formatSize } from '../../../bots/words/size.ts';
import { formatAgo, formatDuration, formatMoment } from '../../../bots/words/time.ts';
import { saveFile } from '../../support/files.ts';
import { openTestLocker } from '../../support/locker.ts';
import { type Answer, talk, textsOf } from './talk.ts';

const chat: ChatFacts = {
  name: 'slack',
  deliveryLimitBytes: null,
  deletesMessages: false,
  fetchesAgain: false,
  command: (words) => `/coffer ${words}`,
};
const said = (error: unknown) => plain(explain(error, chat));

describe('an error', () => {
  it.each(Object.keys(problems) as ErrorCode[])('%s is a sentence for a person', (code) => {
    const sentence = said(new LockerError(code));
    expect(sentence).toMatch(/^[A-Z].*\.$/);
    expect(sentence).not.toContain('undefined');
    expect(sentence).not.toContain(code.includes('_') ? code : '_');
  });

  it('names the limit, the time, and the way out', () => {
    expect(said(new LockerError('file_too_large', { limit: 2_000_000, actual: 31_400_000 }))).toBe(
      'The file is 31 MB; the largest that this locker takes is 2 MB.',
    );
    expect(said(new LockerError('rate_limited', { retryAfterSeconds: 180 }))).toContain('in 3 minutes');
    expect(said(new LockerError('quota_exceeded', { subject: 'files', limit: 12_000 }))).toMatch(
      /holds 12,000 files.*\/coffer usage/,
    );
    expect(said(new LockerError('insufficient_scope', { scope: 'admin' }))).toBe(
      'Only administrators can do this.',
    );
  });

  it('that is no error of ours says nothing of itself', () => {
    const sentence = said(new Error('E11000 duplicate key: secret'));
    expect(sentence).toBe(said(new TypeError('x is not a function')));
    expect(sentence).not.toMatch(/E11000|secret/);
  });

  it('of words shows how the command is written there, with an example', () => {
    const share = commands.find(({ name }) => name === 'share');
    expect(plain(explain(new UsageError('Until when?'), chat, share))).toBe(
      'Until when?\nWrite it like this: /coffer share <file or /folder/> @who [viewer | editor] [until <when>]\nFor example: /coffer share report @alice until friday',
    );
  });
});

it('has a sentence for everything that can stand in the activity', () => {
  // Whoever serves them has loaded every use case.
  expect(operations).not.toEqual([]);
  expect([...auditedActions].filter((action) => deeds[action] === undefined)).toEqual([]);
});

describe('words', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1000, '1 KB'],
    [1449, '1.4 KB'],
    [9_960, '10 KB'],
    [31_400_000, '31 MB'],
    [999_949, '1 MB'],
    [999_400, '999 KB'],
    [5e15, '5000 TB'],
  ])('%i bytes are %s', (bytes, expected) => expect(formatSize(bytes)).toBe(expected));

  it.each([
    [1, '1 second'],
    [60, '1 minute'],
    [90, '90 seconds'],
    [600, '10 minutes'],
    [3600, '1 hour'],
    [5400, '90 minutes'],
    [86_400, '1 day'],
    [604_800, '1 week'],
    [0.2, '1 second'],
    [10_801, '4 hours'],
  ])('%d seconds are %s', (seconds, expected) => expect(formatDuration(seconds)).toBe(expected));

  it('counts and joins', () => {
    expect([0, 1, 1200].map((count) => plural(count, 'file'))).toEqual(['0 files', '1 file', '1,200 files']);
    expect([joined([]), joined(['a']), joined(['a', 'b']), joined(['a', 'b', 'c'])]).toEqual([
      '',
      'a',
      'a and b',
      'a, b and c',
    ]);
  });

  const reader = { now: new Date('2026-11-23T20:00:00Z'), timeZone: 'Europe/Berlin' };

  it.each([
    ['2026-11-23T19:59:40Z', 'just now'],
    ['2026-11-23T19:59:00Z', '1 minute ago'],
    ['2026-11-23T18:00:00Z', '2 hours ago'],
    ['2026-11-23T08:05:00Z', 'today at 09:05'],
    ['2026-11-22T23:30:00Z', 'today at 00:30'],
    ['2026-11-22T12:00:00Z', 'yesterday'],
    ['2026-03-03T12:00:00Z', 'Tuesday 3 March'],
    ['2024-03-03T12:00:00Z', '3 March 2024'],
  ])('%s was %s', (at, expected) => expect(formatAgo(new Date(at), reader)).toBe(expected));

  it('says when something ends, where the person is', () => {
    expect(formatMoment(new Date('2026-11-24T22:59:59Z'), reader)).toBe('tomorrow at 23:59');
    expect(formatMoment(new Date('2026-11-23T22:00:00Z'), { ...reader, timeZone: 'UTC' })).toBe(
      'today at 22:00 UTC',
    );
    expect(formatMoment(new Date('2027-01-01T00:00:00Z'), reader)).toBe('1 January 2027 at 01:00');
  });
});

describe('a name', () => {
  it('never changes the structure of what is said of it', async () => {
    await using t = await openTestLocker();
    const actor = await t.person('alice');
    await t.person('bob');
    const alice = talk(t, actor);
    const { id } = await saveFile(t.locker, actor, 'x');
    const tour = async (name: string) => {
      await editFile(t.locker, actor, id, { name });
      const answers: Answer[] = [];
      for (const words of [
        '/list',
        `/show ${id}`,
        `/get ${id}`,
        `/share ${id}`,
        `/share ${id} @bob`,
        `/unshare ${id}`,
        `/rename ${id}`,
        `/tag ${id}`,
        `/versions ${id}`,
        `/delete ${id}`,
        `/link ${id}`,
      ])
        answers.push(await alice.says(words));
      // Links and times differ from tour to tour.
      return skeleton(answers, name)
        .replaceAll(/\/s\/[\w-]+/g, '/s/')
        .replaceAll(/just now|1 minute ago/g, 'now');
    };
    const expected = await tour('Q7plain7Q');
    const nasty = fc.oneof(
      fc.constantFrom(
        '<b>',
        '</a>',
        '&lt;',
        '<!channel>',
        '<@U1>',
        '*_~`',
        '```',
        '[x](http://x)',
        '${1}',
        '{{ bold }}',
        '\\n',
        '%s',
        '"',
        "'",
        '@alice',
        '#tag',
        '🙂',
        'é',
        '‮'.slice(1),
        ' ',
      ),
      fc.string({ unit: 'grapheme', maxLength: 6 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(nasty, { minLength: 1, maxLength: 5 }), async (parts) => {
        const middle = parts
          .join('')
          .normalize('NFC')
          .replace(
            /[/\\\p{Cc}\p{Surrogate}\u2028\u2029\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu,
            '',
          );
        expect(await tour(`Q7${middle}7Q`)).toBe(expected);
      }),
      { numRuns: 40 },
    );
  });
});

const shapeOf = (text: Text, name: string) =>
  text.map((span) =>
    typeof span === 'string'
      ? span.replaceAll(name, '?')
      : Object.fromEntries(Object.entries(span).map(([kind, value]) => [kind, value.replaceAll(name, '?')])),
  );

/** What is said, with the name taken out: the same for every name, unless something read it. */
const skeleton = (answers: readonly Answer[], name: string): string =>
  JSON.stringify(
    answers.flatMap(({ replies, labels }) => [
      replies.map((reply) => textsOf(reply).map((text) => shapeOf(text, name))),
      labels,
    ]),
  );

import { describe, expect, it } from 'vitest';
import { readCaption } from '../../../bots/arguments/caption.ts';
import { readDuration } from '../../../bots/arguments/duration.ts';
import { mediaName } from '../../../bots/arguments/media-name.ts';
import { readMoment } from '../../../bots/arguments/moment.ts';
import { keepExtension, readRenaming } from '../../../bots/arguments/new-name.ts';
import { Phrase } from '../../../bots/arguments/phrase.ts';
import { suggestHandle } from '../../../bots/arguments/suggest-handle.ts';
import { takeVersion } from '../../../bots/arguments/version.ts';

/** A Monday, 21:00 in Berlin. */
const now = new Date('2026-11-23T20:00:00Z');
const berlin = { now, timeZone: 'Europe/Berlin' };

describe('a time', () => {
  it.each([
    ['friday', '2026-11-27T22:59:59Z'],
    ['tomorrow', '2026-11-24T22:59:59Z'],
    ['today', '2026-11-23T22:59:59Z'],
    ['tomorrow 5pm', '2026-11-24T16:00:00Z'],
    ['tomorrow at 17:30', '2026-11-24T16:30:00Z'],
    ['31 december', '2026-12-31T22:59:59Z'],
    ['2026-12-31', '2026-12-31T22:59:59Z'],
    ['31.12.2026', '2026-12-31T22:59:59Z'],
    ['march 3', '2027-03-03T22:59:59Z'],
    // Clocks are an hour ahead by then.
    ['1 july 2027 12:00', '2027-07-01T10:00:00Z'],
    ['24h', '2026-11-24T20:00:00Z'],
    ['3 days', '2026-11-26T20:00:00Z'],
    ['half an hour', '2026-11-23T20:30:00Z'],
  ])('"%s" in Berlin is %s', (words, expected) => {
    expect(readMoment(words.split(' '), berlin)).toEqual(new Date(expected));
  });

  it.each(['fryday', 'report friday', 'friday report', '7', '', 'the end of time'])(
    '"%s" is none',
    (words) => {
      expect(readMoment(words.split(' '), berlin)).toBeUndefined();
    },
  );

  it('means the end of a day where the person is, not in UTC', () => {
    expect(readMoment(['today'], { now, timeZone: 'Pacific/Auckland' })).toEqual(
      new Date('2026-11-24T10:59:59Z'),
    );
  });
});

describe('a duration', () => {
  it.each([
    ['24h', 86_400],
    ['90 s', 90],
    ['10 minutes', 600],
    ['10min', 600],
    ['a week', 604_800],
    ['2 Weeks', 1_209_600],
    ['an hour', 3600],
    ['1.5 hours', 5400],
    ['half an hour', 1800],
    ['one day', 86_400],
  ])('"%s" is %i seconds', (words, seconds) => {
    expect(readDuration(words.split(' '))).toBe(seconds);
  });

  it.each(['as', 'a', 'am', '3', 'days', '0 days', '3 files', 'two', 'half'])('"%s" is none', (words) => {
    expect(readDuration(words.split(' '))).toBeUndefined();
  });
});

describe('a phrase', () => {
  it('takes a quoted run for a name, whatever stands in it', () => {
    const phrase = new Phrase('"for 10 minutes v2" v3');
    expect(takeVersion(phrase)).toBe(3);
    expect(phrase.takeAfter(['for'], readDuration, 3)).toBeUndefined();
    expect(phrase.rest).toBe('for 10 minutes v2');
  });

  it('leaves a keyword that nothing follows in the name', () => {
    const phrase = new Phrase('wait for me');
    expect(phrase.takeAfter(['for'], readDuration, 3)?.value).toBeUndefined();
    expect(phrase.rest).toBe('wait for me');
  });

  it('forgets a quote that is not closed', () => {
    expect(new Phrase('5" disk').rest).toBe('5" disk');
  });
});

describe('a renaming', () => {
  it.each([
    ['report to march report.pdf', 'report', 'march report.pdf'],
    ['my long report -> short.pdf', 'my long report', 'short.pdf'],
    ['2 march report.pdf', '2', 'march report.pdf'],
    ['k3f9qz march report.pdf', 'k3f9qz', 'march report.pdf'],
    ['report invoice.pdf', 'report', 'invoice.pdf'],
    ['"letter to bob" "letter to alice"', 'letter to bob', 'letter to alice'],
    ['my letter "to bob.pdf"', 'my letter', 'to bob.pdf'],
    ['report', 'report', undefined],
    ['my long report', 'my long report', undefined],
  ])('"%s" gives %s the name %s', (typed, words, name) => {
    expect(readRenaming(new Phrase(typed))).toEqual({ words, name });
  });

  it.each([
    ['report.pdf', 'invoice', 'invoice.pdf'],
    ['report.pdf', 'invoice.txt', 'invoice.txt'],
    ['README', 'notes', 'notes'],
  ])('of %s to %s makes %s', (before, after, expected) => {
    expect(keepExtension(before, after)).toBe(expected);
  });
});

describe('a caption', () => {
  it.each([
    ['', undefined, [], ''],
    ['Just words', undefined, [], 'Just words'],
    ['/invoices/2026', '/invoices/2026', [], ''],
    ['/my invoices/2026 #tax\nFrom the plumber', '/my invoices/2026', ['tax'], 'From the plumber'],
    ['For the #tax office\n#2026q1 #paid', undefined, ['tax', '2026q1', 'paid'], 'For the #tax office'],
    ['See a/b\n/not/a/folder', undefined, [], 'See a/b\n/not/a/folder'],
    ['#1 in the charts', undefined, [], '#1 in the charts'],
    ['/', '/', [], ''],
    ['/a\r\nb\r\n\r\nc', '/a', [], 'b\n\nc'],
  ])('%j', (text, folder, tags, description) => {
    expect(readCaption(text)).toEqual({ folder, tags, description });
  });
});

describe('a name for media', () => {
  const attachment = {
    kind: 'photo',
    name: undefined,
    mediaType: 'image/jpeg',
    sizeBytes: 1,
    origin: 'x',
    open: () => Promise.reject(new Error('not opened')),
  } as const;

  it.each([
    [{}, 0, 'Photo 2026-11-23 21.00.07.jpg'],
    [{}, 1, 'Photo 2026-11-23 21.00.07 (2).jpg'],
    [{ kind: 'voice', mediaType: 'audio/ogg' }, 0, 'Voice message 2026-11-23 21.00.07.ogg'],
    [{ kind: 'sticker', mediaType: 'application/x-tgsticker' }, 0, 'Sticker 2026-11-23 21.00.07.tgs'],
    [{ kind: 'video-note', mediaType: 'unknown/type' }, 0, 'Video message 2026-11-23 21.00.07.mp4'],
    [{ kind: 'file', name: '../../etc/pass\u202ewd' }, 0, 'passwd'],
    [{ kind: 'file', name: '///', mediaType: 'text/plain' }, 0, 'File 2026-11-23 21.00.07.txt'],
  ] as const)('%j at place %i is %s', (change, place, expected) => {
    const sentAt = new Date('2026-11-23T20:00:07Z');
    expect(mediaName({ ...attachment, ...change }, sentAt, 'Europe/Berlin', place)).toBe(expected);
  });
});

it.each([
  ['Zoë Müller (@Zoe_M)', 'zoe_m'],
  ['Zoë Müller', 'zoe'],
  ['李', undefined],
  [undefined, undefined],
])('suggests to %s the handle %s', (label, expected) => {
  expect(suggestHandle(label)).toBe(expected);
});

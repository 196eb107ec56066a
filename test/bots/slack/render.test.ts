import { assert, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Action } from '../../../bots/port/action.ts';
import type { Card, List } from '../../../bots/port/reply.ts';
import { text } from '../../../bots/port/text.ts';
import { clip, escapeMrkdwn, fallbackText } from '../../../bots/slack/render/escape.ts';
import { richText } from '../../../bots/slack/render/rich-text.ts';
import { render } from '../../../bots/slack/render/render.ts';
import type { FileView } from '../../../src/files/view.ts';

const reader = { now: new Date('2026-11-23T20:00:00Z'), timeZone: 'UTC' };
const hostile = '<!channel> <@U1> &lt;b&gt; `code` *bold* _it_ ~no~ :smile: @here 🎉.pdf';

const file = (name: string): FileView => ({
  id: 'k3f9qz',
  name,
  folder: '/',
  tags: [],
  mediaType: 'application/pdf',
  description: '',
  sizeBytes: 1000,
  sha256: '',
  version: 1,
  createdAt: reader.now,
  updatedAt: reader.now,
  trashedAt: null,
  restricted: false,
  owner: 'alice',
  access: 'owner',
});
const action = (label: string): Action => ({ label, command: 'get', input: { file: 'k3f9qz' } });
const reference = () => 'AAAAAAAAAAAAAAAA.0';

/** Everything in a message that Slack shows as text, with the kind of text that it is. */
function textsOf(value: unknown, found: { type: string; text: string }[] = []) {
  if (Array.isArray(value)) for (const one of value) textsOf(one, found);
  else if (typeof value === 'object' && value !== null) {
    const { type, text: shown } = value as { type?: string; text?: unknown };
    if (typeof type === 'string' && typeof shown === 'string') found.push({ type, text: shown });
    for (const one of Object.values(value)) textsOf(one, found);
  }
  return found;
}

describe('a name that looks like markup', () => {
  it('stands in the blocks as it is, where nothing is parsed', () => {
    const card: Card = { kind: 'card', file: file(hostile), actions: [[action('Get')]] };
    const { blocks } = render(card, reader, reference);
    const texts = textsOf(blocks);
    expect(texts.some(({ text: shown }) => shown === hostile)).toBe(true);
    expect(texts.every(({ type }) => type === 'text' || type === 'plain_text')).toBe(true);
    expect(JSON.stringify(blocks)).not.toMatch(/"(?:mrkdwn|broadcast|user|usergroup|channel)"/);
  });

  it('cannot mention or link in the text beside the blocks', () => {
    const shown = fallbackText(text`Saved ${{ bold: hostile }}`);
    expect(shown).not.toMatch(/[<>]/);
    expect(shown).toContain('&lt;!channel&gt;');
    expect(shown).toContain('&amp;lt;b&amp;gt;');
  });

  it('comes back from its escapes as it was, whatever it is', () => {
    assert(
      property(string({ unit: 'grapheme' }), (name) => {
        const escaped = escapeMrkdwn(name);
        expect(escaped).not.toMatch(/[<>]|&(?!(?:amp|lt|gt);)/);
        expect(escaped.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')).toBe(name);
      }),
    );
  });
});

describe('the limits of Block Kit', () => {
  it('keeps a long list within fifty blocks, with its buttons for turning at the end', () => {
    const list: List = {
      kind: 'list',
      title: ['Files'],
      entries: Array.from({ length: 60 }, (_, index) => ({
        number: index + 1,
        text: [`file ${index}`],
        actions: [action('Open'), action('Get')],
      })),
      next: action('Next'),
    };
    const { blocks } = render(list, reader, reference);
    expect(blocks.length).toBeLessThanOrEqual(50);
    expect(JSON.stringify(blocks.at(-1))).toContain('Next');
  });

  it('cuts a long text into blocks of at most 3000 characters, and loses nothing', () => {
    const long = Array.from({ length: 900 }, (_, index) => `line ${index} 🎉`).join('\n');
    const blocks = richText([long]);
    const texts = textsOf(blocks).map(({ text: shown }) => shown);
    expect(blocks.length).toBeGreaterThan(1);
    expect(texts.every((shown) => shown.length <= 3000)).toBe(true);
    expect(texts.join('')).toBe(long);
  });

  it('sends no empty texts, which Slack refuses', () => {
    expect(richText(['', { bold: '' }, { code: '' }])).toEqual([]);
  });

  it('shortens labels to 75 characters without tearing one', () => {
    const card: Card = { kind: 'card', file: file('a'), actions: [[action('👩‍👩‍👧'.repeat(30))]] };
    const { blocks } = render(card, reader, reference);
    const label = textsOf(blocks).find(({ type }) => type === 'plain_text')?.text ?? '';
    expect(label.length).toBeLessThanOrEqual(75);
    expect(label).toMatch(/^(?:👩‍👩‍👧)+…$/u);
    expect(clip('short', 75)).toBe('short');
  });

  it('puts the rest of many buttons into menus of at most five, every action id different', () => {
    const actions = Array.from({ length: 12 }, (_, index) => action(`Do ${index}`));
    const card: Card = { kind: 'card', file: file('a'), actions: [actions] };
    const numbered = (one: Action) => `AAAAAAAAAAAAAAAA.${actions.indexOf(one)}`;
    const [, row] = render(card, reader, numbered).blocks as unknown as {
      elements: { action_id: string; type: string; options?: unknown[] }[];
    }[];
    const elements = row?.elements ?? [];
    expect(new Set(elements.map(({ action_id }) => action_id)).size).toBe(elements.length);
    expect(elements.every(({ options = [] }) => options.length <= 5)).toBe(true);
    expect(elements.flatMap(({ type, options = [] }) => (type === 'button' ? [type] : options))).toHaveLength(
      12,
    );
  });
});

it('links only to web addresses', () => {
  expect(JSON.stringify(richText([{ link: 'javascript:alert(1)', text: 'here' }]))).not.toContain(
    'javascript',
  );
  expect(richText([{ link: 'https://files.example/s/x', text: 'here' }])[0]?.elements[0]).toMatchObject({
    elements: [{ type: 'link', url: 'https://files.example/s/x', text: 'here' }],
  });
});

import { describe, expect, it } from 'vitest';
import type { Action } from '../../../bots/port/action.ts';
import type { Entry, List } from '../../../bots/port/reply.ts';
import { render } from '../../../bots/telegram/render/render.ts';

const reader = { now: new Date(0), timeZone: 'UTC' };
const turn = (label: string): Action => ({ label, command: 'list', input: {} });
const folder = (_none: unknown, n: number): Entry => ({
  number: null,
  text: [`/folder ${n}`],
  actions: [turn('Open')],
});

const buttonsOf = (entries: number) => {
  const list: List = {
    kind: 'list',
    title: ['Folders'],
    entries: Array.from({ length: entries }, folder),
    previous: turn('Previous'),
    next: turn('Next'),
  };
  return render(list, reader, () => 'x').buttons;
};

describe('the buttons of a list in Telegram', () => {
  it('are one for each folder of a page, and the turn of the page below', () => {
    const rows = buttonsOf(20).map((row) => row.map(({ text }) => text));
    expect(rows).toHaveLength(21);
    expect(rows.at(-1)).toEqual(['Previous', 'Next']);
  });

  it('are no more than Telegram takes', () => {
    expect(buttonsOf(120).flat()).toHaveLength(100);
  });
});

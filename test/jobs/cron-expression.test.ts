import { validate } from 'node-cron';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { isCronExpression } from '../../src/cron-expression.ts';

const good = [
  '30 3 * * *',
  '*/10 * * * *',
  '5-59/10 * * * *',
  '0 0,12 1-7 jan-mar mon',
  '0 9 * * 1-5',
  '0 0 * * 7',
  '*/5 * * * * *',
];
const bad = [
  '',
  '* * * *',
  '* * * * * * *',
  '60 * * * *',
  '* 24 * * *',
  '* * 0 * *',
  '* * * 13 *',
  '* * * * 8',
  '*/0 * * * *',
  '5-1 * * * *',
  '1--3 * * * *',
  'x * * * *',
  '1,, * * * *',
  '* * * foo *',
];

describe('a cron expression', () => {
  it('is what the clockwork takes', () => {
    for (const text of good)
      expect([text, isCronExpression(text), validate(text)]).toEqual([text, true, true]);
  });

  it('is nothing else: a wrong one is told before anything starts, and not when a backup was due', () => {
    for (const text of bad) expect([text, isCronExpression(text)]).toEqual([text, false]);
    expect(() => readConfig({ COFFER_BACKUP_CRON: '99 3 * * *' }, '/')).toThrow(
      /COFFER_BACKUP_CRON is "99 3 \* \* \*"/,
    );
  });
});

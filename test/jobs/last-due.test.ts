import { createTask } from 'node-cron';
import { describe, expect, it } from 'vitest';
import { lastDue } from '../../jobs/last-due.ts';

const matches = (schedule: string) => {
  const task = createTask(schedule, () => {});
  return (at: Date) => task.match(at);
};
const minute = { stepMs: 60_000 };
const at = (text: string) => new Date(`2026-11-${text}`);

describe('when a job was last due', () => {
  it('is the last of its times, not the first', () => {
    const due = lastDue(matches('30 3 * * *'), {
      ...minute,
      after: at('20T00:00:00'),
      until: at('23T12:00:00'),
    });
    expect(due).toEqual(at('23T03:30:00'));
  });

  it('does not count the time that it ran at', () => {
    const until = at('23T12:00:00');
    const daily = matches('30 3 * * *');
    expect(lastDue(daily, { ...minute, after: at('23T03:30:00'), until })).toBeUndefined();
    // One that was taken over is known by a time just after.
    expect(lastDue(daily, { ...minute, after: at('23T03:30:00.001'), until })).toBeUndefined();
    expect(lastDue(daily, { ...minute, after: at('23T03:29:59'), until })).toEqual(at('23T03:30:00'));
  });

  it('knows gaps of different lengths: on a Tuesday, what is due on working days is missed after a day', () => {
    const due = lastDue(matches('0 9 * * 1-5'), {
      ...minute,
      after: at('23T09:00:00'),
      until: at('24T09:00:00'),
    });
    expect(due).toEqual(at('24T09:00:00'));
    expect(
      lastDue(matches('0 9 * * 1-5'), { ...minute, after: at('20T09:00:00'), until: at('22T23:59:00') }),
    ).toBeUndefined();
  });

  it('goes by seconds where the schedule does', () => {
    const due = lastDue(matches('*/10 * * * * *'), {
      stepMs: 1000,
      after: at('23T12:00:00'),
      until: at('23T12:00:29.500'),
    });
    expect(due).toEqual(at('23T12:00:20'));
  });
});

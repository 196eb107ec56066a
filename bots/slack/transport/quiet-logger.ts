import { type Logger, LogLevel } from '@slack/bolt';
import type { Log } from '../../../src/log.ts';

/**
 * A log for Slack's libraries. They write payloads, URLs with tickets and texts into their lines, so only that there was
 * a line, and how serious it was, is kept.
 */
export function quietLogger(log: Log): Logger {
  return {
    debug: silent,
    info: silent,
    warn: () => log.debug('a library of Slack warned'),
    error: () => log.debug('a library of Slack reported an error'),
    setLevel: silent,
    getLevel: () => LogLevel.ERROR,
    setName: silent,
  };
}

const silent = () => {};

/**
 * Loaded before a program (`node --import`), lets its time run `CLOCK_SPEED` times faster, counted from `CLOCK_START`
 * (milliseconds since 1970) so that several programs have the same time. Not for the driver of the database, whose timers
 * come from node:timers.
 */
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';

const speed = Number(process.env.CLOCK_SPEED);
const start = Number(process.env.CLOCK_START);
const RealDate = Date;
const now = () => Math.floor(start + (RealDate.now() - start) * speed);

globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(now());
    else super(...given);
  }

  static now() {
    return now();
  }
};

const { setTimeout, setInterval } = globalThis;
globalThis.setTimeout = (work, ms, ...given) => setTimeout(work, ms / speed, ...given);
globalThis.setInterval = (work, ms, ...given) => setInterval(work, ms / speed, ...given);
const delay = timers.setTimeout;
timers.setTimeout = (ms, ...given) => delay(ms / speed, ...given);
syncBuiltinESMExports();

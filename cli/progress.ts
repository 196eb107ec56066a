import { Presets, SingleBar } from 'cli-progress';

/** Shows how far something is. */
export interface Progress {
  update(done: number, total: number): void;
  stop(): void;
}

/** A bar on a terminal; elsewhere, where it would be noise, a line every tenth of the way. */
export function showProgress(doing: string, what: string, print: (line: string) => void): Progress {
  if (process.stderr.isTTY) {
    const bar = new SingleBar(
      {
        format: `${doing} {bar} {percentage}% | {value} of {total} ${what} | {eta_formatted} left`,
        stream: process.stderr,
        hideCursor: true,
      },
      Presets.shades_classic,
    );
    bar.start(1, 0);
    return {
      update: (done, total) => {
        bar.setTotal(Math.max(1, total));
        bar.update(done);
      },
      stop: () => bar.stop(),
    };
  }
  let shown = 0;
  return {
    update: (done, total) => {
      const tenth = total === 0 ? 0 : Math.floor((10 * done) / total);
      if (tenth > shown) print(`${doing}: ${done} of ${total} ${what}`);
      shown = Math.max(shown, tenth);
    },
    stop: () => {},
  };
}

import type { Command } from '../port/command.ts';

/**
 * Finds the command that a mistyped name most likely means: `sahre`, `lnik`, `setings`. Of several that are equally near,
 * the first.
 */
export function nearestCommand(commands: readonly Command[], typed: string): Command | undefined {
  const allowed = typed.length < 3 ? 0 : typed.length < 5 ? 1 : 2;
  let best: { command: Command; slips: number } | undefined;
  for (const command of commands) {
    const slips = slipsBetween(typed, command.name);
    if (slips <= allowed && slips < (best?.slips ?? Number.POSITIVE_INFINITY)) best = { command, slips };
  }
  return best?.command;
}

/** How many letters were left out, added, mistaken, or swapped with the next (optimal string alignment). */
function slipsBetween(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_none, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let slips = Math.min(
        at(rows, i - 1, j) + 1,
        (row[j - 1] ?? 0) + 1,
        at(rows, i - 1, j - 1) + (same ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        slips = Math.min(slips, at(rows, i - 2, j - 2) + 1);
      row.push(slips);
    }
    rows.push(row);
  }
  return at(rows, a.length, b.length);
}

const at = (rows: readonly (readonly number[])[], i: number, j: number): number => rows[i]?.[j] ?? 0;

import type { Results, Row, Target } from './results.ts';
import { table } from './table.ts';

/** What Coffer has to reach, and whether it did. */
export function targetTable(results: Results): string {
  const lines = results.rows.flatMap((row) => {
    if (row.target === undefined) return [];
    const reached = reachedIn(results, row, row.target);
    if (reached === undefined) return [];
    const met = row.target.kind === 'ratio' ? reached >= row.target.atLeast : reached < row.target.below;
    return [
      [row.title, demandText(row, row.target), measuredText(row, reached), met ? 'met' : '**not met**'],
    ];
  });
  return table(['', 'target', 'measured', ''], lines);
}

function reachedIn(results: Results, row: Row, target: Target): number | undefined {
  if (target.kind === 'ratio') return results.ratios(row, 'coffer')?.median;
  return results.values(row, 'coffer')?.[target.of];
}

const demandText = ({ unit }: Row, target: Target) =>
  target.kind === 'ratio'
    ? `at least ${target.atLeast} x baseline`
    : `below ${target.below} ${unit}, ${target.of === 'highest' ? 'in every round' : 'median'}`;

const measuredText = ({ unit, target }: Row, reached: number) =>
  target?.kind === 'ratio' ? `${reached.toFixed(2)} x` : `${reached.toFixed(1)} ${unit}`;

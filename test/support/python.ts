import { execFileSync, spawnSync } from 'node:child_process';

/** Why tests with the second implementation cannot run here; undefined if they can. */
export const pythonProblem: string | undefined = (() => {
  const { error, status } = spawnSync('python3', ['-c', 'import cryptography']);
  if (error !== undefined) return 'python3 is not installed';
  return status === 0 ? undefined : 'the Python module cryptography is not installed';
})();

/** Ends a test's title: says why it is skipped, if it is. */
export const skipNote: string = pythonProblem === undefined ? '' : ` (skipped: ${pythonProblem})`;

/** Runs a Python program with JSON on standard input and output. */
export const runPython = <T>(program: string, input: unknown): T =>
  JSON.parse(
    execFileSync('python3', ['-c', program], { input: JSON.stringify(input), encoding: 'utf8' }),
  ) as T;

/** Splits the words of a command into options such as `--to PATH`, flags such as `--dry-run`, and the rest. */
export function readWords(
  words: readonly string[],
  valued: readonly string[],
  flags: readonly string[],
): { rest: string[]; options: Map<string, string>; problem: string | undefined } {
  const rest: string[] = [];
  const options = new Map<string, string>();
  const left = [...words];
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    const name = word.replace(/^--/, '');
    if (!word.startsWith('--')) rest.push(word);
    else if (flags.includes(name)) options.set(name, '');
    else if (!valued.includes(name)) return { rest, options, problem: `There is no option ${word}.` };
    else {
      const value = left.shift();
      if (value === undefined) return { rest, options, problem: `${word} needs a value.` };
      options.set(name, value);
    }
  }
  return { rest, options, problem: undefined };
}

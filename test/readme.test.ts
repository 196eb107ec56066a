import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { operations } from '../api/routes/index.ts';
import { commands } from '../cli/index.ts';
import { variables } from '../src/config.ts';
import { version } from '../src/version.ts';

const root = join(import.meta.dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

/** Rows of the table whose first cell matches, as trimmed cells. */
const rows = (first: RegExp): string[][] =>
  readme
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .filter(([cell = '']) => first.test(cell));

describe('the README', () => {
  it('lists every variable with its default and meaning, as --help does', () => {
    const listed = rows(/^`(COFFER|MONGODB|SLACK|TELEGRAM)_/).map(([name, fallback, meaning]) => [
      name,
      fallback,
      meaning,
    ]);
    const known = variables.map(([name, fallback, meaning]) => [
      `\`${name}\``,
      fallback === '' || fallback === 'embedded' || fallback === 'packaged' ? fallback : `\`${fallback}\``,
      meaning,
    ]);
    expect(listed).toEqual(known);
  });

  it('lists every command of the operator', () => {
    const listed = rows(/^`node \. [a-z]/).map(([usage = '']) => usage.replace(/`/g, '').split(' ')[2]);
    expect(new Set(listed)).toEqual(new Set(commands.map(({ name }) => name)));
  });

  it('names only routes that exist', () => {
    const paths = operations.map(({ path }) => new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`));
    const named = [...readme.matchAll(/(?:\$URL|`(?:GET|POST|PUT|DELETE) )(\/v1\/[\w{}/-]+)/g)].map(
      ([, path = '']) => path,
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((path) => !paths.some((pattern) => pattern.test(path)))).toEqual([]);
  });

  it('lists every folder of the sources', () => {
    const listed = rows(/^`(src|api|bots|jobs|cli|main\.ts)`$/).map(([name]) => name);
    expect(listed).toHaveLength(6);
  });
});

it('the program knows its version', () => {
  const { version: published } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  expect(version).toBe(published);
});

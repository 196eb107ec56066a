import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const folders = ['src', 'api', 'bots', 'cli', 'jobs'] as const;

/** What the files of a folder may import: other folders of ours, and packages that only they may use. */
const mayImport: Record<(typeof folders)[number], readonly string[]> = {
  src: [],
  api: ['src'],
  bots: ['src'],
  cli: ['src', 'bots', 'jobs'],
  jobs: ['src'],
};
/** Packages that belong to some folders only. */
const ownersOf: Record<string, readonly string[]> = {
  mongodb: ['src'],
  'hash-wasm': ['src'],
  'prom-client': ['src'],
  'rate-limiter-flexible': ['src'],
  '@hapi/hapi': ['api'],
  '@hapi/jwt': ['api'],
  joi: ['api'],
  '@fastify/busboy': ['api'],
  'node-cron': ['jobs'],
  '@aws-sdk/client-s3': ['jobs'],
  'age-encryption': ['jobs'],
  'cli-progress': ['cli'],
  grammy: ['bots'],
  '@grammyjs/auto-retry': ['bots'],
  '@slack/bolt': ['bots'],
  'chrono-node': ['bots'],
};

const files = folders.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name)),
);

/** Every import of a file: a path from the root for our own, the package's name for others. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(
    ([, specifier]) => specifier ?? '',
  );
  return specifiers.map((specifier) =>
    specifier.startsWith('.') ? relative(root, join(root, dirname(file), specifier)) : packageName(specifier),
  );
}

const packageName = (specifier: string) =>
  specifier.startsWith('node:')
    ? specifier
    : specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/');

describe('layers', () => {
  it.each(files)('%s imports only what its layer may', (file) => {
    const [folder = ''] = file.split('/');
    const forbidden = importsOf(file).filter((target) => {
      const [top = ''] = target.split('/');
      if (target.endsWith('.ts'))
        return top !== folder && !mayImport[folder as keyof typeof mayImport].includes(top);
      return !(ownersOf[target] ?? folders).includes(folder);
    });
    expect(forbidden).toEqual([]);
  });

  it.each(files.filter((file) => file.startsWith('src/crypto/')))(
    '%s imports only src/crypto, @noble and node:crypto',
    (file) => {
      const forbidden = importsOf(file).filter(
        (target) => !/^(src\/crypto\/|@noble\/|node:crypto$)/.test(target),
      );
      expect(forbidden).toEqual([]);
    },
  );
});

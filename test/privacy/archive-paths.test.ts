import { describe, expect, it } from 'vitest';
import { ArchivePaths } from '../../src/privacy/archive-paths.ts';

describe('places in an archive', () => {
  it('are the folder and the name', () => {
    const paths = new ArchivePaths();
    expect(paths.place('files', '/', 'a.txt', 'aaaaaa')).toBe('files/a.txt');
    expect(paths.place('files', '/2026/tax', 'a.txt', 'bbbbbb')).toBe('files/2026/tax/a.txt');
    expect(paths.place('trash', '/', 'a.txt', 'cccccc')).toBe('trash/a.txt');
  });

  it.each([
    ['the same', 'a.txt', 'a.txt', 'files/a (bbbbbb).txt'],
    ['the same but for capitals', 'A.TXT', 'a.txt', 'files/a (bbbbbb).txt'],
    ['the same, composed in another way', 'u\u0308.txt', '\u00fc.txt', 'files/\u00fc (bbbbbb).txt'],
    ['without an extension', 'a', 'a', 'files/a (bbbbbb)'],
    ['only an extension', '.env', '.env', 'files/.env (bbbbbb)'],
    ['the same once a backslash is none', 'a\\b', 'a_b', 'files/a_b (bbbbbb)'],
  ])('differ for names that are %s', (_what, first, second, place) => {
    const paths = new ArchivePaths();
    paths.place('files', '/', first, 'aaaaaa');
    expect(paths.place('files', '/', second, 'bbbbbb')).toBe(place);
  });

  it('never make a file of a folder', () => {
    const paths = new ArchivePaths();
    expect(paths.place('files', '/', 'a', 'aaaaaa')).toBe('files/a');
    expect(paths.place('files', '/a', 'b', 'bbbbbb')).toBe('files/bbbbbb/b');
    expect(paths.place('files', '/c', 'd', 'cccccc')).toBe('files/c/d');
    expect(paths.place('files', '/', 'c', 'dddddd')).toBe('files/c (dddddd)');
  });
});

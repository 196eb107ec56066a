import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LockerError } from '../../src/errors.ts';
import { requireDescription } from '../../src/files/description.ts';
import { requireName, safeName } from '../../src/files/file-name.ts';
import { ancestors, requireFolder } from '../../src/files/folder-path.ts';
import { guessMediaType, readMediaType } from '../../src/files/media-type.ts';
import { requireTags } from '../../src/files/tags.ts';

const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (!(error instanceof LockerError)) throw error;
    return error.code;
  }
  return 'accepted';
};

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'grapheme', minLength: 90, maxLength: 300 }),
);

describe('a chosen name', () => {
  it('is kept as it was given, in NFC and without surrounding space', () => {
    expect(requireName('  Cafe\u0301 2026.pdf \n')).toBe('Café 2026.pdf');
    expect(requireName('👨‍👩‍👧 घर.jpg')).toBe('👨‍👩‍👧 घर.jpg');
    expect(requireName('.bashrc')).toBe('.bashrc');
    expect(requireName('...')).toBe('...');
  });

  it.each([
    ['that is empty', ''],
    ['of spaces', ' \t '],
    ['that is .', '.'],
    ['that is ..', '..'],
    ['that becomes .. when trimmed', ' .. '],
    ['with a slash', '../etc/passwd'],
    ['with a backslash', 'a\\b'],
    ['with NUL', 'a\0b'],
    ['with a line break inside', 'a\nb'],
    ['with DEL', 'a\u007fb'],
    ['with a C1 control', 'a\u0085b'],
    ['with a right-to-left override', 'invoice\u202efdp.exe'],
    ['with an isolate', 'a\u2066b'],
    ['with a zero-width space', 'a\u200bb'],
    ['with a byte order mark inside', 'a\ufeffb'],
    ['with a line separator', 'a\u2028b'],
    ['with a lone high surrogate', 'a\ud83db'],
    ['with a lone low surrogate', 'a\ude00b'],
  ])('is refused %s', (_, name) => {
    expect(codeOf(() => requireName(name))).toBe('invalid_name');
  });

  it('may have 255 bytes of UTF-8 and not 256, counted in NFC', () => {
    expect(requireName('a'.repeat(255))).toHaveLength(255);
    expect(codeOf(() => requireName('a'.repeat(256)))).toBe('invalid_name');
    expect(requireName(`${'é'.repeat(127)}a`)).toHaveLength(128);
    expect(codeOf(() => requireName('é'.repeat(128)))).toBe('invalid_name');
    expect(requireName('e\u0301'.repeat(127))).toHaveLength(127);
    expect(codeOf(() => requireName('😀'.repeat(64)))).toBe('invalid_name');
  });

  it('is its own checked form', () => {
    fc.assert(
      fc.property(text, (given) => {
        fc.pre(codeOf(() => requireName(given)) === 'accepted');
        expect(requireName(requireName(given))).toBe(requireName(given));
      }),
    );
  });
});

describe('a name that came with a file', () => {
  it.each([
    ['C:\\Users\\me\\tax.pdf', 'tax.pdf'],
    ['../../etc/passwd', 'passwd'],
    ['invoice\u202efdp.exe', 'invoicefdp.exe'],
    ['a\r\nSet-Cookie: x.txt', 'aSet-Cookie: x.txt'],
    ['  report.pdf  ', 'report.pdf'],
    ['\ud83dx.png', 'x.png'],
  ])('is made safe: %j', (given, name) => {
    expect(safeName(given)).toBe(name);
  });

  it.each(['', '/', 'a/', '..', '.', '.\u200b.', '\u0000'])(
    'is given up when nothing is left: %j',
    (given) => {
      expect(safeName(given)).toBeUndefined();
    },
  );

  it('is shortened before its extension, between whole characters', () => {
    expect(safeName(`${'a'.repeat(300)}.pdf`)).toBe(`${'a'.repeat(251)}.pdf`);
    expect(safeName(`${'👨‍👩‍👧'.repeat(40)}.jpg`)).toBe(`${'👨‍👩‍👧'.repeat(13)}.jpg`);
    expect(safeName('文'.repeat(100))).toBe('文'.repeat(85));
  });

  it('is accepted as a chosen name, whatever it was', () => {
    fc.assert(
      fc.property(text, (given) => {
        const name = safeName(given);
        expect(name === undefined || codeOf(() => requireName(name)) === 'accepted').toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a folder', () => {
  it.each([
    ['', '/'],
    ['/', '/'],
    ['work', '/work'],
    ['/work/', '/work'],
    ['//work// 2026 /', '/work/2026'],
    ['/Cafe\u0301', '/Café'],
  ])('%j has one form', (given, folder) => {
    expect(requireFolder(given)).toBe(folder);
  });

  it.each(['/a/../b', '/./a', '/a\\b', '/a\u202eb', '/a\0', '/\ud800', `/${'a'.repeat(256)}`])(
    '%j is refused',
    (given) => {
      expect(codeOf(() => requireFolder(given))).toBe('invalid_folder');
    },
  );

  it('may be 32 levels deep and 1024 bytes long, and no more', () => {
    expect(requireFolder('/a'.repeat(32))).toBe('/a'.repeat(32));
    expect(codeOf(() => requireFolder('/a'.repeat(33)))).toBe('invalid_folder');
    const long = `/${'a'.repeat(255)}`.repeat(4);
    expect(requireFolder(long)).toHaveLength(1024);
    expect(codeOf(() => requireFolder(`${long}/b`))).toBe('invalid_folder');
  });

  it('has all folders above it as ancestors, itself first', () => {
    expect(ancestors('/')).toEqual(['/']);
    expect(ancestors('/a/b/c')).toEqual(['/a/b/c', '/a/b', '/a', '/']);
  });
});

describe('tags', () => {
  it('have one form: lower case, NFC, without #, without repeats and empty ones', () => {
    expect(requireTags(['#Tax', 'tax', ' TAX ', '', '#', 'Cafe\u0301'])).toEqual(['tax', 'café']);
  });

  it.each([['two words'], ['a,b'], ['a\u202eb'], ['a\0'], ['\ud800'], ['x'.repeat(65)]])(
    '%j is refused',
    (tag) => {
      expect(codeOf(() => requireTags([tag]))).toBe('invalid_tag');
    },
  );

  it('may be 32 of 64 characters each, and no more', () => {
    const many = Array.from({ length: 32 }, (_, i) => `${i}`.padEnd(64, '文'));
    expect(requireTags(many)).toEqual(many);
    expect(codeOf(() => requireTags([...many, 'one']))).toBe('invalid_tag');
    expect(requireTags(['😀'.repeat(64)])).toHaveLength(1);
  });

  it('are their own checked form', () => {
    fc.assert(
      fc.property(text, (tag) => {
        fc.pre(codeOf(() => requireTags([tag])) === 'accepted');
        expect(requireTags(requireTags([tag]))).toEqual(requireTags([tag]));
      }),
      { numRuns: 300 },
    );
  });

  it('have the same form when a capital has no composed form and its small letter has one', () => {
    expect(requireTags(['J\u030c'])).toEqual(requireTags(['j\u030c']));
  });
});

const checked = (description: string) => requireDescription({ description }).description;

describe('a description', () => {
  it('keeps line breaks and tabs, and loses other control characters and lone surrogates', () => {
    expect(checked(' a\n\tb\u0000c\u0085d\ud800 ')).toBe('a\n\tbcd');
  });

  it('may have 4000 characters and not one more', () => {
    expect(checked('x'.repeat(4000))).toHaveLength(4000);
    expect(codeOf(() => checked('x'.repeat(4001)))).toBe('bad_request');
  });

  it('leaves absent what was absent', () => {
    expect(requireDescription({})).toEqual({});
  });
});

describe('a media type', () => {
  it.each([
    ['Text/Plain; charset=utf-8', 'text/plain'],
    ['application/vnd.ms-excel', 'application/vnd.ms-excel'],
    [undefined, undefined],
    ['', undefined],
    ['text', undefined],
    ['text/html\r\nX: y', undefined],
    ['a/b/c', undefined],
    ['application/octet-stream', undefined],
    ['Application/X-WWW-Form-Urlencoded; charset=utf-8', undefined],
    ['multipart/form-data; boundary=x', undefined],
  ])('%j is read as %s', (header, type) => {
    expect(readMediaType(header)).toBe(type);
  });

  it.each([
    ['report.pdf', 'application/pdf'],
    ['IMG_0001.JPEG', 'image/jpeg'],
    ['übersicht 2026.xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
    ['backup.tar.gz', 'application/gzip'],
    ['notes', 'application/octet-stream'],
    ['.pdf', 'application/octet-stream'],
    ['main.ts', 'application/octet-stream'],
    ['a.__proto__', 'application/octet-stream'],
  ])('of %s is guessed as %s', (name, type) => {
    expect(guessMediaType(name)).toBe(type);
  });
});

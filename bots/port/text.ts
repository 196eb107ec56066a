/**
 * Text with structure. Each chat renders the spans by its own rules, so that no name or note of a person can ever be
 * taken for markup.
 */
export type Span =
  | string
  | { readonly bold: string }
  | { readonly italic: string }
  /** Something to type or to copy: a command, an id, a code. */
  | { readonly code: string }
  | { readonly link: string; readonly text: string };

export type Text = readonly Span[];

/** Writes text with spans in its holes: ``text`Saved ${{ bold: name }}.` ``. */
export const text = (strings: TemplateStringsArray, ...holes: (Span | Text | number)[]): Text =>
  strings.flatMap((string, index) => {
    const hole = holes[index];
    const spans =
      hole === undefined ? [] : typeof hole === 'number' ? [String(hole)] : isText(hole) ? hole : [hole];
    return string === '' ? spans : [string, ...spans];
  });

/** Puts texts under each other; absent ones are left out. */
export const lines = (...texts: readonly (Text | string | null | undefined)[]): Text =>
  texts
    .filter((line) => line !== null && line !== undefined)
    .flatMap((line, index) => [
      ...(index === 0 ? [] : ['\n']),
      ...(typeof line === 'string' ? [line] : line),
    ]);

/** The characters alone: for logs of tests, notifications and chats that know no markup. */
export const plain = (spans: Text): string =>
  spans
    .map((span) => {
      if (typeof span === 'string') return span;
      if ('bold' in span) return span.bold;
      if ('italic' in span) return span.italic;
      if ('code' in span) return span.code;
      return span.text;
    })
    .join('');

const isText = (hole: Span | Text): hole is Text => Array.isArray(hole);

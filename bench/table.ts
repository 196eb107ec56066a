/** A Markdown table that can also be read as it is: columns of one width, numbers to the right. */
export function table(header: readonly string[], lines: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) =>
    Math.max(3, title.length, ...lines.map((line) => line[column]?.length ?? 0)),
  );
  const isNumeric = header.map((_title, column) =>
    lines.every((line) => /^(-?\d.*)?$/.test(line[column] ?? '')),
  );
  const text = (line: readonly string[]) =>
    `| ${widths.map((width, column) => align(line[column] ?? '', width, isNumeric[column] ?? false)).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (isNumeric[column] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))).join(' | ')} |`;
  return [text(header), rule, ...lines.map(text)].join('\n');
}

const align = (text: string, width: number, right: boolean) =>
  right ? text.padStart(width) : text.padEnd(width);

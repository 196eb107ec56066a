import type { types } from '@slack/bolt';
import type { Span, Text } from '../../port/text.ts';

type Element = types.RichTextText | types.RichTextLink;

/** Characters of one block; longer texts become several. */
export const maxBlockText = 3000;

/**
 * Renders text as rich text, which Slack does not parse: a name with `<!channel>`, backticks or `:smile:` in it stands
 * there as it is, and mentions nobody.
 */
export function richText(text: Text): types.RichTextBlock[] {
  const blocks: types.RichTextBlock[] = [];
  let elements: Element[] = [];
  let room = maxBlockText;
  const close = () => {
    if (elements.length > 0)
      blocks.push({ type: 'rich_text', elements: [{ type: 'rich_text_section', elements }] });
    elements = [];
    room = maxBlockText;
  };
  for (const element of text.flatMap(elementsOf)) {
    for (const part of element.type === 'text' ? cut(element) : [element]) {
      const length = part.type === 'text' ? part.text.length : part.url.length + (part.text?.length ?? 0);
      if (length > room) close();
      elements.push(part);
      room -= length;
    }
  }
  close();
  return blocks;
}

function elementsOf(span: Span): Element[] {
  if (typeof span === 'string') return textElement(span);
  if ('bold' in span) return textElement(span.bold, { bold: true });
  if ('italic' in span) return textElement(span.italic, { italic: true });
  if ('code' in span) return textElement(span.code, { code: true });
  return /^https?:/.test(span.link)
    ? [{ type: 'link', url: span.link, ...(span.text === span.link ? {} : { text: span.text }) }]
    : textElement(span.text);
}

/** Slack refuses empty texts. */
const textElement = (text: string, style?: types.RichTextText['style']): types.RichTextText[] =>
  text === '' ? [] : [{ type: 'text', text, ...(style === undefined ? {} : { style }) }];

/** Cuts what does not fit into one block, at the ends of lines where that is possible. */
function* cut(element: types.RichTextText): Generator<types.RichTextText> {
  let rest = element.text;
  while (rest.length > maxBlockText) {
    const end = rest.lastIndexOf('\n', maxBlockText - 1) + 1;
    let at = end > 0 ? end : maxBlockText;
    // Not within a surrogate pair.
    if (/[\ud800-\udbff]/.test(rest.charAt(at - 1))) at--;
    yield { ...element, text: rest.slice(0, at) };
    rest = rest.slice(at);
  }
  yield { ...element, text: rest };
}

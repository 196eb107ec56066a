/** What a person typed, out of Slack's markup. */
export interface Typed {
  readonly words: string;
  /** Ids of the people who are really mentioned; the same characters typed by hand mention nobody. */
  readonly people: ReadonlySet<string>;
}

const entities: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' };

/**
 * Reads text as Slack sends it: mentions become `<@U…>`, channels and links what the person saw, entities their characters,
 * and emoji that Slack turned into `:name:` the characters that were typed.
 *
 * @param blocks the rich text of the same message, where there is one: only it says what an emoji was.
 */
export function readTyped(text: string | undefined, blocks?: unknown): Typed {
  const people = new Set<string>();
  const words = (text ?? '')
    .replaceAll(/<([^<>]*)>/g, (whole, inner: string) => {
      const [target, label] = splitOnce(inner);
      const user = /^@([UW][A-Za-z0-9]+)$/.exec(target)?.[1];
      if (user !== undefined) {
        people.add(user);
        return `<@${user}>`;
      }
      if (target.startsWith('#')) return `#${label ?? target.slice(1)}`;
      if (target.startsWith('!')) return label ?? whole;
      return label ?? target.replace(/^mailto:/, '');
    })
    .replaceAll(/&(?:amp|lt|gt);/g, (entity) => entities[entity] ?? entity)
    .replaceAll('\u00a0', ' ');
  return { words: withEmoji(words, blocks), people };
}

const splitOnce = (inner: string): [string, string | undefined] => {
  const bar = inner.indexOf('|');
  return bar === -1 ? [inner, undefined] : [inner.slice(0, bar), inner.slice(bar + 1)];
};

function withEmoji(words: string, blocks: unknown): string {
  const emoji = new Map<string, string>();
  collectEmoji(blocks, emoji, 0);
  return emoji.size === 0
    ? words
    : words.replaceAll(
        /:([a-z0-9_+'-]+):(?::skin-tone-\d:)?/gi,
        (whole, name: string) => emoji.get(name) ?? whole,
      );
}

function collectEmoji(value: unknown, emoji: Map<string, string>, depth: number): void {
  if (typeof value !== 'object' || value === null || depth > 10) return;
  if (Array.isArray(value)) {
    for (const one of value) collectEmoji(one, emoji, depth + 1);
    return;
  }
  const { type, name, unicode, elements } = value as Record<string, unknown>;
  if (type === 'emoji' && typeof name === 'string' && typeof unicode === 'string') {
    const points = unicode.split('-').map((point) => Number.parseInt(point, 16));
    if (points.every((point) => point > 0 && point <= 0x10ffff))
      emoji.set(name, String.fromCodePoint(...points));
  }
  collectEmoji(elements, emoji, depth + 1);
}

import { plain, type Text } from '../../port/text.ts';

/** Characters of the text beside the blocks: what notifications show. */
const maxFallback = 3000;

/** Escapes what mrkdwn takes for a mention, a link or a channel (docs.slack.dev, Formatting message text). */
export const escapeMrkdwn = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** The text beside the blocks: for notifications, and where blocks are not shown. It can mention nobody. */
export const fallbackText = (text: Text): string => escapeMrkdwn(clip(plain(text), maxFallback));

/** Shortens to so many UTF-16 units, which Slack counts, without tearing a character. */
export function clip(text: string, limit: number): string {
  if (text.length <= limit) return text;
  let kept = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (kept.length + segment.length > limit - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

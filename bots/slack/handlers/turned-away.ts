import type { Admission } from '../admission.ts';
import { fallbackText } from '../render/escape.ts';
import { richText } from '../render/rich-text.ts';
import type { Outlet } from '../ways/outlet.ts';
import { SlackRefusal } from '../transport/web.ts';
import { slackWords } from '../words.ts';

/** Says a guest, or someone of another workspace, that the locker is not for them. */
export async function turnAway(
  { kind }: Exclude<Admission, { kind: 'member' }>,
  outlet: Outlet,
): Promise<void> {
  if (kind === 'ignored') return;
  const text = slackWords[kind];
  try {
    await outlet.post({ text: fallbackText(text), blocks: richText(text) });
  } catch (error) {
    // Whoever cannot be reached needs no answer.
    if (!(error instanceof SlackRefusal)) throw error;
  }
}

import { describe, expect, it } from 'vitest';
import { readTyped } from '../../../bots/slack/typed.ts';

describe('what a person typed', () => {
  it.each([
    ['entities become their characters, once', 'a &amp;lt; b &lt;c&gt;', 'a &lt; b <c>'],
    ['a mention keeps its id only', 'share report <@U024BE7LH|alice> now', 'share report <@U024BE7LH> now'],
    ['a link becomes what was typed', 'get <http://report.pdf|report.pdf>', 'get report.pdf'],
    ['an address becomes itself', 'find <mailto:a@b.example|a@b.example>', 'find a@b.example'],
    ['a tag that is also a channel stays a tag', 'tag report <#C123|tax>', 'tag report #tax'],
    ['a space that does not break is a space', 'get\u00a0report', 'get report'],
  ])('%s', (_title, sent, words) => {
    expect(readTyped(sent).words).toBe(words);
  });

  it('mentions nobody with characters that were typed by hand', () => {
    const typed = readTyped('share x &lt;@U024BE7LH&gt;');
    expect(typed.words).toBe('share x <@U024BE7LH>');
    expect(typed.people.size).toBe(0);
    expect([...readTyped('share x <@U024BE7LH>').people]).toEqual(['U024BE7LH']);
  });

  it('turns emoji back into the characters that were typed, and nothing else between colons', () => {
    const blocks = [
      {
        type: 'rich_text',
        elements: [
          {
            type: 'rich_text_section',
            elements: [{ type: 'emoji', name: 'family', unicode: '1f468-200d-1f469-200d-1f467' }],
          },
        ],
      },
    ];
    expect(readTyped('rename 1 :family: at 10:30:00', blocks).words).toBe('rename 1 👨‍👩‍👧 at 10:30:00');
    expect(readTyped('rename 1 :family:', [{ type: 'emoji', name: 'family', unicode: 'zz' }]).words).toBe(
      'rename 1 :family:',
    );
  });
});

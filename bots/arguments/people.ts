import { foldHandle } from '../../src/accounts/handle.ts';
import { handleOfIdentity } from '../../src/accounts/handle-of-identity.ts';
import { type Context, type MemberIncoming, UsageError } from '../port/command.ts';
import { sharingWords } from '../words/sharing.ts';
import type { Phrase } from './phrase.ts';

const handle = /^@[A-Za-z0-9][A-Za-z0-9_-]{0,31}[,;]?$/;
const connectors = ['with', 'to', 'from', 'by', 'for', 'and'];
const bareHandle = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/;

/**
 * Takes the people whom a phrase names: `@alice`, a mention of the chat, or, if there is neither, `with alice`.
 *
 * @throws UsageError for a mention of someone who has no account.
 */
export async function takePeople(
  phrase: Phrase,
  { locker }: Context,
  incoming: MemberIncoming,
): Promise<string[]> {
  const found = phrase.takeWords((word) => {
    const identity = incoming.mention(word);
    if (identity !== undefined) return { word, identity };
    return handle.test(word) ? { word, identity: undefined } : undefined;
  }, connectors);
  const people = await Promise.all(
    found.map(async ({ word, identity }) => {
      if (identity === undefined) return foldHandle(word.replace(/[,;]$/, ''));
      const known = await handleOfIdentity(locker, incoming.actor, identity);
      if (known === undefined) throw new UsageError(sharingWords.notLinked(word));
      return known;
    }),
  );
  if (people.length > 0) return [...new Set(people)];
  const named = phrase.takeAfter(
    ['with'],
    ([word, more]) => (word !== undefined && more === undefined && bareHandle.test(word) ? word : undefined),
    1,
  );
  return named?.value === undefined ? [] : [foldHandle(named.value)];
}

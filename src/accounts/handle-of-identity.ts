import type { ChatName } from '../chats/documents.ts';
import type { Locker } from '../locker.ts';
import { type Actor, requireAccount } from './actor.ts';

/** Finds the handle behind an identity that a message mentions. @returns undefined for someone without an account. */
export async function handleOfIdentity(
  locker: Locker,
  actor: Actor,
  identity: string,
): Promise<string | undefined> {
  await requireAccount(locker, actor);
  const found = await locker.collections.identities.findOne({ _id: identity });
  if (found === null) return undefined;
  const account = await locker.collections.accounts.findOne({
    _id: found.account,
    status: { $ne: 'removing' },
  });
  return account?.handle;
}

/** The identities of an account in one chat: where its person can be told something. For notifiers; checks no permission. */
export async function identitiesOf(locker: Locker, account: string, chat: ChatName): Promise<string[]> {
  const found = await locker.collections.identities.find({ account }, { projection: { _id: 1 } }).toArray();
  return found.map(({ _id }) => _id).filter((id) => id.startsWith(`${chat}:`));
}

import { claim as claimInstallation } from '../../src/accounts/claim.ts';
import { describeMe } from '../../src/accounts/describe-me.ts';
import { foldHandle } from '../../src/accounts/handle.ts';
import { join as acceptInvite } from '../../src/accounts/invites.ts';
import { isLockerError } from '../../src/errors.ts';
import { takeCode } from '../arguments/code.ts';
import { suggestHandle } from '../arguments/suggest-handle.ts';
import type { Input } from '../port/action.ts';
import { type ChatFacts, type Command, UsageError } from '../port/command.ts';
import type { Incoming } from '../port/incoming.ts';
import type { Prompt } from '../port/reply.ts';
import type { Text } from '../port/text.ts';
import { accountWords } from '../words/accounts.ts';
import { labels } from '../words/labels.ts';
import { manual } from '../words/manual.ts';
import { note, openCommand, textOf } from './define.ts';

/** Makes the owner of a fresh installation. */
export const claim = comingIn('claim', claimInstallation, accountWords.claimed);

/** Makes a member out of an invite. */
export const join = comingIn('join', acceptInvite, accountWords.joined);

function comingIn(
  name: 'claim' | 'join',
  useCase: typeof acceptInvite,
  welcome: (handle: string, chat: ChatFacts) => Text,
): Command {
  return openCommand({
    name,
    ...manual[name],
    read(phrase, _context, _incoming, carried) {
      // The answer to the question for a handle.
      if (textOf(carried, 'code') !== undefined) return { handle: phrase.rest };
      const code = takeCode(phrase);
      return { code: code ?? null, handle: phrase.isEmpty ? null : phrase.rest };
    },
    async *run(context, incoming, input) {
      const { locker, chat } = context;
      if (incoming.actor !== undefined) {
        const { handle } = await describeMe(locker, incoming.actor);
        yield note(accountWords.hasAccount(handle));
        return;
      }
      const code = textOf(input, 'code');
      if (code === undefined) throw new UsageError(accountWords.codeMissing);
      const typed = textOf(input, 'handle');
      if (typed === undefined) {
        yield askHandle(name, code, incoming);
        return;
      }
      const handle = foldHandle(typed);
      try {
        const account = await useCase(locker, incoming.guest, { code, handle, identity: incoming.identity });
        yield note(welcome(account.handle, chat));
      } catch (error) {
        if (isLockerError(error, 'account_exists'))
          yield askHandle(name, code, incoming, accountWords.handleTaken(handle));
        else if (isLockerError(error, 'invalid_handle'))
          yield askHandle(name, code, incoming, accountWords.handleNotAllowed(handle));
        else throw error;
      }
    },
  });
}

function askHandle(command: string, code: string, { identity }: Incoming, problem?: string): Prompt {
  const suggestion = suggestHandle(identity.label);
  return {
    kind: 'prompt',
    // What was not accepted is no suggestion.
    text: accountWords.askHandle(problem, problem === undefined ? suggestion : undefined),
    answer: { label: labels.choose, command, input: { code } satisfies Input },
    ...(suggestion === undefined ? {} : { placeholder: suggestion }),
  };
}

import { LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';
import type { Door } from './record.ts';

/** Who is asking: an actor, or a stranger at a door. */
export interface Who {
  readonly door: Door;
  readonly account?: string;
  readonly credential?: { readonly id: string };
}

/** What a use case was about. Absent parts are unknown or do not apply. */
export interface Subject {
  readonly file?: string | undefined;
  /** Account whose file or account it was; looked up from the file if absent. */
  readonly owner?: string | undefined;
  readonly subject?: string | undefined;
  /** Account that acted, where only the result tells: a sign-in. */
  readonly account?: string | undefined;
}

/** Names of all audited use cases, for the tests that look for one that is missing. */
export const auditedActions = new Set<string>();

/**
 * Wraps a use case, so that every call of it, good or refused, is in the audit trail before its outcome is known to anyone.
 *
 * @param action name of the use case.
 * @param subjectOf says what it was about, from its input, and from its result if it succeeded.
 */
export function audited<Asker extends Who, Args extends readonly unknown[], Result>(
  action: string,
  subjectOf: (args: Args, result: Result | undefined, who: Asker, succeeded: boolean) => Subject,
  useCase: (locker: Locker, who: Asker, ...args: Args) => Promise<Result>,
): (locker: Locker, who: Asker, ...args: Args) => Promise<Result> {
  auditedActions.add(action);
  return async (locker, who, ...args) => {
    let result: Result;
    try {
      result = await useCase(locker, who, ...args);
    } catch (error) {
      const outcome = error instanceof LockerError ? error.code : 'internal';
      try {
        await record(locker, who, action, subjectOf(args, undefined, who, false), outcome);
      } catch (unrecorded) {
        // What went wrong first is what the caller must hear.
        locker.log.error({ err: unrecorded, action }, 'a refusal could not be recorded');
      }
      throw error;
    }
    await record(locker, who, action, subjectOf(args, result, who, true), 'ok');
    return result;
  };
}

/** A file, whose owner the actor often is: that saves a look-up. */
export const aboutFile = (
  file: string | undefined,
  view: { readonly access: string } | undefined,
  who: Who,
): Subject => ({
  file,
  owner: view?.access === 'owner' ? who.account : undefined,
});

async function record(
  locker: Locker,
  who: Who,
  action: string,
  about: Subject,
  outcome: string,
): Promise<void> {
  locker.meter.useCaseDone(action, who.door, outcome);
  const owner = about.owner ?? (about.file === undefined ? undefined : await ownerOf(locker, about.file));
  const entry = {
    at: locker.now(),
    account: about.account ?? who.account ?? null,
    door: who.door,
    credential: who.credential?.id ?? null,
    action,
    file: about.file ?? null,
    owner: owner ?? null,
    subject: about.subject ?? null,
    outcome,
  };
  await locker.audit.append(entry, !looking.test(action));
}

/** Use cases that change nothing. */
const looking = /\.(list|list-file|describe|show|download|folders|proof|activity)$/;

async function ownerOf(locker: Locker, file: string): Promise<string | undefined> {
  const found = await locker.collections.files.findOne({ _id: file }, { projection: { owner: 1 } });
  return found?.owner;
}

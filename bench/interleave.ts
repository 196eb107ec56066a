import type { Candidate } from './results.ts';

/** Something that takes its turn in every round. */
export interface Contender {
  readonly name: Candidate;
  turn(round: number): Promise<void>;
}

let stopAsked = false;

/** Ends the run after the turn that is under way. */
export function askToStop(): void {
  stopAsked = true;
}

/**
 * Lets all contenders take their turn in every round, so that a machine that gets slower or faster does so for all of
 * them. The order is turned round every time, because what comes second may find the disk busy.
 */
export async function interleave(rounds: number, contenders: readonly Contender[]): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
      if (stopAsked) throw new Error('stopped before the end');
      await contender.turn(round);
    }
  }
}

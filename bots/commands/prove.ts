import { proveFile } from '../../src/files/proof.ts';
import { takeVersion } from '../arguments/version.ts';
import { manual } from '../words/manual.ts';
import { proofText, proving } from '../words/proof.ts';
import { memberCommand, note, numberOf, readerOf } from './define.ts';
import { findFile } from './find-file.ts';

/** Bytes from which on it takes long enough to say so. */
const longFromBytes = 50_000_000;

export const prove = memberCommand({
  name: 'prove',
  ...manual.prove,
  read(phrase) {
    const version = takeVersion(phrase);
    return { ...(version === undefined ? {} : { version }), words: phrase.rest };
  },
  async *run(context, incoming, input) {
    const file = await findFile(context, incoming, input, { command: 'prove' });
    if (file.sizeBytes >= longFromBytes) yield { kind: 'progress', text: proving(file.name) };
    const proof = await proveFile(context.locker, incoming.actor, file.id, {
      n: numberOf(input, 'version'),
      signal: context.signal,
    });
    yield note(proofText(file.name, proof, await readerOf(context)));
  },
});

import type { Proof } from '../../src/files/proof.ts';
import { lines, type Text, text } from '../port/text.ts';
import { formatNumber } from './plural.ts';
import { formatSize } from './size.ts';
import { formatMoment, type Reader } from './time.ts';

const shownDamaged = 10;

/** What was found when the stored bytes were read: in plain words, then the facts. */
export const proofText = (name: string, proof: Proof, reader: Reader): Text =>
  lines(
    proof.intact
      ? text`${{ bold: name }} is sealed and whole. I read every stored byte of it just now: ${
          proof.segments === 1 ? 'its one segment' : `each of its ${formatNumber(proof.segments)} segments`
        } verified, and ${proof.segments === 1 ? 'it is' : 'together they are'} exactly what was saved.`
      : text`${{ bold: name }} is damaged. ${
          proof.segments === 1
            ? 'Its one segment did not verify'
            : `${formatNumber(proof.macsVerified)} of its ${formatNumber(proof.segments)} segments verified${damagedPart(proof)}`
        }. Nothing damaged is ever handed out. Restore it from a backup, and tell whoever runs this locker.`,
    text`What the database holds is ciphertext. It begins with ${{ code: proof.database.sampleHex.slice(0, 24) }}${
      proof.database.sampleHex.startsWith('80') ? ' (80 begins a Fernet token)' : ''
    }.`,
    '',
    fact('Version', String(proof.version)),
    fact('Format', `${proof.format}, segments of ${formatSize(proof.segmentBytes)}`),
    fact('Size', `${formatNumber(proof.plaintextBytes)} bytes, ${formatNumber(proof.sealedBytes)} sealed`),
    fact('SHA-256', proof.sha256),
    fact('Master key', proof.keyId),
    fact('Stored as', `${proof.database.contentId} in ${proof.database.collection}`),
    fact('Checked', formatMoment(proof.checkedAt, reader)),
  );

export const proving = (name: string): Text => text`Reading every stored byte of ${{ bold: name }} …`;

const fact = (label: string, value: string): Text => text`${label}: ${{ code: value }}`;

function damagedPart({ damaged }: Proof): string {
  if (damaged.length === 0) return '';
  const shown = damaged.slice(0, shownDamaged).join(', ');
  return `; missing or altered: ${shown}${damaged.length > shownDamaged ? ' and more' : ''}`;
}

/**
 * Folds a text for searching: compatibility forms, case and accents fall together, in every script ("Straße" and
 * "STRASSE", "é" and "e", full-width and plain letters).
 */
export const normalizeText = (text: string): string =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replaceAll('ς', 'σ')
    .normalize('NFC');

/** Splits a normalised text in words: runs of letters and digits. */
export const words = (normalized: string): string[] =>
  normalized.match(/[\p{L}\p{N}\p{So}\p{Extended_Pictographic}]+/gu) ?? [];

/** True if the text contains every word of the query, anywhere, also inside words. */
export function containsWords(text: string, query: string): boolean {
  const normalized = normalizeText(text);
  return words(normalizeText(query)).every((word) => normalized.includes(word));
}

import { BSON } from 'mongodb';

/** Writes a document as MongoDB's relaxed extended JSON: one line that any language reads. */
export const toExtendedJson = (document: object): string => BSON.EJSON.stringify(document, { relaxed: true });

/** Reads it back. What it is, the caller knows, since it is authenticated. */
export const fromExtendedJson = (line: string): unknown => BSON.EJSON.parse(line, { relaxed: true });

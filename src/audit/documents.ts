import type { Binary } from 'mongodb';

/** How long the audit trail is: one document. */
export interface AuditHeadDoc {
  _id: 'head';
  seq: number;
  /** Over the number and the MAC of that record. */
  mac: Binary;
}

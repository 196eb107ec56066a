/** A restore that is under way: until it is done, nobody may work with what is there. */
export interface RestoreDoc {
  _id: 'restore';
  snapshot: string;
  startedAt: Date;
}

import type { Binary, ObjectId } from 'mongodb';

/** GridFS, as its specification has it. */
export interface ContentFileDoc {
  _id: ObjectId;
  length: number;
  chunkSize: number;
  uploadDate: Date;
  filename: string;
}

export interface ChunkDoc {
  _id: ObjectId;
  files_id: ObjectId;
  n: number;
  data: Binary;
}

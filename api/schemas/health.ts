import joi from 'joi';
import { answer, nullable, time } from './parts.ts';

export const healthSchema = answer({ status: joi.string().valid('ok') });

export const readySchema = answer({
  status: joi.string().valid('ok'),
  backups: answer({ lastSnapshotAt: nullable(time()), lastVerifiedSnapshotAt: nullable(time()) }),
});

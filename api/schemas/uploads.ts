import joi from 'joi';
import { answer, nullable, size, text, time } from './parts.ts';

export const uploadSchema = answer({
  id: joi.string(),
  name: joi.string(),
  folder: joi.string(),
  tags: joi.array().items(joi.string()),
  mediaType: joi.string(),
  description: text(),
  note: text(),
  sizeBytes: nullable(size()),
  offsetBytes: size(),
  file: nullable(joi.string()),
  createdAt: time(),
  expiresAt: time(),
});

import joi from 'joi';
import { answer, nullable, text, time } from './parts.ts';

export const door = joi.string().valid('api', 'telegram', 'slack', 'link', 'operator');
export const activityPageSchema = answer({
  activity: joi.array().items(
    answer({
      at: time(),
      action: joi.string(),
      who: nullable(joi.string()),
      door,
      file: nullable(answer({ id: joi.string(), name: nullable(joi.string()) })),
      outcome: joi.string(),
      subject: nullable(text()),
    }),
  ),
  next: nullable(joi.string()),
});

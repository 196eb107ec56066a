import joi from 'joi';

export const problemSchema = joi.object({
  type: joi.string().required(),
  title: joi.string().required(),
  status: joi.number().integer().required(),
  code: joi.string().required(),
  detail: joi.string(),
  subject: joi.string(),
  limit: joi.number(),
  actual: joi.number(),
  scope: joi.string(),
  error: joi.string(),
  requestId: joi.string().required(),
});

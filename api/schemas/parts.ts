import joi, { type Schema } from 'joi';
import { isInstant } from '../instant.ts';

export const time = () => joi.string().isoDate();
/** A time that a client gives, as RFC 3339 has it: Joi alone takes days, times without a zone, and the 30th of February too. */
export const instant = () =>
  joi
    .string()
    .isoDate()
    // Or Joi rewrites it before it is looked at.
    .strict()
    .custom((given: string, helpers) => (isInstant(given) ? given : helpers.error('string.isoDate')))
    .messages({ 'string.isoDate': '{{#label}} must be a time with its zone, such as 2027-01-31T12:00:00Z' });
export const size = () => joi.number().integer().min(0).unit('bytes');
export const text = () => joi.string().allow('');
/** An answer: every field is always there. Not itself marked as required: a list of such could then not be empty. */
export const answer = (fields: Record<string, Schema>) =>
  joi.object(fields).fork(Object.keys(fields), (field) => field.required());
export const nullable = (schema: Schema) => schema.allow(null);
export const count = () => joi.number().integer().min(0);

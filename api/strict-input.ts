import type { Schema } from 'joi';
import { LockerError } from '../src/errors.ts';

/** How a value came: as JSON, which has types, or as text in an address or form, which has none. */
export type InputForm = 'json' | 'text';

/** Carries an error of ours through hapi's validation, which takes any `details` for Joi's list and dies of another. */
export class WrongForm extends Error {
  readonly error: LockerError;

  constructor(error: LockerError) {
    super('input has another form than its schema');
    this.error = error;
  }
}

/** A schema as Joi describes it, as far as it is read here. */
interface Shape {
  readonly type?: string;
  readonly keys?: Readonly<Record<string, Shape>>;
  readonly items?: readonly Shape[];
}

/** What Joi would read from text, and what that is called. */
const readFromText: Readonly<Record<string, string>> = {
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

/** The one way in which text can be each of them; there is none for lists and objects. */
const textForms: Readonly<Record<string, RegExp>> = {
  number: /^-?(?:0|[1-9]\d*)$/,
  boolean: /^(?:true|false)$/,
};

/**
 * Makes a check that input is what its schema says as it came. Joi also takes `"5"`, `"1e1"` and `" 5"` for 5, `"TRUE"` for true,
 * and text that looks like JSON for a list: the documented schema does not. The check throws `WrongForm`.
 */
export function strictInput(schema: Schema): (value: unknown, form: InputForm) => void {
  const shape = schema.describe() as Shape;
  return (value, form) => requireForm(shape, value, form, []);
}

function requireForm(shape: Shape, value: unknown, form: InputForm, path: readonly string[]): void {
  const { type = 'any', keys = {}, items: [item] = [] } = shape;
  const wanted = readFromText[type];
  if (typeof value === 'string' && wanted !== undefined) {
    if (form === 'text' && textForms[type]?.test(value) === true) return;
    throw wrongForm(path, wanted, form);
  }
  if (Array.isArray(value) && item !== undefined)
    for (const [i, one] of value.entries()) requireForm(item, one, form, [...path, String(i)]);
  else if (typeof value === 'object' && value !== null)
    for (const [name, inner] of Object.entries(value))
      if (Object.hasOwn(keys, name)) requireForm(keys[name] ?? {}, inner, form, [...path, name]);
}

function wrongForm(path: readonly string[], wanted: string, form: InputForm): WrongForm {
  const subject = path.join('.');
  return new WrongForm(
    new LockerError('bad_request', {
      ...(subject === '' ? {} : { subject }),
      hint: `${subject === '' ? 'The body' : subject} must be ${wanted}${form === 'json' ? ', not text' : ''}.`,
    }),
  );
}

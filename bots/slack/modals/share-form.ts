import type { types } from '@slack/bolt';
import type { Input } from '../../port/action.ts';
import type { ViewBody, ViewValue } from '../payloads.ts';
import { actionIds, plainText } from '../render/elements.ts';

export const shareForm = 'coffer-share';

const fields = { file: 'file', person: 'person', role: 'role', until: 'until' } as const;

const roles = [
  { text: plainText('May view and fetch', 75), value: 'viewer' },
  { text: plainText('May also edit', 75), value: 'editor' },
] as const;

const fileField: types.InputBlock = {
  type: 'input',
  block_id: fields.file,
  label: plainText('File', 100),
  element: {
    type: 'external_select',
    action_id: actionIds.fileChoice,
    min_query_length: 0,
    placeholder: plainText('Part of its name', 150),
  },
};

/**
 * The form that shares something. Files come as options that are asked for, so that it opens at once.
 *
 * @param pressed reference of the button under what is to be shared; without one, the file is chosen.
 */
export const shareView = (pressed?: string): types.ModalView => ({
  type: 'modal',
  callback_id: shareForm,
  ...(pressed === undefined ? {} : { private_metadata: pressed }),
  title: plainText('Share', 24),
  submit: plainText('Share', 24),
  close: plainText('Cancel', 24),
  blocks: [
    ...(pressed === undefined ? [fileField] : []),
    {
      type: 'input',
      block_id: fields.person,
      label: plainText('With', 100),
      element: { type: 'users_select', action_id: fields.person, placeholder: plainText('Who?', 150) },
    },
    {
      type: 'input',
      block_id: fields.role,
      label: plainText('They', 100),
      element: {
        type: 'static_select',
        action_id: fields.role,
        options: [...roles],
        initial_option: roles[0],
      },
    },
    {
      type: 'input',
      block_id: fields.until,
      optional: true,
      label: plainText('Until', 100),
      hint: plainText('Empty: until you stop sharing it.', 100),
      element: { type: 'datetimepicker', action_id: fields.until },
    },
  ],
});

/** What was chosen: the input of the command, and the person to name in its words. */
export interface SharedChoice {
  readonly input: Input;
  readonly user: string | undefined;
  /** Reference of the button that opened the form, if one did: it says what is shared. */
  readonly pressed: string | undefined;
}

export function readShareForm({ view }: ViewBody): SharedChoice {
  const value = (block: string, action: string): ViewValue | undefined =>
    view.state?.values?.[block]?.[action];
  const until = value(fields.until, fields.until)?.selected_date_time;
  const pressed = view.private_metadata === '' ? undefined : view.private_metadata;
  const file = value(fields.file, actionIds.fileChoice)?.selected_option?.value;
  return {
    pressed,
    input: {
      ...(pressed === undefined ? { file: file ?? null } : {}),
      role: value(fields.role, fields.role)?.selected_option?.value ?? 'viewer',
      until: typeof until === 'number' ? until * 1000 : null,
    },
    user: value(fields.person, fields.person)?.selected_user ?? undefined,
  };
}

/** What is wrong with a form, by field. @param now milliseconds since 1970. */
export function shareProblems({ input, user, pressed }: SharedChoice, now: number): Record<string, string> {
  if (pressed === undefined && typeof input['file'] !== 'string') return { [fields.file]: 'Choose a file.' };
  if (user === undefined) return { [fields.person]: 'Choose a person.' };
  const until = input['until'];
  return typeof until === 'number' && until <= now ? { [fields.until]: 'That time has passed already.' } : {};
}

import { elementsOf, type Json } from './message.ts';

/** What is wrong with the blocks of a message or a view, by the documented limits of Block Kit. */
export function blockProblems(blocks: unknown, surface: 'message' | 'modal' | 'home'): string[] {
  if (!Array.isArray(blocks)) return ['blocks is no list'];
  const problems: string[] = [];
  const limit = surface === 'message' ? 50 : 100;
  if (blocks.length > limit) problems.push(`no more than ${limit} blocks`);
  const ids = new Set<string>();
  for (const [index, block] of (blocks as Json[]).entries()) {
    const say = (problem: string) => void problems.push(`${problem} [json-pointer:/blocks/${index}]`);
    const id = block['block_id'];
    if (id !== undefined && (typeof id !== 'string' || id === '' || id.length > 255)) say('invalid block_id');
    if (ids.has(id)) say('block_id is not unique');
    if (id !== undefined) ids.add(id);
    checkBlock(block, surface, say);
    const actions = elementsOf(block).map(({ action_id }) => action_id);
    if (new Set(actions).size !== actions.length) say('action_id is not unique');
    for (const element of elementsOf(block)) checkElement(element, block['type'], surface, say);
  }
  return problems;
}

/** What is wrong with a view. */
export function viewProblems(view: Json): string[] {
  const problems: string[] = [];
  const say = (problem: string) => void problems.push(problem);
  const { type, title, submit, close, private_metadata = '', callback_id = '', blocks } = view;
  if (type !== 'modal' && type !== 'home') return ['invalid view type'];
  if (type === 'modal') {
    text(title, 24, say, 'plain_text');
    for (const label of [submit, close]) if (label !== undefined) text(label, 24, say, 'plain_text');
    const hasInput = (blocks as Json[]).some((block) => block['type'] === 'input');
    if (hasInput && submit === undefined) say('missing required field: submit');
  }
  if (private_metadata.length > 3000) say('private_metadata is too long');
  if (callback_id.length > 255) say('callback_id is too long');
  if (JSON.stringify(view).length > 250_000) say('view is too large');
  return [...problems, ...blockProblems(blocks, type)];
}

type Say = (problem: string) => void;

function text(object: Json | undefined, limit: number, say: Say, type?: 'plain_text'): void {
  if (object === undefined || typeof object['text'] !== 'string') return say('missing text');
  if (type !== undefined && object['type'] !== type) say(`text must be ${type}`);
  if (object['text'].length < 1) say('must be more than 0 characters');
  if (object['text'].length > limit) say(`must be less than ${limit + 1} characters`);
}

function checkBlock(block: Json, surface: string, say: Say): void {
  switch (block['type']) {
    case 'rich_text':
      if (block['elements'].length === 0) say('no elements');
      return checkRichText(block['elements'], say);
    case 'section':
      if (block['text'] === undefined && block['fields'] === undefined) return say('missing text');
      if (block['text'] !== undefined) text(block['text'], 3000, say);
      for (const field of block['fields'] ?? []) text(field, 2000, say);
      return;
    case 'header':
      return text(block['text'], 150, say, 'plain_text');
    case 'context':
      if (block['elements'].length > 10 || block['elements'].length === 0) say('1 to 10 elements');
      for (const element of block['elements']) if (element['type'] !== 'image') text(element, 3000, say);
      return;
    case 'actions':
      if (block['elements'].length > 25 || block['elements'].length === 0) say('1 to 25 elements');
      return;
    case 'input':
      text(block['label'], 2000, say, 'plain_text');
      if (block['hint'] !== undefined) text(block['hint'], 2000, say, 'plain_text');
      if (block['element'] === undefined) say('missing element');
      return;
    case 'divider':
      return;
    default:
      say(`unsupported block ${String(block['type'])} in a ${surface}`);
  }
}

function checkRichText(elements: Json[], say: Say): void {
  for (const element of elements) {
    if (Array.isArray(element['elements'])) checkRichText(element['elements'], say);
    else if (element['type'] === 'text' && (typeof element['text'] !== 'string' || element['text'] === ''))
      say('text must be more than 0 characters');
    else if (element['type'] === 'link' && !URL.canParse(element['url'])) say('invalid url');
  }
}

const menus = new Set(['overflow', 'static_select', 'checkboxes', 'radio_buttons', 'multi_static_select']);
const others = new Set([
  'button',
  'plain_text_input',
  'users_select',
  'external_select',
  'datetimepicker',
  'datepicker',
  'file_input',
]);

function checkElement(element: Json, block: string, surface: string, say: Say): void {
  const { type, action_id, options = [] } = element;
  if (!menus.has(type) && !others.has(type)) return say(`unsupported element ${type}`);
  if (action_id !== undefined && (action_id === '' || action_id.length > 255)) say('invalid action_id');
  if (element['placeholder'] !== undefined) text(element['placeholder'], 150, say, 'plain_text');
  if (type === 'button') {
    if (block === 'input') say('a button in an input');
    text(element['text'], 75, say, 'plain_text');
    if ((element['value'] ?? '').length > 2000) say('value is too long');
    if (!['primary', 'danger', undefined].includes(element['style'])) say('invalid style');
  }
  if (type === 'file_input') {
    if (surface !== 'modal') say('file_input outside of a modal');
    if (!((element['max_files'] ?? 10) >= 1 && (element['max_files'] ?? 10) <= 10)) say('invalid max_files');
  }
  if (type === 'plain_text_input' && (element['max_length'] ?? 3000) > 3000) say('max_length is too large');
  if (!menus.has(type)) return;
  const most = type === 'overflow' ? 5 : type === 'static_select' ? 100 : 10;
  if (options.length < 1 || options.length > most) say(`1 to ${most} options`);
  for (const option of options) checkOption(option, say);
  const initial = element['initial_option'];
  if (initial !== undefined && !options.some((option: Json) => isSame(option, initial)))
    say('initial_option is none of the options');
}

export function checkOption(option: Json, say: Say): void {
  text(option['text'], 75, say);
  if (typeof option['value'] !== 'string' || option['value'].length > 150) say('invalid value of an option');
  if (option['description'] !== undefined) text(option['description'], 75, say, 'plain_text');
}

const isSame = (one: Json, other: Json): boolean => JSON.stringify(one) === JSON.stringify(other);

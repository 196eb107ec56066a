/** A command as it was typed. */
export interface TypedCommand {
  readonly name: string;
  readonly words: string;
  /** The bot that it names, as in `/list@coffer_bot`. */
  readonly bot: string | undefined;
}

/** Reads `/list`, `/list@coffer_bot words`; undefined for what is no command, such as a folder `/invoices/2026`. */
export function readCommand(text: string): TypedCommand | undefined {
  const match = /^\/([A-Za-z0-9_-]{1,32})(?:@([A-Za-z0-9_]{3,64}))?(?:\s+([\s\S]*))?$/.exec(text.trim());
  if (match === null) return undefined;
  const [, name = '', bot, words = ''] = match;
  return { name: name.toLowerCase(), words: words.trim(), bot };
}

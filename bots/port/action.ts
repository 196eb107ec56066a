/** What a command is given, in a form that can be stored with a button: strings, numbers, truth values and lists of strings. */
export type Input = Readonly<Record<string, string | number | boolean | readonly string[] | null>>;

/**
 * Something to press. A chat keeps command and input with the message, sealed and bound to the person it is for, and
 * shows an opaque id: nobody else's press, and nothing that a client made up, runs it.
 */
export interface Action {
  readonly label: string;
  /** Name of the command that runs. */
  readonly command: string;
  /** What it is given, instead of typed words. */
  readonly input: Input;
  /** `edit`: what comes back replaces the message that was pressed. Otherwise it is a new one. */
  readonly where?: 'edit' | 'new';
  readonly style?: 'primary' | 'danger';
}

import type { FileView } from '../../src/files/view.ts';
import type { Action } from './action.ts';
import type { Text } from './text.ts';

/** What a command answers. Closed: every chat renders every kind natively, and the compiler sees one that is missing. */
export type Reply = Note | Card | List | Prompt | Delivery | Progress | Removal;

/** A message. */
export interface Note {
  readonly kind: 'note';
  readonly text: Text;
  /** Rows of buttons. */
  readonly actions?: readonly (readonly Action[])[];
}

/** One file: what it is, and what can be done with it. */
export interface Card {
  readonly kind: 'card';
  readonly file: FileView;
  /** A line above it, such as that it was saved. */
  readonly text?: Text;
  readonly actions: readonly (readonly Action[])[];
}

/** Several things, a page at a time. A page replaces the one before, in place. */
export interface List {
  readonly kind: 'list';
  readonly title: Text;
  readonly entries: readonly Entry[];
  readonly previous?: Action | undefined;
  readonly next?: Action | undefined;
  /** Rows of buttons that concern the list. */
  readonly actions?: readonly (readonly Action[])[];
}

export interface Entry {
  /** What a person may type instead of an id; null where numbers mean nothing. */
  readonly number: number | null;
  readonly text: Text;
  /** A second, quieter line. */
  readonly detail?: Text;
  /** What pressing it does; the first is the natural one. */
  readonly actions: readonly Action[];
}

/** Asks for a line of text: the person's next message answers it, unless it is a command. */
export interface Prompt {
  readonly kind: 'prompt';
  readonly text: Text;
  /** The command that takes the answer as `words`, with this input beside it. */
  readonly answer: Action;
  /** An example, shown in the empty field where the chat can. */
  readonly placeholder?: string;
  /** True if an answer may begin with a slash, as folders and passwords do: then only a command that is one is taken for one. */
  readonly slash?: boolean;
  /** True if the answer is a secret: the message that carries it is deleted where the chat can. */
  readonly secret?: boolean;
}

/** A file's content on its way to the person. */
export interface Delivery {
  readonly kind: 'delivery';
  readonly file: FileView;
  /** Number of the version. */
  readonly version: number;
  readonly sizeBytes: number;
  /** Opens the plaintext; may be called again for another attempt. */
  open(): Promise<AsyncIterable<Uint8Array>>;
  readonly text?: Text;
  /** When the chat's copy is to be deleted again; null for never. */
  readonly deleteAfterSeconds: number | null;
}

/** How long work goes on: shown in one message, which whatever comes next replaces. */
export interface Progress {
  readonly kind: 'progress';
  readonly text: Text;
}

/**
 * Deletes messages of the person, because they carried a plaintext that is safe now or a secret that was used. Only where
 * `ChatFacts.deletesMessages`; comes after whatever says that it happens. A message that is gone already is no error.
 */
export interface Removal {
  readonly kind: 'removal';
  /** The chat's own references, as `Incoming.messages` has them. */
  readonly messages: readonly string[];
}

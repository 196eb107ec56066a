import type { ChatNotes } from '../src/chats/notes.ts';
import { defaultSettings, type MadeVersion, type Memory, type Settings } from './port/memory.ts';

/** A list that nobody looked at for so long is forgotten. */
const listSeconds = 30 * 24 * 3600;
/** As long as the inbox knows a message when it is delivered again. */
const versionSeconds = 3 * 24 * 3600;

/** What a conversation remembers of a person, in the sealed notes. @param identity whose, such as `telegram:7`. */
export function chatMemory(notes: ChatNotes, identity: string): Memory {
  const settings = async (): Promise<Settings> => ({
    ...defaultSettings,
    ...(await notes.get<Partial<Settings>>(identity, 'settings')),
  });
  return {
    lastList: async () => (await notes.get<{ ids: string[] }>(identity, 'list'))?.ids ?? [],
    rememberList: (ids) => notes.set(identity, 'list', { ids }, listSeconds),
    versionFrom: (origin) => notes.get<MadeVersion>(identity, versionKey(origin)),
    rememberVersion: (origin, made) => notes.set(identity, versionKey(origin), made, versionSeconds),
    settings,
    changeSettings: async (change) => {
      const changed = { ...(await settings()), ...change };
      await notes.set(identity, 'settings', changed, null);
      return changed;
    },
  };
}

const versionKey = (origin: string) => `version:${origin}`;

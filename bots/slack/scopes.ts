/** What the bot token may do, and why; `manifest.yaml` asks for exactly these. */
export const botScopes: Readonly<Record<string, string>> = {
  commands: 'the slash command and the shortcuts',
  'chat:write': 'answering',
  'im:history': 'reading what people send to the app directly',
  'im:write': 'opening the direct message with a person',
  'files:read': 'fetching files that are to be saved',
  'files:write': 'sending files, and deleting them again',
  'users:read': 'telling guests and people of other workspaces from members',
};

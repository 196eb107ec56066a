/** How a command is described: half a line for menus, how its arguments are written, and whole examples. */
export interface Manual {
  readonly summary: string;
  readonly usage: string;
  readonly examples: readonly string[];
}

/** Every command that a person can type, in the order in which help shows them. */
export const manual = {
  list: {
    summary: 'Show your files, newest first',
    usage: '[shared | trash | folders | /folder | #tag | @who] [by name | by size | oldest first]',
    examples: ['list', 'list /invoices', 'list #tax by name', 'list shared', 'list @alice'],
  },
  find: {
    summary: 'Search names, notes and tags',
    usage: '<words> [/folder] [#tag] [@who]',
    examples: ['find invoice march', 'find contract #signed'],
  },
  get: {
    summary: 'Fetch a file',
    usage: '<file> [v<number>] [for <how long>]',
    examples: ['get report', 'get 2', 'get k3f9qz v2', 'get report for 10 minutes'],
  },
  save: {
    summary: 'Save a file: just send it here',
    usage: '(send the file; its caption may begin with /folder and hold #tags)',
    examples: [],
  },
  share: {
    summary: 'Share a file or folder with someone here',
    usage: '<file or /folder/> @who [viewer | editor] [until <when>]',
    examples: ['share report @alice until friday', 'share @alice report editor', 'share /invoices/ @alice'],
  },
  unshare: {
    summary: 'See whom something is shared with, and stop',
    usage: '<file or /folder/> [@who]',
    examples: ['unshare report @alice', 'unshare report'],
  },
  request: {
    summary: 'Ask for access to a file by its id',
    usage: '<id>',
    examples: ['request k3f9qz'],
  },
  link: {
    summary: 'Make a link that anyone can fetch a file by',
    usage: '<file> [<number> downloads] [<how long> | until <when>] [password <word>]',
    examples: ['link report 3 downloads 24h', 'link report until friday', 'link report password 2 days'],
  },
  links: { summary: 'Show your open links, and revoke them', usage: '', examples: ['links'] },
  rename: {
    summary: 'Give a file another name',
    usage: '<file> to <new name>',
    examples: ['rename report to march report.pdf', 'rename 2 invoice.pdf'],
  },
  move: {
    summary: 'Put a file into another folder',
    usage: '<file> /<folder>',
    examples: ['move report /work/2026', 'move 2 /'],
  },
  tag: {
    summary: 'Add and remove tags',
    usage: '<file> #<tag> ... -<tag> ...',
    examples: ['tag report #tax #2026', 'tag 2 -draft'],
  },
  trash: {
    summary: 'Move a file to the trash, or look into it',
    usage: '[<file>]',
    examples: ['trash report', 'trash'],
  },
  restore: {
    summary: 'Take a file out of the trash',
    usage: '<file>',
    examples: ['restore report'],
  },
  delete: {
    summary: 'Delete a file for ever',
    usage: '<file>',
    examples: ['delete report'],
  },
  versions: {
    summary: 'Show the versions of a file, and fetch older ones',
    usage: '<file>',
    examples: ['versions report'],
  },
  prove: {
    summary: 'Read what is stored of a file, and report whether it is sealed and whole',
    usage: '<file> [v<number>]',
    examples: ['prove report'],
  },
  usage: { summary: 'Show how full your locker is', usage: '', examples: ['usage'] },
  activity: {
    summary: 'Show what happened to your files, and who did it',
    usage: '[<file>]',
    examples: ['activity', 'activity report'],
  },
  approve: {
    summary: 'Let an app or device sign in',
    usage: '<code on its screen>',
    examples: ['approve BCDF-GHJK'],
  },
  sessions: { summary: 'Show where you are signed in, and end it', usage: '', examples: ['sessions'] },
  connect: {
    summary: 'Use the same locker in another chat or app',
    usage: '[<code from the other chat>]',
    examples: ['connect', 'connect 7rq2m-9vx4t-h3c8k-w5n6p'],
  },
  invite: {
    summary: 'Invite someone to this installation',
    usage: '[admin] [for <how long>]',
    examples: ['invite', 'invite for 3 days'],
  },
  settings: {
    summary: 'Time zone, deleting originals, requests for access',
    usage: '[timezone <zone> | originals on/off | requests on/off]',
    examples: ['settings timezone Europe/Berlin', 'settings originals on', 'settings'],
  },
  claim: {
    summary: 'Become the owner of a new installation',
    usage: '<setup code> [<handle>]',
    examples: ['claim 7rq2m-9vx4t-h3c8k-w5n6p alice'],
  },
  join: {
    summary: 'Accept an invite',
    usage: '<invite code> [<handle>]',
    examples: ['join 7rq2m-9vx4t-h3c8k-w5n6p alice'],
  },
  help: {
    summary: 'Show what can be done here',
    usage: '[<command>]',
    examples: ['help', 'help share'],
  },
  start: { summary: 'Begin', usage: '', examples: [] },
} as const satisfies Record<string, Manual>;

export type TypedCommand = keyof typeof manual;

const units = ['KB', 'MB', 'GB', 'TB'];

/** A size for people: 1.4 MB. */
export function formatSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} byte${bytes === 1 ? '' : 's'}`;
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[power - 1] ?? ''}`;
}

/** A time for people, in UTC: 3 February 2027, 14:05 UTC. */
export const formatTime = (time: Date): string =>
  `${new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' }).format(time)} UTC`;

const kinds = new Map([
  ['image', 'image'],
  ['audio', 'audio'],
  ['video', 'video'],
  ['font', 'font'],
]);

/** What a file is, for people: PDF file, JPG image, video. */
export function formatKind(name: string, mediaType: string): string {
  const kind = kinds.get(mediaType.split('/')[0] ?? '') ?? 'file';
  const extension = /[^.]\.([A-Za-z0-9]{1,8})$/.exec(name)?.[1]?.toUpperCase();
  return extension === undefined ? `${kind.charAt(0).toUpperCase()}${kind.slice(1)}` : `${extension} ${kind}`;
}

const longest = 80;

/** Quotes what a person typed, as much of it as tells them what is meant. */
export function excerpt(text: string): string {
  const characters = Array.from(text);
  return characters.length <= longest ? text : `${characters.slice(0, longest).join('')}…`;
}

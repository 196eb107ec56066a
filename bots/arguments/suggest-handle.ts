/** Makes a handle out of how a chat shows someone: `Zoë Müller (@zoe_m)` gives `zoe_m`, `Zoë Müller` gives `zoe`. */
export function suggestHandle(label: string | undefined): string | undefined {
  if (label === undefined) return undefined;
  const [, username] = /@([A-Za-z0-9_]{1,32})/.exec(label) ?? [];
  const text = (username ?? label.trim().split(/\s+/)[0] ?? '')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '')
    .slice(0, 32)
    .replace(/^[_-]+|[_-]+$/g, '');
  return text === '' ? undefined : text;
}

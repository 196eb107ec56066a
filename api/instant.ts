const pattern = /^(\d{4})-(\d\d)-(\d\d)T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** True for a time as RFC 3339 has it, with its zone, on a day that there is. */
export function isInstant(text: string): boolean {
  const [whole, year, month, day] = pattern.exec(text) ?? [];
  if (whole === undefined || Number.isNaN(Date.parse(text))) return false;
  return Number(day) <= new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
}

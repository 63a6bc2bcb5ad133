/** The time zone of a simulated network, by its offset from UTC, as scans take it. */
export function zoneOf(offset: string): string {
  if (offset === '+05:30') return 'Asia/Kolkata';
  const hours = Number(offset.slice(0, 3));
  // POSIX counts westwards.
  return `Etc/GMT${hours > 0 ? '-' : '+'}${Math.abs(hours)}`;
}

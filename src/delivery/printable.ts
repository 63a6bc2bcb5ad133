/**
 * Control characters and line separators, which would begin a line of a log or a field of a mail, and marks that turn the
 * direction of writing around; halves of characters.
 */
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\p{Cs}]+/gu;

/** A text on one line that shows what it holds: whatever else is in it becomes a space; at most `longest` UTF-16 units. */
export function printable(text: string, longest: number): string {
  const clean = text.replace(UNPRINTABLE, ' ');
  return clean.length > longest ? `${clean.slice(0, longest - 1).replace(/[\ud800-\udbff]$/, '')}…` : clean;
}

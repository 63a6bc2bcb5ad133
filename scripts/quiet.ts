const EVERY = 7;

/**
 * One training network in so many has no box, but many desks that call for a living, most of them on mobile phones: from the few that
 * other networks have nothing could be told of how far ordinary lines go. Their rows do not stand for a network's lines.
 */
export function isQuiet(run: number): boolean {
  return run % EVERY === EVERY - 1;
}

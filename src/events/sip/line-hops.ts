import type { PacketTime } from '../../base/time.ts';
import { isKnown, notLater } from '../times.ts';
import { isSameAddress } from './endpoints.ts';
import { firstHop } from './hops.ts';
import { mergeInvites } from './merge.ts';
import { cancelOf, finalOf } from './releases.ts';
import type { InviteState } from './state.ts';

/**
 * Several ways to one line as one: another proxy that goes before its phone, or several phones. Where it is, the request tells which was
 * answered, and which goes to the phone itself; how it ended where nobody answered, the way that decided that does.
 *
 * @param hops are not used again
 */
export function joinHops(hops: readonly InviteState[]): InviteState {
  const [joined, ...others] = hops;
  if (others.length === 0) return joined!;
  // What joins them adds to the first.
  const deciding = firstHop(decidingOf(hops));
  for (const hop of others) mergeHop(joined!, hop);
  if (isKnown(joined!.success)) return joined!;
  const { cancel, cancelCause, cancels, failures, request } = deciding;
  const { time } = joined!.request!;
  return Object.assign(joined!, { cancel, cancelCause, cancels, failures, request: { ...request!, time } });
}

function mergeHop(into: InviteState, from: InviteState): void {
  const [a, b] = [into.request!, from.request!];
  const [aAnswered, bAnswered] = [isKnown(into.success), isKnown(from.success)];
  const isNearer = aAnswered === bAnswered ? a.routed && !b.routed : bAnswered;
  mergeInvites(into, from);
  into.request = { ...(isNearer ? b : a), time: notLater(a.time, b.time) ? a.time : b.time };
}

/**
 * The hop that tells how a line ended which nobody answered: who refused for all phones (RFC 3261 §21.6), else who rings still, else the last
 * to end. One of which nothing came tells least.
 */
function decidingOf(hops: readonly InviteState[]): InviteState {
  let deciding = hops[0]!;
  let most = endingOf(deciding, hops);
  for (const hop of hops) {
    const ending = endingOf(hop, hops);
    if (!isMore(ending, most)) continue;
    deciding = hop;
    most = ending;
  }
  return deciding;
}

/** How much each kind of ending tells. */
const Tells = { nothing: 0, proxy: 1, ended: 2, rings: 3, refusedForAll: 4 } as const;

interface Ending {
  tells: number;
  time: PacketTime | null;
}

function endingOf(hop: InviteState, hops: readonly InviteState[]): Ending {
  const cancel = cancelOf(hop);
  const final = finalOf(hop);
  const time = cancel?.time ?? final?.time ?? null;
  if (cancel === null && final !== null && final.status >= 600) return { tells: Tells.refusedForAll, time };
  if (isPassedOn(hop, hops)) return { tells: Tells.proxy, time };
  if (time !== null) return { tells: Tells.ended, time };
  return { tells: isKnown(hop.ringing) || isKnown(hop.progress) ? Tells.rings : Tells.nothing, time };
}

/** Who refuses first does for all; of other ends the last counts. */
function isMore(a: Ending, b: Ending): boolean {
  if (a.tells !== b.tells || a.time === null || b.time === null) return a.tells > b.tells;
  return a.tells === Tells.refusedForAll ? !notLater(b.time, a.time) : !notLater(a.time, b.time);
}

/** Whether a hop goes to a proxy that sends another one: not where one proxy sends both, to a phone beside it. */
function isPassedOn({ request: to }: InviteState, hops: readonly InviteState[]): boolean {
  return hops.some(
    ({ request }) => isSameAddress(request!.source, to!.destination) && !isSameAddress(request!.source, to!.source),
  );
}

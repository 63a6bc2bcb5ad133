import type { History } from '../features/history.ts';
import { interfaceBits, Kind } from '../features/rows.ts';

const SIP = interfaceBits('sip');
/** Below this many calls placed and short messages, a number is no more than what they claim. */
const FEW = 5;

/**
 * Whether a line is no more than the number that a few requests over SIP claim to come from: a caller may claim any (RFC 3261
 * §8.1.1.3), a box that shows who called it abroad, or that hides, does, and the number is somebody else's. Where it registers, calls
 * reach it, or a SIM or another interface shows it, it is a line.
 */
export function isClaim(history: History, imsi: string | null): boolean {
  if (history.interfaces !== SIP || history.incomingCount > 0) return false;
  // A long number may look like one of a SIM.
  if (imsi !== null && imsi !== history.line) return false;
  if (history.kinds[Kind.registration]! > 0) return false;
  return history.outgoingCount + history.kinds[Kind.sms]! < FEW;
}

import { elapsed } from '../../base/time.ts';
import { headerTexts } from '../../sip/fields.ts';
import { Header, type SipMessage } from '../../sip/message.ts';
import { isKnown } from '../times.ts';
import { isChallenge } from './lifetime.ts';
import type { InviteState } from './state.ts';

/** Option tag of a session that records another one (RFC 7866 §6.1.1, §6.2.1). */
const RECORDING = /(?:^|[\s,])siprec(?:$|[\s,])/i;
/** Media, as events have them, of a session in which people write to each other (RFC 4975 §8.1). */
const MESSAGES = /^message(?: |$)/;

/**
 * Whether an INVITE goes to who waits for it: it takes the place of one side of a call that there is (attended transfer and pickup: RFC 3891; a
 * phone that comes by another access: 3GPP TS 24.237 §10.2; an exchange to which its call is handed over, by way of the function that names that
 * call by RFC 4538: §12.7.2), or a border controller sends a recorder what is said in a call.
 */
export function isAwaited(message: SipMessage): boolean {
  const { first } = message;
  if (first[Header.Replaces] !== 0 || first[Header.TargetDialog] !== 0) return true;
  return first[Header.Require] !== 0 && headerTexts(message, Header.Require).some((text) => RECORDING.test(text));
}

/** Milliseconds in which who waits for an INVITE answers or refuses it. */
const AT_ONCE = 2000;

/**
 * Whether a leg is no call of anybody. Anyone may write a header that says so: where a phone rings, or somebody takes longer to answer or
 * refuse, a call it is.
 */
export function isNoCall(leg: readonly InviteState[]): boolean {
  // What was asked to come again may have offered anything.
  if (MESSAGES.test(leg.findLast(({ request }) => request !== null)?.request?.media ?? '')) return true;
  return leg.some(({ request }) => request?.awaited) && !leg.some(isForPeople);
}

function isForPeople({ request, ringing, success, failures, cancel }: InviteState): boolean {
  if (isKnown(ringing)) return true;
  if (request === null) return false;
  const refused = failures.find(({ status }) => !isChallenge(status))?.time;
  const end = isKnown(success) ? success : (refused ?? cancel);
  return isKnown(end) && elapsed(request.time, end) > AT_ONCE;
}

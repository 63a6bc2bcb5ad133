import { headerTexts } from '../sip/fields.ts';
import { Header, type SipMessage } from '../sip/message.ts';

/** Option tag of a session that records another one (RFC 7866 §6.1.1, §6.2.1). */
const RECORDING = /(?:^|[\s,])siprec(?:$|[\s,])/i;
/** Streams of messages and files between phones (RFC 4975 §8.1). */
const MESSAGES = /^message(?: |$)/;

/**
 * Whether nobody calls anybody by an INVITE: it takes the place of one side of a call that there is (attended transfer and pickup: RFC 3891; a
 * phone that comes by another access: 3GPP TS 24.237 §10.2; an exchange to which its call is handed over, by way of the function that names that
 * call by RFC 4538: §12.7.2), a border controller sends a recorder what is said in a call, or people write to each other in a session.
 *
 * @param media what is offered, as events have it
 */
export function isNoCall(message: SipMessage, media: string | null): boolean {
  const { first } = message;
  if (first[Header.Replaces] !== 0 || first[Header.TargetDialog] !== 0) return true;
  if (media !== null && MESSAGES.test(media)) return true;
  return first[Header.Require] !== 0 && headerTexts(message, Header.Require).some((text) => RECORDING.test(text));
}

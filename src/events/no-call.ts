import { headerTexts } from '../sip/fields.ts';
import { Header, type SipMessage } from '../sip/message.ts';

/** Option tag of a session that records another one (RFC 7866 §6.1.1, §6.2.1). */
const RECORDING = /(?:^|[\s,])siprec(?:$|[\s,])/i;
/** Streams of messages and files between phones (RFC 4975 §8.1). */
const MESSAGES = /^message(?: |$)/;

/**
 * Whether nobody calls anybody by an INVITE: a border controller sends a recorder what is said in a call, or people write to each other in a
 * session.
 *
 * @param media what is offered, as events have it
 */
export function isNoCall(message: SipMessage, media: string | null): boolean {
  if (media !== null && MESSAGES.test(media)) return true;
  return (
    message.first[Header.Require] !== 0 && headerTexts(message, Header.Require).some((text) => RECORDING.test(text))
  );
}

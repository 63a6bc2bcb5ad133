import type { Payload } from '../../network/payload.ts';
import type { Range } from '../../sip/address.ts';
import { Method, type SipMessage } from '../../sip/message.ts';
import { findSdp } from '../../sip/multipart.ts';
import { mediaText, readSdp } from '../../sip/sdp.ts';
import type { RequestFacts } from './state.ts';

const LF = 0x0a;

/** Fills in what media an INVITE offers, and what device makes such offers. Of one that the capture cut, whole lines count, and tell no device. */
export function takeOffer(
  facts: Pick<RequestFacts, 'sdpFingerprint' | 'media'>,
  message: SipMessage,
  { cut }: Payload,
): void {
  facts.sdpFingerprint = null;
  facts.media = null;
  if (message.method !== Method.INVITE || message.bodyStart === message.end || !findSdp(message, range)) return;
  const { data } = message;
  const { start, end } = range;
  const sdp = readSdp(data, start, cut ? Math.max(start, data.lastIndexOf(LF, end - 1) + 1) : end);
  if (sdp === null) return;
  if (!cut) facts.sdpFingerprint = sdp.fingerprint;
  if (sdp.media !== null) facts.media = mediaText(sdp.media);
}

/** Scratch: where the description is. */
const range: Range = { start: 0, end: 0 };

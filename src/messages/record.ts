import { isoTime } from '../base/time.ts';
import { endpointText } from '../network/address.ts';
import { type Payload, TRANSPORT_NAMES } from '../network/payload.ts';
import { createNameAddr, type Range } from '../sip/address.ts';
import type { AddressReader } from '../sip/address-reader.ts';
import { credentials } from '../sip/credentials.ts';
import {
  assertedUser,
  callId,
  contact,
  expires,
  fromTag,
  fromUser,
  headerNumberValue,
  headerText,
  headerTexts,
  instance,
  methodText,
  readAddress,
  requestUri,
  requestUser,
  toTag,
  toUser,
  userText,
} from '../sip/fields.ts';
import { Header, type SipMessage } from '../sip/message.ts';
import { findSdp } from '../sip/multipart.ts';
import { qValueCause } from '../sip/reason.ts';
import { mediaText, readSdp } from '../sip/sdp.ts';
import { textOf } from '../sip/text.ts';
import { SS7_COLUMNS } from './ss7-record.ts';

/** Columns of `catpool.message/1` with their types in tables. */
export const MESSAGE_COLUMNS = {
  capture: 'text',
  frame: 'integer',
  time: 'time',
  source: 'text',
  destination: 'text',
  protocol: 'text',
  type: 'text',
  duplicate: 'boolean',
  method: 'text',
  status: 'integer',
  reason: 'text',
  call_id: 'text',
  cseq: 'integer',
  cseq_method: 'text',
  request_uri: 'text',
  from: 'text',
  to: 'text',
  request_user: 'text',
  from_user: 'text',
  to_user: 'text',
  from_tag: 'text',
  to_tag: 'text',
  identity: 'text',
  contact: 'text',
  instance: 'text',
  user_agent: 'text',
  server: 'text',
  access_network: 'text',
  transport: 'text',
  via: 'text',
  preferred_identity: 'text',
  remote_party: 'text',
  diversion: 'text',
  history_info: 'text',
  privacy: 'text',
  charging_vector: 'text',
  visited_network: 'text',
  allow: 'text',
  supported: 'text',
  expires: 'integer',
  cause: 'integer',
  retry_after: 'integer',
  route: 'text',
  record_route: 'text',
  content_type: 'text',
  media: 'text',
  authorization: 'text',
  challenge: 'text',
  ...SS7_COLUMNS,
  stop: 'text',
} as const;

/** The record of one message: what the decoder saw, texts as sent. What is not in the message is null. */
export function messageRecord(
  message: SipMessage,
  payload: Payload,
  duplicate: boolean,
  capture: string,
  addresses: AddressReader,
): Record<string, unknown> {
  const { header, addressLength } = payload;
  const request = message.status === 0;
  const method = methodText(message);
  return {
    capture,
    frame: payload.frame,
    time: isoTime(payload.seconds, payload.nanoseconds),
    source: endpointText(header, payload.sourceAt, addressLength, payload.sourcePort),
    destination: endpointText(header, payload.destinationAt, addressLength, payload.destinationPort),
    protocol: 'sip',
    type: request ? method : String(message.status),
    duplicate: duplicate ? true : null,
    method: request ? method : null,
    status: request ? null : message.status,
    reason: request ? null : textOf(message.data, message.reasonStart, message.reasonEnd),
    call_id: callId(message),
    cseq: message.cseq < 0 ? null : message.cseq,
    cseq_method: message.cseq < 0 ? null : textOf(message.data, message.cseqMethodStart, message.cseqMethodEnd),
    request_uri: requestUri(message),
    from: headerText(message, Header.From),
    to: headerText(message, Header.To),
    request_user: requestUser(message, addresses),
    from_user: fromUser(message, addresses),
    to_user: toUser(message, addresses),
    from_tag: fromTag(message),
    to_tag: toTag(message),
    identity: assertedUser(message, addresses),
    contact: contact(message, addresses),
    instance: instance(message),
    user_agent: headerText(message, Header.UserAgent),
    server: headerText(message, Header.Server),
    access_network: headerText(message, Header.PAccessNetworkInfo),
    transport: TRANSPORT_NAMES[payload.transport],
    via: all(message, Header.Via),
    preferred_identity: user(message, Header.PPreferredIdentity, addresses),
    remote_party: user(message, Header.RemotePartyId, addresses),
    diversion: all(message, Header.Diversion),
    history_info: all(message, Header.HistoryInfo),
    privacy: headerText(message, Header.Privacy),
    charging_vector: headerText(message, Header.PChargingVector),
    visited_network: headerText(message, Header.PVisitedNetworkId),
    allow: headerText(message, Header.Allow),
    supported: headerText(message, Header.Supported),
    expires: expires(message),
    cause: qValueCause(message),
    retry_after: headerNumberValue(message, Header.RetryAfter),
    route: all(message, Header.Route),
    record_route: all(message, Header.RecordRoute),
    content_type: headerText(message, Header.ContentType),
    media: media(message),
    authorization: who(message, Header.Authorization) ?? who(message, Header.ProxyAuthorization),
    challenge: who(message, Header.WwwAuthenticate) ?? who(message, Header.ProxyAuthenticate),
    stop: message.stop,
  };
}

const address = createNameAddr();
const range: Range = { start: 0, end: 0 };

/** User of the first address of a header. */
function user(message: SipMessage, header: number, addresses: AddressReader): string | null {
  return readAddress(message, header, addresses, address) ? userText(address) : null;
}

/** All values of a header, in order. */
function all(message: SipMessage, header: number): string | null {
  return message.first[header] === 0 ? null : headerTexts(message, header).join(', ');
}

/** Scheme and user of credentials, scheme and realm of a challenge: never a nonce, a response or a key. */
function who(message: SipMessage, header: number): string | null {
  const found = credentials(message, header);
  if (found === null) return null;
  const name = found.user ?? found.realm;
  return name === null ? found.scheme : `${found.scheme} ${name}`;
}

/** Kinds of media and the place of the first stream; the description itself is not kept. */
function media(message: SipMessage): string | null {
  if (!findSdp(message, range)) return null;
  const found = readSdp(message.data, range.start, range.end)?.media ?? null;
  return found === null ? null : mediaText(found);
}

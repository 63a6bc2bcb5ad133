import { isoTime } from '../base/time.ts';
import { endpointText } from '../network/address.ts';
import { type Payload, TRANSPORT_NAMES } from '../network/payload.ts';
import type { AddressReader } from '../sip/address-reader.ts';
import {
  assertedUser,
  callId,
  contact,
  fromTag,
  fromUser,
  headerText,
  instance,
  methodText,
  requestUri,
  requestUser,
  toTag,
  toUser,
} from '../sip/fields.ts';
import { Header, type SipMessage } from '../sip/message.ts';
import { textOf } from '../sip/text.ts';

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
    stop: message.stop,
  };
}

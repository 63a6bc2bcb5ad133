import { latin1 } from '../base/bytes.ts';
import { imei14 } from '../base/imei.ts';
import { endpointText } from '../network/address.ts';
import type { Payload } from '../network/payload.ts';
import { parseAccessNetwork } from '../sip/access-network.ts';
import { createNameAddr, findParam, type NameAddr, nextElement, type Range } from '../sip/address.ts';
import type { AddressReader } from '../sip/address-reader.ts';
import {
  addressOfRecord,
  contactIsStar,
  expires,
  headerNumberValue,
  headerRange,
  headerText,
  hostPort,
  instance,
  instanceOf,
  numberText,
  readAddress,
  readRequestUri,
  readVia,
  userText,
} from '../sip/fields.ts';
import { Header, Method, type SipMessage } from '../sip/message.ts';
import { findSdp } from '../sip/multipart.ts';
import { sdpFingerprint, sdpMedia } from '../sip/sdp.ts';
import { headerOrder, idShape } from '../sip/shapes.ts';
import { createVia } from '../sip/via.ts';
import type { Identity, InviteState, RequestFacts } from './state.ts';

/** Reads from a message, once a transaction, what its event will say. */
export class FactReader {
  private readonly addresses: AddressReader;
  private readonly address: NameAddr = createNameAddr();
  private readonly via = createVia();
  private readonly range: Range = { start: 0, end: 0 };
  private readonly imeis = new Remembered(imei14);
  private readonly places = new Remembered(parseAccessNetwork);

  constructor(addresses: AddressReader) {
    this.addresses = addresses;
  }

  /** Who sent the request to whom, from what device. */
  request(message: SipMessage, payload: Payload): RequestFacts {
    const { address, addresses } = this;
    const { header, addressLength } = payload;
    const source = endpointText(header, payload.sourceAt, addressLength, payload.sourcePort);
    const facts: RequestFacts = {
      time: { s: payload.seconds, ns: payload.nanoseconds },
      source,
      destination: endpointText(header, payload.destinationAt, addressLength, payload.destinationPort),
      fromAor: null,
      toAor: null,
      fromUser: null,
      toUser: null,
      requestUser: null,
      requestHost: null,
      contact: null,
      imei: null,
      imeisv: null,
      userAgent: headerText(message, Header.UserAgent),
      headerOrder: headerOrder(message),
      idShape: idShape(message),
      viaMismatch: null,
      sdpFingerprint: null,
      media: null,
      keepAlive: null,
      authorised: message.first[Header.Authorization] !== 0 || message.first[Header.ProxyAuthorization] !== 0,
    };
    if (readAddress(message, Header.From, addresses, address)) {
      facts.fromAor = addressOfRecord(address);
      facts.fromUser = numberText(address);
    }
    if (readAddress(message, Header.To, addresses, address)) {
      facts.toAor = addressOfRecord(address);
      facts.toUser = numberText(address);
    }
    if (readRequestUri(message, addresses, address)) {
      facts.requestUser = numberText(address);
      facts.requestHost = hostPort(address);
    }
    const isContact = readAddress(message, Header.Contact, addresses, address);
    if (isContact) facts.contact = hostPort(address);
    const device = isContact ? instanceOf(address) : instance(message);
    if (device !== null) {
      const found = this.imeis.get(device);
      if (found !== null) {
        facts.imei = found.imei;
        facts.imeisv = found.imeisv;
      }
    }
    if (message.method === Method.INVITE && message.bodyStart < message.end) {
      const body = findSdp(message, this.range);
      if (body) {
        facts.sdpFingerprint = sdpFingerprint(message.data, this.range.start, this.range.end);
        const media = sdpMedia(message.data, this.range.start, this.range.end);
        if (media !== null)
          facts.media = media.address === null ? media.kinds : `${media.kinds} ${media.address}:${media.port}`;
      }
    }
    if (readVia(message, this.via)) {
      facts.viaMismatch = this.viaMismatch(source);
      facts.keepAlive = this.keepAlive();
    }
    return facts;
  }

  /** What the network vouches for, and where the access was; null where the message says nothing of that. */
  identity(message: SipMessage, payload: Payload): Identity | null {
    const { first } = message;
    if (
      first[Header.PAssertedIdentity] === 0 &&
      first[Header.PAccessNetworkInfo] === 0 &&
      first[Header.Authorization] === 0
    )
      return null;
    const identity: Identity = {
      time: { s: payload.seconds, ns: payload.nanoseconds },
      asserted: readAddress(message, Header.PAssertedIdentity, this.addresses, this.address)
        ? numberText(this.address)
        : null,
      imsi: imsiOf(headerText(message, Header.Authorization)),
      access: null,
      mcc: null,
      mnc: null,
      lac: null,
      cell: null,
      visited: headerText(message, Header.PVisitedNetworkId),
    };
    const access = headerText(message, Header.PAccessNetworkInfo);
    if (access !== null) {
      const place = this.places.get(access);
      if (place !== null) {
        identity.access = place.access;
        identity.mcc = place.mcc;
        identity.mnc = place.mnc;
        identity.lac = place.lac;
        identity.cell = place.cell;
      }
    }
    return identity.asserted === null && identity.imsi === null && identity.access === null ? null : identity;
  }

  /** From and To of a response, for an INVITE whose request was not captured. */
  response(message: SipMessage, payload: Payload): InviteState['response'] {
    const { address, addresses } = this;
    const found = {
      time: { s: payload.seconds, ns: payload.nanoseconds },
      fromAor: null,
      toAor: null,
      fromUser: null,
      toUser: null,
    } as NonNullable<InviteState['response']>;
    if (readAddress(message, Header.From, addresses, address)) {
      found.fromAor = addressOfRecord(address);
      found.fromUser = numberText(address);
    }
    if (readAddress(message, Header.To, addresses, address)) {
      found.toAor = addressOfRecord(address);
      found.toUser = numberText(address);
    }
    return found;
  }

  expires(message: SipMessage): number | null {
    return expires(message);
  }

  isWildcardContact(message: SipMessage): boolean {
    return contactIsStar(message);
  }

  /** Number in P-Associated-URI (RFC 7315 §4.1): the first that has one. */
  associated(message: SipMessage): string | null {
    if (!headerRange(message, Header.PAssociatedUri, this.range)) return null;
    const { start, end } = this.range;
    for (let at = start; at < end; ) {
      const stop = nextElement(message.data, at, end);
      if (this.addresses.read(message.data, at, stop, this.address)) {
        const user = userText(this.address);
        if (user !== null && /^\+?\d{7,15}$/.test(user)) return numberText(this.address);
      }
      at = stop + 1;
    }
    return null;
  }

  /** Flow-Timer (RFC 5626 §4.4.1), seconds. */
  flowTimer(message: SipMessage): number | null {
    return headerNumberValue(message, Header.FlowTimer);
  }

  /** `keep` parameter of the top Via (RFC 6223), seconds. */
  private keepAlive(): number | null {
    const { data, hostEnd, end } = this.via;
    let params = hostEnd;
    while (params < end && data[params] !== 0x3b) params++;
    if (params === end || !findParam(data, params, end, 'keep', this.range)) return null;
    const seconds = Number(latin1(data, this.range.start, this.range.end));
    return this.range.end > this.range.start && Number.isInteger(seconds) ? seconds : null;
  }

  /** Whether the top Via names another address than the packet came from; null where it names a host. */
  private viaMismatch(source: string): boolean | null {
    const { data, hostStart, hostEnd } = this.via;
    if (data[hostStart] !== 0x5b) {
      for (let at = hostStart; at < hostEnd; at++) {
        const byte = data[at]!;
        if (byte !== 0x2e && (byte < 0x30 || byte > 0x39)) return null;
      }
    }
    // `source` is the address, a colon and the port.
    const length = hostEnd - hostStart;
    if (source.charCodeAt(length) !== 0x3a) return true;
    for (let i = 0; i < length; i++) if (data[hostStart + i] !== source.charCodeAt(i)) return true;
    return source.indexOf(':', length + 1) >= 0;
  }
}

/** Texts remembered with what they say; then all are forgotten and it begins anew. */
const REMEMBERED = 16_384;

/** What texts say that come again and again: a device names itself and its cell in each request. */
class Remembered<T> {
  private readonly known = new Map<string, T>();
  private readonly read: (text: string) => T;

  constructor(read: (text: string) => T) {
    this.read = read;
  }

  get(text: string): T {
    let found = this.known.get(text);
    if (found === undefined) {
      found = this.read(text);
      if (this.known.size >= REMEMBERED) this.known.clear();
      // Long texts are somebody's play.
      if (text.length <= 256) this.known.set(text, found);
    }
    return found;
  }
}

/** IMSI in a private identity, `<imsi>@ims.mnc<mnc>.mcc<mcc>.3gppnetwork.org` (3GPP TS 23.003 §13.3). */
function imsiOf(authorization: string | null): string | null {
  if (authorization === null) return null;
  return /username="?(\d{14,15})@[^",]*3gppnetwork\.org/i.exec(authorization)?.[1] ?? null;
}

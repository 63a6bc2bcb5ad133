import { isIPv4 } from 'node:net';
import { latin1, u16 } from '../../base/bytes.ts';
import { imei14 } from '../../base/imei.ts';
import { Memo } from '../../base/memo.ts';
import { RecentTexts } from '../../base/recent.ts';
import type { PacketTime } from '../../base/time.ts';
import { nodeText } from '../../network/address.ts';
import type { Payload } from '../../network/payload.ts';
import { type AccessNetwork, parseAccessNetwork } from '../../sip/access-network.ts';
import { findParam, type Range } from '../../sip/address.ts';
import type { AddressReader } from '../../sip/address-reader.ts';
import { type AddressText, AddressTexts } from '../../sip/address-texts.ts';
import { allCredentials, credentialsUser, hasSeveralCredentials } from '../../sip/credentials.ts';
import {
  contactIsStar,
  expires,
  headerNumberValue,
  headerRange,
  headerText,
  instance,
  isRepeated,
  readOrigin,
  Vias,
} from '../../sip/fields.ts';
import { ipv6Text } from '../../sip/host.ts';
import { imsiOfPrivateIdentity } from '../../sip/imsi-address.ts';
import { Header, Method, type SipMessage } from '../../sip/message.ts';
import { headerOrder, idShape } from '../../sip/shapes.ts';
import { unfoldedText } from '../../sip/text.ts';
import { createVia } from '../../sip/via.ts';
import { isAnother, type Recipient } from './another.ts';
import { type CallerNumber, isDialled, isNumber, isVouchedFor, SpareNumbers } from './caller-number.ts';
import { isAddressOf, isSameAddress } from './endpoints.ts';
import { asksForMailbox, diverterOf } from './mailbox.ts';
import { isAwaited } from './no-call.ts';
import { takeOffer } from './offer.ts';
import { NONE, newFacts } from './open-states.ts';
import type { Binding, CalledDevice, CalledPlace, Identity, InviteState, RequestFacts } from './state.ts';
import { readUssd } from './ussd.ts';

/** Texts remembered of each kind, and the longest of them. */
const PLACES = 8192;
const AGENTS = 4096;
const TEXT_BYTES = 160;
const ENDPOINTS = 8192;
/** Most bindings kept of one answer. */
const BINDINGS = 16;

/** Reads from a message, once a transaction, what its event will say. */
export class FactReader {
  private readonly texts: AddressTexts;
  private readonly spareNumbers: SpareNumbers;
  private readonly via = createVia();
  private readonly found: Recipient = newFacts();
  private readonly range: Range = { start: 0, end: 0 };
  private readonly places = new Memo(PLACES, TEXT_BYTES, (data, start, end) =>
    parseAccessNetwork(unfoldedText(data, start, end)),
  );
  private readonly agents = new Memo(AGENTS, TEXT_BYTES, unfoldedText);
  /** What devices are called and their IMEI: a device names itself in each request. */
  private readonly imeis = new RecentTexts<ReturnType<typeof imei14>>();
  private readonly addresses6 = new RecentTexts<string | null>();
  /** An address and a port after it. */
  private readonly endpoint = Buffer.alloc(18);
  private readonly endpointView = new DataView(this.endpoint.buffer, this.endpoint.byteOffset, 18);
  private readonly endpoints = new Memo(ENDPOINTS, 24, (data, start, end) =>
    nodeText(data, start, end - start === 6 ? 4 : 16, u16(data, end - 2)),
  );

  constructor(addresses: AddressReader) {
    this.texts = new AddressTexts(addresses);
    this.spareNumbers = new SpareNumbers(addresses, this.texts);
  }

  /** Who sent the request to whom, from what device. @param facts to be filled in, where there is one that nobody uses */
  request(message: SipMessage, payload: Payload, facts: RequestFacts = newFacts()): RequestFacts {
    const { texts } = this;
    facts.time.s = payload.seconds;
    facts.time.ns = payload.nanoseconds;
    const vias = readOrigin(message, this.via);
    facts.source = this.source(payload);
    facts.origin = vias === Vias.passedOn ? this.origin() : null;
    facts.destination = this.destination(payload);
    const from = texts.header(message, Header.From);
    facts.fromAor = from === null ? null : from.aor;
    facts.fromUser = from === null ? null : from.user;
    const to = texts.header(message, Header.To);
    facts.toAor = to === null ? null : to.aor;
    facts.toUser = to === null ? null : to.user;
    const called = message.first[Header.PCalledPartyId] === 0 ? null : texts.header(message, Header.PCalledPartyId);
    facts.calledAor = called === null ? null : called.aor;
    facts.calledUser = called === null ? null : called.user;
    const uri = texts.requestUri(message);
    facts.requestUser = uri === null ? null : uri.user;
    facts.requestHost = uri === null ? null : uri.host;
    facts.diverted = message.first[Header.Diversion] !== 0 || message.first[Header.HistoryInfo] !== 0;
    facts.divertedBy = diverterOf(message, texts, facts);
    facts.mailbox = !isNumber(facts.requestUser) && asksForMailbox(message);
    facts.iamCalled = isDialled(facts.requestUser) ? 0 : this.spareNumbers.called(message);
    const contact = this.ownContact(message);
    facts.contact = contact === null ? null : contact.host;
    const device = contact === null ? instance(message) : contact.instance;
    const imei = device === null ? null : this.imeiOf(device);
    facts.imei = imei === null ? null : imei.imei;
    facts.imeisv = imei === null ? null : imei.imeisv;
    facts.userAgent = headerRange(message, Header.UserAgent, this.range)
      ? this.agents.get(message.data, this.range.start, this.range.end)
      : null;
    // What a capture cut off may be more headers.
    facts.headerOrder = payload.cut && message.bodyStart === message.end ? null : headerOrder(message);
    facts.idShape = idShape(message);
    takeOffer(facts, message, payload);
    facts.awaited = message.method === Method.INVITE && isAwaited(message);
    facts.viaMismatch = vias === Vias.none ? null : this.viaMismatch(facts.origin ?? facts.source);
    facts.keepAlive = vias === Vias.none ? null : this.keepAlive();
    facts.routed = message.first[Header.Route] !== 0;
    facts.ussd = message.method === Method.INVITE ? readUssd(message) : null;
    facts.authorised = message.first[Header.Authorization] !== 0 || message.first[Header.ProxyAuthorization] !== 0;
    facts.own = vias !== Vias.passedOn;
    facts.account =
      facts.authorised && message.method !== Method.REGISTER
        ? (credentialsUser(message, Header.ProxyAuthorization) ?? credentialsUser(message, Header.Authorization))
        : null;
    facts.accounts = facts.authorised && hasSeveralCredentials(message) ? allCredentials(message) : NONE;
    return facts;
  }

  /** Whether a message is another request than the one that is known, see {@link isAnother}. */
  isAnother(known: RequestFacts, message: SipMessage, payload: Payload): boolean {
    if (message.status !== 0) return false;
    const { texts, found } = this;
    found.source = this.source(payload);
    if (!isSameAddress(known.source, found.source)) return false;
    found.own = readOrigin(message, this.via) !== Vias.passedOn;
    const to = texts.header(message, Header.To);
    found.toAor = to === null ? null : to.aor;
    found.toUser = to === null ? null : to.user;
    found.requestUser = texts.requestUri(message)?.user ?? null;
    return isAnother(known, found);
  }

  /** Where a packet went, `address:port`. */
  destination(payload: Payload): string {
    return this.endpointOf(payload, payload.destinationAt, payload.destinationPort);
  }

  /** Whence a packet came, `address:port`. */
  source(payload: Payload): string {
    return this.endpointOf(payload, payload.sourceAt, payload.sourcePort);
  }

  /** What the network vouches for, and where the access was; null where the message says nothing of that. */
  identity(message: SipMessage, payload: Payload): Identity | null {
    const { first } = message;
    if (
      first[Header.PAssertedIdentity] === 0 &&
      first[Header.PAccessNetworkInfo] === 0 &&
      first[Header.CellularNetworkInfo] === 0 &&
      first[Header.Authorization] === 0
    )
      return null;
    const asserted = this.texts.header(message, Header.PAssertedIdentity);
    const place = this.place(message);
    const imsi =
      first[Header.Authorization] === 0 || hasSeveralCredentials(message)
        ? null
        : imsiOfPrivateIdentity(credentialsUser(message, Header.Authorization));
    const user = asserted === null ? null : this.assertedUser(message, asserted.user);
    if (user === null && imsi === null && place === null) return null;
    return {
      time: { s: payload.seconds, ns: payload.nanoseconds },
      asserted: user,
      claimed: user !== null && this.isClaimed(message),
      imsi,
      access: place === null ? null : place.access,
      mcc: place === null ? null : place.mcc,
      mnc: place === null ? null : place.mnc,
      lac: place === null ? null : place.lac,
      cell: place === null ? null : place.cell,
      visited: networkOf(headerText(message, Header.PVisitedNetworkId)),
    };
  }

  /** The caller's number where From has none: what is known of it, or what the request says that is more to be believed. */
  caller(
    message: SipMessage,
    payload: Payload,
    identity: Identity | null,
    known: CallerNumber | null,
  ): CallerNumber | null {
    const found = this.spareNumbers.caller(message, payload, identity, known);
    if (found === null) return known;
    if (isVouchedFor(found)) found.claimed = this.isClaimed(message);
    return found;
  }

  /** Whether who has the account says itself what networks do. */
  private isClaimed(message: SipMessage): boolean {
    const { first } = message;
    if (first[Header.Authorization] === 0 && first[Header.ProxyAuthorization] === 0) return false;
    return readOrigin(message, this.via) !== Vias.passedOn;
  }

  private assertedUser(message: SipMessage, user: string | null): string | null {
    return isNumber(user) ? user : (this.spareNumbers.inList(message, Header.PAssertedIdentity) ?? user);
  }

  /** From and To of a response, for an INVITE whose request was not captured. */
  response(message: SipMessage, payload: Payload): NonNullable<InviteState['response']> {
    const from = this.texts.header(message, Header.From);
    const to = this.texts.header(message, Header.To);
    return {
      time: { s: payload.seconds, ns: payload.nanoseconds },
      fromAor: from === null ? null : from.aor,
      toAor: to === null ? null : to.aor,
      fromUser: from === null ? null : from.user,
      toUser: to === null ? null : to.user,
    };
  }

  /** Where the phone is that sent this response (3GPP TS 24.229 §5.1.2A.2); null where it does not say it. */
  calledPlace(message: SipMessage, payload: Payload): CalledPlace | null {
    const place = this.place(message);
    if (place === null) return null;
    const { access, mcc, mnc, lac, cell } = place;
    return { time: timeOf(payload), answered: isSuccess(message), access, mcc, mnc, lac, cell };
  }

  /**
   * Where the access was, P-Access-Network-Info; of a phone that comes over a wireless LAN the cell that it is in besides, as
   * Cellular-Network-Info says (3GPP TS 24.229 §7.2.15).
   */
  private place(message: SipMessage): AccessNetwork | null {
    const { range } = this;
    const place = headerRange(message, Header.PAccessNetworkInfo, range)
      ? this.places.get(message.data, range.start, range.end)
      : null;
    if (message.first[Header.CellularNetworkInfo] === 0 || (place !== null && place.cell !== null)) return place;
    headerRange(message, Header.CellularNetworkInfo, range);
    const beside = this.places.get(message.data, range.start, range.end);
    return beside === null || beside.cell === null
      ? place
      : { ...beside, access: place === null ? null : place.access };
  }

  /** The device that sent this response, by its Contact; null where that does not name it. */
  calledDevice(message: SipMessage, payload: Payload): CalledDevice | null {
    if (message.first[Header.Contact] === 0) return null;
    const contact = this.texts.header(message, Header.Contact);
    const device = contact === null ? instance(message) : contact.instance;
    const found = device === null ? null : this.imeiOf(device);
    if (found === null) return null;
    const { imei, imeisv } = found;
    return { time: timeOf(payload), answered: isSuccess(message), imei, imeisv };
  }

  /** For how long a REGISTER asks, seconds; null where it does not say. */
  requestedExpires(message: SipMessage): number | null {
    return this.ownContact(message)?.expires ?? headerNumberValue(message, Header.Expires);
  }

  /** The bindings that a success lists (RFC 3261 §10.2.4), where there are several; an empty list where one or none. */
  bindings(message: SipMessage): Binding[] {
    if (!isRepeated(message, Header.Contact)) return NONE;
    const { texts } = this;
    const all = headerNumberValue(message, Header.Expires);
    const listed = texts.all(message, Header.Contact).slice(0, BINDINGS);
    return listed.map(({ host, expires }) => ({ contact: host, expires: expires ?? all }));
  }

  /** The Contact of a request: of a REGISTER with several the first that it does not remove (RFC 3261 §10.2.2). */
  private ownContact(message: SipMessage): AddressText | null {
    const { texts } = this;
    const isList = message.method === Method.REGISTER && isRepeated(message, Header.Contact);
    if (!isList) return texts.header(message, Header.Contact);
    const all = headerNumberValue(message, Header.Expires);
    const contacts = texts.all(message, Header.Contact);
    return contacts.find(({ expires }) => (expires ?? all) !== 0) ?? contacts[0] ?? null;
  }

  /** Expires of the one Contact of a response, else of all. */
  grantedExpires(message: SipMessage): number | null {
    return expires(message);
  }

  isWildcardContact(message: SipMessage): boolean {
    return contactIsStar(message);
  }

  /** Number in P-Associated-URI (RFC 7315 §4.1): the first that has one. */
  associated(message: SipMessage): string | null {
    return this.spareNumbers.inList(message, Header.PAssociatedUri);
  }

  /** Flow-Timer (RFC 5626 §4.4.1), seconds. */
  flowTimer(message: SipMessage): number | null {
    return headerNumberValue(message, Header.FlowTimer);
  }

  private imeiOf(device: string): ReturnType<typeof imei14> {
    const known = this.imeis.get(device);
    return known !== undefined ? known : this.imeis.put(device, imei14(device));
  }

  /** Text of the address at `at` in the payload's header, and a port. */
  private endpointOf({ header, addressLength }: Payload, at: number, port: number): string {
    const { endpoint } = this;
    for (let i = 0; i < addressLength; i++) endpoint[i] = header[at + i]!;
    endpoint[addressLength] = port >> 8;
    endpoint[addressLength + 1] = port;
    return this.endpoints.get(endpoint, 0, addressLength + 2, this.endpointView);
  }

  /**
   * Where a request came from that proxies passed on: what the first of them noted in the Via of the sender (`received`, `rport`:
   * RFC 3261 §18.2.1, RFC 3581 §4), else the address that the sender gave; null where that is a name.
   */
  private origin(): string | null {
    const { data, hostStart, hostEnd, receivedStart, receivedEnd, port, rport } = this.via;
    const isNoted = receivedEnd > receivedStart;
    const host = isNoted ? latin1(data, receivedStart, receivedEnd) : latin1(data, hostStart, hostEnd);
    const address = this.addressOf(host.startsWith('[') ? host.slice(1, -1) : host);
    return address === null ? null : `${address}:${isNoted && rport > 0 ? rport : port >= 0 ? port : 5060}`;
  }

  /** An IP address as the network writes it: IPv6 in brackets and short (RFC 5952); null for what is none. */
  private addressOf(text: string): string | null {
    if (isIPv4(text)) return text;
    if (!text.includes(':')) return null;
    const known = this.addresses6.get(text);
    if (known !== undefined) return known;
    return this.addresses6.put(text, ipv6Text(text));
  }

  /** `keep` parameter of the sender's Via (RFC 6223), seconds. */
  private keepAlive(): number | null {
    const { data, hostEnd, end } = this.via;
    let params = hostEnd;
    while (params < end && data[params] !== 0x3b) params++;
    if (params === end || !findParam(data, params, end, 'keep', this.range)) return null;
    const seconds = Number(latin1(data, this.range.start, this.range.end));
    return this.range.end > this.range.start && Number.isInteger(seconds) ? seconds : null;
  }

  /** Whether the sender's Via names another address than it came from; null where it names a host. */
  private viaMismatch(source: string): boolean | null {
    const { data, hostStart, hostEnd } = this.via;
    if (data[hostStart] !== 0x5b) {
      for (let at = hostStart; at < hostEnd; at++) {
        const byte = data[at]!;
        if (byte !== 0x2e && (byte < 0x30 || byte > 0x39)) return null;
      }
    }
    if (isAddressOf(source, data, hostStart, hostEnd)) return false;
    if (data[hostStart] !== 0x5b) return true;
    // An IPv6 address may be written in many ways (RFC 4291 §2.2).
    const address = this.addressOf(latin1(data, hostStart + 1, hostEnd - 1));
    return address === null || !source.startsWith(`${address}:`);
  }
}

function isSuccess({ status }: SipMessage): boolean {
  return status >= 200 && status < 300;
}

function timeOf({ seconds, nanoseconds }: Payload): PacketTime {
  return { s: seconds, ns: nanoseconds };
}

/** The first network of a P-Visited-Network-ID (RFC 7315 §5.3: a token or a quoted string, then parameters, then others); null where none is said. */
function networkOf(text: string | null): string | null {
  const [, quoted, token] = /^\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]+))/.exec(text ?? '') ?? [];
  return quoted?.replace(/\\(.)/g, '$1') || token || null;
}

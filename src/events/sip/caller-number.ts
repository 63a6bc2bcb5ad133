import { equalsTextIgnoreCase } from '../../base/bytes.ts';
import { compareTime, type PacketTime } from '../../base/time.ts';
import { findIsup } from '../../messages/isup-body.ts';
import type { Payload } from '../../network/payload.ts';
import { createNameAddr, findParam, type NameAddr, nextElement, type Range } from '../../sip/address.ts';
import type { AddressReader } from '../../sip/address-reader.ts';
import type { AddressTexts } from '../../sip/address-texts.ts';
import { addressOfRecord, numberText } from '../../sip/fields.ts';
import { imsiOfAddress } from '../../sip/imsi-address.ts';
import { Header, ROW, type SipMessage } from '../../sip/message.ts';
import { createIsup, readIsupBody } from '../../ss7/isup/isup.ts';
import { IsupType } from '../../ss7/isup/isup-messages.ts';
import { type Packed, pack } from '../packed.ts';
import type { Identity } from './state.ts';

/** Where a caller's number may stand beside From, the more to be believed first. */
const Source = {
  /** P-Asserted-Identity (RFC 3325 §9.1), of a later hop than the one that {@link Identity} is of. */
  asserted: 0,
  /** P-Preferred-Identity (RFC 3325 §9.2): what a phone asks its network to assert. */
  preferred: 1,
  /** Remote-Party-ID (draft-ietf-sip-privacy-04 §4) of the calling party; that it is not to be shown makes it no less the caller's. */
  remoteParty: 2,
  /** Calling party number of the IAM in the body (ITU-T Q.1912.5), else its charge number. */
  iam: 3,
} as const;

/** The number of a caller whose From has none: the user of an address, or digits of the IAM. */
export interface CallerNumber {
  time: PacketTime;
  source: number;
  number: Packed;
  /** As `claimed` of {@link Identity}. */
  claimed?: boolean;
}

/** Digits of a subscriber's number at the least. */
const FEWEST = 7;

/** Whether the user of an address may be a subscriber's number: digits with or without `+` and visual separators (RFC 3966 §3). */
export function isNumber(user: string | null): boolean {
  if (user === null) return false;
  let digits = 0;
  for (let i = 0; i < user.length; i++) {
    const code = user.charCodeAt(i);
    if (code === 0x3b) break;
    if (code >= 0x30 && code <= 0x39) digits++;
    else if (
      code !== 0x2d &&
      code !== 0x2e &&
      code !== 0x28 &&
      code !== 0x29 &&
      code !== 0x20 &&
      (code !== 0x2b || i > 0)
    )
      return false;
  }
  return digits >= FEWEST;
}

/** Whether the user of a Request-URI was dialled: it begins as numbers and codes of services do. */
export function isDialled(user: string | null): boolean {
  return user !== null && DIALLED.test(user);
}

/** Visual separators may stand before the first digit (RFC 3966 §3, local-number-digits). */
const DIALLED = /^(?:\(|[-.)]*[\d+*#])/;

/** Whether what was called is a service by its name, and no number: `urn:service:sos` (RFC 5031 §4). */
export function isService(user: string | null): boolean {
  return user?.startsWith('urn:') === true;
}

/** Whether the user of a Request-URI is a service of a media server (RFC 4240 §3, §4, §5): a server plays to a caller what it says there. */
export function isMediaService(user: string | null): boolean {
  return user !== null && MEDIA_SERVICE.test(user);
}

const MEDIA_SERVICE = /^(?:annc|dialog|conf=.+)$/i;

/** What a network asserts of a caller, beside what an earlier hop says of it; null where that is no number. */
export function assertedBy(identity: Identity | null): CallerNumber | null {
  if (identity === null || !isNumber(identity.asserted)) return null;
  const { time, asserted, claimed = false } = identity;
  return { time, source: Source.asserted, number: asserted!, claimed };
}

/** Whether a network vouches for the number. */
export function isVouchedFor(caller: CallerNumber | null): boolean {
  return caller?.source === Source.asserted;
}

/** Which of two counts; both may be missing. */
export function nearer(a: CallerNumber | null | undefined, b: CallerNumber | null | undefined): CallerNumber | null {
  if (!a || !b) return a ?? b ?? null;
  return (a.source - b.source || compareTime(a.time.s, a.time.ns, b.time.s, b.time.ns)) <= 0 ? a : b;
}

/** Reads the numbers of callers and called where they stand but seldom. */
export class SpareNumbers {
  private readonly addresses: AddressReader;
  private readonly texts: AddressTexts;
  private readonly address: NameAddr = createNameAddr();
  private readonly range: Range = { start: 0, end: 0 };
  private readonly isup = createIsup();

  constructor(addresses: AddressReader, texts: AddressTexts) {
    this.addresses = addresses;
    this.texts = texts;
  }

  /**
   * The caller's number in a request; null where it has none beside those of From and `identity`, or none that is more to be believed
   * than `known`.
   */
  caller(
    m: SipMessage,
    { seconds, nanoseconds }: Payload,
    identity: Identity | null,
    known: CallerNumber | null,
  ): CallerNumber | null {
    const least = known === null ? Source.iam : known.source - 1;
    for (let source: number = Source.asserted; source <= least; source++) {
      const number = this.at(source, m, identity);
      if (number !== null) return { time: { s: seconds, ns: nanoseconds }, source, number };
    }
    return null;
  }

  /** Called party number of the IAM in a request; 0 where there is none. */
  called(m: SipMessage): Packed {
    const { isup } = this;
    if (!this.readIam(m)) return 0;
    return pack(isup.dialled.count > 0 ? isup.dialled : isup.called);
  }

  private at(source: number, m: SipMessage, identity: Identity | null): Packed | null {
    const { first } = m;
    switch (source) {
      case Source.asserted:
        // Without an identity there is no such header: it would be one.
        if (identity === null || first[Header.PAssertedIdentity] === 0 || isNumber(identity.asserted)) return null;
        return this.inList(m, Header.PAssertedIdentity);
      case Source.preferred:
      case Source.remoteParty: {
        const header = source === Source.preferred ? Header.PPreferredIdentity : Header.RemotePartyId;
        return first[header] === 0 || this.hasNumber(m) ? null : this.inList(m, header);
      }
      default: {
        const { isup } = this;
        if (!this.readIam(m) || this.hasNumber(m)) return null;
        return pack(isup.calling.count > 0 ? isup.calling : isup.charge) || null;
      }
    }
  }

  private hasNumber(m: SipMessage): boolean {
    return isNumber(this.texts.header(m, Header.From)?.user ?? null);
  }

  private readIam(m: SipMessage): boolean {
    const { isup, range } = this;
    const variant = findIsup(m, range);
    if (variant === null) return false;
    // Of one that ends early, a number may have ended early too.
    const stop = readIsupBody(m.data, range.start, range.end, variant, isup);
    return stop === null && isup.type === IsupType.IAM;
  }

  /** The first number in a list of addresses: of a caller a SIP address without one may come first, then `tel:`. */
  inList(m: SipMessage, header: number): string | null {
    const { data, rows } = m;
    const { address } = this;
    for (let row = (m.first[header]! - 1) * ROW; row >= 0 && row < m.rowCount * ROW; row += ROW) {
      if (rows[row] !== header) continue;
      const end = rows[row + 3]!;
      for (let at = rows[row + 2]!; at < end; ) {
        const stop = nextElement(data, at, end);
        if (this.addresses.read(data, at, stop, address) && (header !== Header.RemotePartyId || this.isCalling())) {
          const number = numberText(address);
          if (isNumber(number) && imsiOfAddress(addressOfRecord(address)) === null) return number;
        }
        at = stop + 1;
      }
    }
    return null;
  }

  /** Whether the Remote-Party-ID that was read is of the calling party, which it is in a request where it does not say. */
  private isCalling(): boolean {
    const { address, range } = this;
    const { data, paramsStart, paramsEnd } = address;
    if (!findParam(data, paramsStart, paramsEnd, 'party', range)) return true;
    return equalsTextIgnoreCase(data, range.start, range.end, 'calling');
  }
}

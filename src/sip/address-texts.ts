import { Memo } from '../base/memo.ts';
import { createNameAddr, type NameAddr, nextElement, parseNameAddr, parseUri, type Range } from './address.ts';
import type { AddressReader } from './address-reader.ts';
import { CLASS, TOKEN_CHARACTER } from './characters.ts';
import { addressOfRecord, expiresOf, headerRange, hostPort, instanceOf, numberText } from './fields.ts';
import { ipv6Text } from './host.ts';
import { imsiOfAddress } from './imsi-address.ts';
import { Header, ROW, type SipMessage } from './message.ts';

/** What an address says, as texts. */
export interface AddressText {
  /** `user@host`, host in lower case. */
  aor: string | null;
  /** The user as {@link numberText} gives it; null where it is an IMSI. */
  user: string | null;
  /** Host, with its port where it has one; an IPv6 address short (RFC 5952), as border controllers write it out in a phone's Contact. */
  host: string | null;
  /** `+sip.instance` and `expires` of a Contact. */
  instance: string | null;
  expires: number | null;
}

/** Addresses remembered, and the longest of them. */
const ADDRESSES = 16_384;
const ADDRESS_BYTES = 96;
const CONTACTS = 8192;
const CONTACT_BYTES = 256;

/**
 * Reads addresses as texts, those that came lately without parsing them again. Only what is by the letter of RFC 3261 is
 * remembered: the rest is read, and counted, each time it comes.
 */
export class AddressTexts {
  private readonly reader: AddressReader;
  private readonly address: NameAddr = createNameAddr();
  private readonly range: Range = { start: 0, end: 0 };
  private readonly names: Memo<AddressText | null>;
  private readonly uris: Memo<AddressText | null>;
  private readonly contacts: Memo<AddressText | null>;

  constructor(reader: AddressReader) {
    this.reader = reader;
    const { address } = this;
    this.names = new Memo(ADDRESSES, ADDRESS_BYTES, (data, start, end) =>
      parseNameAddr(data, start, end, address) ? textsOf(address) : null,
    );
    this.uris = new Memo(ADDRESSES, ADDRESS_BYTES, (data, start, end) =>
      parseUri(data, start, end, address) ? textsOf(address) : null,
    );
    this.contacts = new Memo(CONTACTS, CONTACT_BYTES, (data, start, end) =>
      parseNameAddr(data, start, nextElement(data, start, end), address) ? textsOf(address) : null,
    );
  }

  /** The first address of From, To, Contact or P-Asserted-Identity; null where there is none. */
  header(m: SipMessage, header: number): AddressText | null {
    const { range, reader, address } = this;
    if (!headerRange(m, header, range)) return null;
    const { data } = m;
    const { start, end } = range;
    // From and To hold one address: a comma there is a display name that lacks its quotes.
    const isList = header !== Header.From && header !== Header.To;
    const known = isList
      ? this.contacts.get(data, start, end)
      : this.names.get(data, start, beforeTag(data, start, end));
    if (known !== null) return known;
    return reader.read(data, start, isList ? nextElement(data, start, end) : end, address) ? textsOf(address) : null;
  }

  /** All addresses of a header, in order. */
  all(m: SipMessage, header: number): AddressText[] {
    const { data, rows, first } = m;
    const found: AddressText[] = [];
    const from = first[header]! === 0 ? m.rowCount * ROW : (first[header]! - 1) * ROW;
    for (let row = from; row < m.rowCount * ROW; row += ROW) {
      if (rows[row] !== header) continue;
      const end = rows[row + 3]!;
      for (let at = rows[row + 2]!; at < end; ) {
        const stop = nextElement(data, at, end);
        if (this.reader.read(data, at, stop, this.address)) found.push(textsOf(this.address));
        at = stop + 1;
      }
    }
    return found;
  }

  /** The Request-URI; null on a response, and where it is none. */
  requestUri(m: SipMessage): AddressText | null {
    if (m.status !== 0) return null;
    const known = this.uris.get(m.data, m.uriStart, m.uriEnd);
    if (known !== null) return known;
    return this.reader.readUri(m.data, m.uriStart, m.uriEnd, this.address) ? textsOf(this.address) : null;
  }
}

function textsOf(address: NameAddr): AddressText {
  const aor = addressOfRecord(address);
  return {
    aor,
    user: imsiOfAddress(aor) === null ? numberText(address) : null,
    host: shortHost(hostPort(address)),
    instance: instanceOf(address),
    expires: expiresOf(address),
  };
}

function shortHost(host: string | null): string | null {
  if (host === null || !host.startsWith('[')) return host;
  const close = host.indexOf(']');
  const address = ipv6Text(host.slice(1, close));
  return address === null ? host : address + host.slice(close + 1);
}

/** End of `<sip:...>` where nothing but a tag follows, which is new in each call and changes nothing else; else `end`. */
function beforeTag(data: Buffer, start: number, end: number): number {
  let at = end;
  while (at > start && (CLASS[data[at - 1]!]! & TOKEN_CHARACTER) !== 0) at--;
  const isTag =
    at < end &&
    at - 6 > start &&
    data[at - 1] === 0x3d &&
    data[at - 2] === 0x67 &&
    data[at - 3] === 0x61 &&
    data[at - 4] === 0x74 &&
    data[at - 5] === 0x3b &&
    data[at - 6] === 0x3e;
  return isTag ? at - 5 : end;
}

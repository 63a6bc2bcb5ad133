import { Counters } from '../../src/base/counters.ts';
import { parseAccessNetwork } from '../../src/sip/access-network.ts';
import { createNameAddr, type Range } from '../../src/sip/address.ts';
import { AddressReader } from '../../src/sip/address-reader.ts';
import * as fields from '../../src/sip/fields.ts';
import { HEADER_COUNT, Header, ROW, type SipMessage } from '../../src/sip/message.ts';
import { findSdp } from '../../src/sip/multipart.ts';
import { qValueCause, reasonCause } from '../../src/sip/reason.ts';
import { createSipMessage, scanSip } from '../../src/sip/scan.ts';
import { mediaText, readSdp } from '../../src/sip/sdp.ts';
import { headerOrder, idShape } from '../../src/sip/shapes.ts';
import { createVia } from '../../src/sip/via.ts';
import { claim } from './claims.ts';

const message = createSipMessage(64);
const address = createNameAddr();
const via = createVia();
const range: Range = { start: 0, end: 0 };
const MARGIN = 7;

/** The bytes are one datagram in the middle of others: nothing outside of it is used, and every field can be asked for. */
export function fuzz(input: Buffer): void {
  const data = Buffer.alloc(input.length + 2 * MARGIN, '\r\nSIP/2');
  data.set(input, MARGIN);
  const limit = MARGIN + input.length;
  const reader = new AddressReader(new Counters());
  for (const stream of [false, true]) {
    let at = MARGIN;
    for (;;) {
      const used = scanSip(data, at, limit, message, { stream, maxBytes: 4096 });
      if (used <= 0) break;
      claim(at + used <= limit, 'no more is used than is there');
      claimMessage(message, at, limit);
      readAll(message, reader);
      at += used;
    }
  }
}

function claimMessage(m: SipMessage, start: number, limit: number): void {
  claim(m.start >= start && m.start < m.end && m.end <= limit, 'the message lies in its bytes');
  claim(m.bodyStart >= m.start && m.bodyStart <= m.end, 'the body lies in the message');
  claim((m.status === 0) === m.methodEnd > m.methodStart, 'a message is a request or a response');
  claim(m.rowCount * ROW <= m.rows.length, 'rows are bounded');
  for (let row = 0; row < m.rowCount * ROW; row += ROW) {
    const [header, name, from, to] = m.rows.subarray(row, row + ROW) as unknown as [number, number, number, number];
    claim(header >= 0 && header < HEADER_COUNT, 'a header has a number');
    claim(name >= m.start && name <= from && from <= to && to <= m.end, 'a header lies in the message');
    claim(header === Header.Other || m.first[header]! > 0, 'the first of a header is known');
  }
}

function readAll(m: SipMessage, reader: AddressReader): void {
  reader.message();
  for (let header = 1; header < HEADER_COUNT; header++) {
    if (m.first[header] === 0) continue;
    fields.headerText(m, header);
    fields.headerTexts(m, header);
    fields.headerNumberValue(m, header);
    fields.tagRange(m, header, range);
    if (fields.readAddress(m, header, reader, address)) {
      fields.userText(address);
      fields.addressOfRecord(address);
      fields.hostPort(address);
    }
  }
  fields.methodText(m);
  fields.requestUri(m);
  fields.requestUser(m, reader);
  fields.contactIsStar(m);
  fields.instance(m);
  fields.expires(m);
  fields.readOrigin(m, via);
  fields.branchRange(m, range);
  parseAccessNetwork(fields.headerText(m, Header.PAccessNetworkInfo) ?? '');
  qValueCause(m);
  reasonCause(m, 'sip');
  idShape(m);
  headerOrder(m);
  if (findSdp(m, range)) {
    claim(range.start >= m.bodyStart && range.start <= range.end && range.end <= m.end, 'SDP lies in the body');
    const media = readSdp(m.data, range.start, range.end)?.media;
    if (media) mediaText(media);
  }
}

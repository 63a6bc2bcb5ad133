import { u16, u32 } from '../../base/bytes.ts';
import type { Stop } from '../../base/stop.ts';
import { setDigits } from '../digits.ts';
import { COMMON_HEADER, eachParameter, MessageClass } from '../link/sigtran.ts';
import { type Msu, type Sccp, type SccpAddress, ServiceIndicator } from '../message.ts';
import { clearAddress } from './sccp-address.ts';
import { SccpType } from './sccp-messages.ts';
import type { Segment } from './sccp-segments.ts';

/** Parameter tags (RFC 3868 §3.10.1, §3.10.2). */
const Tag = {
  source: 0x0102,
  destination: 0x0103,
  sourceReference: 0x0104,
  destinationReference: 0x0105,
  cause: 0x0106,
  sequenceNumber: 0x0107,
  data: 0x010b,
  segmentation: 0x0117,
  globalTitle: 0x8001,
  pointCode: 0x8002,
  subsystem: 0x8003,
} as const;

/** Message types of the connectionless and the connection-oriented class (RFC 3868 §3.1.2), as the messages of SCCP they stand for. */
const CONNECTIONLESS: readonly (number | undefined)[] = [undefined, SccpType.UDT, SccpType.UDTS];
const CONNECTION_ORIENTED: readonly (number | undefined)[] = [
  undefined,
  SccpType.CR, // CORE
  SccpType.CC, // COAK
  SccpType.CREF, // COREF
  SccpType.RLSD, // RELRE
  SccpType.RLC, // RELCO
  SccpType.RSC, // RESCO
  SccpType.RSR, // RESRE
  SccpType.DT1, // CODT
  SccpType.AK, // CODA
  SccpType.ERR, // COERR
  SccpType.IT, // COIT
];

/** Reads SUA messages (RFC 3868) as the SCCP messages they replace. */
export class SuaReader {
  private data: Buffer = Buffer.alloc(0);
  private address: SccpAddress | null = null;
  /** What the message that was read last says of itself as a segment. */
  readonly segment: Segment;
  private readonly msu: Msu;

  /** @param msu given the range of the whole message and the point codes of its addresses */
  constructor(msu: Msu, out: Sccp) {
    this.msu = msu;
    this.segment = {
      kind: 'sua',
      out,
      callingStart: 0,
      callingEnd: 0,
      segmentation: -1,
      segmentReference: -1,
      more: false,
    };
  }

  /** Message type of SCCP that a message stands for; undefined of management and state of servers. */
  static typeOf(data: Buffer, start: number): number | undefined {
    const messageClass = data[start + 2];
    if (messageClass === MessageClass.connectionless) return CONNECTIONLESS[data[start + 3]];
    if (messageClass === MessageClass.connectionOriented) return CONNECTION_ORIENTED[data[start + 3]];
    return undefined;
  }

  /** Reads the message data [start, end), one of those that have a {@link typeOf}. */
  read(data: Buffer, start: number, end: number): Stop | null {
    const { msu, segment } = this;
    const { out } = segment;
    const length = u32(data, start + 4);
    const to = Math.min(end, start + length);
    this.data = data;
    out.data = data;
    out.start = start;
    out.end = start;
    out.type = SuaReader.typeOf(data, start) ?? 0;
    clearAddress(out.calling);
    clearAddress(out.called);
    out.sourceReference = -1;
    out.destinationReference = -1;
    out.cause = -1;
    out.segment = false;
    segment.callingStart = segment.callingEnd = start;
    segment.segmentation = -1;
    segment.segmentReference = -1;
    segment.more = false;
    const stop = eachParameter(data, start + COMMON_HEADER, to, 'sua', start, this.parameter);
    msu.data = data;
    msu.start = start;
    msu.end = to;
    msu.opc = out.calling.pointCode;
    msu.dpc = out.called.pointCode;
    msu.sls = -1;
    msu.networkIndicator = -1;
    msu.serviceIndicator = ServiceIndicator.sccp;
    if (stop !== null || length <= end - start) return stop;
    return { layer: 'sua', offset: 0, need: length, have: end - start, reason: 'message length' };
  }

  private readonly parameter = (tag: number, start: number, end: number): void => {
    const { data, segment } = this;
    const { out } = segment;
    switch (tag) {
      case Tag.source:
        segment.callingStart = start;
        segment.callingEnd = end;
        this.readAddress(out.calling, start, end);
        return;
      case Tag.destination:
        this.readAddress(out.called, start, end);
        return;
      case Tag.sourceReference:
        if (end - start >= 4) out.sourceReference = u32(data, start);
        return;
      case Tag.destinationReference:
        if (end - start >= 4) out.destinationReference = u32(data, start);
        return;
      case Tag.cause:
        // Reserved 2, cause type, cause value.
        if (end - start >= 4) out.cause = data[start + 3];
        return;
      case Tag.segmentation:
        // First segment and remaining segments, reference of 3 bytes.
        if (end - start < 4) return;
        segment.segmentation = data[start];
        segment.segmentReference = u32(data, start) & 0xff_ffff;
        return;
      case Tag.sequenceNumber:
        // Reserved 2, received number with the bit of more data, sent number (RFC 3868 §3.10.7; Q.713 §3.9).
        if (end - start >= 4) segment.more = (data[start + 2] & 1) !== 0;
        return;
      case Tag.data:
        out.start = start;
        out.end = end;
        return;
    }
  };

  /** RFC 3868 §3.10.2: routing indicator 2, address indicator 2, then parameters. */
  private readAddress(address: SccpAddress, start: number, end: number): void {
    if (end - start < 4) return;
    address.present = true;
    this.address = address;
    eachParameter(this.data, start + 4, end, 'sua', start, this.addressParameter);
  }

  private readonly addressParameter = (tag: number, start: number, end: number, whole: boolean): void => {
    const { data } = this;
    const address = this.address!;
    switch (tag) {
      case Tag.globalTitle: {
        // Reserved 3, GTI, number of digits, translation type, numbering plan, nature of address, digits.
        if (end - start < 8) return;
        address.translationType = data[start + 5];
        // The beginning of a title that is cut off is another one.
        if (!whole) return;
        address.title.plan = data[start + 6];
        address.title.nature = data[start + 7];
        setDigits(address.title, data, start + 8, end, 0, data[start + 4]);
        return;
      }
      case Tag.pointCode:
        if (end - start >= 4) address.pointCode = u32(data, start);
        return;
      case Tag.subsystem:
        if (end - start >= 4) address.ssn = u16(data, start + 2) & 0xff;
        return;
    }
  };
}

import { add, type Counters } from '../../base/counters.ts';
import type { Limits } from '../../base/limits.ts';
import type { Stop } from '../../base/stop.ts';
import type { Payload } from '../../network/payload.ts';
import { clearDigits } from '../digits.ts';
import type { LooseMsu } from '../link/loose-msu.ts';
import { type Msu, type Sccp, type SccpAddress, Ss7Variant, type Ss7VariantId } from '../message.ts';
import { readParameters } from '../parameters.ts';
import { clearAddress, createAddress, readAddress } from './sccp-address.ts';
import { mayBeLaterSegment } from './sccp-cut.ts';
import { SCCP_MESSAGES, SccpParameter, SccpType } from './sccp-messages.ts';
import { SccpSegments, type Segment } from './sccp-segments.ts';

export { sccpTypeName } from './sccp-messages.ts';

const NOTHING = Buffer.alloc(0);

/** A view of an SCCP message to be filled in again and again. */
export function createSccp(): Sccp {
  return {
    data: NOTHING,
    start: 0,
    end: 0,
    type: 0,
    calling: createAddress(),
    called: createAddress(),
    sourceReference: -1,
    destinationReference: -1,
    cause: -1,
    segment: false,
  };
}

/** What the parameters of the message in hand say beyond the view. */
interface Reading extends Segment {
  variant: Ss7VariantId;
}

/** Reads SCCP messages (ITU-T Q.713, ANSI T1.112.3), putting together what comes in segments. */
export class SccpReader {
  private readonly segments: SccpSegments;
  private readonly counters: Counters;
  private readonly reading: Reading = {
    kind: 'sccp',
    variant: Ss7Variant.itu,
    out: createSccp(),
    callingStart: 0,
    callingEnd: 0,
    segmentation: -1,
    segmentReference: -1,
    more: false,
  };

  /** Bounded by `sccpMessages` and `sccpBytes`. */
  constructor(limits: Limits, counters: Counters) {
    this.counters = counters;
    this.segments = new SccpSegments(limits, counters);
  }

  /**
   * Reads the SCCP message in `msu` at packet time `seconds`. User data of `out` is cut where the message is.
   *
   * @param payload that the message came in: needed of segments that are to be loose ends
   */
  read(msu: Msu, seconds: number, out: Sccp, payload: Payload | null = null): Stop | null {
    const { data, start, end } = msu;
    const reading = this.begin(msu, out);
    if (start >= end) return { layer: 'sccp', offset: 0, need: 1, have: 0, reason: 'message type' };
    const type = data[start]!;
    out.type = type;
    const format = SCCP_MESSAGES[type];
    if (format === undefined) {
      add(this.counters.anomalies, 'sccp message type');
      return { layer: 'sccp', offset: 0, need: 1, have: end - start, reason: 'unknown message type' };
    }
    const wide = SccpParameter.longData;
    const stop = readParameters('sccp', format, data, start, start + 1, end, wide, takeParameter, reading);
    if (stop !== null) {
      add(this.counters.anomalies, `sccp ${stop.reason}`);
      const unsaid = reading.segmentation < 0 && mayBeLaterSegment(data, start, end);
      out.segment = reading.more || isSegmented(reading) || unsaid;
      return stop;
    }
    this.join(reading, msu, seconds, payload);
    return null;
  }

  /** The segments that others are missing of: see {@link LooseMsu}. */
  looseEnds(): LooseMsu[] {
    return this.segments.looseEnds();
  }

  private begin(msu: Msu, out: Sccp): Reading {
    out.data = msu.data;
    out.start = msu.end;
    out.end = msu.end;
    out.type = 0;
    clearAddress(out.calling);
    clearAddress(out.called);
    out.sourceReference = -1;
    out.destinationReference = -1;
    out.cause = -1;
    out.segment = false;
    const { reading } = this;
    reading.variant = msu.variant;
    reading.out = out;
    reading.callingStart = 0;
    reading.callingEnd = 0;
    reading.segmentation = -1;
    reading.segmentReference = -1;
    reading.more = false;
    return reading;
  }

  /** Puts what the message in hand says together with the segments before it. */
  join(segment: Segment, msu: Msu, seconds: number, payload: Payload | null): void {
    const { out } = segment;
    switch (out.type) {
      case SccpType.DT1:
      case SccpType.DT2:
        this.segments.dataForm(msu, segment, seconds, payload);
        return;
      // A CLDT of SUA, which stands for it, comes in segments.
      case SccpType.UDT:
      case SccpType.XUDT:
      case SccpType.LUDT:
        if (isSegmented(segment)) this.segments.unitdata(msu, segment, seconds, payload);
        return;
      case SccpType.RLSD:
      case SccpType.RLC:
        this.segments.released(msu, out.destinationReference);
        return;
      default:
        // A returned segment (XUDTS, LUDTS) comes alone.
        out.segment = isSegmented(segment);
    }
  }

  /** Segments of earlier captures are given, too. */
  continues(): void {
    this.segments.continues();
  }

  /** The user data of the DT in hand is no message: see {@link SccpSegments.headless}. */
  headless(msu: Msu, payload: Payload): void {
    this.segments.headless(msu, payload);
  }
}

/** One segment of several: not the first, or others remain (Q.713 §3.17). */
function isSegmented({ segmentation }: Segment): boolean {
  return segmentation >= 0 && !((segmentation & 0x80) !== 0 && (segmentation & 15) === 0);
}

function takeParameter(
  code: number,
  data: Buffer,
  from: number,
  to: number,
  reading: Reading,
  whole: boolean,
): string | null {
  const { out } = reading;
  switch (code) {
    case SccpParameter.destinationReference:
      if (to - from < 3) return 'local reference';
      out.destinationReference = reference(data, from);
      return null;
    case SccpParameter.sourceReference:
      if (to - from < 3) return 'local reference';
      out.sourceReference = reference(data, from);
      return null;
    case SccpParameter.called:
      return readParty(data, from, to, reading.variant, out.called, whole);
    case SccpParameter.calling:
      reading.callingStart = from;
      reading.callingEnd = to;
      // Q.713 §3.5: a calling address that is not known is there with an indicator of 0, or with nothing in it.
      return from === to ? null : readParty(data, from, to, reading.variant, out.calling, whole);
    case SccpParameter.releaseCause:
    case SccpParameter.returnCause:
    case SccpParameter.resetCause:
    case SccpParameter.errorCause:
    case SccpParameter.refusalCause:
      if (to > from) out.cause = data[from]!;
      return null;
    case SccpParameter.segmenting:
      // Q.713 §3.7: bit 1.
      if (to > from) reading.more = (data[from]! & 1) !== 0;
      return null;
    case SccpParameter.sequencing:
      // Q.713 §3.9: bit 1 of the second octet. An IT has the parameter without data.
      if (to - from >= 2) reading.more = (data[from + 1]! & 1) !== 0;
      return null;
    case SccpParameter.segmentation:
      // Q.713 §3.17.
      if (to - from < 4) return 'segmentation';
      reading.segmentation = data[from]!;
      reading.segmentReference = reference(data, from + 1);
      return null;
    case SccpParameter.data:
    case SccpParameter.longData:
      out.start = from;
      out.end = to;
      return null;
    default:
      return null;
  }
}

/** An address; of one whose end is cut off no title, for the beginning of a title is another one. */
function readParty(
  data: Buffer,
  from: number,
  to: number,
  variant: Ss7VariantId,
  out: SccpAddress,
  whole: boolean,
): string | null {
  const wrong = readAddress(data, from, to, variant, out);
  if (!whole) clearDigits(out.title);
  return wrong;
}

/** A local reference, least significant octet first (Q.713 §3.3). */
function reference(data: Buffer, at: number): number {
  return data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16);
}

import { u32 } from '../../base/bytes.ts';
import type { Stop } from '../../base/stop.ts';
import type { Msu } from '../message.ts';
import { COMMON_HEADER, eachParameter, MessageClass } from './sigtran.ts';

/** Tags of the parameters that carry an MTP3 message. */
const Tag = {
  /** Draft 6: the MTP3 message from its service information octet on. */
  draftData1: 0x0002,
  /** Draft 5: as draft 6; drafts 6 and 7: with a length indicator before it, or the fields of RFC 4666 §3.3.1. */
  draftData: 0x0003,
  /** RFC 4666 §3.3.1: OPC, DPC, SI, NI, MP, SLS, user data. */
  protocolData: 0x0210,
} as const;

/** OPC 4, DPC 4, SI 1, NI 1, MP 1, SLS 1. */
const FIELDS = 12;
const DATA = 1;

/** What M3UA handed over: all of an MSU, or the bytes of an MTP3 message that is still to be read. */
export const M3uaForm = { fields: 0, mtp3: 1 } as const;

/**
 * Reads the M3UA message data [start, end) (RFC 4666, and drafts before it): calls `each` for every protocol data parameter with `out`
 * filled in (with {@link M3uaForm.mtp3} only its range). Messages other than DATA have none.
 */
export class M3uaReader {
  private readonly out: Msu;
  private readonly each: (form: number) => void;
  private data: Buffer = Buffer.alloc(0);

  constructor(out: Msu, each: (form: number) => void) {
    this.out = out;
    this.each = each;
  }

  /** False where it is no DATA message: management, state of servers and networks. */
  static isData(data: Buffer, start: number): boolean {
    return data[start + 2] === MessageClass.transfer && data[start + 3] === DATA;
  }

  read(data: Buffer, start: number, end: number): Stop | null {
    const length = u32(data, start + 4);
    const claimed = start + length;
    // Some leave the padding of the last parameter out of the length, some the header.
    const to = claimed > end || end - claimed < COMMON_HEADER ? end : claimed;
    this.data = data;
    const stop = eachParameter(data, start + COMMON_HEADER, to, 'm3ua', start, this.parameter);
    if (stop !== null || claimed <= end) return stop;
    return { layer: 'm3ua', offset: 0, need: length, have: end - start, reason: 'message length' };
  }

  private readonly parameter = (tag: number, start: number, end: number): void => {
    if (tag === Tag.protocolData) this.fields(start, end);
    else if (tag === Tag.draftData1) this.mtp3(start, end);
    else if (tag === Tag.draftData) {
      const { data } = this;
      if (areFields(data, start, end)) this.fields(start, end);
      else if (data[start] === Math.min(63, end - start - 1)) this.mtp3(start + 1, end);
      else this.mtp3(start, end);
    }
  };

  private fields(start: number, end: number): void {
    if (end - start < FIELDS) return;
    const { data, out } = this;
    out.data = data;
    out.start = start + FIELDS;
    out.end = end;
    out.opc = u32(data, start);
    out.dpc = u32(data, start + 4);
    out.serviceIndicator = data[start + 8];
    out.networkIndicator = data[start + 9] & 3;
    out.sls = data[start + 11];
    this.each(M3uaForm.fields);
  }

  private mtp3(start: number, end: number): void {
    const { out } = this;
    out.data = this.data;
    out.start = start;
    out.end = end;
    this.each(M3uaForm.mtp3);
  }
}

/** Point codes have 24 bits at most, the service indicator 4, the network indicator 2. */
function areFields(data: Buffer, start: number, end: number): boolean {
  return (
    end - start > FIELDS && data[start] === 0 && data[start + 4] === 0 && data[start + 8] < 16 && data[start + 9] < 4
  );
}

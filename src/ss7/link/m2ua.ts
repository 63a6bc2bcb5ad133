import { u32 } from '../../base/bytes.ts';
import type { Stop } from '../../base/stop.ts';
import type { Bytes } from '../message.ts';
import { COMMON_HEADER, eachParameter, MessageClass } from './sigtran.ts';

/** RFC 3331 §3.3.1: the MTP3 message; Data 2 (TTC) has its length indicator before it. Drafts had tag 14 for Data 1. */
const Tag = { data1: 0x0300, data2: 0x0301, draftData1: 0x000e } as const;
const DATA = 1;

/** Reads M2UA messages (RFC 3331): calls `each` with `out` as the MTP3 message of each data parameter. */
export class M2uaReader {
  private readonly out: Bytes;
  private readonly each: () => void;
  private data: Buffer = Buffer.alloc(0);

  constructor(out: Bytes, each: () => void) {
    this.out = out;
    this.each = each;
  }

  /** False where it is no Data message: establishment, state, management. */
  static isData(data: Buffer, start: number): boolean {
    return data[start + 2] === MessageClass.maup && data[start + 3] === DATA;
  }

  read(data: Buffer, start: number, end: number): Stop | null {
    const length = u32(data, start + 4);
    const claimed = start + length;
    const to = claimed > end || end - claimed < COMMON_HEADER ? end : claimed;
    this.data = data;
    const stop = eachParameter(data, start + COMMON_HEADER, to, 'm2ua', start, this.parameter);
    if (stop !== null || claimed <= end) return stop;
    return { layer: 'm2ua', offset: 0, need: length, have: end - start, reason: 'message length' };
  }

  private readonly parameter = (tag: number, start: number, end: number): void => {
    if (tag !== Tag.data1 && tag !== Tag.data2 && tag !== Tag.draftData1) return;
    const { out } = this;
    out.data = this.data;
    out.start = tag === Tag.data2 ? Math.min(start + 1, end) : start;
    out.end = end;
    this.each();
  };
}

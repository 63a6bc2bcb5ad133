import type { Stop } from '../../base/stop.ts';
import { type Msu, Ss7Variant, type Ss7VariantId } from '../message.ts';

/**
 * Bytes of a routing label by variant: ITU-T Q.704 §2.2 (14 + 14 + 4 bits), ANSI T1.111.4 (24 + 24 + 8), GF 001-9001 (24 + 24, SLS in a
 * byte), JT-Q704 (16 + 16, SLS in a byte). All of them low bits first, the destination before the origin.
 */
export const LABEL_BYTES: Readonly<Record<Ss7VariantId, number>> = [4, 7, 7, 5];

export function createMsu(): Msu {
  return {
    data: Buffer.alloc(0),
    start: 0,
    end: 0,
    variant: Ss7Variant.itu,
    networkIndicator: 0,
    serviceIndicator: 0,
    opc: -1,
    dpc: -1,
    sls: -1,
  };
}

/** Reads service information octet (Q.704 §14.2) and routing label of the MTP3 message data [start, end); the user part is left in `out`. */
export function readMtp3(data: Buffer, start: number, end: number, variant: Ss7VariantId, out: Msu): Stop | null {
  out.data = data;
  out.variant = variant;
  out.opc = -1;
  out.dpc = -1;
  out.sls = -1;
  out.serviceIndicator = start < end ? data[start] & 0x0f : -1;
  out.networkIndicator = start < end ? data[start] >> 6 : -1;
  const at = start + 1;
  const user = at + LABEL_BYTES[variant];
  out.start = Math.min(user, end);
  out.end = end;
  if (user > end) return { layer: 'mtp3', offset: 0, need: user - start, have: end - start, reason: 'routing label' };
  switch (variant) {
    case Ss7Variant.itu:
      out.dpc = data[at] | ((data[at + 1] & 0x3f) << 8);
      out.opc = (data[at + 1] >> 6) | (data[at + 2] << 2) | ((data[at + 3] & 0x0f) << 10);
      out.sls = data[at + 3] >> 4;
      return null;
    case Ss7Variant.japan:
      out.dpc = data[at] | (data[at + 1] << 8);
      out.opc = data[at + 2] | (data[at + 3] << 8);
      out.sls = data[at + 4] & 0x0f;
      return null;
    default:
      out.dpc = data[at] | (data[at + 1] << 8) | (data[at + 2] << 16);
      out.opc = data[at + 3] | (data[at + 4] << 8) | (data[at + 5] << 16);
      out.sls = variant === Ss7Variant.ansi ? data[at + 6] : data[at + 6] & 0x0f;
      return null;
  }
}

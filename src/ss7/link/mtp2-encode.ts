import { checkBits } from './mtp2.ts';

export interface Mtp2Options {
  /** Sequence numbers of 12 bits (Q.703 Annex A). */
  extended?: boolean;
  /** Two check bytes at the end. */
  check?: boolean;
}

/** A message signal unit (ITU-T Q.703 §2.2) around an MTP3 message; an empty `mtp3` makes a fill-in unit. */
export function encodeMtp2(bsn: number, fsn: number, mtp3: Uint8Array, options: Mtp2Options = {}): Buffer {
  const length = mtp3.length;
  const head = options.extended
    ? [bsn & 0xff, (bsn >> 8) | 0x80, fsn & 0xff, (fsn >> 8) | 0x80, length & 0xff, length >> 8]
    : [(bsn & 0x7f) | 0x80, (fsn & 0x7f) | 0x80, Math.min(length, 63)];
  const unit = Buffer.concat([Buffer.from(head), mtp3]);
  if (!options.check) return unit;
  const bits = checkBits(unit, 0, unit.length);
  return Buffer.concat([unit, Buffer.from([bits & 0xff, bits >> 8])]);
}

import type { Stop } from '../../base/stop.ts';
import { createTlv, readTlv, tlvStop } from './ber.ts';

/** What becomes of the contents [start, end) of an element. */
export type FieldReader<T> = (data: Buffer, start: number, end: number, out: T) => void;

/**
 * One element that is read out of a SEQUENCE or CHOICE: its tag, and either a reader of its contents or the elements inside.
 * A table of them is written in the order of the standard, because tags repeat (an IMSI and a VLR number are both OCTET STRINGs):
 * each is found after the one before. `many`: of a SEQUENCE OF, it may follow itself.
 */
export interface Field<T> {
  tag: number;
  read?: FieldReader<T>;
  inside?: readonly Field<T>[];
  many?: boolean;
}

/** An element to be read. */
export function field<T>(tag: number, read: FieldReader<T>): Field<T> {
  return { tag, read };
}

/** An element whose own elements are read. */
export function inside<T>(tag: number, ...fields: Field<T>[]): Field<T> {
  return { tag, inside: fields };
}

/** An element that may stand several times, whose own elements are read. */
export function each<T>(tag: number, ...fields: Field<T>[]): Field<T> {
  return { tag, inside: fields, many: true };
}

const tlv = createTlv();

/**
 * Reads the elements of data [start, end) that the table names and passes over the others. It goes no deeper than the table.
 * A value of which octets are missing is left out.
 *
 * @param layer name and `base` offset of the layer, for the Stop
 */
export function readFields<T>(
  data: Buffer,
  start: number,
  end: number,
  fields: readonly Field<T>[],
  out: T,
  layer: string,
  base: number,
): Stop | null {
  let from = 0;
  for (let at = start; at < end; ) {
    if (!readTlv(data, at, end, tlv)) return tlvStop(layer, base, end, tlv);
    at = tlv.next;
    const stop = tlv.missing > 0 ? tlvStop(layer, base, end, tlv) : null;
    for (let index = from; index < fields.length; index++) {
      const found = fields[index]!;
      if (found.tag !== tlv.tag) continue;
      from = found.many === true ? index : index + 1;
      if (found.inside !== undefined) {
        const inner = readFields(data, tlv.start, tlv.end, found.inside, out, layer, base);
        if (inner !== null) return inner;
      } else if (stop === null) {
        found.read?.(data, tlv.start, tlv.end, out);
      }
      break;
    }
    if (stop !== null) return stop;
  }
  return null;
}

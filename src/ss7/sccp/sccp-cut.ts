import { SccpType } from './sccp-messages.ts';

/** Bytes before the pointers of XUDT and LUDT (Q.713 §4.18, §4.20): type, protocol class, hop counter. */
const FIXED = 3;
/** Pointers before that of the user data. */
const ADDRESSES = 2;

/**
 * Whether an XUDT or LUDT that was cut before its optional part, data [start, end), can be a later segment of a longer message: the parameter
 * that would say so (Q.713 §3.17) is gone. A message that begins here says how long it is, which is no less than the user data here.
 */
export function mayBeLaterSegment(data: Buffer, start: number, end: number): boolean {
  const wide = data[start] === SccpType.LUDT;
  if (!wide && data[start] !== SccpType.XUDT) return false;
  const width = wide ? 2 : 1;
  const number = (at: number): number => (wide ? data[at]! | (data[at + 1]! << 8) : data[at]!);
  const pointer = start + FIXED + ADDRESSES * width;
  if (pointer + 2 * width > end || number(pointer + width) === 0) return false;
  const at = pointer + width - 1 + number(pointer);
  if (at + width >= end) return false;
  return !beginsMessage(data, at + width, end, number(at));
}

/**
 * Whether `at` can begin a message of TCAP (Q.773 §3.1: BER), of which `length` bytes are the first segment or all, or one of BSSAP
 * (3GPP TS 48.006 §9.3), which needs no segments.
 */
function beginsMessage(data: Buffer, at: number, end: number, length: number): boolean {
  const first = data[at]!;
  const second = at + 1 < end ? data[at + 1]! : 0;
  if (first === 0) return 2 + second === length;
  if (first === 1) return at + 2 < end && 3 + data[at + 2]! === length;
  if (!isTcapTag(first)) return false;
  // What is in segments is longer than 127 bytes: its length has octets of its own, or is indefinite.
  if (second < 0x80) return 2 + second === length;
  if (second === 0x80) return true;
  const octets = second & 0x7f;
  if (octets > 4) return false;
  let claimed = 0;
  for (let index = at + 2; index < Math.min(end, at + 2 + octets); index++) claimed = claimed * 256 + data[index]!;
  return 2 + octets + claimed >= length;
}

/** Q.773 §3.1: 61, 62, 64, 65, 67. T1.114.3: e1 to e6, f6. */
export function isTcapTag(byte: number): boolean {
  return (
    (byte >= 0x61 && byte <= 0x67 && byte !== 0x63 && byte !== 0x66) || (byte >= 0xe1 && byte <= 0xe6) || byte === 0xf6
  );
}

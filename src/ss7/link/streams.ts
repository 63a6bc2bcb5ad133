import { u16, u32 } from '../../base/bytes.ts';
import type { Payload, StreamVerdict } from '../../network/payload.ts';
import { COMMON_HEADER, looksLikeSigtran } from './sigtran.ts';

/** Ports of M2UA, M3UA, M2PA and SUA (IANA): TCP carries them too. */
const SIGTRAN_PORTS = new Set([2904, 2905, 3565, 14_001]);
/** IPA of base stations (OML, RSL) and of Osmocom's other interfaces. */
const IPA_PORTS = new Set([3002, 3003]);
const IPA_HEADER = 3;
/** Protocols of IPA that are counted by name; others are its own. */
const IPA_NAMES: Record<number, string> = { 0: 'abis rsl', 255: 'abis oml' };

/** Messages of an adaptation layer on a TCP stream, one after the other by the length in their common headers. */
export class SigtranFrames {
  private readonly onFrame: (data: Buffer, start: number, end: number) => void;

  constructor(onFrame: (data: Buffer, start: number, end: number) => void) {
    this.onFrame = onFrame;
  }

  /** True where a stream with these bytes is one of an adaptation layer. */
  static begins(payload: Payload, joinedMidway: boolean): boolean {
    const { data, start, end, sourcePort, destinationPort } = payload;
    if (SIGTRAN_PORTS.has(sourcePort) || SIGTRAN_PORTS.has(destinationPort)) {
      return joinedMidway || (data[start] === 1 && (end - start < 2 || data[start + 1] === 0));
    }
    if (!looksLikeSigtran(data, start, end)) return false;
    const next = start + u32(data, start + 4);
    // The message that follows, as far as it is there, begins in the same way; a length that leads nowhere near is none.
    return next >= end
      ? next - end < COMMON_HEADER * 64
      : data[next] === 1 && (next + 1 >= end || data[next + 1] === 0);
  }

  read(payload: Payload, joinedMidway: boolean, verdict: StreamVerdict): void {
    const { data, start, end } = payload;
    let at = start;
    if (joinedMidway) {
      at = firstFrame(data, start, end);
      verdict.headless = at - start;
    }
    while (at + COMMON_HEADER <= end) {
      if (!looksLikeSigtran(data, at, end)) {
        at = firstFrame(data, at + 1, end);
        continue;
      }
      const next = at + u32(data, at + 4);
      if (next > end) break;
      this.onFrame(data, at, next);
      at = next;
    }
    verdict.consumed = at - start;
  }
}

/** Offset of the first header from which messages lead to the end of the bytes, or to its last bytes. */
function firstFrame(data: Buffer, start: number, end: number): number {
  let at = data.indexOf(1, start);
  while (at >= 0 && at + COMMON_HEADER <= end) {
    if (looksLikeSigtran(data, at, end)) {
      const next = at + u32(data, at + 4);
      if (next + COMMON_HEADER > end || looksLikeSigtran(data, next, end)) return at;
    }
    at = data.indexOf(1, at + 1);
  }
  return Math.max(start, end - COMMON_HEADER + 1);
}

/** True where a stream is IPA by its port: length 2, protocol 1, contents. */
export function carriesIpa({ data, start, end, sourcePort, destinationPort }: Payload): boolean {
  if (!IPA_PORTS.has(sourcePort) && !IPA_PORTS.has(destinationPort)) return false;
  return end - start >= IPA_HEADER && data[start] < 0x10 && (data[start + 2] <= 3 || data[start + 2] >= 0xed);
}

/** Counts the messages of an IPA stream by name. */
export class IpaFrames {
  private readonly count: (name: string) => void;

  constructor(count: (name: string) => void) {
    this.count = count;
  }

  read(payload: Payload, _joinedMidway: boolean, verdict: StreamVerdict): void {
    const { data, start, end } = payload;
    let at = start;
    while (at + IPA_HEADER <= end) {
      const next = at + IPA_HEADER + u16(data, at);
      if (next > end) break;
      const name = IPA_NAMES[data[at + 2]];
      if (name !== undefined) this.count(name);
      at = next;
    }
    verdict.consumed = at - start;
  }
}

import type { Payload, StreamVerdict } from '../../network/payload.ts';
import { DIAMETER_HEADER, diameterLength, looksLikeDiameter } from './diameter.ts';

/** Port of Diameter (RFC 6733 §2.1). */
const PORT = 3868;
/** Longest message of a command that is not known, on its port. */
const MOST = 65_536;

/** Messages of Diameter on a TCP stream, one after the other by the length in their headers. */
export class DiameterFrames {
  private readonly onFrame: (data: Buffer, start: number, end: number) => void;

  constructor(onFrame: (data: Buffer, start: number, end: number) => void) {
    this.onFrame = onFrame;
  }

  /** True where a stream with these bytes is Diameter: by its port, or by its first message and the beginning of the one that follows. */
  static begins({ data, start, end, sourcePort, destinationPort }: Payload, joinedMidway: boolean): boolean {
    if (sourcePort === PORT || destinationPort === PORT) return joinedMidway || data[start] === 1;
    if (!looksLikeDiameter(data, start, end)) return false;
    const next = start + diameterLength(data, start);
    return next >= end || looksLikeDiameter(data, next, end) || (end - next < DIAMETER_HEADER && data[next] === 1);
  }

  read({ data, start, end }: Payload, joinedMidway: boolean, verdict: StreamVerdict): void {
    let at = start;
    if (joinedMidway) {
      at = firstFrame(data, start, end);
      verdict.headless = at - start;
    }
    while (at + DIAMETER_HEADER <= end) {
      const length = diameterLength(data, at);
      if (data[at] !== 1 || length < DIAMETER_HEADER || length > MOST) {
        at = firstFrame(data, at + 1, end);
        continue;
      }
      if (at + length > end) break;
      this.onFrame(data, at, at + length);
      at += length;
    }
    verdict.consumed = at - start;
  }
}

/** Offset of the first header from which messages lead to the end of the bytes, or to its last bytes. */
function firstFrame(data: Buffer, start: number, end: number): number {
  for (let at = data.indexOf(1, start); at >= 0 && at + DIAMETER_HEADER <= end; at = data.indexOf(1, at + 1)) {
    if (!looksLikeDiameter(data, at, end)) continue;
    const next = at + diameterLength(data, at);
    if (next + DIAMETER_HEADER > end || looksLikeDiameter(data, next, end)) return at;
  }
  return Math.max(start, end - DIAMETER_HEADER + 1);
}

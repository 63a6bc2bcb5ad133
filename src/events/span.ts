import { compareTime } from '../base/time.ts';
import type { Payload } from '../network/payload.ts';
import type { CaptureName } from './capture-name.ts';

/** From the first to the last packet of something. */
export interface Span {
  firstS: number;
  firstNs: number;
  firstFrame: number;
  firstCapture: CaptureName;
  lastS: number;
  lastNs: number;
  lastFrame: number;
  lastCapture: CaptureName;
}

/** Adds a packet. */
export function touch(span: Span, { seconds, nanoseconds, frame }: Payload): void {
  if (compareTime(seconds, nanoseconds, span.lastS, span.lastNs) >= 0) {
    span.lastS = seconds;
    span.lastNs = nanoseconds;
    span.lastFrame = frame;
  } else if (compareTime(seconds, nanoseconds, span.firstS, span.firstNs) < 0) {
    span.firstS = seconds;
    span.firstNs = nanoseconds;
    span.firstFrame = frame;
  }
}

/** Joins `b` into `a`. */
export function mergeSpan(a: Span, b: Span): void {
  if (compareTime(b.firstS, b.firstNs, a.firstS, a.firstNs) < 0) {
    a.firstS = b.firstS;
    a.firstNs = b.firstNs;
    a.firstFrame = b.firstFrame;
    a.firstCapture = b.firstCapture;
  }
  if (compareTime(b.lastS, b.lastNs, a.lastS, a.lastNs) >= 0) {
    a.lastS = b.lastS;
    a.lastNs = b.lastNs;
    a.lastFrame = b.lastFrame;
    a.lastCapture = b.lastCapture;
  }
}

import { compareTime } from '../../base/time.ts';
import type { Payload } from '../../network/payload.ts';
import type { Span } from '../state.ts';

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

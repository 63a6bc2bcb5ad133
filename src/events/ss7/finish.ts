import { cellText, mncDigits } from '../../base/cells.ts';
import { imei14 } from '../../base/imei.ts';
import { compareTime, millisecondsBetween, type PacketTime } from '../../base/time.ts';
import { type CatpoolEvent, type EventKind, emptyEvent, type Outcome } from '../event.ts';
import { stateEventId } from '../event-id.ts';
import type { EventContext } from '../finish.ts';
import type { Span } from '../state.ts';
import { digitsOf, type Packed, type PackedCell } from './packed.ts';
import { Did, type Marks } from './state.ts';

/** What all events of one state share. */
export interface Origin {
  context: EventContext;
  span: Span;
  over: CatpoolEvent['interface'];
  /** Names the state among those of its kind, the same whatever the cut. */
  names: readonly number[];
}

/** An event of a state. `part` tells it from others of its kind. */
export function newEvent(kind: EventKind, { s, ns }: PacketTime, part: string, origin: Origin): CatpoolEvent {
  const { context, span, over, names } = origin;
  const event = emptyEvent(kind, { s, ns }, context.feed, over);
  event.first_capture = span.firstCapture;
  event.first_frame = span.firstFrame;
  event.last_capture = span.lastCapture;
  event.last_frame = span.lastFrame;
  event.event_id = stateEventId(kind, context.feed, over, names, part, event.time);
  return event;
}

/** ITU-T Q.850 causes of a call that ended as calls do. */
const NORMAL = new Set([-1, 0, 16, 31]);
const BUSY = 17;
const NO_ANSWER = new Set([18, 19, 20, 102]);
/** Call rejected, barred, not allowed. */
const REJECTED = new Set([21, 24, 55, 57, 87]);
const REDIRECTED = 23;

/**
 * How a call ended that was released by this cause before or after its answer.
 *
 * @param byCaller the release came from the caller's side; null where it came from neither
 */
export function endCall(event: CatpoolEvent, answered: boolean, byCaller: boolean | null, cause: number): void {
  event.cause = cause > 0 ? cause : null;
  const isNormal = NORMAL.has(cause);
  if (answered) {
    event.outcome = 'answered';
    event.released_by = !isNormal || byCaller === null ? 'network' : byCaller ? 'caller' : 'called';
    return;
  }
  event.outcome = outcomeOf(cause, byCaller);
  if (event.outcome === 'cancelled') event.released_by = 'caller';
  else if (event.outcome === 'busy' || event.outcome === 'rejected') event.released_by = 'called';
  else event.released_by = 'network';
}

function outcomeOf(cause: number, byCaller: boolean | null): Outcome {
  if (cause === BUSY) return 'busy';
  if (NO_ANSWER.has(cause)) return 'no_answer';
  if (REJECTED.has(cause)) return 'rejected';
  if (cause === REDIRECTED) return 'redirected';
  if (!NORMAL.has(cause) || byCaller === null) return 'failed';
  return byCaller ? 'cancelled' : 'rejected';
}

/**
 * Times of a call: set-up until it rings, ringing until the answer, talk until the end. What comes after the end is of a call
 * whose beginning was lost.
 *
 * @param end null where the call was not seen to end
 * @returns whether it was answered
 */
export function timeCall(event: CatpoolEvent, marks: Marks, end: PacketTime | null, isProgress: boolean): boolean {
  const answered = marks[Did.answer]!;
  const answer = answered === null || end === null || !isAfter(answered, end) ? answered : null;
  const ringing = marks[Did.ringing]! ?? (isProgress ? marks[Did.progress]! : null);
  const isBefore = ringing !== null && !isAfter(ringing, answer ?? end ?? ringing);
  const alerted = isBefore ? ringing : answer;
  if (alerted !== null && !isAfter(event.time, alerted)) event.setup_ms = between(event.time, alerted);
  if (end !== null) event.end_time = { s: end.s, ns: end.ns };
  if (answer !== null) {
    event.answer_time = { s: answer.s, ns: answer.ns };
    if (end === null) event.outcome = 'open';
    else if (!isAfter(answer, end)) event.talk_ms = between(answer, end);
  } else if (end === null) {
    event.outcome = 'open';
  }
  const ringEnd = answer ?? end;
  if (ringing !== null && ringEnd !== null && !isAfter(ringing, ringEnd)) event.ring_ms = between(ringing, ringEnd);
  return answer !== null;
}

export function isAfter(a: PacketTime, b: PacketTime): boolean {
  return compareTime(a.s, a.ns, b.s, b.ns) > 0;
}

export function between(from: PacketTime, to: PacketTime): number {
  return millisecondsBetween(from.s, from.ns, to.s, to.ns);
}

/** IMEI and software version. Either may be an IMEISV. */
export function nameEquipment(event: CatpoolEvent, imei: Packed, imeisv: Packed): void {
  if (imei === 0 && imeisv === 0) return;
  const known = imei14(digitsOf(imei) ?? '');
  const full = imei14(digitsOf(imeisv) ?? '');
  event.imei = known?.imei ?? full?.imei ?? null;
  event.imeisv = full?.imeisv ?? known?.imeisv ?? null;
}

export function placeAt(event: CatpoolEvent, packed: PackedCell | null): void {
  if (packed === null) return;
  const [mcc, mnc, digits, lac, ci] = packed;
  if (mcc >= 0) event.mcc = String(mcc).padStart(3, '0');
  if (event.mcc !== null && mnc >= 0) event.mnc = String(mnc).padStart(digits === 3 ? 3 : mncDigits(event.mcc), '0');
  if (lac >= 0) event.lac = lac;
  if (ci < 0) return;
  if (event.mcc !== null && event.mnc !== null && lac >= 0) {
    event.cell = cellText({ mcc: event.mcc, mnc: event.mnc, lac, ci });
  } else {
    event.cell = lac >= 0 ? `${lac}-${ci}` : String(ci);
  }
}

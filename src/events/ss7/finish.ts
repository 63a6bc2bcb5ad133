import { cellText, mncDigits } from '../../base/cells.ts';
import { type Imei, imei14 } from '../../base/imei.ts';
import { RecentTexts } from '../../base/recent.ts';
import { compareTimes, elapsed, type PacketTime } from '../../base/time.ts';
import type { EventContext } from '../context.ts';
import { type CatpoolEvent, type EventKind, emptyEvent, type Outcome } from '../event.ts';
import { stateEventId } from '../event-id.ts';
import { digitsOf, type Packed, type PackedCell, Remembered } from '../packed.ts';
import { NORMAL, outcomeOfCause } from '../q850.ts';
import type { Span } from '../span.ts';
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

/** Q.850 cause: redirection to a new destination. */
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
  const said = outcomeOfCause(cause);
  if (said !== null) return said;
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
  const rang = marks[Did.ringing]!;
  // Who is alerted after the answer is somebody else (Q.732.2 §2: where the call goes on to); the line that answered was so before.
  const isLate = rang !== null && answer !== null && isAfter(rang, answer);
  const ringing = (isLate ? null : rang) ?? (isProgress ? marks[Did.progress]! : null);
  const isBefore = ringing !== null && !isAfter(ringing, answer ?? end ?? ringing);
  const alerted = isBefore ? ringing : answer;
  if (alerted !== null && !isAfter(event.time, alerted)) event.setup_ms = elapsed(event.time, alerted);
  // A beginning that had to be sent again may come after the end.
  const last = end !== null && isAfter(event.time, end) ? event.time : end;
  if (last !== null) event.end_time = { s: last.s, ns: last.ns };
  if (answer !== null) {
    event.answer_time = { s: answer.s, ns: answer.ns };
    if (end === null) event.outcome = 'open';
    else if (!isAfter(answer, end)) event.talk_ms = elapsed(answer, end);
  } else if (end === null) {
    event.outcome = 'open';
  }
  const ringEnd = answer ?? end;
  if (ringing !== null && ringEnd !== null && !isAfter(ringing, ringEnd)) event.ring_ms = elapsed(ringing, ringEnd);
  return answer !== null;
}

export function isAfter(a: PacketTime, b: PacketTime): boolean {
  return compareTimes(a, b) > 0;
}

/** IMEI and software version. Either may be an IMEISV. */
export function nameEquipment(event: CatpoolEvent, imei: Packed, imeisv: Packed): void {
  if (imei === 0 && imeisv === 0) return;
  const known = equipmentOf(imei);
  const full = equipmentOf(imeisv);
  event.imei = known?.imei ?? full?.imei ?? null;
  event.imeisv = full?.imeisv ?? known?.imeisv ?? null;
}

const imeis = new Remembered<Imei | null>();
const imeisvs = new RecentTexts<Imei | null>();

function equipmentOf(packed: Packed): Imei | null {
  if (packed === 0) return null;
  if (typeof packed === 'number') {
    const known = imeis.get(packed);
    return known !== undefined ? known : imeis.set(packed, imei14(digitsOf(packed)!));
  }
  const known = imeisvs.get(packed);
  return known !== undefined ? known : imeisvs.put(packed, imei14(digitsOf(packed)!));
}

/** What events say of a cell. */
type Place = Pick<CatpoolEvent, 'mcc' | 'mnc' | 'lac' | 'cell'>;

/** Cells whose texts are remembered, one for each hash: most events are in a cell that many others are in. A power of two. */
const CELLS = 4096;
const cells = new Array<PackedCell | undefined>(CELLS).fill(undefined);
const places = new Array<Place | undefined>(CELLS).fill(undefined);

export function placeAt(event: CatpoolEvent, packed: PackedCell | null): void {
  if (packed === null) return;
  const slot = Math.imul(packed[4] ^ (packed[3] << 12), 0x9e3779b1) >>> 20;
  const known = cells[slot];
  if (known === undefined || !isSameCell(known, packed)) {
    cells[slot] = packed;
    places[slot] = placeOf(packed);
  }
  const { mcc, mnc, lac, cell } = places[slot]!;
  if (mcc !== null) event.mcc = mcc;
  if (mnc !== null) event.mnc = mnc;
  if (lac !== null) event.lac = lac;
  if (cell !== null) event.cell = cell;
}

function isSameCell(a: PackedCell, b: PackedCell): boolean {
  return a[4] === b[4] && a[3] === b[3] && a[1] === b[1] && a[0] === b[0] && a[2] === b[2];
}

function placeOf([mccNumber, mncNumber, digits, lacNumber, ci]: PackedCell): Place {
  const mcc = mccNumber < 0 ? null : String(mccNumber).padStart(3, '0');
  const mnc = mcc === null || mncNumber < 0 ? null : String(mncNumber).padStart(digits === 3 ? 3 : mncDigits(mcc), '0');
  const lac = lacNumber < 0 ? null : lacNumber;
  let cell: string | null = null;
  if (ci >= 0) {
    if (mcc !== null && mnc !== null && lac !== null) cell = cellText({ mcc, mnc, lac, ci });
    else cell = lac === null ? String(ci) : `${lac}-${ci}`;
  }
  return { mcc, mnc, lac, cell };
}

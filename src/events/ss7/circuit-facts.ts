import { compareTime } from '../../base/time.ts';
import { ADDITIONAL_CALLING } from '../../ss7/isup/isup.ts';
import type { Isup } from '../../ss7/message.ts';
import { pack } from '../packed.ts';
import { hasRoom, type Room } from './room.ts';
import { type CircuitState, Did, type Marks, note, noteLatest, type Seizure } from './state.ts';

type Subsequent = CircuitState['subsequent'][number];

/** Adds a seizure: the earliest of each end, in order of time. */
export function seize(state: CircuitState, seizure: Seizure): void {
  const { seizures } = state;
  // A list that is made of one has no room to spare: few have two.
  if (seizures.length === 0) {
    state.seizures = [seizure];
    return;
  }
  for (const [index, known] of seizures.entries()) {
    if (known.from !== seizure.from) continue;
    if (compareSeizures(seizure, known) < 0) seizures[index] = seizure;
    return;
  }
  state.seizures = [...seizures, seizure].sort(compareSeizures);
}

/** The same digits at the same time are a copy, unless both are of one packet: SCTP bundles what had to wait (RFC 9260 §6.10). */
export function addSubsequent(state: CircuitState, more: Subsequent, room: Room): void {
  const { subsequent } = state;
  const isKnown = subsequent.some((each) => isSameDigits(each, more) && each.frame !== more.frame);
  if (!isKnown && hasRoom(subsequent.length, 'digitsPerCircuit', room)) state.subsequent = [...subsequent, more];
}

/** Frames of two captures have nothing to do with each other. */
function joinSubsequent(a: CircuitState, b: CircuitState, room: Room): void {
  const known = a.subsequent;
  for (const more of b.subsequent) {
    if (known.some((each) => isSameDigits(each, more))) continue;
    if (hasRoom(a.subsequent.length, 'digitsPerCircuit', room)) a.subsequent = [...a.subsequent, more];
  }
}

function isSameDigits(a: Subsequent, b: Subsequent): boolean {
  return a.s === b.s && a.ns === b.ns && a.digits === b.digits;
}

/** The called exchange says that the call goes to another number (Q.732.2): what is alerted and answers from then on is not who was called. */
export function noteForwarded(marks: Marks, { forwarded }: Isup, s: number, ns: number, from: number): void {
  if (forwarded >= 0) note(marks, Did.forwarded, s, ns, from, forwarded);
}

export function addCaller(state: CircuitState, { generic, genericQualifier }: Isup, from: number): void {
  if (genericQualifier === ADDITIONAL_CALLING && generic.count > 0)
    state.additional ??= { from, digits: pack(generic) };
}

function compareSeizures(a: Seizure, b: Seizure): number {
  return compareTime(a.s, a.ns, b.s, b.ns) || a.from - b.from;
}

export function mergeCircuits(a: CircuitState, b: CircuitState, room: Room): void {
  for (const seizure of b.seizures) seize(a, seizure);
  joinSubsequent(a, b, room);
  a.additional ??= b.additional;
  for (const [kind, mark] of b.marks.entries()) {
    if (mark === null) continue;
    if (kind === Did.suspend || kind === Did.resume) noteLatest(a.marks, kind, mark.s, mark.ns, mark.from, mark.cause);
    else note(a.marks, kind, mark.s, mark.ns, mark.from, mark.cause);
  }
}

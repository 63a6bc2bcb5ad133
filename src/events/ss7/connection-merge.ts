import { compareTime } from '../../base/time.ts';
import { mergeClaims } from './claims.ts';
import { addHandover, theOne } from './connection-facts.ts';
import type { Room } from './room.ts';
import { type ConnectionState, Seen } from './state.ts';
import { mergeTold } from './told.ts';
import { addTransaction, isAlike } from './transactions.ts';

/** Joins `b`, a later piece of the same connection, into `a`; spans and keys are joined already. */
export function mergeConnections(a: ConnectionState, b: ConnectionState, room: Room): void {
  if (a.access < 0) a.protocol = b.protocol;
  mergeTold(a, b);
  mergeClaims(a, b);
  if (a.domain < 0) a.domain = b.domain;
  if (a.iuConnection < 0) a.iuConnection = b.iuConnection;
  a.circuit = theOne(a.circuit, b.circuit);
  a.callIdentifier = theOne(a.callIdentifier, b.callIdentifier);
  a.isUpdate ||= b.isUpdate;
  if (a.imsi === 0) a.imsi = b.imsi;
  if (a.imei === 0) a.imei = b.imei;
  if (a.imeisv === 0) a.imeisv = b.imeisv;
  if (a.tmsi < 0) a.tmsi = b.tmsi;
  a.hasBegun ||= b.hasBegun;
  if (b.classmark.length > a.classmark.length) a.classmark = b.classmark;
  a.cell ??= b.cell;
  if (a.luType < 0) a.luType = b.luType;
  if (a.oldArea < 0) a.oldArea = b.oldArea;
  for (const handover of b.handovers) {
    const { s, ns, message } = handover;
    if (!a.handovers.some((each) => each.s === s && each.ns === ns && each.message === message))
      addHandover(a, handover, room);
  }
  if (
    b.arrival !== null &&
    (a.arrival === null || compareTime(a.arrival.s, a.arrival.ns, b.arrival.s, b.arrival.ns) > 0)
  )
    a.arrival = b.arrival;
  a.hasArrived ||= b.hasArrived;
  for (const transaction of b.transactions) {
    const { s, ns } = transaction;
    const isKnown =
      s >= 0 && a.transactions.some((each) => each.s === s && each.ns === ns && isAlike(each, transaction));
    if (!isKnown) addTransaction(a, transaction, room);
  }
}

/** Joins `b` into `a`: the connection to another controller on which the phone went on. It ends as that one does. */
export function mergeMoved(a: ConnectionState, b: ConnectionState, room: Room): void {
  // Who sent what, as the ends of the first connection would have.
  const moved = (node: number): number =>
    node < 0 ? node : node === b.access ? a.access : node === b.core ? a.core : node;
  const { arrival, hasArrived } = a;
  const reached = b.arrival?.message;
  a.handovers = a.handovers.map((each) => (each.message === reached ? { ...each, cell: each.cell ?? b.cell } : each));
  mergeConnections(
    a,
    {
      ...b,
      ...{ isSure: a.isSure, access: a.access, core: a.core, teller: a.teller, other: null },
      transactions: b.transactions.map((each) => ({
        ...each,
        owner: moved(each.owner),
        marks: each.marks.map((mark) => mark && { ...mark, from: moved(mark.from) }),
      })),
    },
    room,
  );
  a.arrival = arrival;
  a.hasArrived = hasArrived;
  a.marks[Seen.closed] = b.marks[Seen.closed] ?? null;
}

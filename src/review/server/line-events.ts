import { isoTime, type PacketTime } from '../../base/time.ts';
import { type CatpoolEvent, isEnquiry } from '../../events/event.ts';
import { Naming } from '../../features/naming/naming.ts';
import { EventTable } from '../../scan/rows/table.ts';
import { SpoolStore } from '../../scan/spool.ts';
import type { LineRow } from '../../store/cases/queue.ts';
import type { Store } from '../../store/store.ts';
import type { CallRow } from './api.ts';
import type { Eyes } from './eyes.ts';

/** An event seen from the side of one line. */
export interface LineEvent {
  event: CatpoolEvent;
  /** The event is of the other line, which this one called or was called by. */
  mirror: boolean;
  direction: 'out' | 'in' | null;
  counterpart: string | null;
  /** Another observation of a call that stands before it. */
  repeat: boolean;
}

/** Events of one line that are looked at; a line of more is looked at in a shorter span. */
const MOST_EVENTS = 200_000;
/** Legs with the same number that begin within this of each other, while the first goes on, are one call, s. */
const SAME_CALL = 15;

/** What a line did in [from, until), in order of time, its own and what others say of it. */
export async function lineEvents(
  store: Store,
  row: Pick<LineRow, 'line' | 'msisdn' | 'imsi'>,
  from: number,
  until: number,
): Promise<LineEvent[]> {
  const names = new Set([row.line, row.msisdn, row.imsi].flatMap((name) => name ?? []));
  for (;;) {
    const known = names.size;
    const found: CatpoolEvent[] = [];
    for (const name of [...names]) if (name.includes('@')) names.add(name.slice(0, name.indexOf('@')));
    for await (const event of store.events({ since: from, until, line: [...names] })) {
      if (found.length === MOST_EVENTS) break;
      found.push(event);
    }
    const accounts = accountsOf(found);
    // What an account presents is no name of it.
    const naming = accounts?.names().naming ?? namingOf(found);
    if (row.imsi !== null && row.msisdn !== null && found[0] !== undefined)
      naming.learn({ time: found[0].time, imsi: row.imsi, msisdn: row.msisdn, aor: null });
    const own = found.flatMap((event) => sideOf(event, naming, row.line, accounts) ?? []);
    // An address that stood beside the number elsewhere is the line too.
    for (const { event, mirror } of own) if (!mirror && event.aor !== null) names.add(event.aor);
    if (names.size === known || known > MOST_NAMES) return markRepeats(own);
  }
}

const MOST_NAMES = 64;

function namingOf(events: readonly CatpoolEvent[]): Naming {
  const naming = new Naming();
  for (const event of events) naming.learn(event, isEnquiry(event));
  return naming;
}

/** Says of events whose account they are of, where they name another line; null where nobody registers. */
function accountsOf(events: readonly CatpoolEvent[]): EventTable | null {
  if (!events.some(({ kind, interface: over, aor }) => over === 'sip' && kind === 'registration' && aor !== null)) {
    return null;
  }
  const table = new EventTable(new SpoolStore(Number.POSITIVE_INFINITY));
  for (const event of events) table.add(event, 0);
  return table;
}

function sideOf(event: CatpoolEvent, naming: Naming, line: string, accounts: EventTable | null): LineEvent | null {
  const account = accounts?.accountOf(event) ?? null;
  if (account !== null && account.line !== line && account.other !== line) return null;
  const mirror =
    account === null ? naming.lineOf(event) !== line : (account.role === 'mirror') === (account.line === line);
  if (account === null && mirror && !isWith(event, naming, line)) return null;
  const outgoing = (event.direction === 'originating') !== mirror;
  return {
    event,
    mirror,
    direction: event.direction === null ? null : outgoing ? 'out' : 'in',
    counterpart: mirror ? (event.msisdn ?? event.imsi ?? event.aor) : event.counterpart,
    repeat: false,
  };
}

function isWith(event: CatpoolEvent, naming: Naming, line: string): boolean {
  return (event.kind === 'leg' || event.kind === 'sms') && naming.lineOfCounterpart(event) === line;
}

function markRepeats(events: LineEvent[]): LineEvent[] {
  const last = new Map<string, LineEvent>();
  for (const one of events) {
    if (one.event.kind !== 'leg' || one.counterpart === null) continue;
    const key = `${one.direction} ${one.counterpart}`;
    const before = last.get(key);
    if (before !== undefined && isSameCall(before, one)) one.repeat = true;
    else last.set(key, one);
  }
  return events;
}

function isSameCall(a: LineEvent, b: LineEvent): boolean {
  const between = seconds(b.event.time) - seconds(a.event.time);
  const ended = a.event.end_time === null ? Number.POSITIVE_INFINITY : seconds(a.event.end_time);
  return between <= SAME_CALL && ended > seconds(b.event.time);
}

/** Observations of the same call as one of them. */
export function legsOf(events: readonly LineEvent[], one: LineEvent): LineEvent[] {
  return events.filter(
    (other) =>
      other !== one &&
      other.event.kind === 'leg' &&
      other.direction === one.direction &&
      other.counterpart === one.counterpart &&
      (seconds(other.event.time) <= seconds(one.event.time) ? isSameCall(other, one) : isSameCall(one, other)),
  );
}

export function seconds(time: PacketTime): number {
  return time.s + time.ns / 1e9;
}

export function cellOf({ mcc, mnc, lac, cell }: CatpoolEvent): string | null {
  if (cell === null || cell.includes('-')) return cell;
  return [mcc, mnc, lac, cell].filter((part) => part !== null).join('-');
}

/** An event as a row of the calls table, numbers as far as the reader sees them. */
export function callRow({ event, mirror, direction, counterpart }: LineEvent, line: number, eyes: Eyes): CallRow {
  return {
    event: event.event_id,
    kind: event.kind,
    time: seconds(event.time),
    end: event.end_time === null ? null : seconds(event.end_time),
    interface: event.interface,
    direction,
    counterpart: eyes.number(line, counterpart),
    outcome: event.outcome,
    talk_s: event.talk_ms === null ? null : event.talk_ms / 1000,
    // What an event of the other line shows of place and device is the other's.
    cell: mirror ? null : cellOf(event),
    imei: mirror ? null : event.imei,
    endpoint: mirror ? null : event.endpoint,
    user_agent: mirror ? null : event.user_agent,
    setup_ms: event.setup_ms,
    ring_ms: event.ring_ms,
    cause: event.cause,
    sip_status: event.sip_status,
    released_by: event.released_by,
    trunk: event.trunk,
    feed: event.feed,
    frames: {
      capture: event.first_capture.sha256,
      first: event.first_frame,
      last_capture: event.last_capture.sha256,
      last: event.last_frame,
    },
  };
}

/** A time of packets as a person reads it, to the second. */
export function timeText(epochSeconds: number): string {
  return isoTime(Math.floor(epochSeconds), 0).replace('.000000000', '');
}

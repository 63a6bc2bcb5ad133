import { DEFAULT_LIMITS } from '../../base/limits.ts';
import { NumberPlan } from '../../base/numbers.ts';
import type { CaptureInput } from '../../capture/list.ts';
import { readCapture } from '../../capture/read.ts';
import { decodeCapture } from '../../events/capture-events.ts';
import { messageRecord } from '../../messages/record.ts';
import { ss7Record } from '../../messages/ss7-record.ts';
import { fragmentKey } from './fragments.ts';
import { PcapngWriter } from './pcapng.ts';

/** Where messages are looked for: frames of one capture, among which are those of one event. */
export interface Place {
  /** Path of the capture. */
  path: string;
  /** Its name in the store; another content is not the capture any more. */
  sha256: string;
  /** Frames, from 1, both included. */
  first: number;
  last: number;
}

export interface FoundMessage {
  capture: string;
  frame: number;
  time: string;
  source: string;
  destination: string;
  protocol: string;
  label: string;
  duplicate: boolean;
  fields: Record<string, string | number | boolean>;
}

/** Messages of one event are no more than this. */
const MOST_MESSAGES = 2000;

/**
 * Reads captures again for the messages of an event: those that share a dialog with the one in the first frame. Captures that
 * are gone, or are not what they were, are named in `missing`.
 *
 * @param places of the event, in order
 */
export async function findMessages(places: readonly Place[]): Promise<{ messages: FoundMessage[]; missing: string[] }> {
  const messages: FoundMessage[] = [];
  const missing: string[] = [];
  // What ties messages together is told by the first frame of the event, and grows as the dialog goes on.
  const keys = new Set<string>();
  for (const [index, place] of places.entries()) {
    const found: Record<string, unknown>[] = [];
    let end = Number.NEGATIVE_INFINITY;
    const take = (record: Record<string, unknown>): void => {
      const frame = record.frame as number;
      if (frame < place.first || found.length >= MOST_MESSAGES) return;
      if (frame > place.last && !followsEnd(record, end)) return;
      const own = dialogKeys(record);
      const begins = index === 0 && frame === place.first;
      if (!begins && !own.some((key) => keys.has(key))) return;
      if (frame <= place.last) end = Date.parse(String(record.time));
      for (const key of own) keys.add(key);
      found.push(record);
    };
    if (await decodeRecords(place.path, place.sha256, take)) messages.push(...found.map(messageOf));
    else missing.push(place.sha256);
  }
  messages.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : a.frame - b.frame));
  return { messages: messages.slice(0, MOST_MESSAGES), missing };
}

/**
 * Frames of many events at once: of each, those between its first and last that belong to its dialog. Each capture is read once.
 *
 * @param spans places of each event, in order
 */
export async function findFrames(
  spans: readonly (readonly Place[])[],
): Promise<{ wanted: { path: string; sha256: string; frames: number[] }[]; missing: string[] }> {
  const wanted: { path: string; sha256: string; frames: number[] }[] = [];
  const missing: string[] = [];
  const captures = new Map<string, { path: string; starts: Map<number, KeySpan[]>; until: Map<string, KeySpan> }>();
  for (const [index, { path, sha256, first, last }, rest] of spans.flatMap(stepsOf)) {
    const known = captures.get(sha256) ?? { path, starts: new Map(), until: new Map() };
    captures.set(sha256, known);
    if (index > 0) continue;
    const start = { last, end: Number.NEGATIVE_INFINITY, rest };
    known.starts.set(first, [...(known.starts.get(first) ?? []), start]);
  }
  // What an event is known by in the captures that it goes on in is told by that in which it begins.
  for (const sha256 of inOrder(spans)) {
    const { path, starts, until } = captures.get(sha256)!;
    const frames = new Set<number>();
    const take = (record: Record<string, unknown>): void => {
      const frame = record.frame as number;
      const keys = dialogKeys(record);
      const known = [...(starts.get(frame) ?? []), ...keys.flatMap((key) => until.get(key) ?? [])];
      const { last, rest } = known.reduce(longer, NOWHERE);
      if (last < frame) {
        if (known.some(({ end }) => followsEnd(record, end))) frames.add(frame);
        return;
      }
      frames.add(frame);
      const end = Date.parse(String(record.time));
      for (const key of keys) until.set(key, { last, end, rest });
    };
    const ok = await decodeRecords(path, sha256, take);
    if (ok) wanted.push({ path, sha256, frames: [...frames] });
    else missing.push(sha256);
    for (const [key, { end, rest }] of until) {
      const [next, ...others] = rest;
      if (next === undefined) continue;
      const going = captures.get(next.sha256)!.until;
      going.set(key, longer({ last: next.last, end, rest: others }, going.get(key) ?? NOWHERE));
    }
  }
  return { wanted, missing };
}

/** Until which frame a key counts, when it was seen last within, and where its event goes on. */
interface KeySpan {
  last: number;
  end: number;
  rest: readonly Place[];
}

const NOWHERE: KeySpan = { last: -1, end: Number.NEGATIVE_INFINITY, rest: [] };

/** What both say together of one key. */
function longer(a: KeySpan, b: KeySpan): KeySpan {
  return {
    last: Math.max(a.last, b.last),
    end: Math.max(a.end, b.end),
    rest: a.rest.length < b.rest.length ? b.rest : a.rest,
  };
}

/** The places of an event with their number, each with those that come after it. */
function stepsOf(span: readonly Place[]): (readonly [number, Place, readonly Place[]])[] {
  return span.map((place, index) => [index, place, span.slice(index + 1)]);
}

/** Captures, each behind those that events go on from into it. */
function inOrder(spans: readonly (readonly Place[])[]): string[] {
  const before = new Map<string, Set<string>>();
  for (const [index, { sha256 }, rest] of spans.flatMap(stepsOf)) {
    if (index === 0 && !before.has(sha256)) before.set(sha256, new Set());
    const next = rest[0]?.sha256;
    if (next !== undefined) before.set(next, (before.get(next) ?? new Set()).add(sha256));
  }
  const order = new Set<string>();
  const take = (sha256: string): void => {
    const earlier = before.get(sha256);
    if (earlier === undefined) return;
    before.delete(sha256);
    for (const one of earlier) take(one);
    order.add(sha256);
  };
  for (const sha256 of [...before.keys()]) take(sha256);
  return [...order];
}

/** 64 * T1: as long as a SIP transaction may go on (RFC 3261 §17). */
const TRANSACTION_MS = 32_000;

/** Whether a message may answer the end of a call: the ACK of a refusal, the 200 OK of a BYE, and their repetitions. */
function followsEnd({ call_id, time }: Record<string, unknown>, end: number): boolean {
  return typeof call_id === 'string' && Date.parse(String(time)) - end <= TRANSACTION_MS;
}

/** Decodes a capture into message records. @returns whether it is there, and is what it was */
async function decodeRecords(
  path: string,
  sha256: string,
  onRecord: (record: Record<string, unknown>) => void,
): Promise<boolean> {
  try {
    const { result } = await decodeCapture(
      inputOf(path),
      { feed: 'review', plan: new NumberPlan(null) },
      DEFAULT_LIMITS,
      {
        onMessage: (message, payload, duplicate, addresses) =>
          onRecord(messageRecord(message, payload, duplicate, sha256, addresses)),
        onSs7: (message, payload, duplicate) => onRecord(ss7Record(message, payload, duplicate, sha256)),
      },
    );
    return result.sha256 === sha256;
  } catch {
    return false;
  }
}

function inputOf(path: string): CaptureInput {
  return { path, kind: 'file', bytes: null, first: null };
}

/** What messages of one dialog, transaction, circuit or connection have in common. */
function dialogKeys(record: Record<string, unknown>): string[] {
  const keys: string[] = [];
  const text = (name: string): string | null => {
    const value = record[name];
    return value === null || value === undefined ? null : String(value);
  };
  const add = (kind: string, value: string | null): void => {
    if (value !== null) keys.push(`${kind} ${value}`);
  };
  add('call', text('call_id'));
  add('transaction', text('otid'));
  add('transaction', text('dtid'));
  add('connection', text('connection'));
  const cic = text('cic');
  if (cic !== null) add('circuit', `${[text('opc') ?? '', text('dpc') ?? ''].sort().join('-')}-${cic}`);
  return keys;
}

/** Columns that stand beside `fields`, or say nothing. */
const APART = new Set(['capture', 'frame', 'time', 'source', 'destination', 'protocol', 'duplicate']);

function messageOf(record: Record<string, unknown>): FoundMessage {
  const fields: FoundMessage['fields'] = {};
  for (const [name, value] of Object.entries(record)) {
    if (APART.has(name) || value === null || value === undefined) continue;
    fields[name] = typeof value === 'object' ? JSON.stringify(value) : (value as string | number | boolean);
  }
  return {
    capture: String(record.capture),
    frame: record.frame as number,
    time: String(record.time),
    source: String(record.source),
    destination: String(record.destination),
    protocol: String(record.protocol),
    label: labelOf(record),
    duplicate: record.duplicate === true,
    fields,
  };
}

function labelOf({ status, reason, operation, component, type, method, cseq_method }: Record<string, unknown>): string {
  if (status !== null && status !== undefined)
    return `${status} ${reason ?? ''} ${cseq_method === null ? '' : `(${cseq_method})`}`.trim();
  if (method !== null && method !== undefined) return String(method);
  if (operation !== null && operation !== undefined)
    return component === 'invoke' ? String(operation) : `${operation} ${component ?? ''}`.trim();
  return String(type ?? 'message');
}

/**
 * Writes packets of captures into one pcapng, each with the interface it had.
 *
 * @param wanted frames by path of their capture, which must have the name given
 * @returns packets written, and captures that are gone or changed: of those nothing is in the file
 */
export async function cutPackets(
  wanted: readonly { path: string; sha256: string; frames: readonly number[] }[],
  file: string,
): Promise<{ packets: number; missing: string[] }> {
  const writer = new PcapngWriter(file);
  const missing: string[] = [];
  let packets = 0;
  try {
    for (const { path, sha256, frames } of wanted) {
      const set = new Set(frames);
      const kept = new Map<number, Kept>();
      /** Fragments that came last, by datagram: the frame of a message is that of the last one it needed. */
      const fragments = new Map<string, [number, Kept][]>();
      let bytes = 0;
      try {
        const result = await readCapture(inputOf(path), ({ frame, linkType, seconds, nanoseconds, ...packet }) => {
          if (bytes > MOST_BYTES) return;
          const view = packet.data.subarray(packet.start, packet.end);
          const key = fragmentKey(view, linkType);
          if (key === null && !set.has(frame)) return;
          const one = { data: Buffer.from(view), linkType, seconds, nanoseconds, length: packet.originalLength };
          if (key !== null) {
            const known = fragments.get(key) ?? [];
            fragments.delete(key);
            fragments.set(key, [...known, [frame, one]]);
            if (fragments.size > MOST_DATAGRAMS) fragments.delete(fragments.keys().next().value!);
          }
          if (!set.has(frame)) return;
          for (const [piece, other] of key === null ? [] : fragments.get(key)!) kept.set(piece, other);
          kept.set(frame, one);
          bytes += one.data.length;
        });
        if (result.sha256 !== sha256) {
          missing.push(sha256);
          continue;
        }
      } catch {
        missing.push(sha256);
        continue;
      }
      const ordered = [...kept].sort(([a], [b]) => a - b);
      for (const [, one] of ordered) writer.write(one.data, one.linkType, one.seconds, one.nanoseconds, one.length);
      packets += ordered.length;
    }
  } finally {
    writer.close();
  }
  return { packets, missing };
}

interface Kept {
  data: Buffer;
  linkType: number;
  seconds: number;
  nanoseconds: number;
  /** On the wire. */
  length: number;
}

/** Datagrams in fragments that are remembered at a time. */
const MOST_DATAGRAMS = 4096;
/** Bytes of packets of one capture that are cut out at a time. */
const MOST_BYTES = 256 * 1024 * 1024;

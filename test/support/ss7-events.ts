import { expect } from 'vitest';
import { Counters } from '../../src/base/counters.ts';
import { DEFAULT_LIMITS, type Limits } from '../../src/base/limits.ts';
import { NumberPlan } from '../../src/base/numbers.ts';
import { compareTime } from '../../src/base/time.ts';
import type { EventContext } from '../../src/events/context.ts';
import type { CatpoolEvent } from '../../src/events/event.ts';
import type { LooseEnds } from '../../src/events/loose-ends.ts';
import { eventRecord } from '../../src/events/record.ts';
import { type NamelessHandler, Ss7Events } from '../../src/events/ss7/ss7-events.ts';
import { Stitch } from '../../src/events/stitch.ts';
import { MessageDecoder } from '../../src/messages/decoder.ts';
import { Network } from '../../src/network/network.ts';
import { NamelessRows, NamelessWriter } from '../../src/scan/naming/nameless.ts';
import { Spool, SpoolStore } from '../../src/scan/spool.ts';
import { AddressReader } from '../../src/sip/address-reader.ts';
import { encodeIsup, type IsupFields } from '../../src/ss7/isup/isup-encode.ts';
import { encodeMtp3 } from '../../src/ss7/link/mtp3-encode.ts';
import { ServiceIndicator, Ss7Variant } from '../../src/ss7/message.ts';
import { encodeDtap } from '../../src/ss7/radio/bssap-encode.ts';
import { encodeSccp, type SccpAddressFields, type SccpFields } from '../../src/ss7/sccp/sccp-encode.ts';
import { encodeTcap, type TcapText } from '../../src/ss7/tcap/tcap-encode.ts';
import { data as chunk, overIp } from './sctp.ts';

/** A packet of MTP3, or of Ethernet, and its time, seconds since the first. */
interface Packet {
  at: number;
  data: Buffer;
  linkType: number;
}

/** Time of second 0 of a scene. */
const START = 1_700_000_000;
/** Link type of messages of MTP3 without anything around them. */
const MTP3 = 141;
const ETHERNET = 1;

/** Messages between exchanges, in the order in which they are written. */
export class Scene {
  readonly packets: Packet[] = [];

  isup(at: number, opc: number, dpc: number, fields: IsupFields, networkIndicator = 2): this {
    return this.add(at, ServiceIndicator.isup, opc, dpc, encodeIsup(fields), networkIndicator);
  }

  sccp(at: number, opc: number, dpc: number, fields: SccpFields): this {
    return this.add(at, ServiceIndicator.sccp, opc, dpc, encodeSccp(fields));
  }

  /** One message of SCCP in segments, as many seconds apart. */
  segments(at: number, apart: number, opc: number, dpc: number, units: readonly Buffer[]): this {
    for (const [index, unit] of units.entries()) this.add(at + index * apart, ServiceIndicator.sccp, opc, dpc, unit);
    return this;
  }

  /** A connection between a BSC and its MSC, by the references of both. `ssn`: 254 of the A, 142 of the Iu interface. */
  connection(bsc: number, msc: number, ofBsc: number, ofMsc: number, ssn: 142 | 254 = 254): Connection {
    return new Connection(this, bsc, msc, ofBsc, ofMsc, ssn);
  }

  tcap(
    at: number,
    opc: number,
    dpc: number,
    calling: SccpAddressFields,
    called: SccpAddressFields,
    text: TcapText,
  ): this {
    return this.sccp(at, opc, dpc, { type: 'UDT', calling, called, data: encodeTcap(text) });
  }

  /** A message on SCTP between two hosts, as their addresses say. */
  sctp(at: number, source: string, destination: string, ppid: number, payload: Buffer): this {
    const ends = { source, destination, sourcePort: 3868, destinationPort: 3868, tag: 0x5eed_0002 };
    this.packets.push({
      at,
      data: overIp(ends, chunk({ tsn: this.packets.length, payload, ppid })),
      linkType: ETHERNET,
    });
    return this;
  }

  private add(
    at: number,
    serviceIndicator: number,
    opc: number,
    dpc: number,
    user: Buffer,
    networkIndicator = 2,
  ): this {
    const label = { variant: Ss7Variant.itu, networkIndicator, serviceIndicator, opc, dpc, sls: 0 };
    this.packets.push({ at, data: encodeMtp3(label, user), linkType: MTP3 });
    return this;
  }
}

/** Both ends of one SCCP connection, messages in either direction. */
export class Connection {
  private readonly scene: Scene;
  private readonly bsc: number;
  private readonly msc: number;
  private readonly ofBsc: number;
  private readonly ofMsc: number;
  private readonly ssn: number;

  constructor(scene: Scene, bsc: number, msc: number, ofBsc: number, ofMsc: number, ssn: number) {
    this.scene = scene;
    this.bsc = bsc;
    this.msc = msc;
    this.ofBsc = ofBsc;
    this.ofMsc = ofMsc;
    this.ssn = ssn;
  }

  /** Connection request with its first message, and the confirmation a hundredth of a second later. */
  open(at: number, data: Buffer): this {
    const { scene, bsc, msc, ofBsc, ofMsc, ssn } = this;
    scene.sccp(at, bsc, msc, { type: 'CR', sourceReference: ofBsc, called: { ssn }, protocolClass: 2, data });
    scene.sccp(at + 0.01, msc, bsc, {
      type: 'CC',
      sourceReference: ofMsc,
      destinationReference: ofBsc,
      protocolClass: 2,
    });
    return this;
  }

  /** The MSC asks for the connection: a phone is handed over to the BSC. */
  openByMsc(at: number, data: Buffer): this {
    const { scene, bsc, msc, ofBsc, ofMsc, ssn } = this;
    scene.sccp(at, msc, bsc, { type: 'CR', sourceReference: ofMsc, called: { ssn }, protocolClass: 2, data });
    scene.sccp(at + 0.01, bsc, msc, {
      type: 'CC',
      sourceReference: ofBsc,
      destinationReference: ofMsc,
      protocolClass: 2,
    });
    return this;
  }

  /** BSSMAP from the BSC, from the MSC; layer 3 from the phone, to the phone. */
  up(at: number, data: Buffer): this {
    this.scene.sccp(at, this.bsc, this.msc, { type: 'DT1', destinationReference: this.ofMsc, data });
    return this;
  }

  down(at: number, data: Buffer): this {
    this.scene.sccp(at, this.msc, this.bsc, { type: 'DT1', destinationReference: this.ofBsc, data });
    return this;
  }

  fromPhone(at: number, layer3: Buffer): this {
    return this.up(at, encodeDtap(layer3));
  }

  toPhone(at: number, layer3: Buffer): this {
    return this.down(at, encodeDtap(layer3));
  }

  close(at: number): this {
    const { scene, bsc, msc, ofBsc, ofMsc } = this;
    scene.sccp(at, msc, bsc, { type: 'RLSD', sourceReference: ofMsc, destinationReference: ofBsc, cause: 3 });
    scene.sccp(at + 0.01, bsc, msc, { type: 'RLC', sourceReference: ofBsc, destinationReference: ofMsc });
    return this;
  }
}

/**
 * Events of packets that are cut into captures before the packets of these numbers, and the counters of the stitch.
 *
 * @param apart events that wait for names are kept as rows, as a scan keeps them, and not among the loose ends, as a store does
 */
export function eventsOf(
  packets: readonly Packet[],
  cuts: readonly number[] = [],
  limits: Limits = DEFAULT_LIMITS,
  apart = false,
  homeCountry: string | null = null,
): { events: CatpoolEvent[]; counters: Counters } {
  const context = { feed: 'test', plan: new NumberPlan(homeCountry) };
  const events: CatpoolEvent[] = [];
  const counters = new Counters();
  const stitch = new Stitch(
    context,
    limits,
    counters,
    (event) => events.push(event),
    () => {},
  );
  const bounds = [0, ...cuts, packets.length];
  const store = new SpoolStore(1e6);
  for (let i = 0; i + 1 < bounds.length; i++) {
    const part = packets.slice(bounds[i]!, bounds[i + 1]!);
    const nameless = new Spool(store);
    const writer = apart ? new NamelessWriter(0, (chunk) => nameless.add(chunk)) : null;
    const ends = decode(part, context, limits, counters, (event) => events.push(event), writer);
    writer?.flush();
    // What a capture leaves is stored as JSON.
    stitch.add(JSON.parse(JSON.stringify(ends)) as LooseEnds, new NamelessRows(nameless, [ends.capture]));
  }
  store.close();
  stitch.finish();
  events.sort((a, b) => compareTime(a.time.s, a.time.ns, b.time.s, b.time.ns) || (a.event_id < b.event_id ? -1 : 1));
  return { events, counters };
}

function decode(
  packets: readonly Packet[],
  context: EventContext,
  limits: Limits,
  counters: Counters,
  onEvent: (event: CatpoolEvent) => void,
  nameless: NamelessWriter | null,
): LooseEnds {
  const capture = { sha256: 'made' };
  const onNameless: NamelessHandler | null = nameless && ((event, asks) => nameless.write(event, asks));
  const events = new Ss7Events(context, capture, limits, counters, onEvent, onNameless);
  const decoder = new MessageDecoder(limits, counters, new AddressReader(counters), () => {}, true, {
    variant: Ss7Variant.itu,
    onMessage: (message, payload, duplicate) => {
      if (!duplicate) events.observe(message, payload);
    },
  });
  const network = new Network(decoder, limits, counters);
  const times = packets.map(({ at }) => {
    const ns = Math.round((at - Math.floor(at)) * 1e9);
    return { s: START + Math.floor(at), ns };
  });
  events.begin(times[0]!.s);
  for (const [index, { data, linkType }] of packets.entries()) {
    const { s, ns } = times[index]!;
    network.packet({
      data,
      start: 0,
      end: data.length,
      originalLength: data.length,
      seconds: s,
      nanoseconds: ns,
      linkType,
      frame: index + 1,
    });
  }
  const bytes = [...network.finish(), ...decoder.looseEnds()];
  decoder.finish();
  const first = times[0]!;
  const last = times[times.length - 1]!;
  return { capture, first, last, states: [], ss7: events.finish(last.s), holders: events.holders(), bytes };
}

const BY_CUT = new Set(['first_capture', 'first_frame', 'last_capture', 'last_frame']);

function plain(events: readonly CatpoolEvent[]): string[] {
  return events.map((event) =>
    JSON.stringify(Object.fromEntries(Object.entries(eventRecord(event)).filter(([name]) => !BY_CUT.has(name)))),
  );
}

/**
 * The events of a scene, which are the same from one capture, from two that are cut anywhere, and from a capture for each packet, and
 * wherever those are kept that wait for names.
 */
export function eventsWhateverTheCut(scene: Scene, homeCountry: string | null = null): CatpoolEvent[] {
  const { packets } = scene;
  const { events } = eventsOf(packets, [], DEFAULT_LIMITS, false, homeCountry);
  const whole = plain(events);
  const all = packets.map((_, index) => index).slice(1);
  for (const apart of [false, true]) {
    const of = (cuts: readonly number[]): string[] =>
      plain(eventsOf(packets, cuts, DEFAULT_LIMITS, apart, homeCountry).events);
    expect(of([]), 'a whole capture').toEqual(whole);
    for (let cut = 1; cut < packets.length; cut++) expect(of([cut]), `cut before packet ${cut + 1}`).toEqual(whole);
    expect(of(all), 'a capture for each packet').toEqual(whole);
  }
  return events;
}

/** Seconds of an event's time since the scene began. */
export function second({ s, ns }: { s: number; ns: number }): number {
  return Math.round((s - START) * 1e6 + ns / 1e3) / 1e6;
}

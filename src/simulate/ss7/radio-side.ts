import { ServiceIndicator } from '../../ss7/message.ts';
import { encodePaging } from '../../ss7/radio/bssap-encode.ts';
import type { Identity } from '../../ss7/radio/nas-elements-encode.ts';
import {
  encodeCmServiceRequest,
  encodeDisconnect,
  encodePagingResponse,
  encodePlainCall,
  encodeRelease,
  encodeSetup,
} from '../../ss7/radio/nas-encode.ts';
import { encodeSccp } from '../../ss7/sccp/sccp-encode.ts';
import type { Device } from '../lines/device.ts';
import type { CallSide } from '../side.ts';
import type { CallLeg } from '../sink.ts';
import type { CallOutcome } from '../sip/call.ts';
import { CapWatch } from './cap-watch.ts';
import { BSSAP, Connection } from './connection.ts';
import { dialled, onTrunk, type Ss7Context } from './context.ts';
import type { MapTalk } from './map-talk.ts';
import { identityOf, type Mobile, tmsiText } from './mobile.ts';
import type { GridCell } from './nodes.ts';
import type { Script } from './script.ts';

const MS = 1000;
const SECOND = 1_000_000;
/** Flag of transaction identifiers, in messages of the end that did not choose them (3GPP TS 24.007 §11.2.3.1.3). */
const FLAG = 8;
/** Locations of causes (24.008 §10.5.4.11): user, public network of the local user. */
const USER = 0;
const NETWORK = 2;
/** Causes of calls that fail in the network (Q.850). */
const FAILURES = [1, 1, 3, 27, 28, 34, 38, 41, 42] as const;

/** Q.850 cause of how a call ended without an answer. */
function causeOf(outcome: CallOutcome, failure: number): number {
  switch (outcome) {
    case 'busy':
      return 17;
    case 'rejected':
      return 21;
    case 'no_answer':
      return 19;
    case 'failed':
      return failure;
    default:
      return 16;
  }
}

/** A call at a phone of the A interface: as its controller, the registers and the control function see it. */
export class RadioSide implements CallSide {
  readonly device: Device;
  readonly legs: CallLeg[] = [];
  private readonly context: Ss7Context;
  private readonly map: MapTalk;
  private readonly script: Script;
  private readonly mobile: Mobile;
  private readonly other: string;
  private readonly calls: boolean;
  private readonly outcome: CallOutcome;
  private readonly failure: number;
  private connection!: Connection;
  private watch: CapWatch | null = null;
  private cell!: GridCell;
  private transaction = 0;
  private answered = 0;

  /** @param other number of the other party @param calls the phone places the call */
  constructor(
    context: Ss7Context,
    map: MapTalk,
    script: Script,
    mobile: Mobile,
    other: string,
    calls: boolean,
    outcome: CallOutcome,
  ) {
    this.context = context;
    this.map = map;
    this.script = script;
    this.mobile = mobile;
    this.device = mobile.line.device;
    this.other = other;
    this.calls = calls;
    this.outcome = outcome;
    this.failure = context.random.pick(FAILURES);
  }

  /** @returns when the call goes on to the called party, or when the called phone has been reached */
  offer(time: number): number {
    const { mobile, context } = this;
    const start = Math.max(time, mobile.busyUntil + 100 * MS);
    this.cell = mobile.place(start);
    this.transaction = context.random.integer(0, 6);
    return this.calls ? this.place(start) : this.reach(start);
  }

  trip(): number {
    return this.context.random.between(20, 80) * MS;
  }

  ring(time: number): void {
    const { connection, calls, transaction } = this;
    if (calls) connection.down(time, encodePlainCall('alerting', { transaction: transaction | FLAG }));
    else connection.up(time, encodePlainCall('alerting', { transaction: transaction | FLAG }));
  }

  answer(time: number): void {
    const { connection, calls, transaction, context } = this;
    this.answered = time;
    const acknowledged = time + context.random.between(80, 300) * MS;
    if (calls) {
      connection.down(time, encodePlainCall('connect', { transaction: transaction | FLAG }));
      connection.up(acknowledged, encodePlainCall('connectAcknowledge', { transaction }));
    } else {
      connection.up(time, encodePlainCall('connect', { transaction: transaction | FLAG }));
      connection.down(acknowledged, encodePlainCall('connectAcknowledge', { transaction }));
    }
    this.watch?.answer(time + context.random.between(1, 15) * MS);
  }

  refuse(time: number): void {
    const cause = causeOf(this.outcome, this.failure);
    if (this.calls)
      this.clear(time, false, cause, this.outcome === 'busy' || this.outcome === 'rejected' ? USER : NETWORK);
    else this.clear(time, true, cause, USER);
    this.watch?.end(time, this.outcome, false, cause);
  }

  cancel(time: number): void {
    // A call that rings out is withdrawn by the network.
    const cause = this.calls || this.outcome === 'cancelled' ? 16 : causeOf(this.outcome, this.failure);
    this.clear(time, this.calls, cause, this.calls ? USER : NETWORK);
    this.watch?.end(time, this.outcome, true, cause);
  }

  hangUp(time: number, byLine: boolean): void {
    this.handOver(this.answered, time);
    this.clear(time, byLine, 16, USER);
    this.watch?.end(time + this.context.random.between(1, 15) * MS, 'answered', byLine === this.calls, 16);
  }

  hold(): void {}

  /** CM service request to a speech channel (3GPP TS 24.008 §5.2.1). */
  private place(time: number): number {
    const { mobile, context, transaction, script, cell } = this;
    const { settings, random, numbers } = context;
    const identity = identityOf(mobile, random.chance(settings.byImsi));
    const { classmark2 } = mobile.equipment;
    this.connection = new Connection(
      script,
      mobile,
      cell,
      numbers,
      random,
      time,
      encodeCmServiceRequest({ service: 1, classmark2, identity }),
    );
    const { connection } = this;
    let at = connection.secure(time + random.between(20, 60) * MS, settings);
    at += random.between(60, 200) * MS;
    connection.up(at, encodeSetup({ transaction, called: dialled(context, mobile, this.other) }));
    at += random.between(5, 40) * MS;
    connection.down(at, encodePlainCall('callProceeding', { transaction: transaction | FLAG }));
    this.tell('bssap', identity);
    if (mobile.camel) {
      const { exchange } = cell.controller;
      this.watch = new CapWatch(context, script, mobile, exchange, cell, this.other, false, at);
      this.tell('cap', null);
      at += random.between(30, 120) * MS;
    }
    return connection.assign(at + random.between(2, 20) * MS);
  }

  /** Routing, paging and the phone's answer (24.008 §5.2.2). */
  private reach(time: number): number {
    const { mobile, context, transaction, script, cell, other } = this;
    const { settings, random, numbers, nodes } = context;
    let at = time;
    if (mobile.camelTerminating) {
      this.watch = new CapWatch(context, script, mobile, nodes.gateway, cell, other, true, at);
      this.tell('cap', null);
      at += random.between(40, 150) * MS;
    }
    at = this.map.route(script, at, mobile) + random.between(30, 150) * MS;
    page(context, script, mobile, cell, at);
    at += random.between(0.4, 2.5) * SECOND;
    const identity = identityOf(mobile, mobile.tmsi === null);
    const { classmark2 } = mobile.equipment;
    this.connection = new Connection(
      script,
      mobile,
      cell,
      numbers,
      random,
      at,
      encodePagingResponse({ classmark2, identity }),
    );
    const { connection } = this;
    at = connection.secure(at + random.between(20, 60) * MS, settings);
    at += random.between(10, 60) * MS;
    const calling = onTrunk(context, other);
    connection.down(at, encodeSetup({ transaction, calling: { digits: calling.digits, nature: calling.nature! } }));
    this.tell('bssap', identity);
    at += random.between(120, 350) * MS;
    connection.up(at, encodePlainCall('callConfirmed', { transaction: transaction | FLAG }));
    return connection.assign(at + random.between(5, 30) * MS);
  }

  /** The cell of who is on the way changes while he talks; of who stays it may, and changes back. */
  private handOver(from: number, until: number): void {
    const { mobile, context, connection } = this;
    const { settings, random, nodes } = context;
    const perMinute = mobile.moves ? settings.handovers : settings.handoversAtRest;
    if (perMinute === 0) return;
    const home = this.cell;
    for (let at = from; ; ) {
      at += (2 + random.exponential(60 / perMinute)) * SECOND;
      if (at >= until - SECOND) return;
      if (!mobile.moves && this.cell !== home) {
        this.cell = home;
        connection.handOver(at, home);
        continue;
      }
      const near = nodes.neighbours(this.cell).filter(({ controller }) => controller === this.cell.controller);
      if (near.length === 0) return;
      this.cell = random.pick(near);
      connection.handOver(at, this.cell);
    }
  }

  /** DISCONNECT, RELEASE, RELEASE COMPLETE and the end of the connection (24.008 §5.4). */
  private clear(time: number, byPhone: boolean, cause: number, location: number): void {
    const { connection, calls, transaction, context, mobile } = this;
    const { random } = context;
    // Identifiers carry the flag in messages of the end that did not begin the call.
    const up = { transaction: calls ? transaction : transaction | FLAG };
    const down = { transaction: calls ? transaction | FLAG : transaction };
    let at = time;
    if (byPhone) {
      connection.up(at, encodeDisconnect({ ...up, cause, location }));
      at = connection.down(at + random.between(10, 60) * MS, encodeRelease('release', down));
      at = connection.up(at + random.between(80, 250) * MS, encodeRelease('releaseComplete', up));
    } else {
      connection.down(at, encodeDisconnect({ ...down, cause, location }));
      at = connection.up(at + random.between(80, 250) * MS, encodeRelease('release', up));
      at = connection.down(at + random.between(10, 60) * MS, encodeRelease('releaseComplete', down));
    }
    mobile.busyUntil = connection.close(at + random.between(5, 40) * MS);
    mobile.last = mobile.busyUntil;
  }

  /** Takes note of what the capture of an interface has to show. @param identity as the phone named itself on the A interface */
  private tell(over: 'bssap' | 'cap', identity: Identity | null): void {
    const { mobile, cell, calls, connection } = this;
    const { mcc, mnc, lac, ci } = cell;
    this.legs.push({
      interface: over,
      direction: calls ? 'originating' : 'terminating',
      imsi: mobile.line.imsi,
      imei: mobile.equipment.imei,
      tmsi: identity === null ? null : tmsiText(identity),
      cell: `${mcc}-${mnc}-${lac}-${ci}`,
      named: identity === null || 'imsi' in identity || connection.showsImsi,
    });
  }
}

/** PAGING (3GPP TS 48.008 §3.1.10) in the cell's controller. */
export function page({ random }: Ss7Context, script: Script, mobile: Mobile, cell: GridCell, time: number): void {
  const { controller } = cell;
  const { exchange } = controller;
  const tmsi = mobile.tmsi === null ? {} : { tmsi: mobile.tmsi };
  script.add(time, controller.link, {
    fromFirst: false,
    opc: exchange.pointCode,
    dpc: controller.pointCode,
    serviceIndicator: ServiceIndicator.sccp,
    sls: random.integer(0, 15),
    user: encodeSccp({
      type: 'UDT',
      called: { ssn: BSSAP },
      calling: { ssn: BSSAP },
      data: encodePaging({ imsi: mobile.line.imsi, ...tmsi }),
    }),
  });
}

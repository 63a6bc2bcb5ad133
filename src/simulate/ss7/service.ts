import { encodeCmServiceRequest, encodePagingResponse } from '../../ss7/radio/nas-encode.ts';
import { encodeCpAck, encodeCpData, encodeRpAck, encodeRpData } from '../../ss7/radio/nas-sms-encode.ts';
import { encodeSsRegister, encodeSsReleaseComplete } from '../../ss7/radio/nas-ss-encode.ts';
import { encodeDeliver, encodeSubmit } from '../../ss7/sms-tpdu-encode.ts';
import { encodeUssd } from '../../ss7/tcap/map-encode.ts';
import { encodeInvoke, encodeResult } from '../../ss7/tcap/tcap-encode.ts';
import type { ActRecord } from '../sink.ts';
import { Connection } from './connection.ts';
import { dialled, type Ss7Context } from './context.ts';
import type { MapTalk } from './map-talk.ts';
import { identityOf, type Mobile, tmsiText } from './mobile.ts';
import { page } from './radio-side.ts';
import type { Script } from './script.ts';

const MS = 1000;
const SECOND = 1_000_000;
const FLAG = 8;
const PROCESS_USSD = 59;
/** CM service types (3GPP TS 24.008 §10.5.3.3). */
const Service = { shortMessage: 4, supplementary: 8 } as const;

/** Short messages and service codes of phones, on the A interface and MAP. Times are microseconds. */
export class Services {
  private readonly context: Ss7Context;
  private readonly map: MapTalk;

  constructor(context: Ss7Context, map: MapTalk) {
    this.context = context;
    this.map = map;
  }

  /** A phone sends a short message. @returns its truth and when the service centre has it */
  submit(script: Script, mobile: Mobile, to: string, octets: number, time: number): { act: ActRecord; at: number } {
    const { context, map } = this;
    const { random, nodes } = context;
    const start = Math.max(time, mobile.busyUntil + 100 * MS);
    const transaction = random.integer(0, 6);
    const { connection, ready, arrived, seen } = this.access(script, mobile, start, Service.shortMessage);
    const { digits, nature } = dialled(context, mobile, to);
    const tpdu = encodeSubmit(digits, octets, nature);
    const reference = random.integer(0, 255);
    const relay = encodeRpData({ fromMobile: true, reference, serviceCentre: nodes.serviceCentre.title, tpdu });
    let at = connection.up(ready + random.between(100, 400) * MS, encodeCpData({ transaction, relay }), 3);
    const act = this.record('sms', 'originating', mobile, at, to, seen, arrived);
    connection.down(at + random.between(5, 30) * MS, encodeCpAck({ transaction: transaction | FLAG }), 3);
    const { exchange } = mobile.registered.controller;
    at = map.submit(script, at + random.between(35, 60) * MS, mobile, exchange, tpdu);
    const delivered = at;
    const done = encodeRpAck({ fromMobile: false, reference });
    at = connection.down(
      at + random.between(5, 30) * MS,
      encodeCpData({ transaction: transaction | FLAG, relay: done }),
      3,
    );
    at = connection.up(at + random.between(80, 250) * MS, encodeCpAck({ transaction }), 3);
    mobile.busyUntil = connection.close(at + random.between(10, 60) * MS);
    mobile.last = start;
    return { act: { ...act, octets }, at: delivered };
  }

  /** A phone gets a short message. */
  deliver(script: Script, mobile: Mobile, from: string, octets: number, time: number): ActRecord {
    const { context, map } = this;
    const { random, nodes } = context;
    const start = Math.max(time, mobile.busyUntil + 100 * MS);
    const tpdu = encodeDeliver(from, octets);
    let at = map.routeText(script, start, mobile) + random.between(5, 40) * MS;
    const asked = at;
    const end = map.deliver(script, at, mobile, tpdu);
    if (!mobile.circuit) {
      end(at + random.between(150, 900) * MS);
      return {
        ...this.record('sms', 'terminating', mobile, asked, from, { tmsi: null, named: true }, asked, ['map']),
        octets,
      };
    }
    const cell = mobile.place(at);
    page(context, script, mobile, cell, at + random.between(5, 25) * MS);
    at += random.between(0.4, 2.5) * SECOND;
    const transaction = random.integer(0, 6);
    const { connection, ready, arrived, seen } = this.access(script, mobile, at, null);
    const reference = random.integer(0, 255);
    const relay = encodeRpData({ fromMobile: false, reference, serviceCentre: nodes.serviceCentre.title, tpdu });
    at = connection.down(ready + random.between(30, 200) * MS, encodeCpData({ transaction, relay }), 3);
    const act = this.record('sms', 'terminating', mobile, at, from, seen, arrived);
    at = connection.up(at + random.between(100, 400) * MS, encodeCpAck({ transaction: transaction | FLAG }), 3);
    const done = encodeRpAck({ fromMobile: true, reference });
    at = connection.up(
      at + random.between(60, 300) * MS,
      encodeCpData({ transaction: transaction | FLAG, relay: done }),
      3,
    );
    end(at + random.between(5, 30) * MS);
    at = connection.down(at + random.between(5, 30) * MS, encodeCpAck({ transaction }), 3);
    mobile.busyUntil = connection.close(at + random.between(10, 60) * MS);
    mobile.last = start;
    return { ...act, octets };
  }

  /** A phone dials a service code. */
  dial(script: Script, mobile: Mobile, code: string, answer: string, time: number): ActRecord {
    const { context, map } = this;
    const { random } = context;
    const start = Math.max(time, mobile.busyUntil + 100 * MS);
    const transaction = random.integer(0, 6);
    const { connection, ready, arrived, seen } = this.access(script, mobile, start, Service.supplementary);
    const ask = encodeInvoke(1, PROCESS_USSD, encodeUssd({ text: code }));
    let at = connection.up(
      ready + random.between(60, 250) * MS,
      encodeSsRegister({ transaction, component: ask, fromMobile: true }),
    );
    const act = this.record('ussd', 'originating', mobile, at, null, seen, arrived);
    at = map.ussd(script, at + random.between(5, 20) * MS, mobile, mobile.registered.controller.exchange, code, answer);
    const result = encodeResult(1, PROCESS_USSD, encodeUssd({ text: answer }));
    at = connection.down(
      at + random.between(5, 20) * MS,
      encodeSsReleaseComplete({ transaction: transaction | FLAG, component: result }),
    );
    mobile.busyUntil = connection.close(at + random.between(10, 60) * MS);
    mobile.last = start;
    return { ...act, code };
  }

  /** @param service null: the answer to a page */
  private access(script: Script, mobile: Mobile, time: number, service: number | null) {
    const { settings, random, numbers } = this.context;
    const { classmark2 } = mobile.equipment;
    const identity = identityOf(mobile, service !== null && random.chance(settings.byImsi));
    const initial =
      service === null
        ? encodePagingResponse({ classmark2, identity })
        : encodeCmServiceRequest({ service, classmark2, identity });
    const connection = new Connection(script, mobile, mobile.place(time), numbers, random, time, initial);
    const ready = connection.secure(time + random.between(20, 60) * MS, settings);
    return {
      connection,
      ready,
      arrived: time,
      seen: { tmsi: tmsiText(identity), named: 'imsi' in identity || connection.showsImsi },
    };
  }

  /** @param arrived when the phone came to the cell that all of it is in, at the latest */
  private record(
    kind: 'sms' | 'ussd',
    direction: 'originating' | 'terminating',
    mobile: Mobile,
    time: number,
    counterpart: string | null,
    seen: { tmsi: string | null; named: boolean },
    arrived: number,
    interfaces = ['bssap', 'map'],
  ): ActRecord {
    const { mcc, mnc, lac, ci } = mobile.place(arrived);
    return {
      kind,
      time,
      line: mobile.line.number,
      imsi: mobile.line.imsi,
      imei: mobile.equipment.imei,
      cell: `${mcc}-${mnc}-${lac}-${ci}`,
      interfaces,
      direction,
      counterpart,
      ...seen,
    };
  }
}

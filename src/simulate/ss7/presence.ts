import { encodeClassmarkUpdate } from '../../ss7/radio/bssap-encode.ts';
import type { Identity } from '../../ss7/radio/nas-elements-encode.ts';
import {
  encodeImsiDetach,
  encodeLocationUpdatingAccept,
  encodeLocationUpdatingRequest,
  encodeTmsiReallocationComplete,
} from '../../ss7/radio/nas-encode.ts';
import type { ActRecord } from '../sink.ts';
import { Connection, newTmsi } from './connection.ts';
import type { Ss7Context } from './context.ts';
import type { MapTalk } from './map-talk.ts';
import { identityOf, type Mobile, tmsiText } from './mobile.ts';
import type { GridCell } from './nodes.ts';
import type { Script } from './script.ts';

const MS = 1000;

/** Location updating types (3GPP TS 24.008 §10.5.3.5). */
export const UpdateType = { normal: 0, periodic: 1, attach: 2 } as const;
type UpdateTypeId = (typeof UpdateType)[keyof typeof UpdateType];
const NAMES = ['normal', 'periodic', 'attach'] as const;

/** A location update of a phone at a time (microseconds), on all interfaces; its truth. */
export function updateLocation(
  context: Ss7Context,
  map: MapTalk,
  script: Script,
  mobile: Mobile,
  time: number,
  type: UpdateTypeId,
): ActRecord {
  const { settings, random, numbers } = context;
  const cell = mobile.place(time);
  const { exchange } = cell.controller;
  const before = mobile.registered.controller.exchange;
  const isNew = exchange !== before || mobile.tmsi === null;
  const interfaces: string[] = [];
  const old = mobile.tmsi;
  const identity = identityOf(mobile, random.chance(settings.byImsi));
  if (mobile.circuit) {
    const connection = new Connection(
      script,
      mobile,
      cell,
      numbers,
      random,
      time,
      encodeLocationUpdatingRequest({
        luType: type,
        area: mobile.registered,
        classmark1: mobile.equipment.classmark1,
        identity,
      }),
    );
    let at = time + random.between(10, 40) * MS;
    if (type !== UpdateType.periodic && random.chance(0.7))
      connection.tell(at, encodeClassmarkUpdate({ classmark2: mobile.equipment.classmark2 }));
    if (isNew || random.chance(0.15)) at = map.vectors(script, at, exchange, mobile.line.imsi) + 5 * MS;
    at = connection.secure(at + random.between(10, 40) * MS, settings, type !== UpdateType.periodic, false);
    if (type !== UpdateType.periodic && random.chance(settings.checkImei)) {
      map.checkImei(script, at, mobile, exchange);
      at += random.between(2, 20) * MS;
    }
    if (isNew)
      at = map.updateLocation(script, at, mobile, exchange, before === exchange ? null : before, connection.showsImei);
    const renews = isNew || type !== UpdateType.periodic || random.chance(0.5);
    if (renews) mobile.tmsi = newTmsi(random);
    at += random.between(5, 30) * MS;
    connection.down(
      at,
      encodeLocationUpdatingAccept({ area: cell, ...(renews ? { identity: { tmsi: mobile.tmsi! } } : {}) }),
    );
    if (renews) at = connection.up(at + random.between(100, 250) * MS, encodeTmsiReallocationComplete());
    mobile.busyUntil = connection.close(at + random.between(10, 60) * MS);
    interfaces.push('bssap');
    if (isNew) interfaces.push('map');
  } else if (isNew || type === UpdateType.attach) {
    mobile.tmsi ??= newTmsi(random);
    mobile.busyUntil = map.updateLocation(script, time, mobile, exchange, before === exchange ? null : before, false);
    interfaces.push('map');
  }
  mobile.registered = cell;
  mobile.last = time;
  const act = record(mobile, cell, time, NAMES[type], interfaces, mobile.circuit ? identity : null);
  return mobile.tmsi === old || mobile.tmsi === null ? act : { ...act, given: tmsiText({ tmsi: mobile.tmsi }) };
}

/** The phone says that it is switched off. */
export function detach(context: Ss7Context, script: Script, mobile: Mobile, time: number): ActRecord {
  const { random, numbers } = context;
  const cell = mobile.place(time);
  const identity = identityOf(mobile, false);
  const connection = new Connection(
    script,
    mobile,
    cell,
    numbers,
    random,
    time,
    encodeImsiDetach({ classmark1: mobile.equipment.classmark1, identity }),
  );
  mobile.busyUntil = connection.close(time + random.between(20, 80) * MS);
  return record(mobile, cell, time, 'detach', ['bssap'], identity);
}

function record(
  mobile: Mobile,
  cell: GridCell,
  time: number,
  update: string,
  interfaces: string[],
  identity: Identity | null,
): ActRecord {
  const { mcc, mnc, lac, ci } = cell;
  return {
    kind: 'presence',
    time,
    line: mobile.line.number,
    imsi: mobile.line.imsi,
    imei: mobile.equipment.imei,
    tmsi: identity === null ? null : tmsiText(identity),
    cell: `${mcc}-${mnc}-${lac}-${ci}`,
    update,
    interfaces,
  };
}

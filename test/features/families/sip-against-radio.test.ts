import { describe, expect, test } from 'vitest';
import type { CatpoolEvent } from '../../../src/events/event.ts';
import { CellPlaces } from '../../../src/features/references/cell-places.ts';
import { Networks } from '../../../src/features/references/networks.ts';
import { event, measured, registration } from '../lines.ts';

describe('N9 the class of its peer', () => {
  const networks = new Networks();
  networks.add('203.0.113.0', 24, 'hosting');
  networks.add('198.51.100.7', 32, 'anonymous');
  networks.add('10.0.0.0', 8, 'access');
  const from = (...hosts: string[]) => hosts.map((host, i) => registration(i * 60, { endpoint: `${host}:5060` }));
  const events = [...from('203.0.113.9', '198.51.100.7', '10.1.1.1', '192.0.2.1', '192.0.2.2'), registration(900)];

  test('shares of requests', () => {
    expect(measured('hosted_peer_share', events, { networks })).toBe(2 / 5);
    expect(measured('unlisted_peer_share', events, { networks })).toBe(2 / 5);
  });
  test('missing below three requests, and without the table', () => {
    expect(measured('hosted_peer_share', from('203.0.113.9', '10.1.1.1'), { networks })).toBeNaN();
    expect(measured('hosted_peer_share', events)).toBeNaN();
    expect(measured('unlisted_peer_share', [registration(0)], { networks })).toBeNaN();
  });
});

describe('N10c places on SIP against those on the radio', () => {
  const cells = new CellPlaces();
  cells.add('460-00-6151-A', 30, 104);
  cells.add('460-00-6151-B', 30.4, 104);
  cells.add('460-00-6151-C', 30.5, 104);
  const at = (second: number, over: CatpoolEvent['interface'], cell: string) =>
    event('presence', second, { interface: over, mcc: '460', mnc: '00', lac: 6151, cell });
  test('50 km apart within five minutes', () => {
    // B is 44 km from A, C 56.
    const events = [
      at(0, 'cap', 'A'),
      at(10, 'sip', 'A'),
      at(20, 'sip', 'B'),
      at(300, 'sip', 'C'),
      at(301, 'sip', 'C'),
      at(1000, 'bssap', 'C'),
      at(1001, 'sip', 'A'),
      at(1002, 'sip', 'D'),
    ];
    // Compared: A, B, C at 300 s, A at 1001 s.
    expect(measured('sip_place_far_from_radio_share', events, { cells })).toBe(0.5);
    expect(measured('sip_place_far_from_radio_share', events.slice(0, 3), { cells })).toBeNaN();
    expect(measured('sip_place_far_from_radio_share', events)).toBeNaN();
  });
});

describe('N11 IMEIs on SIP against those on SS7', () => {
  const shows = (over: CatpoolEvent['interface'], imei: string) => event('device', 0, { interface: over, imei });
  test('the share that SS7 never showed', () => {
    const events = [shows('sip', '1'), shows('sip', '2'), shows('bssap', '2'), shows('cap', '3')];
    expect(measured('sip_imeis_not_on_radio_share', events)).toBe(0.5);
    expect(measured('sip_imeis_not_on_radio_share', events.slice(1, 3))).toBe(0);
  });
  test('missing unless both sides show one', () => {
    expect(measured('sip_imeis_not_on_radio_share', [shows('sip', '1'), shows('sip', '2')])).toBeNaN();
    expect(measured('sip_imeis_not_on_radio_share', [shows('map', '1')])).toBeNaN();
    expect(
      measured('sip_imeis_not_on_radio_share', [shows('sip', '1'), event('presence', 0, { interface: 'map' })]),
    ).toBeNaN();
  });
});

import { coefficientOfVariation } from 'simple-statistics';
import { describe, expect, test } from 'vitest';
import { call, callFrom, context, feature, historyOf, measured, missed, populationOf, registration } from '../lines.ts';

const B = '8613900000002';

describe('N1 known fingerprints', () => {
  test('weight of the best match', () => {
    expect(measured('gateway_fingerprint', [registration(0, { user_agent: 'HYBERTONE GoIP 1.01' })])).toBe(1);
    expect(
      measured('gateway_fingerprint', [
        registration(0, { user_agent: 'Asterisk PBX 18' }),
        registration(9, { user_agent: 'dble' }),
      ]),
    ).toBe(0.8);
    expect(measured('gateway_fingerprint', [registration(0, { user_agent: 'Linphone/5' })])).toBe(0);
    expect(measured('gateway_fingerprint', [registration(0)])).toBeNaN();
  });
  test('kinds of evidence', () => {
    expect(measured('gateway_fingerprint_kinds', [registration(0, { user_agent: 'dble' })])).toBe(1);
    expect(measured('gateway_fingerprint_kinds', [registration(0, { user_agent: 'Linphone/5' })])).toBe(0);
    expect(measured('gateway_fingerprint_kinds', [registration(0)])).toBeNaN();
  });
  test('said as a reason', () => {
    const history = historyOf([registration(0, { user_agent: 'dble' })]);
    expect(feature('gateway_fingerprint').reason.en(0.8, history)).toBe('looks like DBL / Hybertone GoIP on SIP');
  });
});

test('N4 decimal identifiers', () => {
  // All three; tag alone; none: 4 of 3 requests.
  const shapes = ['z9hG4bK+d10 d8 d10@ip', 'z9hG4bK+x10 d8 uuid', 'z9hG4bK-d8 x8-d2 m12@name'];
  const events = shapes.map((id_shape, i) => registration(i, { id_shape }));
  expect(measured('decimal_identifiers', events)).toBeCloseTo(4 / 3, 12);
  expect(measured('decimal_identifiers', [registration(0)])).toBeNaN();
  expect(measured('gateway_fingerprint', events)).toBe(0.6);
});

describe('N6 N7 addresses that devices call their own', () => {
  const at = (line: string, contact: string, endpoint: string) =>
    historyOf([registration(0, { contact, endpoint, media: `audio ${contact}` })], line);
  const most = (name: string, ...lines: ReturnType<typeof at>[]) =>
    feature(name).compute(lines[0]!, context({ population: populationOf(...lines) }));

  test.each(['lines_per_contact', 'lines_per_media_address'])(
    '%s: behind a NAT those of one place alone are one',
    (name) => {
      const [a, b, c] = ['8613800000001', '8613800000002', '8613800000003'];
      const own = '192.168.1.2:5060';
      expect(most(name, at(a!, own, '203.0.113.7:1024'), at(b!, own, '203.0.113.8:1024'))).toBe(1);
      expect(
        most(name, at(a!, own, '203.0.113.7:1024'), at(b!, own, '203.0.113.7:1025'), at(c!, own, '203.0.113.8:9')),
      ).toBe(2);
      // Inside of a private network it is what it is, and so is a public one.
      expect(most(name, at(a!, own, '10.0.0.1:5060'), at(b!, own, '10.0.0.2:5060'))).toBe(2);
      expect(
        most(name, at(a!, '198.51.100.1:5060', '203.0.113.7:5060'), at(b!, '198.51.100.1:5060', '203.0.113.8:5060')),
      ).toBe(2);
    },
  );
});

describe('N2 N3 N4 N6 N7 who looks the same', () => {
  const me = historyOf([
    registration(0, {
      sdp_fingerprint: 's1',
      header_order: 'h1',
      id_shape: 'i1',
      contact: '10.0.0.1:5060',
      endpoint: '10.0.0.1:5060',
    }),
    registration(9, { sdp_fingerprint: 's2', header_order: 'h1', id_shape: 'i1', contact: '10.0.0.2:5060' }),
    registration(18, { sdp_fingerprint: 's2', media: 'audio 10.0.0.9:4000' }),
  ]);
  const other = historyOf([
    registration(0, {
      sdp_fingerprint: 's2',
      header_order: 'h2',
      id_shape: 'i1',
      contact: '10.0.0.2:5070',
      endpoint: '10.0.0.1:5099',
    }),
    registration(9, { sdp_fingerprint: 's1', media: 'audio 10.0.0.9:5000' }),
  ]);
  const third = historyOf([registration(0, { sdp_fingerprint: 's2', contact: '10.0.0.2:5080' })]);
  const population = populationOf(me, other, third);
  test.each([
    // The SDP seen most is s2: three lines; both lines of s1 do not count.
    ['lines_per_sdp_fingerprint', 3],
    ['lines_per_header_order', 1],
    ['lines_per_id_shape', 2],
    // The most over its addresses: 10.0.0.2 has three lines.
    ['lines_per_contact', 3],
    ['lines_per_endpoint', 2],
    ['lines_per_media_address', 2],
    ['sdp_fingerprints', 2],
    ['header_orders', 1],
  ])('%s', (name, expected) => {
    expect(feature(name).compute(me, context({ population }))).toBe(expected);
    expect(feature(name).compute(historyOf([registration(0)]), context({ population }))).toBeNaN();
  });
});

test('N6 how many kinds of devices are behind an address that lines share', () => {
  const line = (endpoint: string, sdp_fingerprint: string) =>
    historyOf([registration(0, { endpoint, sdp_fingerprint })]);
  const box = Array.from({ length: 12 }, (_, i) => line('10.0.0.1:5060', `box ${i % 2}`));
  const controller = Array.from({ length: 30 }, (_, i) => line(`10.0.0.2:${5060 + i}`, `phone ${i}`));
  const home = Array.from({ length: 4 }, (_, i) => line('10.0.0.3:5060', `home ${i}`));
  const population = populationOf(...box, ...controller, ...home);
  const of = (history: ReturnType<typeof historyOf>) =>
    feature('sdp_shapes_per_endpoint').compute(history, context({ population }));
  expect(of(box[0]!)).toBe(2);
  expect(of(controller[0]!)).toBe(16);
  expect(of(home[0]!)).toBeNaN();
  expect([population.isCommon('10.0.0.1'), population.isCommon('10.0.0.2:5060')]).toEqual([false, true]);
  // Whatever the order of the lines.
  for (const some of [controller.slice(0, 7), controller.slice(0, 7).reverse()]) {
    const seven = populationOf(...some);
    expect(seven.shapesBehind('10.0.0.2')).toBe(7);
    expect(seven.isCommon('10.0.0.2')).toBe(false);
  }
  expect(populationOf(...controller.slice(0, 8)).isCommon('10.0.0.2')).toBe(true);
  // A switch makes one offer for all; no box has so many lines.
  const carried = (count: number) => Array.from({ length: count }, () => line('10.0.0.4:5060', 'switch'));
  expect([200, 201].map((count) => populationOf(...carried(count)).isCommon('10.0.0.4'))).toEqual([false, true]);
  const many = Array.from({ length: 5100 }, () => line('10.0.0.5:5060', 'other'));
  // Not a twentieth of all lines.
  expect(populationOf(...carried(250), ...many).isCommon('10.0.0.4')).toBe(false);
});

describe('N5 N14 periods', () => {
  const every = [0, 60, 120, 190, 240, 300].map((second) => registration(second, { expires_s: 120 }));
  test('registration', () => {
    // Intervals 60, 60, 70, 50, 60; a rejected one and a call between change nothing.
    const events = [...every, registration(30, { outcome: 'rejected' }), call(40, B, 5)];
    expect(measured('registration_period', events)).toBe(60);
    expect(measured('registration_period_variation', events)).toBeCloseTo(
      coefficientOfVariation([60, 60, 70, 50, 60]),
      12,
    );
    expect(measured('registration_period', every.slice(3))).toBeNaN();
    expect(measured('registration_period_variation', every.slice(1))).toBeNaN();
  });
  test('expiry and keep-alive', () => {
    expect(measured('registration_expires', every)).toBe(120);
    expect(
      measured('keep_alive_period', [registration(0, { keep_alive_s: 30 }), registration(9, { keep_alive_s: 40 })]),
    ).toBe(35);
    expect(measured('registration_expires', [registration(0)])).toBeNaN();
    expect(measured('keep_alive_period', [registration(0)])).toBeNaN();
  });
});

describe('N7 N8 N10 N13', () => {
  test('calls at the same time', () => {
    // [0, 107), [50, 107), [106, 113): three; at 107 two are over; an open call has no known end.
    const events = [
      call(0, B, 100),
      callFrom(50, '8613900000003', 50),
      call(106, '8613900000004', 0),
      call(107, '8613900000005', 1),
      missed(10, '8613900000006', { outcome: 'open', end_time: null }),
    ];
    expect(measured('concurrent_calls', events)).toBe(3);
    expect(measured('concurrent_calls', events.slice(4))).toBeNaN();
  });
  test('Via against source', () => {
    const events = [true, false, false, true, null].map((via_mismatch, i) => registration(i, { via_mismatch }));
    expect(measured('via_mismatch_share', events)).toBe(0.5);
    expect(measured('via_mismatch_share', events.slice(2))).toBeNaN();
  });
  test.each([
    ['192.168.1.5:5060', '203.0.113.9:5060', 1],
    ['172.31.0.1', '203.0.113.9:5060', 1],
    ['172.32.0.1', '203.0.113.9:5060', 0],
    ['100.64.0.1', '203.0.113.9:5060', 1],
    ['100.128.0.1', '203.0.113.9:5060', 0],
    ['[fd00::1]:5060', '[2001:db8::1]:5060', 1],
    ['10.0.0.1:5060', '10.0.0.1:5060', 0],
    ['203.0.113.9:5060', '203.0.113.9:5060', 0],
  ])('private Contact %s from %s', (contact, endpoint, expected) => {
    expect(
      measured(
        'private_contact_share',
        [0, 1, 2].map((second) => registration(second, { contact, endpoint })),
      ),
    ).toBe(expected);
  });
  test('private Contact, missing', () => {
    expect(measured('private_contact_share', [registration(0, { contact: '10.0.0.1' })])).toBeNaN();
    expect(
      measured(
        'private_contact_share',
        [0, 1].map((s) => registration(s, { contact: '10.0.0.1', endpoint: '1.2.3.4:5' })),
      ),
    ).toBeNaN();
  });
  test('access network', () => {
    const access = ['3GPP-E-UTRAN-FDD', 'IEEE-802.11', 'IEEE-802.11n', null, null];
    const events = access.map((value, i) => registration(i, { access: value }));
    const population = populationOf(historyOf(events));
    expect(measured('access_absent_share', events, { population })).toBe(0.4);
    expect(measured('wifi_share', events)).toBeCloseTo(2 / 3, 12);
    expect(measured('wifi_share', events.slice(1))).toBeNaN();
    // Nobody shows one: the captures do not carry it.
    expect(
      measured(
        'access_absent_share',
        [0, 1, 2].map((second) => registration(second)),
      ),
    ).toBeNaN();
  });
  test('changing User-Agent', () => {
    const events = ['a', 'b', 'b', 'a', 'a'].map((user_agent, i) => registration(i, { user_agent }));
    expect(measured('user_agents', events)).toBe(2);
    // Two changes at four steps.
    expect(measured('user_agent_change_share', events)).toBe(0.5);
    expect(measured('user_agent_change_share', events.slice(1))).toBeNaN();
    expect(measured('user_agents', [registration(0)])).toBeNaN();
  });
});

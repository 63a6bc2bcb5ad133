import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../support/read-bytes.ts';
import { type Row, Scene, sceneEvents } from '../../support/scene.ts';

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const A = '10.0.0.1';
const B = '10.0.0.2';
const LINE = '<sip:+8613800000001@example.com>';

interface Exchange {
  request: readonly string[];
  answer?: readonly string[];
  from?: string;
  to?: string;
}

/** A REGISTER that is accepted. */
function registered(
  { request, answer = [], to = LINE, from = to }: Exchange,
  columns: readonly string[],
): Promise<Row[]> {
  const common = [`From: ${from};tag=r`, `To: ${to}`, 'Call-ID: reg@10.0.0.1', 'CSeq: 1 REGISTER'];
  const scene = new Scene()
    .say(0, A, B, ['REGISTER sip:example.com SIP/2.0', ...common, ...request])
    .say(0.5, B, A, ['SIP/2.0 200 OK', ...common, ...answer]);
  return sceneEvents(scene, folder, ['kind', ...columns]);
}

const OWN = 'Contact: <sip:x@10.0.0.1:5060>';
const OLD = '<sip:x@10.0.0.9:5060>';

// RFC 3261 §10.2.4: a 200 lists all bindings of the address of record, whosever they are.
describe('a 200 that lists several bindings grants the one that was asked for', () => {
  test.each([
    ['in one line', [`Contact: ${OLD};expires=17, <sip:x@10.0.0.1:5060>;q=1;expires=600`]],
    ['line by line', [`Contact: ${OLD};expires=3590`, `${OWN};expires=600`]],
    ['with Expires for those that say nothing', ['Expires: 600', `Contact: ${OLD};expires=17`, OWN]],
    // What a border controller wrote another address into: the others have been counting down.
    ['that has another address', [`Contact: ${OLD};expires=17, <sip:y@203.0.113.9>;expires=600`]],
  ])('%s', async (_, answer) => {
    expect(await registered({ request: [`${OWN};expires=1800`], answer }, ['outcome', 'expires_s'])).toEqual([
      { kind: 'registration', outcome: 'registered', expires_s: 600 },
    ]);
  });

  // RFC 4291 §2.2: the address of a phone in two spellings.
  test('whose IPv6 address a border controller wrote out', async () => {
    const answer = ['Contact: <sip:x@[2001:DB8:0:0:1:0:9E0B:BAEA]:5060>;expires=600', `Contact: ${OLD};expires=3590`];
    const request = ['Contact: <sip:x@[2001:db8::1:0:9e0b:baea]:5060>;expires=1800'];
    expect(await registered({ request, answer }, ['expires_s', 'contact'])).toEqual([
      { kind: 'registration', expires_s: 600, contact: '[2001:db8::1:0:9e0b:baea]:5060' },
    ]);
  });

  test('and nothing to who goes while another stays', async () => {
    const exchange = { request: [`${OWN};expires=0`], answer: [`Contact: ${OLD};expires=500`] };
    expect(await registered(exchange, ['outcome', 'expires_s'])).toEqual([
      { kind: 'registration', outcome: 'deregistered', expires_s: 0 },
    ]);
  });
});

// RFC 3261 §20.19: up to 2**32 - 1.
test('a registration for ever expires as late as a row can say', async () => {
  expect(await registered({ request: [OWN, 'Expires: 4294967295'] }, ['outcome', 'expires_s'])).toEqual([
    { kind: 'registration', outcome: 'registered', expires_s: 2 ** 31 - 1 },
  ]);
});

// RFC 3261 §10.2.2: an expiry of zero removes one binding; a request may do that and make another one.
test.each([
  [
    'one line',
    [`Contact: ${OLD};expires=0, <sip:x@10.0.0.1:5060>;expires=600;+sip.instance="<urn:gsma:imei:35693803-567890-0>"`],
  ],
  [
    'two lines',
    [`Contact: ${OLD};expires=0`, `${OWN};+sip.instance="<urn:gsma:imei:35693803-567890-0>"`, 'Expires: 600'],
  ],
])('a request that removes an old address and registers a new one registers: %s', async (_, request) => {
  expect(await registered({ request }, ['outcome', 'expires_s', 'contact', 'imei'])).toEqual([
    { kind: 'registration', outcome: 'registered', expires_s: 600, contact: '10.0.0.1:5060', imei: '35693803567890' },
  ]);
});

// RFC 3261 §10.2.8: who is told that the time is too short asks again for a longer one, in the same dialog.
describe('a registration for too short a time', () => {
  const say = (times: readonly number[], statuses: readonly string[]): Scene => {
    const scene = new Scene();
    for (const [i, status] of statuses.entries()) {
      const common = [`From: ${LINE};tag=r`, `To: ${LINE}`, 'Call-ID: short@10.0.0.1', `CSeq: ${i + 1} REGISTER`];
      const expires = `Expires: ${60 * (i + 1)}`;
      scene
        .say(times[i]!, A, B, ['REGISTER sip:example.com SIP/2.0', ...common, OWN, expires])
        .say(times[i]! + 0.25, B, A, [
          `SIP/2.0 ${status}`,
          ...common,
          ...(status.startsWith('200') ? [OWN, expires] : []),
        ]);
    }
    return scene;
  };
  const columns = ['outcome', 'expires_s', 'latency_ms'];

  test('that is asked for again for longer is one', async () => {
    const scene = say([0, 1], ['423 Interval Too Brief', '200 OK']);
    expect(await sceneEvents(scene, folder, ['kind', ...columns])).toEqual([
      { kind: 'registration', outcome: 'registered', expires_s: 120, latency_ms: null },
    ]);
  });

  test('after credentials, or before them, whose latency counts where they came last', async () => {
    const after = say([0, 1, 2], ['401 Unauthorized', '423 Interval Too Brief', '200 OK']);
    expect(await sceneEvents(after, folder, ['kind', ...columns])).toEqual([
      { kind: 'registration', outcome: 'registered', expires_s: 180, latency_ms: null },
    ]);
    const before = say([0, 1, 2], ['423 Interval Too Brief', '401 Unauthorized', '200 OK']);
    expect(await sceneEvents(before, folder, ['kind', ...columns])).toEqual([
      { kind: 'registration', outcome: 'registered', expires_s: 180, latency_ms: 750 },
    ]);
  });

  // RFC 3329 §2.3.1; RFC 3261 §21.4.15.
  test.each(['494 Security Agreement Required', '421 Extension Required'])('or on other terms: %s', async (status) => {
    const scene = say([0, 1, 2], [status, '401 Unauthorized', '200 OK']);
    expect(await sceneEvents(scene, folder, ['outcome', 'latency_ms'])).toEqual([
      { outcome: 'registered', latency_ms: 750 },
    ]);
  });

  test('is rejected where nobody asks again', async () => {
    const scene = say([0], ['423 Interval Too Brief']);
    expect(await sceneEvents(scene, folder, ['kind', 'outcome'])).toEqual([
      { kind: 'registration', outcome: 'rejected' },
    ]);
  });
});

// RFC 3261 §22.1: credentials that were refused are not to be tried again; who has a wrong password begins anew after a while.
describe('attempts to register', () => {
  const CREDENTIALS = 'Authorization: Digest username="a", nonce="1", response="2"';

  /** A try every so many seconds, each with and without credentials, all refused but the last. */
  const attempts = (every: number, tries: number, without: boolean): Scene => {
    const scene = new Scene();
    let cseq = 0;
    for (let round = 0; round < tries; round++) {
      for (const own of without ? [[], [CREDENTIALS]] : [[CREDENTIALS]]) {
        const common = [`From: ${LINE};tag=r`, `To: ${LINE}`, 'Call-ID: wrong@10.0.0.1', `CSeq: ${++cseq} REGISTER`];
        const time = round * every + (own.length > 0 && without ? 0.5 : 0);
        const status = round === tries - 1 && own.length > 0 ? '200 OK' : '401 Unauthorized';
        scene
          .say(time, A, B, ['REGISTER sip:example.com SIP/2.0', ...common, OWN, ...own])
          .say(time + 0.25, B, A, [`SIP/2.0 ${status}`, ...common, OWN]);
      }
    }
    return scene;
  };
  const columns = ['outcome', 'latency_ms'];

  test.each([30, 60, 70])('every %i s with a wrong password are one each', async (every) => {
    expect(await sceneEvents(attempts(every, 4, true), folder, columns)).toEqual([
      ...Array.from({ length: 3 }, () => ({ outcome: 'challenged', latency_ms: 250 })),
      { outcome: 'registered', latency_ms: 250 },
    ]);
  });

  test('with the credentials of before are one each, but for who comes back at once', async () => {
    expect(await sceneEvents(attempts(30, 3, false), folder, columns)).toEqual([
      { outcome: 'challenged', latency_ms: null },
      { outcome: 'challenged', latency_ms: null },
      { outcome: 'registered', latency_ms: null },
    ]);
    // The nonce was stale (RFC 7616 §3.3).
    expect(await sceneEvents(attempts(1, 2, false), folder, columns)).toEqual([
      { outcome: 'registered', latency_ms: 750 },
    ]);
  });
});

// RFC 3261 §10.2: all registrations of one client should have one Call-ID, with a CSeq number that grows.
test('lines that a gateway registers under one Call-ID are each challenged by itself', async () => {
  const scene = new Scene();
  const lines = [1, 2, 3].map((n) => `<sip:+861380000000${n}@example.com>`);
  for (const [round, status] of ['401 Unauthorized', '200 OK'].entries())
    for (const [i, line] of lines.entries()) {
      const cseq = 3 * round + i + 1;
      const common = [`From: ${line};tag=r`, `To: ${line}`, 'Call-ID: all@10.0.0.1', `CSeq: ${cseq} REGISTER`];
      const time = 10 * round + i;
      scene
        .say(time, A, B, ['REGISTER sip:example.com SIP/2.0', ...common, OWN])
        .say(time + 0.1, B, A, [`SIP/2.0 ${status}`, ...common, OWN]);
    }
  const events = await sceneEvents(scene, folder, ['msisdn', 'outcome', 'latency_ms']);
  expect(events.map(({ msisdn, outcome, latency_ms }) => [msisdn, outcome, latency_ms])).toEqual(
    ['challenged', 'registered'].flatMap((outcome) => [1, 2, 3].map((n) => [`861380000000${n}`, outcome, null])),
  );
});

test('a request that removes two addresses deregisters', async () => {
  const request = [`Contact: ${OLD};expires=0, <sip:x@10.0.0.1:5060>`, 'Expires: 0'];
  expect(await registered({ request }, ['outcome', 'expires_s', 'contact'])).toEqual([
    { kind: 'registration', outcome: 'deregistered', expires_s: 0, contact: '10.0.0.9:5060' },
  ]);
});

// 3GPP TS 23.003 §13.4B: a SIM without an ISIM registers an address made of its IMSI.
describe('an address made of an IMSI is no number', () => {
  const imsi = '460001234567890';
  const to = `<sip:${imsi}@ims.mnc000.mcc460.3gppnetwork.org>`;
  const columns = ['imsi', 'msisdn', 'aor'];
  const aor = to.slice(5, -1);

  test('where nothing else names the line', async () => {
    expect(await registered({ request: [OWN], to }, columns)).toEqual([
      { kind: 'registration', imsi, msisdn: null, aor },
    ]);
  });

  test.each([
    ['one line', [`P-Associated-URI: ${to}, <tel:+8613800000001>`]],
    [
      'two lines',
      [`P-Associated-URI: ${to}`, 'P-Associated-URI: <sip:+8613800000001@ims.example>, <tel:+8613800000001>'],
    ],
  ])('beside the number that the network associates: %s', async (_, answer) => {
    expect(await registered({ request: [OWN], answer, to }, columns)).toEqual([
      { kind: 'registration', imsi, msisdn: '8613800000001', aor },
    ]);
  });

  test('but a number at the same host is one, and so is one of another network', async () => {
    for (const user of ['+8613800000001', '8613800000001', '262011234567890']) {
      const number = `<sip:${user}@ims.mnc000.mcc460.3gppnetwork.org>`;
      const [event] = await registered({ request: [OWN], to: number }, columns);
      expect(event).toMatchObject({ imsi: null, msisdn: user.replace('+', '') });
    }
  });
});

// RFC 3261 §10.2.3: without Contact it is a question, which is answered with the bindings.
test('a request that asks what is registered registers nothing, and is not the one before it again', async () => {
  expect(await registered({ request: [], answer: ['Contact: <sip:a@10.0.0.1>;expires=100'] }, [])).toEqual([]);
  const common = [`From: ${LINE};tag=r`, `To: ${LINE}`, 'Call-ID: reg@10.0.0.1'];
  const scene = new Scene()
    .say(0, A, B, ['REGISTER sip:example.com SIP/2.0', ...common, 'CSeq: 1 REGISTER', OWN, 'Expires: 10'])
    .say(0.1, B, A, ['SIP/2.0 423 Interval Too Brief', ...common, 'CSeq: 1 REGISTER', 'Min-Expires: 60'])
    .say(1, A, B, ['REGISTER sip:example.com SIP/2.0', ...common, 'CSeq: 2 REGISTER'])
    .say(1.1, B, A, ['SIP/2.0 200 OK', ...common, 'CSeq: 2 REGISTER', 'Contact: <sip:b@10.0.0.9>;expires=100']);
  expect(await sceneEvents(scene, folder, ['outcome', 'sip_status', 'expires_s'])).toEqual([
    { outcome: 'rejected', sip_status: 423, expires_s: 10 },
  ]);
});

// 3GPP TS 24.229 §7.2.15: a phone that comes over a wireless LAN says as well in which cell it is.
test.each([
  ['beside a wireless LAN', ['P-Access-Network-Info: IEEE-802.11;i-wlan-node-id=001122334455'], 'IEEE-802.11', 6151],
  ['alone', [], null, 6151],
  ['but not beside a cell', ['P-Access-Network-Info: 3GPP-GERAN;cgi-3gpp=4600018090001'], '3GPP-GERAN', 6153],
])('a cell in Cellular-Network-Info is where the line is: %s', async (_, access, type, lac) => {
  const cellular = 'Cellular-Network-Info: 3GPP-E-UTRAN-FDD; utran-cell-id-3gpp=4600018070000101;cell-info-age=60';
  const exchange = { request: [OWN, ...access, cellular] };
  expect(await registered(exchange, ['access', 'lac', 'cell'])).toEqual([
    { kind: 'registration', access: type, lac, cell: lac === 6151 ? '460-00-6151-257' : '460-00-6153-1' },
  ]);
});

// 3GPP TS 24.229 §5.4.1.7: the S-CSCF tells an application server of a registration by one of its own.
test('a registration that a server tells another one of is none', async () => {
  const from = '<sip:scscf.example.com>';
  const exchange = { request: ['Contact: <sip:scscf.example.com>', 'Expires: 600000'], from, to: LINE };
  expect(await registered(exchange, [])).toEqual([]);
  // Its address may have a user.
  const named = {
    ...exchange,
    from: '<sip:s-cscf@SCSCF.example.com>',
    request: ['Contact: <sip:scscf.example.com:5070>'],
  };
  expect(await registered(named, [])).toEqual([]);
  // A person who registers somebody else (RFC 3261 §10.2) does so from there.
  const manager = { ...exchange, from: '<sip:manager@example.com>' };
  expect(await registered(manager, ['msisdn', 'contact'])).toEqual([
    { kind: 'registration', msisdn: '8613800000001', contact: 'scscf.example.com' },
  ]);
});

// 3GPP TS 24.229 §5.2.2: the proxy that the phone reaches adds the network that it is in, and the access where the phone does not say it.
test('a registration has what the phone says of itself and what a proxy adds of where it is', async () => {
  const common = [`From: ${LINE};tag=r`, `To: ${LINE}`, 'Call-ID: ims@10.0.0.1', 'CSeq: 2 REGISTER', OWN];
  const own = 'Authorization: Digest username="460001234567890@ims.mnc000.mcc460.3gppnetwork.org", response="1"';
  const place = 'P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=4600018070000999;network-provided';
  const visited = 'P-Visited-Network-ID: "ims.mnc001.mcc460.3gppnetwork.org"';
  const start = 'REGISTER sip:example.com SIP/2.0';
  const scene = new Scene()
    .say(0, A, B, [start, ...common, own])
    .say(0.1, B, '10.0.0.3', [start, ...common, own, place, visited])
    .say(0.2, '10.0.0.3', '10.0.0.4', [start, ...common, own, place.replace('0999', '0777')])
    .say(0.3, B, A, ['SIP/2.0 200 OK', ...common]);
  expect(await sceneEvents(scene, folder, ['imsi', 'endpoint', 'mcc', 'access', 'cell', 'visited'])).toEqual([
    {
      imsi: '460001234567890',
      endpoint: `${A}:5060`,
      mcc: '460',
      access: '3GPP-E-UTRAN-FDD',
      cell: '460-00-6151-2457',
      visited: 'ims.mnc001.mcc460.3gppnetwork.org',
    },
  ]);
});

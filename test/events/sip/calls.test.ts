import { describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/base/limits.ts';
import { type EventValue, eventRecord } from '../../../src/events/record.ts';
import { collect } from '../../../src/scan/collect.ts';
import { eventsInOrder } from '../../../src/scan/rows/order.ts';
import { SpoolStore } from '../../../src/scan/spool.ts';
import { sharedCapture } from '../../support/shared.ts';

/** Events of one real capture, cut down to the columns asked for. */
async function read(columns: readonly string[], ...parts: string[]): Promise<Record<string, EventValue>[]> {
  const store = new SpoolStore(1e8);
  const collected = await collect([sharedCapture('sip', ...parts)], store, {
    feed: 'test',
    homeCountry: null,
    limits: DEFAULT_LIMITS,
    workers: 1,
  });
  const events = [...eventsInOrder(collected)].map((event) => {
    const record: Record<string, EventValue> = eventRecord(event);
    return Object.fromEntries(columns.map((name) => [name, record[name]!]));
  });
  store.close();
  return events;
}

/** Expectations are read from the packet list of tshark by hand: times are differences of frame times. */
describe('calls are what a person reads in the capture', () => {
  test('answered after ringing, released by the caller', async () => {
    // INVITE 0.000, 180 0.500, 200 2.000, BYE from the caller 60.000, and its 200: frame 7, the last of the call.
    const columns = [
      'kind',
      'direction',
      'aor',
      'counterpart',
      'setup_ms',
      'ring_ms',
      'talk_ms',
      'outcome',
      'released_by',
      'first_frame',
      'last_frame',
    ];
    expect(await read(columns, 'NormB+sipnab', 'sip_call.pcap')).toEqual([
      {
        kind: 'leg',
        direction: 'originating',
        aor: '1001@10.0.0.1',
        counterpart: '1002',
        setup_ms: 500,
        ring_ms: 1500,
        talk_ms: 58_000,
        outcome: 'answered',
        released_by: 'caller',
        first_frame: 1,
        last_frame: 7,
      },
    ]);
  });

  test('a 401 is a challenge: one leg, released by the called side', async () => {
    // INVITE .711324, 401 .769396, INVITE with credentials .884964, 183 222.700515, 200 231.438652, BYE of the other tag 235.514488.
    const columns = ['outcome', 'counterpart', 'time', 'answer_time', 'end_time', 'latency_ms', 'released_by'];
    expect(await read(columns, 'ajbanjara+Wireshark', 'MagicJack-_short_call.pcap')).toEqual([
      {
        outcome: 'answered',
        counterpart: '9055551212',
        time: '2012-04-12T15:40:15.711324000Z',
        answer_time: '2012-04-12T15:40:31.438652000Z',
        end_time: '2012-04-12T15:40:35.514488000Z',
        latency_ms: expect.closeTo(115.568, 3),
        released_by: 'called',
      },
    ]);
  });

  test('an INVITE sent again is the same call; a call without BYE is open and has no talk time', async () => {
    // First: 200 at 1273057086.835531, BYE of the caller 1273057100.517528. Second: 200 at ...096.732496, no BYE.
    const columns = ['counterpart', 'outcome', 'answer_time', 'talk_ms', 'released_by'];
    expect(await read(columns, 'ajbanjara+Wireshark', '1filtered.cap')).toEqual([
      {
        counterpart: '18189561667',
        outcome: 'answered',
        answer_time: '2010-05-05T10:58:06.835531000Z',
        talk_ms: expect.closeTo(13_681.997, 3),
        released_by: 'caller',
      },
      {
        counterpart: '13107368777',
        outcome: 'open',
        answer_time: '2010-05-05T10:58:16.732496000Z',
        talk_ms: null,
        released_by: null,
      },
    ]);
  });

  test('a cancelled call, a rejected one and registrations with challenges', async () => {
    // CANCEL of Call-ID 105090259 at 1120470083.308013; 403 to the authorised INVITE of 85216695 at 1120470268.128176.
    const columns = ['kind', 'outcome', 'time', 'end_time', 'sip_status', 'released_by'];
    const events = await read(columns, 'zeek+zeek', 'wireshark.pcap');
    expect(events).toContainEqual({
      kind: 'leg',
      outcome: 'cancelled',
      time: '2005-07-04T09:40:49.188993000Z',
      end_time: '2005-07-04T09:41:23.308013000Z',
      sip_status: 408,
      released_by: 'caller',
    });
    expect(events).toContainEqual({
      kind: 'leg',
      outcome: 'rejected',
      time: '2005-07-04T09:43:53.794463000Z',
      end_time: '2005-07-04T09:44:28.128176000Z',
      sip_status: 403,
      released_by: 'network',
    });
    // REGISTER 74 (401) and 75 (200) are one registration.
    expect(events).toContainEqual({
      kind: 'registration',
      outcome: 'registered',
      time: '2005-07-04T09:38:58.910409000Z',
      end_time: '2005-07-04T09:39:16.406918000Z',
      sip_status: 200,
      released_by: null,
    });
    expect(events.filter(({ kind }) => kind === 'leg').map(({ outcome }) => outcome)).not.toContain('challenged');
  });

  test('a call over IP in IP and TCP, BYE without answer to it', async () => {
    // 200 at 1639489748.995124, BYE 1639489781.007679.
    const columns = ['outcome', 'talk_ms', 'ring_ms', 'released_by'];
    expect(await read(columns, 'irontec+sngrep', 'ipip.pcap')).toEqual([
      // 183 with the words Ringing at .345980.
      {
        outcome: 'answered',
        talk_ms: expect.closeTo(32_012.555, 3),
        ring_ms: expect.closeTo(1649.144, 3),
        released_by: 'caller',
      },
    ]);
  });

  test('calls without a From tag, released by the other side', async () => {
    const columns = ['outcome', 'counterpart', 'released_by'];
    const events = await read(columns, 'ossobv+sipzamine', 'sip-invites-with-utf8-and-latin1.pcap');
    expect(events).toEqual(
      Array.from({ length: 5 }, () => ({ outcome: 'answered', counterpart: '12345', released_by: 'called' })),
    );
  });

  test('a VoLTE call through five hops is one leg of each phone, with the cell of its access', async () => {
    const columns = ['kind', 'outcome', 'msisdn', 'cell', 'access', 'endpoint'];
    const events = await read(columns, 'open5gs+open5gs', 'volte.pcapng');
    expect(events).toEqual([
      {
        kind: 'leg',
        outcome: 'open',
        msisdn: '0298765432100',
        cell: '001-01-1-412',
        access: '3GPP-E-UTRAN-FDD',
        endpoint: '192.168.101.3:40762',
      },
      {
        kind: 'leg',
        outcome: 'open',
        msisdn: '0198765432100',
        cell: '001-01-1-412',
        access: '3GPP-E-UTRAN-FDD',
        endpoint: '192.168.101.2:5060',
      },
    ]);
  });

  test('a registration over IPsec shows the device', async () => {
    // +sip.instance="<urn:gsma:imei:...>" of the Samsung tablet, as tshark prints it.
    const events = await read(['kind', 'outcome', 'imsi', 'imei'], 'open5gs+open5gs', 'nonipsec_reg.pcapng');
    expect(events.some(({ imei }) => imei === '86728703952237')).toBe(true);
  });
});

import { describe, expect, test } from 'vitest';
import { MESSAGE_COLUMNS } from '../../src/messages/record.ts';
import { encodeSip } from '../../src/sip/encode.ts';
import { encodeIsup } from '../../src/ss7/isup/isup-encode.ts';
import { encodeM3ua } from '../../src/ss7/link/m3ua-encode.ts';
import { Ss7Variant } from '../../src/ss7/message.ts';
import { encodeDtap } from '../../src/ss7/radio/bssap-encode.ts';
import { encodeRanapCommonId } from '../../src/ss7/radio/ranap-encode.ts';
import { encodeSccp, encodeSegments } from '../../src/ss7/sccp/sccp-encode.ts';
import { encodeInvoke, encodeResult, encodeTcap } from '../../src/ss7/tcap/tcap-encode.ts';
import { Association, dispatch } from '../support/dispatch.ts';
import { frame, hex } from '../support/frames.ts';

const ETHERNET = 1;
const label = { networkIndicator: 2, serviceIndicator: 3, opc: 100, dpc: 200, sls: 1 };
const back = { ...label, opc: 200, dpc: 100 };
const iam = encodeIsup({ type: 'IAM', cic: 9, called: { digits: '8613800000001', nature: 4 } });
const isup = encodeM3ua({ ...label, serviceIndicator: 5 }, [iam]);
const T = 1_700_000_000;

describe('copies', () => {
  const near = new Association('10.0.0.1', '10.0.0.9');
  const far = new Association('10.0.0.9', '10.0.0.2');

  test('the same message on both sides of a transfer point within a second is marked, later it is not', () => {
    const packets = [near.packet(isup), far.packet(isup), near.packet(isup), far.packet(isup)];
    const { records, counters } = dispatch(ETHERNET, packets, { seconds: [T, T + 0.9, T + 5, T + 6.5] });
    expect(records.map(({ duplicate }) => duplicate)).toEqual([undefined, true, undefined, undefined]);
    expect(counters.messages.get('duplicate')).toBe(1);
  });

  test('other point codes, another SLS and other bytes are other messages', () => {
    const others = [
      encodeM3ua({ ...label, serviceIndicator: 5, sls: 2 }, [iam]),
      encodeM3ua({ ...label, serviceIndicator: 5, dpc: 201 }, [iam]),
      encodeM3ua({ ...label, serviceIndicator: 5 }, [encodeIsup({ type: 'REL', cic: 9, cause: 16 })]),
    ];
    const { records } = dispatch(ETHERNET, [near.packet(isup), ...others.map((other) => far.packet(other))]);
    expect(records.map(({ duplicate }) => duplicate)).toEqual([undefined, undefined, undefined, undefined]);
  });

  test('two that are alike on one association were sent twice; on a link without addresses they are copies within 10 ms', () => {
    const twice = [near.packet(isup), near.packet(isup)];
    expect(dispatch(ETHERNET, twice, { seconds: [T, T + 0.001] }).records.map(({ duplicate }) => duplicate)).toEqual([
      undefined,
      undefined,
    ]);
    const mtp3 = Buffer.concat([hex('85 c8001900'), iam]);
    const { records } = dispatch(141, [mtp3, mtp3, mtp3], { seconds: [T, T + 0.009, T + 0.5] });
    expect(records.map(({ duplicate }) => duplicate)).toEqual([undefined, true, undefined]);
  });

  test('segments and invokes that are seen twice are put together and answered once each', () => {
    const argument = Buffer.concat([hex('30820140 0482013c'), Buffer.alloc(316)]);
    const invoke = encodeTcap({ type: 'begin', originating: 5, components: [encodeInvoke(1, 59, argument)] });
    const answer = encodeTcap({
      type: 'end',
      destination: 5,
      components: [hex('a203 020101')],
    });
    const segments = encodeSegments({ called: { ssn: 6 }, calling: { ssn: 7 }, data: invoke }, 1);
    const end = encodeSccp({ type: 'UDT', called: { ssn: 7 }, calling: { ssn: 6 }, data: answer });
    const packets: Buffer[] = [];
    for (const user of segments)
      packets.push(near.packet(encodeM3ua(label, [user])), far.packet(encodeM3ua(label, [user])));
    packets.push(near.packet(encodeM3ua(back, [end])), far.packet(encodeM3ua(back, [end])));
    const { records } = dispatch(ETHERNET, packets);
    expect(records.map(({ protocol }) => protocol)).toEqual(['sccp', 'sccp', 'map', 'map', 'map', 'map']);
    expect(records.slice(-2)).toMatchObject([
      { component: 'returnResultLast', opcode: 59, operation: 'processUnstructuredSS-Request' },
      { component: 'returnResultLast', opcode: 59, duplicate: true },
    ]);
  });
});

test('every number of a call has a column: who was dialled, who answered, who pays', () => {
  const iam = { type: 'IAM', called: { digits: '13900001111' }, dialled: { digits: '8613800000001' } } as const;
  const numbers = { calling: { digits: '12125550199' }, charge: { digits: '2125550100' } };
  const answer = { type: 'ANM', connected: { digits: '8613800000009' } } as const;
  const messages = [
    [label, { ...iam, ...numbers }],
    [back, answer],
  ] as const;
  const one = new Association();
  const { records } = dispatch(
    ETHERNET,
    messages.map(([from, fields]) =>
      one.packet(encodeM3ua({ ...from, serviceIndicator: 5 }, [encodeIsup({ ...fields, cic: 9 })])),
    ),
  );
  expect(records).toMatchObject([
    { called: '13900001111', dialled: '8613800000001', calling: '12125550199' },
    { type: 'ANM', connected: '8613800000009' },
  ]);
  for (const record of records)
    for (const name of [...Object.keys(record), 'charge']) expect(MESSAGE_COLUMNS).toHaveProperty(name);
});

describe('who is above SCCP', () => {
  const a = new Association();
  const send = (...users: [from: typeof label, user: Buffer][]) =>
    dispatch(
      ETHERNET,
      users.map(([from, user]) => a.packet(encodeM3ua(from, [user]))),
    ).records;

  test('BSSAP and RANAP by content on connections; both ends of a connection are named by point code and reference', () => {
    const records = send(
      [label, encodeSccp({ type: 'CR', sourceReference: 5, called: { ssn: 254 }, data: encodeDtap(hex('0508')) })],
      [back, encodeSccp({ type: 'CC', sourceReference: 6, destinationReference: 5 })],
      [label, encodeSccp({ type: 'DT1', destinationReference: 6, data: encodeDtap(hex('0524')) })],
      [
        back,
        encodeSccp({ type: 'DT1', destinationReference: 5, data: encodeRanapCommonId({ imsi: '460001234567890' }) }),
      ],
      [label, encodeSccp({ type: 'RLSD', sourceReference: 5, destinationReference: 6, cause: 3 })],
    );
    expect(records).toMatchObject([
      { protocol: 'bssap', connection: '100:5' },
      { protocol: 'sccp', type: 'CC', connection: '200:6 100:5' },
      { protocol: 'bssap', connection: '200:6', type: 'cmServiceRequest' },
      { protocol: 'ranap', connection: '100:5', type: 'commonId', imsi: '460001234567890' },
      { protocol: 'sccp', type: 'RLSD', cause: 3 },
    ]);
  });

  test('MAP, CAP and INAP by application context, by subsystem number, and as contexts taught of others', () => {
    const udt = (called: number, calling: number, data: Buffer): Buffer =>
      encodeSccp({ type: 'UDT', called: { ssn: called }, calling: { ssn: calling }, data });
    const plain = (id: number): Buffer =>
      encodeTcap({ type: 'begin', originating: id, components: [encodeInvoke(1, 22, hex('3000'))] });
    const withContext = encodeTcap({
      type: 'begin',
      originating: 1,
      context: { context: 50, version: 1 },
      components: [encodeInvoke(1, 22, hex('04028090'))],
    });
    const records = send(
      [label, udt(6, 8, plain(2))],
      [label, udt(146, 146, plain(3))],
      [label, udt(241, 241, plain(4))],
      [label, udt(200, 152, plain(5))],
      [label, udt(200, 152, withContext)],
      [label, udt(200, 152, plain(6))],
    );
    expect(records.map(({ protocol, operation }) => [protocol, operation])).toEqual([
      ['map', 'sendRoutingInfo'],
      ['cap', 'releaseCall'],
      ['inap', 'releaseCall'],
      ['map', 'sendRoutingInfo'],
      ['cap', 'releaseCall'],
      ['cap', 'releaseCall'],
    ]);
  });

  test('several components give several records; a message without components one', () => {
    const records = send(
      [
        label,
        encodeSccp({
          type: 'UDT',
          called: { ssn: 6 },
          calling: { ssn: 7 },
          data: encodeTcap({
            type: 'continue',
            originating: 1,
            destination: 2,
            components: [encodeInvoke(1, 7, hex('3000')), encodeResult(2, 8, hex('3000'))],
          }),
        }),
      ],
      [
        label,
        encodeSccp({
          type: 'UDT',
          called: { ssn: 6 },
          calling: { ssn: 7 },
          data: encodeTcap({ type: 'end', destination: 2 }),
        }),
      ],
    );
    expect(records).toMatchObject([
      { protocol: 'map', type: 'continue', component: 'invoke', invoke_id: 1, opcode: 7 },
      { protocol: 'map', type: 'continue', component: 'returnResultLast', invoke_id: 2, opcode: 8 },
      { protocol: 'tcap', type: 'end', dtid: '00000002' },
    ]);
  });
});

describe('SIP beside SS7', () => {
  const invite = (body: Buffer, type: string): Buffer =>
    encodeSip({
      method: 'INVITE',
      uri: 'sip:1@example.net',
      headers: [
        ['Via', 'SIP/2.0/SCTP 10.0.0.1;branch=z9hG4bK1'],
        ['Call-ID', 'x'],
        ['CSeq', '1 INVITE'],
        ['From', '<sip:2@example.net>;tag=1'],
        ['To', '<sip:1@example.net>'],
        ['Content-Type', type],
      ],
      body,
    });

  test('over SCTP stays SIP, whatever its payload protocol identifier', () => {
    const association = new Association('10.0.0.1', '10.0.0.2', 5060);
    const message = invite(Buffer.from('v=0\r\n'), 'application/sdp');
    const { sip, records } = dispatch(ETHERNET, [
      association.packet(message, 0),
      association.packet(message, 99),
      association.packet(message, 3),
    ]);
    expect([sip, records]).toEqual([3, []]);
  });

  test('a body of ISUP gives a message of ISUP, without point codes and circuit', () => {
    const body = encodeIsup({ type: 'IAM', cic: null, called: { digits: '8613800000001', nature: 4 } });
    const mixed = Buffer.concat([
      Buffer.from(
        '--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n\r\n--b\r\nContent-Type: application/ISUP;version=itu-t92+\r\n\r\n',
      ),
      body,
      Buffer.from('\r\n--b--\r\n'),
    ]);
    for (const message of [
      invite(body, 'application/ISUP; version=itu-t92+'),
      invite(mixed, 'multipart/mixed;boundary=b'),
    ]) {
      const packet = frame().ethernet().ipv4('10.0.0.1', '10.0.0.2').udp(5060, 5060).data(message).bytes();
      const { sip, records } = dispatch(ETHERNET, [packet]);
      expect(sip).toBe(1);
      expect(records).toMatchObject([
        { protocol: 'isup', type: 'IAM', called: '8613800000001', source: '10.0.0.1:5060' },
      ]);
      for (const absent of ['opc', 'dpc', 'cic']) expect(records[0]).not.toHaveProperty(absent);
    }
  });

  test('a body of ISUP is read as its version or what that is based on says, ANSI T1.113 or ITU-T Q.763', () => {
    const fields = { type: 'IAM', cic: null, called: { digits: '12025550143', nature: 4 } } as const;
    const ansi = encodeIsup({ ...fields, variant: Ss7Variant.ansi });
    const itu = encodeIsup(fields);
    const inPart = Buffer.concat([
      Buffer.from('--b\r\nContent-Type: application/isup ; version="ansi00"\r\n\r\n'),
      ansi,
      Buffer.from('\r\n--b--\r\n'),
    ]);
    const bodies: [Buffer, string][] = [
      [ansi, 'application/ISUP;version=ansi88'],
      [ansi, 'application/ISUP; version=GR317'],
      [ansi, 'application/ISUP; version=nxv3; base=ansi88'],
      [inPart, 'multipart/mixed;boundary=b'],
      [itu, 'application/ISUP;version=itu-t92+'],
      [itu, 'application/ISUP;version=nxv3;base=etsi121'],
      [itu, 'application/ISUP'],
    ];
    for (const [body, type] of bodies) {
      const packet = frame().ethernet().ipv4('10.0.0.1', '10.0.0.2').udp(5060, 5060).data(invite(body, type)).bytes();
      const { records, counters } = dispatch(ETHERNET, [packet]);
      expect(records, type).toMatchObject([{ protocol: 'isup', type: 'IAM', called: '12025550143' }]);
      expect([...counters.anomalies], type).toEqual([]);
    }
  });

  test('GSMTAP and IPA of base stations are counted', () => {
    const udp = frame()
      .ethernet()
      .ipv4('10.0.0.1', '10.0.0.2')
      .udp(40000, 4729)
      .data(Buffer.concat([hex('0204'), Buffer.alloc(20)]))
      .bytes();
    const tcp = frame()
      .ethernet()
      .ipv4('10.0.0.1', '10.0.0.2')
      .tcp(3003, 40000, { sequence: 1 })
      .data(hex('000200 0801 0003ff 800000'))
      .bytes();
    const { counters } = dispatch(ETHERNET, [udp, tcp]);
    expect(Object.fromEntries(counters.messages)).toEqual({
      'not decoded gsmtap': 1,
      'not decoded abis rsl': 1,
      'not decoded abis oml': 1,
    });
  });
});

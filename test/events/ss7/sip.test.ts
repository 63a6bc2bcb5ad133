import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PcapWriter } from '../../../src/capture/write.ts';
import { encodeSip } from '../../../src/sip/encode.ts';
import { encodeIsup, type IsupFields } from '../../../src/ss7/isup/isup-encode.ts';
import { encodeM3ua } from '../../../src/ss7/link/m3ua-encode.ts';
import { Association } from '../../support/dispatch.ts';
import { frame } from '../../support/frames.ts';
import { temporaryFolder } from '../../support/read-bytes.ts';
import { eventsOf } from '../../support/scene.ts';

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a call whose SIP messages carry ISUP has one leg, that of SIP, beside the legs of circuits', async () => {
  const called = { digits: '8675500000002' };
  const link = new Association('10.0.0.8', '10.0.0.9');
  const circuit = (fields: IsupFields): Buffer =>
    link.packet(
      encodeM3ua({ networkIndicator: 2, serviceIndicator: 5, opc: 100, dpc: 200, sls: 1 }, [encodeIsup(fields)]),
    );
  const sip = (start: { method: string } | { status: number }, cseq: string, body: IsupFields, tag = ';tag=2') => {
    const first = 'method' in start ? { ...start, uri: 'sip:+8675500000002@example.net' } : { ...start, reason: 'OK' };
    const message = encodeSip({
      ...first,
      headers: [
        ['Via', 'SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1'],
        ['Call-ID', 'sip-i'],
        ['CSeq', cseq],
        ['From', '<sip:+8613800000001@example.net>;tag=1'],
        ['To', `<sip:+8675500000002@example.net>${tag}`],
        ['Content-Type', 'application/ISUP;version=itu-t92+'],
      ],
      body: encodeIsup(body),
    });
    const [from, to] = 'method' in start ? ['10.0.0.1', '10.0.0.2'] : ['10.0.0.2', '10.0.0.1'];
    return frame().ethernet().ipv4(from!, to!).udp(5060, 5060).data(message).bytes();
  };
  const packets = [
    circuit({ type: 'IAM', cic: 7, calling: { digits: '8613800000001' }, called }),
    sip({ method: 'INVITE' }, '1 INVITE', { type: 'IAM', cic: null, called }, ''),
    circuit({ type: 'ANM', cic: 7 }),
    sip({ status: 200 }, '1 INVITE', { type: 'ANM', cic: null }),
    circuit({ type: 'REL', cic: 7, cause: 16 }),
    sip({ method: 'BYE' }, '2 BYE', { type: 'REL', cic: null, cause: 16 }),
  ];
  const path = join(folder, 'sip-i.pcap');
  const writer = new PcapWriter(path, {});
  for (const [index, packet] of packets.entries()) writer.write(packet, 1_700_000_000 + 10 * index, 0);
  writer.close();
  const leg = { kind: 'leg', msisdn: '8613800000001', counterpart: '8675500000002', talk_ms: 20_000 };
  expect(await eventsOf([path], ['kind', 'interface', 'msisdn', 'counterpart', 'talk_ms'])).toEqual([
    { ...leg, interface: 'isup' },
    { ...leg, interface: 'sip' },
  ]);
});

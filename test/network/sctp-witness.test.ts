import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Counters } from '../../src/base/counters.ts';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { listCaptures } from '../../src/capture/list.ts';
import { readCapture } from '../../src/capture/read.ts';
import { Network } from '../../src/network/network.ts';
import { Transport } from '../../src/network/payload.ts';
import { data, iData, init, overIp } from '../support/sctp.ts';
import { sharedCapture, sharedCaptures, sharedDir } from '../support/shared.ts';
import { type TsharkRow, tsharkFields } from '../support/tshark.ts';
import { classicPcap } from './record.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-sctp-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** User messages by frame, each as `PPID hex`. */
type Messages = Map<string, string[]>;

async function ours(path: string): Promise<Messages> {
  const messages: Messages = new Map();
  const network = new Network(
    {
      datagram({ transport, frame, ppid, data, start, end }) {
        if (transport !== Transport.sctp) return;
        const key = String(frame);
        if (!messages.has(key)) messages.set(key, []);
        messages.get(key)!.push(`${ppid} ${data.toString('hex', start, end)}`);
      },
      stream() {},
    },
    DEFAULT_LIMITS,
    new Counters(),
  );
  const [input] = await listCaptures([path]);
  await readCapture(input, (packet) => network.packet(packet));
  network.finish();
  return messages;
}

/** tshark leaves the user messages undissected, so that each is one `data`. */
function theirs(rows: TsharkRow[]): Messages {
  const messages: Messages = new Map();
  for (const [[frame], ppids, contents] of rows) {
    // The chunks of a frame that completes a message all have its PPID; a frame that completes none shows no contents.
    if (contents.length > 0)
      messages.set(
        frame,
        contents.map((bytes, i) => `${ppids[i]} ${bytes}`),
      );
  }
  return messages;
}

/** Captures of other families that have SCTP: over IPv6, loopback and cooked links, in several associations, cut short. */
const OTHERS = [
  ['sip', 'arkime+arkime', 'arkime_synthetic.pcap'],
  ['sip', 'open5gs+open5gs', 'nonipsec_reg.pcapng'],
  ['sip', 'open5gs+open5gs', 'volte.pcapng'],
  ['lte', 'arkime+arkime', 'diameter_synthetic.pcap'],
  ['lte', 'fasferraz+eNB', 'trace_4g_open5gs_eNB.pcapng'],
  ['lte', 'magma+magma', 'nsa_connection.pcap'],
  ['lte', 'open5gs+open5gs', '5g-roaming-lbo.pcapng'],
  ['lte', 'telekom+5g-trace-visualizer', 'free5gc.pcap'],
].map((parts) => sharedCapture(...parts));

/** What tshark sees of the user messages in a capture. */
function witness(path: string): Messages {
  const fields = ['frame.number', 'sctp.data_payload_proto_id', 'data.data'];
  return theirs(tsharkFields(path, 'sctp.data_payload_proto_id', fields, ['-o', 'sctp.ulp_dissection:FALSE']));
}

const counted = { captures: 0, messages: 0 };

for (const path of [...sharedCaptures('ss7'), ...OTHERS]) {
  test(`${relative(sharedDir, path)} has the user messages that tshark sees`, async () => {
    const expected = witness(path);
    expect(await ours(path)).toEqual(expected);
    if (expected.size > 0) counted.captures++;
    for (const list of expected.values()) counted.messages += list.length;
  });
}

test('captures were compared', () => {
  console.log(`${counted.messages} SCTP user messages of ${counted.captures} captures compared`);
  expect(counted.captures).toBeGreaterThan(40);
  expect(counted.messages).toBeGreaterThan(120_000);
});

test('a capture of a mirror port that has each packet twice has each message once, as tshark sees it', async () => {
  const path = sharedCapture('ss7', 'osmocom-virtual', 'a-interface-main-bsc1.pcap');
  const packets: Buffer[] = [];
  const [input] = await listCaptures([path]);
  await readCapture(input, ({ data, start, end }) => packets.push(Buffer.from(data.subarray(start, end))));
  const twice = join(folder, 'twice.pcap');
  writeFileSync(
    twice,
    classicPcap(
      1,
      packets.flatMap((packet) => [packet, packet]),
    ),
  );
  const got = await ours(twice);
  expect(got).toEqual(witness(twice));
  expect([...got.values()].flat()).toHaveLength([...(await ours(path)).values()].flat().length);
});

test('what is hand-built is read by tshark as it is by us', async () => {
  const long = (letter: string) => letter.repeat(40);
  const back = {
    source: '10.0.0.2',
    destination: '10.0.0.1',
    sourcePort: 2906,
    destinationPort: 2905,
    tag: 0xbac0_0001,
  };
  const packets = [
    overIp({ tag: 0 }, init(back.tag, 0xffff_fffe)),
    overIp(back, init(0x5eed_0001, 7, true)),
    // Thirteen chunks of lengths that need padding, over the wrap.
    overIp(
      {},
      ...Array.from({ length: 13 }, (_, i) =>
        data({ tsn: (0xffff_fffe + i) % 2 ** 32, payload: 'x'.repeat(i + 1), ppid: 3 }),
      ),
    ),
    overIp({}, data({ tsn: 11, payload: long('a'), ppid: 3, stream: 1, flags: 'B' })),
    overIp({}, data({ tsn: 13, payload: long('c'), ppid: 3, stream: 1, flags: 'E' })),
    overIp({}, data({ tsn: 14, payload: 'whole', ppid: 5, stream: 2 })),
    overIp({}, data({ tsn: 12, payload: long('b'), ppid: 3, stream: 1, flags: '' })),
    overIp({}, data({ tsn: 12, payload: long('b'), ppid: 3, stream: 1, flags: '' })),
    overIp(back, data({ tsn: 7, payload: 'back', ppid: 3, flags: 'BEU' })),
  ];
  const file = join(folder, 'built.pcap');
  writeFileSync(file, classicPcap(1, packets));
  const got = await ours(file);
  expect(got).toEqual(witness(file));
  expect([...got].map(([frame, list]) => `${frame}: ${list.length}`)).toEqual(['3: 13', '6: 1', '7: 1', '9: 1']);
});

test('interleaved messages are read by tshark as they are by us', async () => {
  const piece = (tsn: number, stream: number, fragment: number, flags: string) =>
    iData({ tsn, payload: `${stream}${fragment}`.repeat(20), ppid: 3, stream, fragment, flags });
  const packets = [
    overIp({}, piece(1, 1, 0, 'B')),
    overIp({}, piece(2, 2, 0, 'B')),
    overIp({}, piece(3, 1, 1, '')),
    overIp({}, piece(4, 2, 1, 'E')),
    overIp({}, piece(5, 1, 2, 'E')),
    overIp({}, iData({ tsn: 6, payload: 'whole', ppid: 3, stream: 2, sequence: 1 })),
  ];
  const file = join(folder, 'interleaved.pcap');
  writeFileSync(file, classicPcap(1, packets));
  const fields = ['frame.number', 'data.data'];
  const rows = tsharkFields(file, 'data', fields, ['-o', 'sctp.ulp_dissection:FALSE']);
  const got = await ours(file);
  expect([...got.keys()]).toEqual(['4', '5', '6']);
  expect([...got].map(([frame, [message]]) => [[frame], [message.split(' ')[1]]])).toEqual(rows);
});

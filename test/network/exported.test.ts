import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { cli, records } from '../support/cli.ts';
import { hex, u16, u32 } from '../support/frames.ts';
import { sharedCapture } from '../support/shared.ts';
import { packetOf, record } from './record.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-exported-'));
afterAll(() => rmSync(folder, { recursive: true }));

const EXPORTED = 252;
const tag = (number: number, value: Buffer) => Buffer.concat([u16(number), u16(value.length), value]);
const name = (text: string) => tag(12, Buffer.from(text.padEnd(4 * Math.ceil((text.length + 1) / 4), '\0')));
const ENDS = Buffer.concat([
  tag(20, hex('0a000001')),
  tag(21, hex('0a000002')),
  tag(25, u32(5060)),
  tag(26, u32(5070)),
]);
const END = hex('00000000');
const seen = (...parts: Buffer[]) => record([packetOf(Buffer.concat(parts), { linkType: EXPORTED })]);

describe('messages that Wireshark exported', () => {
  test('stand between the addresses and ports that it noted', () => {
    const text = Buffer.from('SIP/2.0');
    const [udp, tcp] = [3, 2].map((type) => tag(24, u32(type)));
    expect(seen(name('sip'), udp!, ENDS, END, text).seen).toEqual(['1 udp 10.0.0.1:5060>10.0.0.2:5070 SIP/2.0']);
    expect(seen(name('sip'), ENDS, tcp!, END, text).seen).toEqual(['1 tcp 10.0.0.1:5060>10.0.0.2:5070 SIP/2.0']);
    const six = [tag(22, hex('20010db8000000000000000000000001')), tag(23, hex('20010db8000000000000000000000002'))];
    expect(seen(name('sip'), tag(0xff00, hex('01')), udp!, ...six, END, text).seen).toEqual([
      '1 udp [2001:db8::1]:0>[2001:db8::2]:0 SIP/2.0',
    ]);
    expect(seen(name('sip'), udp!, six[0]!, tag(21, hex('0a000002')), END, text).seen).toEqual([
      '1 udp 0.0.0.0:0>0.0.0.0:0 SIP/2.0',
    ]);
    expect(seen(name('mtp3'), END, text).seen).toEqual(['1 mtp3 0.0.0.0:0>0.0.0.0:0 SIP/2.0']);
  });

  test('of other protocols are counted as not read, and cut ones give nothing or what is there', () => {
    expect(seen(name('rtp'), ENDS, END, hex('80')).packets).toEqual({ other: 1 });
    const whole = Buffer.concat([name('sip'), tag(24, u32(3)), ENDS, END, Buffer.from('SIP/2.0')]);
    for (let length = 0; length < whole.length; length++) {
      const { seen, anomalies } = record([
        packetOf(whole.subarray(0, length), { linkType: EXPORTED, originalLength: whole.length }),
      ]);
      const kept = length - (whole.length - 7);
      expect(seen).toEqual(kept > 0 ? [`1 udp 10.0.0.1:5060>10.0.0.2:5070 ${'SIP/2.0'.slice(0, kept)} cut`] : []);
      expect(anomalies).toEqual({});
    }
  });
});

/** Where a message was, and what an export does not keep. */
const BY_FILE = ['capture', 'frame'];

// tshark exports what it found by itself: the same messages are to be read from both.
test.each([
  ['OSI layer 7', 'sip/CESNET+ipfixprobe/sip.pcap'],
  ['OSI layer 7', 'ss7/negbie+heplify/sip_sctp.pcap'],
  ['OSI layer 3', 'ss7/ajbanjara+Wireshark/GSM_BCC.pcap'],
  ['OSI layer 3', 'ss7/ajbanjara+Wireshark/Mobile-Originating-Call(AMR).pcap'],
  ['OSI layer 3', 'ss7/ajbanjara+Wireshark/japan_tcap_over_m2pa.pcap'],
])('as %s they are the messages of %s', async (tap, path) => {
  const capture = sharedCapture(...path.split('/'));
  const exported = join(folder, `${basename(path)}.pcapng`);
  execFileSync('tshark', ['-r', capture, '-U', tap, '-w', exported], { stdio: 'ignore' });
  const of = async (file: string) =>
    records((await cli('messages', file, '--format', 'ndjson')).stdout).map((message) =>
      Object.fromEntries(Object.entries(message).filter(([column]) => !BY_FILE.includes(column))),
    );
  const messages = await of(capture);
  expect(messages.length).toBeGreaterThan(2);
  expect(await of(exported)).toEqual(messages);
});

import { relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Counters } from '../../../src/base/counters.ts';
import { DEFAULT_LIMITS } from '../../../src/base/limits.ts';
import { listCaptures } from '../../../src/capture/list.ts';
import { readCapture } from '../../../src/capture/read.ts';
import { MessageDecoder } from '../../../src/messages/decoder.ts';
import { ss7Record } from '../../../src/messages/ss7-record.ts';
import { Network } from '../../../src/network/network.ts';
import { AddressReader } from '../../../src/sip/address-reader.ts';
import { sharedCapture, sharedCaptures, sharedDir } from '../../support/shared.ts';
import { tsharkFields } from '../../support/tshark.ts';

/** Every message of Diameter in every real capture against tshark, frame by frame. */

const FACTS: readonly (readonly [column: string, fields: readonly string[], theirs?: (text: string) => string])[] = [
  ['opcode', ['diameter.cmd.code']],
  ['is_request', ['diameter.flags.request'], (text) => String(text === 'True' || text === '1')],
  ['context', ['diameter.applicationId']],
  ['end_to_end', ['diameter.endtoendid'], (text) => String(Number(text))],
  ['session', ['diameter.Session-Id']],
  ['origin_host', ['diameter.Origin-Host']],
  ['user', ['diameter.User-Name'], (text) => (/^\d{6,15}(@|$)/.test(text) ? text.replace(/@.*/, '') : '')],
  ['imei', ['diameter.IMEI']],
  ['network', ['diameter.Visited-PLMN-Id'], (text) => text.replaceAll(':', '')],
  ['equipment_status', ['diameter.Equipment-Status']],
];
/** Grouped pairs of other applications have results of their own: ours is among them. */
const RESULT = ['diameter.Result-Code', 'diameter.Experimental-Result-Code'] as const;
const FIELDS = ['frame.number', ...RESULT, ...FACTS.flatMap(([, fields]) => fields)];

/** Frames in which we differ and why we are right, by capture. */
const EXCEPTIONS: Record<string, Record<number, string>> = {
  'lte/sage-s11+sigcorr/diameter_s6a_attack.pcap': {
    2: 'bytes are lost before it: the stitch reads it when no capture brings them',
    3: 'as frame 2',
  },
  'ss7/sage-s11+sigcorr/full_multi_protocol_attack.pcap': { 4: 'bytes are lost before it, as above' },
};

/** Diameter of a policy server is on a port of its own, which tshark has to be told. */
const ON_PORTS = ['-d', 'tcp.port==3871,diameter'];

const CAPTURES = [
  ...sharedCaptures('lte'),
  sharedCapture('ss7', 'ajbanjara+Wireshark', 'sctphandshakefail.pcap'),
  sharedCapture('ss7', 'sage-s11+sigcorr', 'cross_protocol_auth_downgrade.pcap'),
  sharedCapture('ss7', 'sage-s11+sigcorr', 'full_multi_protocol_attack.pcap'),
  sharedCapture('sip', 'sage-s11+sigcorr', 'diameter.pcap'),
  sharedCapture('sip', 'arkime+arkime', 'arkime_synthetic.pcap'),
  ...['ipsec_reg', 'ipsec_to_ipsec_call', 'nonipsec_reg', 'nonipsec_to_ipsec_call', 'volte'].map((name) =>
    sharedCapture('sip', 'open5gs+open5gs', `${name}.pcapng`),
  ),
];

async function ours(path: string): Promise<Map<number, Record<string, string>[]>> {
  const counters = new Counters();
  const seen = new Map<number, Record<string, string>[]>();
  const decoder = new MessageDecoder(DEFAULT_LIMITS, counters, new AddressReader(counters), () => undefined, false, {
    variant: null,
    onMessage: (message, payload, duplicate) => {
      if (message.protocol !== 'diameter') return;
      const { diameter } = message;
      const { mcc, mnc, ...record } = ss7Record(message, payload, duplicate, path);
      const values: Record<string, string> = {};
      for (const [name, value] of Object.entries(record)) if (value !== null) values[name] = String(value);
      values.is_request = String(diameter.isRequest);
      values.end_to_end = String(diameter.endToEnd);
      if (values.imsi !== undefined) values.user = values.imsi;
      if (typeof mcc === 'string' && typeof mnc === 'string' && values.lac === undefined) {
        const digits = `${mcc[1]}${mcc[0]}${mnc[2] ?? 'f'}${mcc[2]}${mnc[1]}${mnc[0]}`;
        values.network = digits;
      }
      seen.set(payload.frame, [...(seen.get(payload.frame) ?? []), values]);
    },
  });
  const network = new Network(decoder, DEFAULT_LIMITS, counters);
  const [input] = await listCaptures([path]);
  await readCapture(input!, (packet) => network.packet(packet));
  network.finish();
  decoder.finish();
  return seen;
}

let compared = 0;

describe('Diameter agrees with tshark', () => {
  for (const path of CAPTURES) {
    const name = relative(`${sharedDir}/captures`, path);
    test(name, async () => {
      const mine = await ours(path);
      const theirs = new Map(tsharkFields(path, 'diameter', FIELDS, ON_PORTS).map((row) => [Number(row[0]![0]), row]));
      const differences: string[] = [];
      for (const frame of new Set([...mine.keys(), ...theirs.keys()])) {
        if (EXCEPTIONS[name]?.[frame] !== undefined) continue;
        const row = theirs.get(frame);
        const results = new Set(RESULT.flatMap((field) => row?.[FIELDS.indexOf(field)] ?? []));
        for (const { result } of mine.get(frame) ?? []) {
          if (result === undefined ? results.size > 0 && mine.get(frame)!.length === 1 : !results.has(result))
            differences.push(`${frame} result: ours ${result}, tshark ${[...results]}`);
          else if (result !== undefined) compared++;
        }
        for (const [column, fields, text] of FACTS) {
          const got = (mine.get(frame) ?? []).flatMap((values) => values[column] ?? []);
          const wanted = fields
            .flatMap((field) => row?.[FIELDS.indexOf(field)] ?? [])
            .map((value) => text?.(value) ?? value)
            .filter((value) => value !== '');
          if (got.sort().join() !== wanted.sort().join())
            differences.push(`${frame} ${column}: ours ${got}, tshark ${wanted}`);
          else compared += wanted.length;
        }
      }
      expect(differences).toEqual([]);
    });
  }

  test('there were messages of S6a to compare', () => {
    expect(compared).toBeGreaterThan(1000);
  });
});

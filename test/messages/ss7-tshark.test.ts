import { relative } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Counters } from '../../src/base/counters.ts';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { listCaptures } from '../../src/capture/list.ts';
import { readCapture } from '../../src/capture/read.ts';
import { MessageDecoder } from '../../src/messages/decoder.ts';
import { ss7Record } from '../../src/messages/ss7-record.ts';
import { Network } from '../../src/network/network.ts';
import { AddressReader } from '../../src/sip/address-reader.ts';
import { sharedCaptures, sharedDir } from '../support/shared.ts';
import { tsharkFields } from '../support/tshark.ts';

/**
 * Every SS7 message of every real capture against tshark, field by field: what `messages` gives for a frame is what tshark shows in it, as
 * often. Point codes and all else are found without being told; tshark has to be told.
 */

type Values = Record<string, unknown>;

interface Seen {
  values: Values;
  /** The first record of its message: further ones are components of TCAP. */
  first: boolean;
}

/** One fact that a message may state. */
interface Fact {
  name: string;
  /** How often: once a message, once a component, or it is enough that it is there. */
  per: 'message' | 'component' | 'frame';
  ours: (values: Values) => unknown[];
  /** Fields of tshark. */
  fields: readonly string[];
  theirs?: (text: string) => string | null;
  /** Of frames whose messages are all of these; of all frames where left out. */
  when?: (values: Values) => boolean;
  /** tshark repeats what an earlier message said, or names what we do not: `within` ours are among theirs, `stated` only where it has some. */
  how?: 'within' | 'stated';
}

const ISUP_TYPES: Record<number, string> = {
  1: 'IAM',
  2: 'SAM',
  6: 'ACM',
  7: 'CON',
  9: 'ANM',
  12: 'REL',
  13: 'SUS',
  14: 'RES',
  16: 'RLC',
  44: 'CPG',
  47: 'CFN',
};
const SCCP_TYPES = ['', 'CR', 'CC', 'CREF', 'RLSD', 'RLC', 'DT1', 'DT2', 'AK', 'UDT', 'UDTS', 'ED', 'EA', 'RSR', 'RSC'];
SCCP_TYPES.push('ERR', 'IT', 'XUDT', 'XUDTS', 'LUDT', 'LUDTS');

const number = (text: string): string => String(Number(text));
const bytes = (text: string): string => text.replaceAll(':', '').toLowerCase();
/** tshark shows the signal ST that ends the digits as F. */
const unended = (text: string): string => text.replace(/F$/, '');
/** Names without blanks and case; those of group, broadcast and supplementary services without what tells them apart from call control. */
const plain = (name: unknown): string =>
  String(name)
    .replace(/^(ss|gcc|bcc)(?=[A-Z])/, '')
    .replaceAll(/[^A-Za-z0-9]/g, '')
    .toLowerCase();
/** `DT1 (DTAP) (CC) Setup DT1 (BSSMAP) Clear Command`: the name of each message, without what is inside it. */
const namesIn = (info: string): string[] =>
  [
    ...info.matchAll(
      /(?:CR|CC|CREF|RLSD|DT1|UDT) \((?:BSSMAP|DTAP)\) (?:\([A-Z]+\) )?([^(]+?)(?= (?:CR|CC|CREF|RLSD|DT1|UDT|RLC|SACK)\b| ?\(|\s*$)/g,
    ),
  ].map((match) => plain(match[1]));
const radio = ({ protocol }: Values): boolean => protocol === 'bssap' || protocol === 'ranap';
const isup = ({ protocol }: Values): boolean => protocol === 'isup' || protocol === 'bicc';
const itu = ({ ansi }: Values): boolean => ansi !== true;
const ansi = (values: Values): boolean => !itu(values);
const operation = ({ protocol }: Values): boolean => protocol === 'map' || protocol === 'cap' || protocol === 'inap';
const of =
  (which: (values: Values) => boolean, ...names: string[]) =>
  (values: Values): unknown[] =>
    which(values) ? names.map((name) => values[name]) : [];
const always = (): boolean => true;
const references = (values: Values, end: 0 | 1): unknown[] => {
  const ends =
    values.connection === null || values.connection === undefined ? [] : String(values.connection).split(' ');
  const alone = values.sccp_type === 'CR';
  if (ends.length === 2) return [ends[end]!.split(':')[1]];
  return ends.length === 1 && (end === 0) === alone ? [ends[0]!.split(':')[1]] : [];
};

/** Columns of an operation that hold a number of E.164. */
const NUMBERS = [
  'msisdn',
  'msc',
  'vlr',
  'sgsn',
  'hlr',
  'gmsc',
  'roaming',
  'forwarded_to',
  'service_centre',
  'calling',
  'called',
  'original_called',
  'redirecting',
];

const FACTS: readonly Fact[] = [
  { name: 'opc', per: 'message', ours: of(always, 'opc'), fields: ['mtp3.opc'], theirs: number },
  { name: 'dpc', per: 'message', ours: of(always, 'dpc'), fields: ['mtp3.dpc'], theirs: number },
  {
    name: 'isup type',
    per: 'message',
    when: isup,
    ours: of(isup, 'type'),
    fields: ['isup.message_type'],
    theirs: (text) => ISUP_TYPES[Number(text)] ?? `type ${Number(text)}`,
  },
  { name: 'cic', per: 'message', when: isup, ours: of(isup, 'cic'), fields: ['isup.cic', 'bicc.cic'], theirs: number },
  {
    name: 'isup calling',
    per: 'message',
    when: isup,
    ours: of(isup, 'calling'),
    fields: ['isup.calling'],
    theirs: unended,
  },
  {
    name: 'isup called',
    per: 'message',
    when: isup,
    ours: of(isup, 'called'),
    fields: ['isup.called'],
    theirs: unended,
  },
  {
    name: 'isup original called',
    per: 'message',
    when: isup,
    ours: of(isup, 'original_called'),
    fields: ['isup.original_called_number'],
    theirs: unended,
  },
  {
    name: 'isup redirecting',
    per: 'message',
    when: isup,
    ours: of(isup, 'redirecting'),
    fields: ['isup.redirecting'],
    theirs: unended,
  },
  {
    name: 'isup connected',
    per: 'message',
    when: isup,
    ours: of(isup, 'connected'),
    fields: ['isup.connected_number'],
    theirs: unended,
  },
  {
    name: 'isup generic',
    per: 'message',
    when: isup,
    ours: of(isup, 'generic'),
    fields: ['isup.generic_number'],
    theirs: unended,
  },
  {
    name: 'isup cause',
    per: 'message',
    when: isup,
    ours: of(isup, 'cause'),
    fields: ['isup.cause_indicator'],
    theirs: number,
  },
  {
    name: 'sccp type',
    per: 'message',
    ours: (values) => (isup(values) ? [] : [values.sccp_type]),
    fields: ['sccp.message_type'],
    theirs: (text) => SCCP_TYPES[Number(text)] ?? `type ${Number(text)}`,
  },
  { name: 'called title', per: 'message', ours: of(always, 'called_gt'), fields: ['sccp.called.digits'] },
  { name: 'calling title', per: 'message', ours: of(always, 'calling_gt'), fields: ['sccp.calling.digits'] },
  { name: 'called ssn', per: 'message', ours: of(always, 'called_ssn'), fields: ['sccp.called.ssn'], theirs: number },
  {
    name: 'calling ssn',
    per: 'message',
    ours: of(always, 'calling_ssn'),
    fields: ['sccp.calling.ssn'],
    theirs: number,
  },
  {
    name: 'source reference',
    per: 'message',
    ours: (values) => references(values, 0),
    fields: ['sccp.slr'],
    theirs: number,
  },
  {
    name: 'destination reference',
    per: 'message',
    ours: (values) => references(values, 1),
    fields: ['sccp.dlr'],
    theirs: number,
  },
  {
    name: 'sccp cause',
    per: 'message',
    ours: of(({ protocol }) => protocol === 'sccp', 'cause'),
    fields: ['sccp.release_cause', 'sccp.return_cause', 'sccp.refusal_cause'],
    theirs: number,
  },
  { name: 'otid', per: 'message', ours: of(itu, 'otid'), fields: ['tcap.otid'], theirs: bytes },
  { name: 'dtid', per: 'message', ours: of(itu, 'dtid'), fields: ['tcap.dtid'], theirs: bytes },
  {
    name: 'ansi identifiers',
    per: 'frame',
    ours: of(ansi, 'identifiers'),
    fields: ['ansi_tcap.identifier'],
    theirs: bytes,
  },
  {
    name: 'application context',
    per: 'frame',
    how: 'stated',
    ours: of(always, 'context'),
    fields: ['tcap.application_context_name'],
  },
  {
    name: 'opcode',
    per: 'component',
    ours: of(operation, 'sent_opcode'),
    fields: ['gsm_old.localValue', 'camel.local'],
    theirs: number,
    when: operation,
  },
  { name: 'imsi', per: 'frame', ours: of(always, 'imsi'), fields: ['e212.imsi'] },
  { name: 'imei', per: 'frame', ours: of(radio, 'imei'), fields: ['gsm_a.imei'] },
  { name: 'imeisv', per: 'frame', ours: of(radio, 'imeisv'), fields: ['gsm_a.imeisv'] },
  {
    name: 'numbers of an operation',
    per: 'frame',
    when: operation,
    ours: (values) => NUMBERS.map((column) => values[column]),
    fields: [
      'e164.msisdn',
      'e164.calling_party_number.digits',
      'e164.called_party_number.digits',
      'isup.calling',
      'isup.called',
      'isup.original_called_number',
      'isup.redirecting',
      'gsm_a.dtap.cld_party_bcd_num',
    ],
    theirs: unended,
  },
  {
    name: 'called bcd',
    per: 'frame',
    when: radio,
    ours: of(radio, 'called', 'service_centre'),
    fields: ['gsm_a.dtap.cld_party_bcd_num'],
  },
  { name: 'radio calling', per: 'message', ours: of(radio, 'calling'), fields: ['gsm_a.dtap.clg_party_bcd_num'] },
  {
    name: 'radio cause',
    per: 'message',
    ours: (values) => (values.protocol === 'ranap' ? [values.nas_cause] : of(radio, 'cause')(values)),
    fields: ['gsm_a.bssmap.cause', 'gsm_a.dtap.cause'],
    theirs: number,
  },
  {
    name: 'lac',
    per: 'frame',
    how: 'within',
    ours: of(radio, 'lac'),
    fields: ['gsm_a.bssmap.cell_lac', 'gsm_a.lac', 'ranap.lAC'],
    theirs: number,
  },
  { name: 'ci', per: 'frame', ours: of(radio, 'ci'), fields: ['gsm_a.bssmap.cell_ci', 'ranap.sAC'], theirs: number },
  {
    name: 'ranap procedure',
    per: 'message',
    ours: of(({ protocol }) => protocol === 'ranap', 'procedure'),
    fields: ['ranap.procedureCode'],
    theirs: number,
  },
];
const FIELDS = [...new Set(['frame.number', '_ws.col.info', ...FACTS.flatMap(({ fields }) => fields)])];

/** What tshark must be told of a capture. */
const PREFERENCES: Record<string, string[]> = {
  // Addresses of SCCP coded by ANSI, with point codes of 24 bits.
  'ajbanjara+Wireshark/Mobile-Originating-Call(AMR).pcap': ['-o', 'mtp3.standard:ANSI'],
  // Draft 6 of M3UA.
  'ajbanjara+Wireshark/isup.cap': ['-o', 'm3ua.version:Internet Draft version 6'],
  'ajbanjara+Wireshark/japan_tcap_over_m2pa.pcap': ['-o', 'mtp3.standard:Japan'],
  'ajbanjara+Wireshark/attachment_sample.pcap': ['-o', 'mtp3.standard:Chinese ITU'],
  'ajbanjara+Wireshark/ansi_map_win.pcap': ['-o', 'mtp3.standard:ANSI'],
};
/** CAP and MAP under subsystem numbers of the networks' own. */
const ALWAYS = ['-o', 'camel.tcap.ssn:146,152,200', '-o', 'gsm_map.tcap.ssn:5-9,145,147-150'];

/** Of longer captures the first packets: what a generator sends repeats itself. */
const PACKETS = 20_000;

/** Frames, or facts of one, in which we differ and why we are right, by capture. */
const EXCEPTIONS: Record<string, Record<string, string>> = {
  'ajbanjara+Wireshark/SMLC-Calflow---PLRS-without-TA.pcap': {
    '1059 ci': 'a cell inside BSSLAP, which is not read',
  },
  'ajbanjara+Wireshark/ansi_map_win.pcap': {
    // The answers in frames 3, 6 and 9 are called by subsystem 8.
    ...Object.fromEntries(
      [1, 2, 4, 5, 7, 8].map((frame) => [
        `${frame} calling ssn`,
        'an address of ANSI without its national bit, five octets long: tshark reads the order and the point code of ITU',
      ]),
    ),
    '7 ansi identifiers': 'a unidirectional message, whose empty identifier tshark calls missing',
  },
  'ajbanjara+Wireshark/camel.pcap': {
    '1 numbers of an operation':
      'a called party BCD number has no octet 3a (24.008 §10.5.4.7): tshark takes its first two digits, 41, for one',
  },
  'arkime+arkime/m3ua_synthetic.pcap': {
    81: 'protocol data of draft 6 (tag 2): tshark reads one version of M3UA in a file, and the others here are of the RFC',
  },
};

async function ours(path: string): Promise<Map<number, Seen[]>> {
  const [input] = await listCaptures([path]);
  const counters = new Counters();
  const seen = new Map<number, Seen[]>();
  const decoder = new MessageDecoder(DEFAULT_LIMITS, counters, new AddressReader(counters), () => undefined, false, {
    variant: null,
    onMessage: (message, payload, duplicate) => {
      // Held to tshark in a test of its own.
      if (message.protocol === 'diameter') return;
      const values = ss7Record(message, payload, duplicate, path);
      // What the record leaves out or takes over from earlier messages, so that it is compared as well.
      values.sccp_type = isup(values) ? null : SCCP_TYPES[message.sccp.type];
      values.procedure = message.radio.type;
      const { type, parameter } = message.component;
      values.sent_opcode = type === 1 || (type === 2 && parameter.end > parameter.start) ? values.opcode : null;
      values.nas_cause = message.radio.nas.cause < 0 ? null : message.radio.nas.cause;
      values.ansi = 'otid' in values && message.tcap.ansi;
      values.identifiers = `${values.otid ?? ''}${values.dtid ?? ''}`;
      const frame = seen.get(payload.frame) ?? [];
      frame.push({ values, first: message.index <= 0 || !('otid' in values) });
      seen.set(payload.frame, frame);
    },
  });
  const network = new Network(decoder, DEFAULT_LIMITS, counters);
  await readCapture(input!, (packet) => {
    if (packet.frame <= PACKETS) network.packet(packet);
  });
  network.finish();
  decoder.finish();
  return seen;
}

let fields = 0;
let messages = 0;
afterAll(() => {
  console.log(`compared with tshark: ${fields} fields of ${messages} SS7 messages`);
});

describe('SS7 messages agree with tshark', () => {
  for (const path of sharedCaptures('ss7')) {
    const name = relative(`${sharedDir}/captures/ss7`, path);
    test(name, async () => {
      const mine = await ours(path);
      const rows = tsharkFields(path, 'sccp || isup || bicc', FIELDS, [
        '-c',
        String(PACKETS),
        ...ALWAYS,
        ...(PREFERENCES[name] ?? []),
      ]);
      const exceptions = EXCEPTIONS[name] ?? {};
      const differences: string[] = [];
      const theirs = new Map(rows.map((row) => [Number(row[0]![0]), row]));
      for (const frame of [...new Set([...mine.keys(), ...theirs.keys()])].sort((a, b) => a - b)) {
        if (exceptions[frame] !== undefined) continue;
        const records = mine.get(frame) ?? [];
        const row = theirs.get(frame);
        messages += records.filter(({ first }) => first).length;
        for (const fact of FACTS) {
          if (exceptions[`${frame} ${fact.name}`] !== undefined) continue;
          if (fact.when !== undefined && records.length > 0 && !records.every(({ values }) => fact.when!(values)))
            continue;
          const got = records
            .filter(({ first }) => fact.per !== 'message' || first)
            .flatMap(({ values }) => fact.ours(values))
            .filter((value) => value !== null && value !== undefined)
            .map(String);
          const wanted = row === undefined ? [] : valuesOf(fact, row);
          if (!same(fact, got, wanted)) differences.push(`${frame} ${fact.name}: ours ${got}, tshark ${wanted}`);
          else fields += wanted.length;
        }
      }
      expect(differences).toEqual([]);
    });
  }
});

function valuesOf(fact: Fact, row: string[][]): string[] {
  if (fact.fields[0] === '_ws.col.info') return (row[1] ?? []).flatMap(namesIn);
  return fact.fields.flatMap((field) =>
    (row[FIELDS.indexOf(field)] ?? []).map((text) => (fact.theirs ? fact.theirs(text) : text) ?? ''),
  );
}

function same({ per, how }: Fact, got: string[], wanted: string[]): boolean {
  if (how === 'stated' && wanted.length === 0) return true;
  if (how === 'within') return got.every((value) => wanted.includes(value)) && (got.length > 0 || wanted.length === 0);
  const a = per === 'frame' ? [...new Set(got)] : got;
  const b = per === 'frame' ? [...new Set(wanted)] : wanted;
  return a.sort().join() === b.sort().join();
}

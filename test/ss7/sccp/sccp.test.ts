import { describe, expect, it } from 'vitest';
import { Counters } from '../../../src/base/counters.ts';
import { DEFAULT_LIMITS } from '../../../src/base/limits.ts';
import { Random } from '../../../src/base/random.ts';
import { createPayload } from '../../../src/network/payload.ts';
import { digitsText } from '../../../src/ss7/digits.ts';
import { type Msu, type Sccp, type SccpAddress, Ss7Variant, type Ss7VariantId } from '../../../src/ss7/message.ts';
import { createSccp, SccpReader, sccpTypeName } from '../../../src/ss7/sccp/sccp.ts';
import { encodeSegments } from '../../../src/ss7/sccp/sccp-encode.ts';
import { hex, msu } from '../../support/ss7.ts';

function read(octets: string | Buffer, variant: Ss7VariantId = Ss7Variant.itu) {
  const data = typeof octets === 'string' ? hex(octets) : octets;
  const sccp = createSccp();
  const counters = new Counters();
  const stop = new SccpReader(DEFAULT_LIMITS, counters).read(msu(data, { variant }), 0, sccp);
  return { sccp, stop, counters };
}

function text(sccp: Sccp): string {
  return sccp.data.toString('hex', sccp.start, sccp.end);
}

/** What an address says, without what it does not say. */
function said(address: SccpAddress): Record<string, unknown> {
  const all: Record<string, unknown> = {
    pc: address.pointCode,
    ssn: address.ssn,
    tt: address.translationType,
    digits: digitsText(address.title),
    nature: address.title.nature || null,
    plan: address.title.plan || null,
  };
  for (const [name, value] of Object.entries(all)) if (value === null || value === -1) delete all[name];
  return all;
}

/** Messages of Q.713 §4 written out octet by octet: local references 0x030201 (to) and 0x060504 (from). */
const TO = '01 02 03';
const FROM = '04 05 06';
const HLR = '0b 12 06 00 11 04 68 31 08 00 10 01';
const MSC = '0b 12 08 00 12 04 68 31 08 00 20 02';
const EXAMPLES: readonly (readonly [
  name: string,
  octets: string,
  says: Partial<Record<keyof Sccp | 'text', unknown>>,
])[] = [
  ['CR', `01 ${FROM} 02 02 00 02 42 fe`, { sourceReference: 0x060504, text: '' }],
  ['CR', `01 ${FROM} 02 02 04 02 42 fe 0f 03 aabbcc 00`, { sourceReference: 0x060504, text: 'aabbcc' }],
  // Credit, calling address, data, hop counter, importance.
  [
    'CR',
    `01 ${FROM} 03 02 04 02 42 fe 09 01 07 04 04 43 3412 fe 0f 01 aa 11 01 05 12 01 03 00`,
    { sourceReference: 0x060504, text: 'aa' },
  ],
  ['CC', `02 ${TO} ${FROM} 02 00`, { destinationReference: 0x030201, sourceReference: 0x060504 }],
  ['CC', `02 ${TO} ${FROM} 02 01 0f 02 aabb 00`, { destinationReference: 0x030201, text: 'aabb' }],
  ['CREF', `03 ${TO} 03 00`, { destinationReference: 0x030201, cause: 3 }],
  ['RLSD', `04 ${TO} ${FROM} 0f 00`, { destinationReference: 0x030201, sourceReference: 0x060504, cause: 15 }],
  ['RLSD', `04 ${TO} ${FROM} 00 01 0f 01 cc 00`, { cause: 0, text: 'cc' }],
  ['RLC', `05 ${TO} ${FROM}`, { destinationReference: 0x030201, sourceReference: 0x060504 }],
  ['DT1', `06 ${TO} 00 01 02 aabb`, { destinationReference: 0x030201, text: 'aabb', segment: false }],
  ['DT1', `06 ${TO} 01 01 02 aabb`, { text: 'aabb', segment: true }],
  ['DT2', `07 ${TO} 0a 02 01 02 aabb`, { destinationReference: 0x030201, text: 'aabb', segment: false }],
  ['DT2', `07 ${TO} 0a 03 01 02 aabb`, { text: 'aabb', segment: true }],
  ['AK', `08 ${TO} 02 07`, { destinationReference: 0x030201 }],
  ['UDT', `09 00 03 0e 19 ${HLR} ${MSC} 03 620101`, { text: '620101' }],
  ['UDTS', `0a 01 03 0e 19 ${HLR} ${MSC} 03 620101`, { text: '620101', cause: 1 }],
  ['ED', `0b ${TO} 01 01 dd`, { destinationReference: 0x030201, text: 'dd' }],
  ['EA', `0c ${TO}`, { destinationReference: 0x030201 }],
  ['RSR', `0d ${TO} ${FROM} 05`, { destinationReference: 0x030201, sourceReference: 0x060504, cause: 5 }],
  ['RSC', `0e ${TO} ${FROM}`, { destinationReference: 0x030201, sourceReference: 0x060504 }],
  ['ERR', `0f ${TO} 02`, { destinationReference: 0x030201, cause: 2 }],
  ['IT', `10 ${TO} ${FROM} 02 00 01 00`, { destinationReference: 0x030201, sourceReference: 0x060504, segment: false }],
  ['XUDT', `11 80 0f 04 0f 1a 00 ${HLR} ${MSC} 03 620101`, { text: '620101', segment: false }],
  // Segmentation with a first segment that is the only one.
  ['XUDT', `11 81 0f 04 0f 1a 1d ${HLR} ${MSC} 03 620101 10 04 c0 010203 00`, { text: '620101', segment: false }],
  ['XUDT', `11 81 0f 04 0f 1a 1d ${HLR} ${MSC} 03 620101 10 04 c1 010203 00`, { text: '620101', segment: true }],
  [
    'XUDTS',
    `12 07 0f 04 0f 1a 1d ${HLR} ${MSC} 03 620101 10 04 c1 010203 00`,
    { text: '620101', cause: 7, segment: true },
  ],
  ['LUDT', `13 00 0f 0700 1100 1b00 0000 ${HLR} ${MSC} 0300 620101`, { text: '620101' }],
  ['LUDTS', `14 01 0f 0700 1100 1b00 1e00 ${HLR} ${MSC} 0300 620101 12 01 05 00`, { text: '620101', cause: 1 }],
];

describe('messages of Q.713', () => {
  it.each(EXAMPLES)('%s is read: %s', (name, octets, says) => {
    const { sccp, stop } = read(octets);
    expect(stop).toBeNull();
    expect(sccpTypeName(sccp.type)).toBe(name);
    for (const [field, value] of Object.entries(says)) {
      expect(field === 'text' ? text(sccp) : sccp[field as keyof Sccp], field).toBe(value);
    }
    if (!/^.?UDTS?$|LUDT/.test(name)) return;
    expect(said(sccp.called)).toEqual({ ssn: 6, tt: 0, plan: 1, nature: 4, digits: '86138000011' });
    expect(said(sccp.calling)).toEqual({ ssn: 8, tt: 0, plan: 1, nature: 4, digits: '861380000220' });
  });

  it('a calling address of a connection stands in the optional part', () => {
    const { sccp } = read(EXAMPLES[2]![1]);
    expect([sccp.called.present, sccp.calling.present]).toEqual([true, true]);
    expect(said(sccp.calling)).toEqual({ pc: 0x1234, ssn: 254 });
  });

  it('a calling address that is not known may be empty or have nothing in it', () => {
    expect(read('09 00 03 05 06 02 42 06 01 00 01 aa').sccp.calling.present).toBe(true);
    const { sccp, stop } = read('09 00 03 05 05 02 42 06 00 01 aa');
    expect([stop, sccp.calling.present, text(sccp)]).toEqual([null, false, 'aa']);
  });
});

describe('addresses', () => {
  const called = (address: string, variant: Ss7VariantId = Ss7Variant.itu): Record<string, unknown> => {
    const bytes = hex(address);
    const { sccp, stop } = read(Buffer.concat([hex('01 040506 02 02 00'), Buffer.of(bytes.length), bytes]), variant);
    expect(stop).toBeNull();
    return said(sccp.called);
  };

  it.each([
    ['subsystem', '42 06', { ssn: 6 }],
    ['point code of 14 bits and subsystem', '43 34d2 08', { pc: 0x1234, ssn: 8 }],
    ['format 1: nature, odd', '04 84 21 03', { nature: 4, digits: '123' }],
    ['format 1: nature, even', '06 08 03 21 43', { ssn: 8, nature: 3, digits: '1234' }],
    ['format 2: translation type', '0a 06 0b 21 43', { ssn: 6, tt: 11, digits: '1234' }],
    ['format 2: a filler ends an odd number', '0a 06 0b 21 f3', { ssn: 6, tt: 11, digits: '123' }],
    ['format 3: plan, odd', '0e 06 00 71 21 03', { ssn: 6, tt: 0, plan: 7, digits: '123' }],
    ['format 3: plan, even', '0e 06 00 62 21 43', { ssn: 6, tt: 0, plan: 6, digits: '1234' }],
    ['format 4: plan and nature, odd', '12 06 00 11 04 21 03', { ssn: 6, tt: 0, plan: 1, nature: 4, digits: '123' }],
    [
      'format 4 with a point code',
      '13 0100 06 00 12 04 21 43',
      { pc: 1, ssn: 6, tt: 0, plan: 1, nature: 4, digits: '1234' },
    ],
    ['codes 11 and 12', '12 06 00 12 04 ba 1c', { ssn: 6, tt: 0, plan: 1, nature: 4, digits: '*#a1' }],
    ['reserved format: its subsystem', '1e 06 00 12 04 21', { ssn: 6 }],
    ['national bit', 'c2 06', { ssn: 6 }],
  ] as const)('ITU, %s', (_, octets, says) => {
    expect(called(octets)).toEqual(says);
  });

  it('China has ITU layout with point codes of 24 bits, Japan with 16', () => {
    expect(called('43 332211 08', Ss7Variant.china)).toEqual({ pc: 0x112233, ssn: 8 });
    expect(called('43 34d2 08', Ss7Variant.japan)).toEqual({ pc: 0xd234, ssn: 8 });
  });

  it('ANSI has the subsystem first, and two formats of its own (T1.112.3 §3.4)', () => {
    expect(called('c3 08 332211', Ss7Variant.ansi)).toEqual({ pc: 0x112233, ssn: 8 });
    expect(called('85 06 0e 11 21 03', Ss7Variant.ansi)).toEqual({ ssn: 6, tt: 14, plan: 1, digits: '123' });
    expect(called('89 06 0e 21 43', Ss7Variant.ansi)).toEqual({ ssn: 6, tt: 14, digits: '1234' });
    // Without the national bit it is ITU's, save where it has the octets that only ANSI's address has.
    expect(called('43 3412 08', Ss7Variant.ansi)).toEqual({ pc: 0x1234, ssn: 8 });
    expect(called('43 08 332211', Ss7Variant.ansi)).toEqual({ pc: 0x112233, ssn: 8 });
    expect(called('41 08', Ss7Variant.ansi)).toEqual({ ssn: 8 });
    expect(called('42 332211', Ss7Variant.ansi)).toEqual({ pc: 0x112233 });
  });
});

describe('segments', () => {
  const CALLED = '04 43 0100 06';

  /** XUDT with data and segmentation, from `calling`. */
  function xudt(data: string, segmentation: string, calling = MSC): Buffer {
    const parts = [hex(CALLED), hex(calling), Buffer.of(data.length / 2), hex(data)];
    const [a, b, c] = parts.map((part) => part.length);
    const calledAt = 4;
    const pointers = [
      calledAt,
      calledAt + a! - 1,
      calledAt + a! + b! - 2,
      calledAt + a! + b! + c! + data.length / 2 - 3,
    ];
    return Buffer.concat([hex('11 81 0f'), Buffer.from(pointers), ...parts, hex(`10 04 ${segmentation} 00`)]);
  }

  class Feed {
    readonly counters = new Counters();
    readonly reader: SccpReader;
    seconds = 0;

    constructor(limits: Partial<Record<keyof typeof DEFAULT_LIMITS, number>> = {}) {
      this.reader = new SccpReader({ ...DEFAULT_LIMITS, ...limits }, this.counters);
    }

    /** User data where the message is whole, else null. */
    read(octets: Buffer, fields: Partial<Msu> = {}): string | null {
      const sccp = createSccp();
      expect(this.reader.read(msu(octets, fields), this.seconds, sccp)).toBeNull();
      return sccp.segment ? null : text(sccp);
    }
  }

  const FIRST = xudt('aaaa', 'c2 010203');
  const SECOND = xudt('bb', '41 010203');
  const LAST = xudt('cccccc', '40 010203');

  it('come together in any order', () => {
    for (const order of [
      [FIRST, SECOND, LAST],
      [LAST, SECOND, FIRST],
      [SECOND, FIRST, LAST],
      [SECOND, LAST, FIRST],
      [FIRST, LAST, SECOND],
      [LAST, FIRST, SECOND],
    ]) {
      const feed = new Feed();
      expect(order.map((one) => feed.read(one))).toEqual([null, null, 'aaaabbcccccc']);
      expect(feed.counters.anomalies.size).toBe(0);
    }
  });

  it('of the same message seen on two links count once, and the copy of the last gives it again', () => {
    const feed = new Feed();
    const both = [FIRST, FIRST, SECOND, SECOND, LAST, LAST].map((one) => feed.read(one));
    expect(both).toEqual([null, null, null, null, 'aaaabbcccccc', 'aaaabbcccccc']);
    expect([FIRST, SECOND, LAST].map((one) => feed.read(one))).toEqual([null, null, 'aaaabbcccccc']);
  });

  it('are told apart by point codes of 32 bits too, which M3UA can hold', () => {
    const feed = new Feed();
    const fields = { opc: 0xffffffff, dpc: 0x80000000 };
    const ours = [xudt('03', 'c1 010203', '02 42 08'), xudt('13', '40 010203', '02 42 08')];
    expect(ours.map((one) => feed.read(one, fields))).toEqual([null, '0313']);
    expect([dt1('aa', 1), dt1('bb', 0)].map((one) => feed.read(one, fields))).toEqual([null, 'aabb']);
  });

  it('of other senders and references stay apart', () => {
    const feed = new Feed();
    expect(feed.read(FIRST)).toBeNull();
    expect(feed.read(xudt('01', 'c1 040506'))).toBeNull();
    expect(feed.read(xudt('02', 'c1 010203', HLR))).toBeNull();
    // Subsystem numbers alone: the node is known by its point code.
    expect(feed.read(xudt('03', 'c1 010203', '02 42 08'), { opc: 7 })).toBeNull();
    expect(feed.read(xudt('04', 'c1 010203', '02 42 08'), { opc: 8 })).toBeNull();
    expect(feed.read(xudt('11', '40 040506'))).toBe('0111');
    expect(feed.read(xudt('12', '40 010203', HLR))).toBe('0212');
    expect(feed.read(xudt('13', '40 010203', '02 42 08'), { opc: 7 })).toBe('0313');
    expect(feed.read(xudt('14', '40 010203', '02 42 08'), { opc: 8 })).toBe('0414');
    expect([SECOND, LAST].map((one) => feed.read(one))).toEqual([null, 'aaaabbcccccc']);
  });

  it('of a reference that is used again begin a new message', () => {
    const feed = new Feed();
    expect([FIRST, SECOND].map((one) => feed.read(one))).toEqual([null, null]);
    expect(feed.read(xudt('d0', 'c1 010203'))).toBeNull();
    expect(feed.counters.anomalies.get('sccp segments overlap')).toBe(1);
    expect(feed.read(xudt('d1', '40 010203'))).toBe('d0d1');
    // At once after one that is complete: no anomaly.
    expect([xudt('e0', 'c1 010203'), xudt('e1', '40 010203')].map((one) => feed.read(one))).toEqual([null, 'e0e1']);
    expect(feed.counters.anomalies.get('sccp segments overlap')).toBe(1);
  });

  it('that say too much of the message begin a new one', () => {
    for (const [one, two] of [
      // More remains after it than after the first one.
      [xudt('aa', 'c1 010203'), xudt('bb', '42 010203')],
      [xudt('bb', '42 010203'), xudt('aa', 'c1 010203')],
    ] as const) {
      const feed = new Feed();
      expect([feed.read(one), feed.read(two)]).toEqual([null, null]);
      expect(feed.counters.anomalies.get('sccp segments overlap')).toBe(1);
    }
  });

  it('that wait for longer than the reassembly timer are given up', () => {
    const feed = new Feed();
    expect([FIRST, SECOND].map((one) => feed.read(one))).toEqual([null, null]);
    feed.seconds = 21;
    expect(feed.read(LAST)).toBeNull();
    expect(feed.counters.anomalies.get('sccp segments missing')).toBe(1);
    feed.seconds = 50;
    expect(feed.read(xudt('01', 'c1 040506'))).toBeNull();
    expect(feed.counters.anomalies.get('sccp segments missing')).toBe(2);
  });

  it('are bounded in number and in bytes', () => {
    const few = new Feed({ sccpMessages: 2 });
    for (let reference = 10; reference < 20; reference++) few.read(xudt('aa', `c1 0000${reference}`));
    expect(few.counters.dropped.get('sccpMessages')).toBe(8);
    expect(few.read(xudt('bb', '40 000019'))).toBe('aabb');
    expect(few.read(xudt('bb', '40 000010'))).toBeNull();

    const small = new Feed({ sccpBytes: 1000 });
    for (let reference = 10; reference < 30; reference++) small.read(xudt('aa'.repeat(100), `c1 0000${reference}`));
    expect(small.counters.dropped.get('sccpBytes')).toBe(16);
    const none = new Feed({ sccpBytes: 10 });
    expect([FIRST, SECOND, LAST].map((one) => none.read(one))).toEqual([null, null, null]);
  });

  it('of LUDT come together too', () => {
    const feed = new Feed();
    const ludt = (data: string, segmentation: string): Buffer =>
      hex(`13 01 0f 0700 0a00 1400 1600 ${CALLED} ${MSC} 0200 ${data} 10 04 ${segmentation} 00`);
    expect(feed.read(ludt('aabb', 'c1 010203'))).toBeNull();
    expect(feed.read(ludt('ccdd', '40 010203'))).toBe('aabbccdd');
  });

  const dt1 = (data: string, more: 0 | 1, to = TO): Buffer => hex(`06 ${to} 0${more} 01 0${data.length / 2} ${data}`);

  it('that others are missing of are loose ends; of an old message only where an earlier capture may hold the beginning', () => {
    const begun = (): SccpReader => new SccpReader(DEFAULT_LIMITS, new Counters());
    const payload = createPayload();
    const [, last] = encodeSegments({ called: { ssn: 6 }, calling: { ssn: 7 }, data: Buffer.alloc(300) }, 1);
    const [first] = encodeSegments({ called: { ssn: 6 }, calling: { ssn: 7 }, data: Buffer.alloc(300) }, 2);
    const alone = begun();
    const stitching = begun();
    stitching.continues();
    for (const reader of [alone, stitching]) {
      for (const [seconds, unit] of [last!, first!].entries()) {
        payload.seconds = 1000 * (seconds + 1);
        expect(reader.read(msu(unit), payload.seconds, createSccp(), payload)).toBeNull();
      }
    }
    expect(alone.looseEnds().map(({ seconds }) => seconds)).toEqual([1000, 2000]);
    expect(stitching.looseEnds().map(({ seconds }) => seconds)).toEqual([2000]);
  });

  it('of DT1 come together by connection until one has no more data bit', () => {
    const feed = new Feed();
    expect(feed.read(dt1('aa', 1))).toBeNull();
    expect(feed.read(dt1('11', 1, FROM))).toBeNull();
    // The same local reference at another node is another connection.
    expect(feed.read(dt1('21', 0), { dpc: 9 })).toBe('21');
    expect(feed.read(dt1('bb', 1))).toBeNull();
    expect(feed.read(dt1('12', 0, FROM))).toBe('1112');
    expect(feed.read(dt1('cc', 0))).toBe('aabbcc');
    expect(feed.read(dt1('dd', 0))).toBe('dd');
    expect([dt1('ee', 1), dt1('ff', 0)].map((one) => feed.read(one))).toEqual([null, 'eeff']);
  });

  it('of DT2 likewise', () => {
    const feed = new Feed();
    expect(feed.read(hex(`07 ${TO} 00 01 01 01 aa`))).toBeNull();
    expect(feed.read(hex(`07 ${TO} 02 00 01 01 bb`))).toBe('aabb');
  });

  it('of a connection that ended belong to no later one', () => {
    const feed = new Feed();
    expect(feed.read(dt1('aa', 1))).toBeNull();
    expect(feed.read(dt1('a1', 1, FROM))).toBeNull();
    feed.read(hex(`04 ${TO} ${FROM} 00 00`));
    expect(feed.counters.anomalies.get('sccp segments missing')).toBe(1);
    expect(feed.read(dt1('bb', 0))).toBe('bb');
    feed.read(hex('05 777777 888888'));
    expect(feed.read(dt1('b1', 0, FROM))).toBe('a1b1');
    feed.read(hex(`05 ${FROM} ${TO}`));
    expect(feed.counters.anomalies.get('sccp segments missing')).toBe(1);
  });

  it('of DT1 without an end are given up', () => {
    const feed = new Feed();
    const piece = (index: number): Buffer =>
      Buffer.concat([hex(`06 ${TO} 01 01 ff`), Buffer.alloc(254, 1), Buffer.of(index & 255)]);
    for (let index = 0; index < 300; index++) expect(feed.read(piece(index))).toBeNull();
    expect(feed.counters.anomalies.get('sccp message too long')).toBe(1);
    expect([feed.read(dt1('bb', 0)), feed.read(dt1('bb', 0))]).toEqual([null, 'bb']);
  });
});

describe('what is wrong', () => {
  it('a message cut at any length keeps what was there, and nothing is read beyond', () => {
    for (const [name, octets] of EXAMPLES) {
      const whole = hex(octets);
      const complete = read(whole).sccp;
      for (let length = 0; length < whole.length; length++) {
        const data = Buffer.concat([whole.subarray(0, length), Buffer.alloc(40, 0x55)]);
        const sccp = createSccp();
        const reader = new SccpReader(DEFAULT_LIMITS, new Counters());
        const stop = reader.read(msu(data, { end: length }), 0, sccp);
        const at = `${name} cut at ${length}`;
        // Without its pointer, an optional part that is empty is not missed.
        const noPointer = name === 'CREF' ? length === 5 : /^(CC|RLSD)$/.test(name) && length === 8;
        expect(stop === null, at).toBe(noPointer);
        expect(sccp.end, at).toBeLessThanOrEqual(length);
        expect(text(complete).startsWith(text(sccp)), at).toBe(true);
        for (const field of ['sourceReference', 'destinationReference', 'cause'] as const) {
          expect([-1, complete[field]], at).toContain(sccp[field]);
        }
        for (const end of ['called', 'calling'] as const) {
          const digits = digitsText(sccp[end].title);
          // The beginning of a title is another title.
          if (digits !== null) expect(digits, at).toBe(digitsText(complete[end].title));
        }
      }
    }
  });

  it('of a message in segments, only the first is read where the parameter is cut off that says which it is', () => {
    const random = new Random(37);
    let mistaken = 0;
    let later = 0;
    for (let round = 0; round < 2000; round++) {
      const length = 2 * 160 + random.integer(40, 160);
      const content = Buffer.from(Array.from({ length }, () => random.integer(0, 255)));
      const whole = Buffer.concat([hex('62 82'), Buffer.of(length >> 8, length & 0xff), content]);
      const parts = encodeSegments({ called: { ssn: 6 }, calling: { ssn: 7 }, data: whole }, round);
      for (const [index, part] of parts.entries()) {
        const cut = part.subarray(0, part.length - random.integer(6, 20));
        const { sccp, stop } = read(cut);
        expect(stop).not.toBeNull();
        if (index === 0) expect(sccp.segment).toBe(false);
        if (index === 0 || sccp.start === sccp.end) continue;
        later++;
        if (!sccp.segment) mistaken++;
      }
      // One that is whole has room for an importance alone (Q.713 §3.19).
      const short = Buffer.concat([hex('62 81 c8'), content.subarray(0, 200)]);
      const one = xudtWith(short, '12 01 03 00');
      expect(read(one.subarray(0, one.length - random.integer(1, 30))).sccp.segment).toBe(false);
    }
    // Random bytes begin like a message of that length now and then.
    expect(mistaken / later).toBeLessThan(0.01);
  });

  it.each([
    ['', { offset: 0, need: 1, have: 0, reason: 'message type' }],
    ['63', { offset: 0, need: 1, have: 1, reason: 'unknown message type' }],
    ['00 01', { offset: 0, need: 1, have: 2, reason: 'unknown message type' }],
    ['09 00 03 05 05 00 01 00 01 aa', { offset: 6, need: 0, have: 0, reason: 'address indicator' }],
    ['09 00 03 05 05 01 42', { offset: 6, need: 1, have: 1, reason: 'subsystem number' }],
    ['09 00 03 05 05 02 41 01', { offset: 6, need: 2, have: 2, reason: 'point code' }],
    ['09 00 03 05 05 03 12 06 00', { offset: 6, need: 3, have: 3, reason: 'global title' }],
    [
      '11 00 0f 04 06 07 08 02 42 06 01 00 01 aa 10 02 c1 01 00',
      { offset: 16, need: 2, have: 2, reason: 'segmentation' },
    ],
    ['02 010203 040506 02 01 01 02 0102 00', { offset: 11, need: 2, have: 2, reason: 'local reference' }],
    ['02 010203 040506 02 01 02 02 0102 00', { offset: 11, need: 2, have: 2, reason: 'local reference' }],
  ])('%s stops where it says', (octets, stop) => {
    const outcome = read(octets);
    expect(outcome.stop).toEqual({ layer: 'sccp', ...stop });
    if (octets !== '') expect(outcome.counters.anomalies.size).toBe(1);
  });

  it.each([
    ['c1', 'subsystem number'],
    ['c2 01 02', 'point code'],
  ])('ANSI address %s', (address, reason) => {
    const bytes = hex(address);
    const octets = Buffer.concat([hex('01 040506 02 02 00'), Buffer.of(bytes.length), bytes]);
    expect(read(octets, Ss7Variant.ansi).stop?.reason).toBe(reason);
  });

  it('a type that is not known has a name all the same', () => {
    expect(sccpTypeName(99)).toBe('type 99');
  });

  it('random bytes never throw, and give user data inside the message', () => {
    const random = new Random(713);
    const counters = new Counters();
    const reader = new SccpReader({ ...DEFAULT_LIMITS, sccpMessages: 32, sccpBytes: 8192 }, counters);
    const sccp = createSccp();
    for (let round = 0; round < 30_000; round++) {
      const data = Buffer.from(Array.from({ length: random.integer(0, 60) }, () => random.integer(0, 255)));
      if (data.length > 0 && random.chance(0.95)) data[0] = random.integer(1, 20);
      for (let at = 1; at < data.length; at++) if (random.chance(0.6)) data[at]! &= 15;
      const variant = random.pick(Object.values(Ss7Variant));
      reader.read(msu(data, { variant }), random.integer(0, 3) + round / 100, sccp);
      expect(sccp.start).toBeLessThanOrEqual(sccp.end);
      expect(sccp.end).toBeLessThanOrEqual(sccp.data.length);
    }
  });
});

/** XUDT with this user data and optional part. */
function xudtWith(data: Buffer, optional: string): Buffer {
  return Buffer.concat([
    hex('11 80 0f 04 06 08'),
    Buffer.of(8 + data.length),
    hex('02 42 06 02 42 07'),
    Buffer.of(data.length),
    data,
    hex(optional),
  ]);
}

import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { digitsText, signalsText } from '../../../src/ss7/digits.ts';
import { createIsup, isupTypeName, readIsup, readIsupBody } from '../../../src/ss7/isup/isup.ts';
import { encodeIsup } from '../../../src/ss7/isup/isup-encode.ts';
import { type Isup, Ss7Variant, type Ss7VariantId } from '../../../src/ss7/message.ts';
import { hex } from '../../support/ss7.ts';

/** A message of Q.763 §4 written out octet by octet, with what it says. */
type Example = readonly [name: string, octets: string, says: Record<string, unknown>];

/** CIC 0x123. */
const CIC = '23 01';

const EXAMPLES: readonly Example[] = [
  [
    'IAM',
    // Nature of connection, forward call, category, medium; called at 2, optional at 9.
    `${CIC} 01 00 6001 0a 00 02 09
     07 03 10 31 54 76 98 0f
     0a 07 04 13 68 31 00 08 f0
     28 05 83 14 21 43 05
     0b 05 04 18 68 11 22
     c0 07 06 83 13 01 10 32 04
     c0 05 05 04 13 99 99
     00`,
    {
      called: '13456789',
      calledNature: 3,
      // Both end with ST (1111), which some networks send: taken off, with the filler after it.
      calling: '861300800',
      callingNature: 4,
      callingPlan: 1,
      callingPresentation: 0,
      originalCalled: '12345',
      originalPresentation: 1,
      redirecting: '861122',
      redirectingPresentation: 2,
      generic: '1001234',
      genericQualifier: 6,
      category: 10,
    },
  ],
  ['SAM', `${CIC} 02 02 00 03 80 21 03`, { subsequent: '123' }],
  ['SAM', `${CIC} 02 02 00 03 00 21 f3`, { subsequent: '123' }],
  ['INR', `${CIC} 03 0100 00`, {}],
  ['INF', `${CIC} 04 0200 01 0a 04 83 13 21 03 09 01 0b 00`, { calling: '123', category: 11 }],
  ['COT', `${CIC} 05 01`, {}],
  ['ACM', `${CIC} 06 1604 00`, { calledStatus: 1 }],
  ['ACM', `${CIC} 06 1204 01 12 02 81 91 00`, { calledStatus: 0, cause: 17, causeLocation: 1 }],
  ['CON', `${CIC} 07 1604 00`, { calledStatus: 1 }],
  ['FOT', `${CIC} 08 00`, {}],
  ['ANM', `${CIC} 09 00`, {}],
  ['ANM', `${CIC} 09 01 11 02 1a04 00`, { calledStatus: 2 }],
  // Connected number (§3.16): odd, international, E.164, shown; and one that is not available.
  ['ANM', `${CIC} 09 01 21 07 84 11 68 31 09 00 05 00`, { connected: '861390005' }],
  ['CON', `${CIC} 07 1604 01 21 02 00 08 00`, { calledStatus: 1 }],
  // Cause with a recommendation octet (Q.850 §2.2.4).
  ['REL', `${CIC} 0c 02 00 03 04 80 90`, { cause: 16, causeLocation: 4 }],
  ['REL', `${CIC} 0c 02 00 02 8a 9f`, { cause: 31, causeLocation: 10 }],
  ['SUS', `${CIC} 0d 01 00`, { suspendByNetwork: 1 }],
  ['SUS', `${CIC} 0d 00 00`, { suspendByNetwork: 0 }],
  ['RES', `${CIC} 0e 01 00`, { suspendByNetwork: 1 }],
  ['RLC', `${CIC} 10 00`, {}],
  // The first edition has no pointer.
  ['RLC', `${CIC} 10`, {}],
  ['RLC', `${CIC} 10 01 12 02 80 90 00`, { cause: 16, causeLocation: 0 }],
  ...(
    [
      ['CCR', '11'],
      ['RSC', '12'],
      ['BLO', '13'],
      ['UBL', '14'],
      ['BLA', '15'],
      ['UBA', '16'],
      ['CMR', '1c'],
      ['CMC', '1d'],
      ['CMRJ', '1e'],
      ['LPA', '24'],
      ['DRS', '27'],
      ['UCIC', '2e'],
      ['OLM', '30'],
      ['CRA', 'e9'],
      ['CVT', 'ec'],
    ] as const
  ).map(([name, type]): Example => [name, `${CIC} ${type}`, {}]),
  ['GRS', `${CIC} 17 01 01 1e`, { range: 30 }],
  ['CGB', `${CIC} 18 00 01 02 07 ff`, { range: 7 }],
  ['CGU', `${CIC} 19 00 01 02 07 ff`, { range: 7 }],
  ['CGBA', `${CIC} 1a 00 01 02 07 ff`, { range: 7 }],
  ['CGUA', `${CIC} 1b 00 01 02 07 ff`, { range: 7 }],
  ['FAR', `${CIC} 1f 02 00`, {}],
  ['FAA', `${CIC} 20 02 00`, {}],
  ['FRJ', `${CIC} 21 02 02 00 02 80 9d`, { cause: 29, causeLocation: 0 }],
  ['PAM REL', `${CIC} 28 0c 02 00 02 80 90`, { cause: 16, causeLocation: 0 }],
  ['PAM SUS', `${CIC} 28 0d 01 00`, { suspendByNetwork: 1 }],
  ['GRA', `${CIC} 29 01 02 07 00`, { range: 7 }],
  ['CQM', `${CIC} 2a 01 01 03`, { range: 3 }],
  ['CQR', `${CIC} 2b 02 03 01 01 02 03 03`, { range: 1 }],
  ['CPG', `${CIC} 2c 01 00`, { event: 1 }],
  // Q.763 §3.21: forwarded on busy, on no reply, unconditionally.
  ['CPG', `${CIC} 2c 04 00`, { event: 4, forwarded: 1 }],
  ['CPG', `${CIC} 2c 05 00`, { event: 5, forwarded: 2 }],
  ['CPG', `${CIC} 2c 86 00`, { event: 6, forwarded: 3 }],
  // Q.763 §3.6, §3.25, §3.46: call diversion information (number told, not reachable), the call is diverting, redirection number.
  ['ACM', `${CIC} 06 1204 01 2c 01 fb 36 01 32 00`, { calledStatus: 0, forwarded: 6 }],
  ['ACM', `${CIC} 06 1204 01 2c 01 fb 00`, { calledStatus: 0, forwarded: 0 }],
  ['ACM', `${CIC} 06 1204 01 2c 02 00 e0 00`, { calledStatus: 0 }],
  ['ANM', `${CIC} 09 01 0c 04 0310 2143 00`, { forwarded: 0 }],
  // Presentation restricted (bit 8) with the event in the rest; called status in the optional part.
  ['CPG', `${CIC} 2c 83 01 11 02 1604 00`, { event: 3, calledStatus: 1 }],
  ['USR', `${CIC} 2d 02 00 02 04 41`, {}],
  ['CFN', `${CIC} 2f 02 00 02 80 e1`, { cause: 97, causeLocation: 0 }],
  ['CRG', `${CIC} 31 01 02`, {}],
  ['NRM', `${CIC} 32 00`, {}],
  ['FAC', `${CIC} 33 00`, {}],
  ['UPT', `${CIC} 34 00`, {}],
  ['UPA', `${CIC} 35 00`, {}],
  ['IDR', `${CIC} 36 00`, {}],
  ['IRS', `${CIC} 37 00`, {}],
  ['SGM', `${CIC} 38 01 c0 05 06 03 13 21 43 00`, { generic: '1234', genericQualifier: 6 }],
  ['LOP', `${CIC} 40 00`, {}],
  ['APM', `${CIC} 41 01 78 03 05 00 c0 00`, {}],
  ['PRI', `${CIC} 42 00`, {}],
  ['SDN', `${CIC} 43 01 05 03 00 21 43 00`, { subsequent: '1234' }],
  ['CRM', `${CIC} ea 00`, {}],
  ['CVR', `${CIC} eb 00 00 00`, {}],
  ['EXM', `${CIC} ed 02 00 01 07`, {}],
  // Chinese use: calling party clearing, metering pulse, operator (GF 001-9001).
  ['CCL', `${CIC} fc`, {}],
  ['MPM', `${CIC} fd 01`, {}],
  ['OPR', `${CIC} fe`, {}],
];

/** What a message says, without what it does not say. */
function said(isup: Isup): Record<string, unknown> {
  const all: Record<string, unknown> = {
    called: digitsText(isup.called),
    calling: digitsText(isup.calling),
    originalCalled: digitsText(isup.originalCalled),
    redirecting: digitsText(isup.redirecting),
    generic: digitsText(isup.generic),
    dialled: digitsText(isup.dialled),
    connected: digitsText(isup.connected),
    charge: digitsText(isup.charge),
    subsequent: digitsText(isup.subsequent),
    genericQualifier: isup.genericQualifier,
    cause: isup.cause,
    causeLocation: isup.causeLocation,
    category: isup.category,
    suspendByNetwork: isup.suspendByNetwork,
    event: isup.event,
    forwarded: isup.forwarded,
    calledStatus: isup.calledStatus,
    range: isup.range,
  };
  for (const [name, value] of Object.entries(all)) if (value === null || value === -1) delete all[name];
  return all;
}

function read(octets: string | Buffer, variant: Ss7VariantId = Ss7Variant.itu, bicc = false) {
  const data = typeof octets === 'string' ? hex(octets) : octets;
  const isup = createIsup();
  const stop = readIsup(data, 0, data.length, variant, bicc, isup);
  return { isup, stop };
}

describe('messages of Q.763', () => {
  it.each(EXAMPLES)('%s is read: %s', (name, octets, says) => {
    const { isup, stop } = read(octets);
    expect(stop).toBeNull();
    expect(isupTypeName(isup)).toBe(name);
    expect(isup.cic).toBe(0x123);
    const { calledNature, callingNature, callingPlan, callingPresentation, ...rest } = says;
    const { originalPresentation, redirectingPresentation, ...plain } = rest;
    expect(said(isup)).toEqual(plain);
    if (name !== 'IAM') return;
    expect([isup.called.nature, isup.calling.nature, isup.calling.plan]).toEqual([
      calledNature,
      callingNature,
      callingPlan,
    ]);
    expect([isup.calling.presentation, isup.originalCalled.presentation, isup.redirecting.presentation]).toEqual([
      callingPresentation,
      originalPresentation,
      redirectingPresentation,
    ]);
  });

  it('the end of pulsing is taken off an odd and an even called number', () => {
    // 861301 + ST with odd/even 1, 86130 + ST with odd/even 0.
    expect(said(read(`${CIC} 01 00 6001 0a 00 02 00 06 84 10 68 31 10 0f`).isup).called).toBe('861301');
    expect(said(read(`${CIC} 01 00 6001 0a 00 02 00 05 04 10 68 31 f0`).isup).called).toBe('86130');
  });

  it('a calling number that is not available has no digits', () => {
    const { isup, stop } = read(`${CIC} 01 00 6001 0a 00 02 06 04 04 10 68 31 0a 02 00 0b 00`);
    expect(stop).toBeNull();
    expect([isup.calling.count, isup.calling.presentation]).toEqual([0, 2]);
  });

  it('the number that was dialled stands beside one that leads to its network, of ITU and of ANSI', () => {
    const to12345 = `${CIC} 01 00 2001 0a 03 02 07 05 83 10 21 43 05`;
    expect(said(read(`${to12345} 7d 04 03 10 65 87 00`).isup)).toMatchObject({ called: '12345', dialled: '5678' });
    // Behind another generic number.
    expect(said(read(`${to12345} c0 05 06 03 13 21 43 c0 05 c0 03 10 65 87 00`).isup)).toMatchObject({
      called: '12345',
      generic: '1234',
      genericQualifier: 6,
      dialled: '5678',
    });
  });

  // Q.763 §3.26: of a forwarded call 7 is the additional original called number, 6 the additional calling party number.
  it('the number that the caller adds stands beside others', () => {
    const forwarded = `${CIC} 01 00 2001 0a 03 02 07 05 83 10 21 43 05`;
    for (const both of ['c0 05 07 03 13 65 87 c0 05 06 03 13 21 43', 'c0 05 06 03 13 21 43 c0 05 07 03 13 65 87']) {
      const { isup, stop } = read(`${forwarded} ${both} 00`);
      expect(stop).toBeNull();
      expect(said(isup)).toMatchObject({ called: '12345', generic: '1234', genericQualifier: 6 });
    }
  });

  it('codes 10 to 12 are digits of their own', () => {
    expect(said(read(`${CIC} 01 00 6001 0a 00 02 00 04 03 10 ba 1c`).isup).called).toBe('*#a1');
  });
});

describe('variants', () => {
  const iam = '01 00 6001 0a 00 02 00 05 03 10 31 54 76';

  it('ITU has a CIC of 12 bits, also with point codes of 24; ANSI of 14', () => {
    for (const variant of [Ss7Variant.itu, Ss7Variant.china, Ss7Variant.japan]) {
      expect(read(`ff f1 ${iam}`, variant).isup.cic).toBe(0x1ff);
    }
    expect(read('ff f1 10', Ss7Variant.ansi).isup.cic).toBe(0x31ff);
  });

  it('an IAM of ANSI has the bearer in its variable part (T1.113.3 §4), and natures of its own', () => {
    // User service information at 3, called at 6, optional at 0x0b.
    const octets = '01 00 01 00 6001 0a 03 06 0c 03 80 90 a2 06 03 10 20 01 55 15 0a 05 73 13 20 01 00 00';
    const { isup, stop } = read(octets, Ss7Variant.ansi);
    expect(stop).toBeNull();
    expect(said(isup)).toEqual({ called: '02105551', calling: '021000', category: 10 });
    expect([isup.called.nature, isup.calling.nature]).toEqual([3, 3]);
  });

  it('BICC has a call instance code of 32 bits, least significant octet first', () => {
    const { isup, stop } = read(`78 56 34 f2 ${iam}`, Ss7Variant.itu, true);
    expect(stop).toBeNull();
    expect([isup.bicc, isup.cic, isupTypeName(isup)]).toEqual([true, 0xf2345678, 'IAM']);
    expect(said(isup)).toMatchObject({ called: '134567' });
  });

  it('the body of a SIP message begins with the message type', () => {
    const data = hex(iam);
    const isup = createIsup();
    expect(readIsupBody(data, 0, data.length, Ss7Variant.itu, isup)).toBeNull();
    expect([isup.cic, isup.called.count]).toEqual([-1, 6]);
    const ansi = hex('01 00 6001 0a 03 06 00 03 80 90 a2 05 03 10 20 01 55');
    expect(readIsupBody(ansi, 0, ansi.length, Ss7Variant.ansi, isup)).toBeNull();
    expect(isup.called.count).toBe(6);
  });
});

describe('what is wrong', () => {
  it('a message cut at any length keeps what was there, and nothing is read beyond', () => {
    for (const [name, octets, says] of EXAMPLES) {
      const whole = hex(octets);
      for (let length = 0; length < whole.length; length++) {
        // What stands after the cut would show where it were read.
        const data = Buffer.concat([whole.subarray(0, length), Buffer.alloc(40, 0x55)]);
        const isup = createIsup();
        readIsup(data, 0, length, Ss7Variant.itu, false, isup);
        if (length >= 4 || (length === 3 && data[2] !== 0x28)) expect(isupTypeName(isup)).toBe(name);
        for (const [field, value] of Object.entries(said(isup))) {
          const whole = says[field];
          // That the call is diverted stands before why.
          if (field === 'forwarded' && value === 0) continue;
          if (typeof value === 'string')
            expect(String(whole).startsWith(value), `${name} ${length} ${field}`).toBe(true);
          else expect(value, `${name} ${length} ${field}`).toBe(whole);
        }
      }
    }
  });

  it.each([
    ['', { offset: 0, need: 2, have: 0, reason: 'CIC' }],
    ['23 01', { offset: 2, need: 1, have: 0, reason: 'message type' }],
    ['23 01 c8', { offset: 2, need: 1, have: 1, reason: 'unknown message type' }],
    ['23 01 06 16', { offset: 3, need: 2, have: 1, reason: 'fixed part' }],
    ['23 01 0c', { offset: 3, need: 1, have: 0, reason: 'pointer' }],
    ['23 01 0c 02', { offset: 5, need: 1, have: 0, reason: 'parameter length' }],
    ['23 01 0c 00 00', { offset: 3, need: 1, have: 1, reason: 'pointer to a mandatory parameter' }],
    ['23 01 0c 02 00 03 80 90', { offset: 6, need: 3, have: 2, reason: 'parameter length' }],
    ['23 01 0c 02 00 01 80', { offset: 6, need: 1, have: 1, reason: 'cause indicators' }],
    ['23 01 0c 02 00 00', { offset: 6, need: 0, have: 0, reason: 'cause indicators' }],
    ['23 01 0c 02', { offset: 5, need: 1, have: 0, reason: 'parameter length' }],
    ['23 01 0c 02 04 02 80 90', { offset: 8, need: 1, have: 0, reason: 'optional part' }],
    ['23 01 06 1604 01 0a 02 83', { offset: 8, need: 2, have: 1, reason: 'parameter length' }],
    ['23 01 06 1604 01 0a 01 83 00', { offset: 8, need: 1, have: 1, reason: 'calling party number' }],
    ['23 01 06 1604 01 28 01 83 00', { offset: 8, need: 1, have: 1, reason: 'original called number' }],
    ['23 01 06 1604 01 0b 01 83 00', { offset: 8, need: 1, have: 1, reason: 'redirecting number' }],
    ['23 01 06 1604 01 c0 00 00', { offset: 8, need: 0, have: 0, reason: 'generic number' }],
    ['23 01 06 1604 01 c0 01 06 00', { offset: 8, need: 1, have: 1, reason: 'generic number' }],
    ['23 01 06 1604 01 05 00 00', { offset: 8, need: 0, have: 0, reason: 'subsequent number' }],
    ['23 01 01 00 6001 0a 00 02 00 01 83', { offset: 11, need: 1, have: 1, reason: 'called party number' }],
  ])('%s stops where it says', (octets, stop) => {
    expect(read(octets).stop).toEqual({ layer: 'isup', ...stop });
  });

  it('random bytes never throw, whatever the variant', () => {
    const random = new Random(763);
    const isup = createIsup();
    const types = EXAMPLES.map(([, octets]) => hex(octets)[2]!);
    for (let round = 0; round < 20_000; round++) {
      const data = Buffer.from(Array.from({ length: random.integer(0, 40) }, () => random.integer(0, 255)));
      if (data.length > 2 && random.chance(0.8)) data[2] = random.pick(types);
      if (data.length > 8) for (let at = 3; at < 9; at++) data[at]! &= 15;
      const variant = random.pick(Object.values(Ss7Variant));
      const stop = readIsup(data, 0, data.length, variant, random.chance(0.2), isup);
      if (stop !== null) expect(stop.offset).toBeGreaterThanOrEqual(0);
      if (isup.called.count > 0) expect(isup.called.nibble + isup.called.count).toBeLessThanOrEqual(data.length * 2);
    }
  });
});

describe('a message whose end is cut off', () => {
  it('has no beginning of a number: that is the number of somebody else', () => {
    const numbers = { called: '8613912345678', calling: '8613800000001', originalCalled: '8613811111111' };
    const { called, calling, originalCalled } = numbers;
    const whole = encodeIsup({
      type: 'IAM',
      cic: 5,
      called: { digits: called },
      calling: { digits: calling },
      originalCalled: { digits: originalCalled },
    });
    const seen = new Set<string>();
    for (let length = 3; length < whole.length; length++) {
      const isup = createIsup();
      expect(readIsup(whole, 0, length, Ss7Variant.itu, false, isup)).not.toBeNull();
      for (const name of ['called', 'calling', 'originalCalled'] as const) {
        const text = signalsText(isup[name]);
        expect([null, numbers[name]], `${name} cut at ${length}`).toContain(text);
        if (text !== null) seen.add(name);
      }
    }
    expect([...seen].sort()).toEqual(['called', 'calling', 'originalCalled']);
    const sam = encodeIsup({ type: 'SAM', cic: 5, subsequent: '123456' });
    const isup = createIsup();
    // One digit pair less, and no optional part.
    readIsup(sam, 0, sam.length - 1, Ss7Variant.itu, false, isup);
    expect([null, '123456']).toContain(signalsText(isup.subsequent));
    readIsup(sam, 0, sam.length - 2, Ss7Variant.itu, false, isup);
    expect(signalsText(isup.subsequent)).toBeNull();
  });

  it('but a cause of which all that is read is there', () => {
    const isup = createIsup();
    // REL: cause indicators of four octets, of which two are there (Q.763 §3.12).
    readIsup(hex('0500 0c 02 00 04 8290'), 0, 8, Ss7Variant.itu, false, isup);
    expect([isup.causeLocation, isup.cause]).toEqual([2, 16]);
  });
});

import { describe, expect, test } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { encodeIsup } from '../../../src/ss7/isup/isup-encode.ts';
import { encodeM3ua } from '../../../src/ss7/link/m3ua-encode.ts';
import { encodeMtp2 } from '../../../src/ss7/link/mtp2-encode.ts';
import { encodeMtp3 } from '../../../src/ss7/link/mtp3-encode.ts';
import { Ss7Variant, type Ss7VariantId } from '../../../src/ss7/message.ts';
import { encodeSccp } from '../../../src/ss7/sccp/sccp-encode.ts';
import { encodeInvoke, encodeTcap } from '../../../src/ss7/tcap/tcap-encode.ts';
import { Association, dispatch } from '../../support/dispatch.ts';
import { hex } from '../../support/frames.ts';
import { standardOf, withCapture } from '../../support/ss7.ts';
import { tsharkFields } from '../../support/tshark.ts';

const MTP2 = 140;
const MTP3 = 141;
const VARIANTS = Object.entries(Ss7Variant) as [keyof typeof Ss7Variant, Ss7VariantId][];
/** Point codes that need the bits of their variant. */
const POINT_CODES: Record<Ss7VariantId, [opc: number, dpc: number]> = {
  [Ss7Variant.itu]: [0x2abc, 0x1234],
  [Ss7Variant.ansi]: [0x0a0b0c, 0xfe0102],
  [Ss7Variant.china]: [0x16f902, 0x16ffe8],
  [Ss7Variant.japan]: [0xabcd, 0x1234],
};
const begin = encodeTcap({ type: 'begin', originating: 7, components: [encodeInvoke(1, 59, hex('3000'))] });

function users(variant: Ss7VariantId): [serviceIndicator: number, user: Buffer][] {
  const number = { digits: '8613800000001', nature: 4 };
  const [opc, dpc] = POINT_CODES[variant];
  return [
    [5, encodeIsup({ type: 'IAM', cic: 5, variant, called: number, calling: number })],
    [5, encodeIsup({ type: 'REL', cic: 5, variant, cause: 17 })],
    [
      3,
      encodeSccp({
        type: 'UDT',
        variant,
        called: { ssn: 6, pointCode: dpc },
        calling: { ssn: 7, pointCode: opc },
        data: begin,
      }),
    ],
    [5, encodeIsup({ type: 'RLC', cic: 5, variant })],
  ];
}

/** Messages that say more: with optional parameters and titles. */
function long(variant: Ss7VariantId, random: Random): [serviceIndicator: number, user: Buffer][] {
  const digits = String(8_613_800_000_000 + random.integer(0, 99_999_999));
  const number = { digits, nature: 4 };
  const title = { digits };
  const fields = { variant, called: { ssn: 6, title }, calling: { ssn: 7, title }, data: begin };
  return [
    [5, encodeIsup({ type: 'IAM', cic: random.integer(1, 4000), variant, called: number, calling: number })],
    [5, encodeIsup({ type: 'REL', cic: random.integer(1, 4000), variant, cause: 17, causeLocation: 2 })],
    [3, encodeSccp({ type: 'UDT', ...fields })],
    [3, encodeSccp({ type: 'XUDT', ...fields })],
  ];
}

function messages(variant: Ss7VariantId, order = users(variant)): Buffer[] {
  const [opc, dpc] = POINT_CODES[variant];
  return order.map(([serviceIndicator, user]) =>
    encodeMtp3({ variant, networkIndicator: 2, serviceIndicator, opc, dpc, sls: 3 }, user),
  );
}

test('addresses from abroad in a network of ANSI, coded as Q.713 says', () => {
  const [opc, dpc] = POINT_CODES[Ss7Variant.ansi];
  // UDT: title of format 4 and subsystem 6 behind an indicator without the national bit, then a subsystem 8 coded by T1.112.
  const addresses = '0a 12 06 00 12 04 44 77 00 09 10 02 41 08';
  const user = Buffer.concat([hex(`09 00 03 0d 0f ${addresses}`.replaceAll(' ', '')), Buffer.of(begin.length), begin]);
  const message = encodeMtp3(
    { variant: Ss7Variant.ansi, networkIndicator: 2, serviceIndicator: 3, opc, dpc, sls: 3 },
    user,
  );
  const said = { opc, dpc, called_gt: '4477009001', called_ssn: 6, calling_ssn: 8 };
  expect(dispatch(MTP3, [message]).records).toMatchObject([said]);
});

describe.each(VARIANTS)('point codes of %s', (name, variant) => {
  const [opc, dpc] = POINT_CODES[variant];

  test('are found by themselves on a link, whichever message comes first', () => {
    const made = messages(variant);
    for (let first = 0; first < made.length - 1; first++) {
      const order = [...made.slice(first), ...made.slice(0, first)];
      const { records } = dispatch(MTP3, order);
      expect(records.map((record) => [record.opc, record.dpc])).toEqual(order.map(() => [opc, dpc]));
      expect(records.map(({ stop }) => stop)).toEqual(order.map(() => undefined));
    }
  });

  test('are found where the capture cuts the end off each message', () => {
    const random = new Random(variant + 1);
    const made = Array.from({ length: 40 }, () => {
      const user = random.pick(long(variant, random));
      return messages(variant, [user])[0]!;
    });
    // Far enough in for a part to be behind the label and the message type.
    const cutAt = made.map(({ length }) => random.integer(Math.ceil(length * 0.5), length - 1));
    const { records } = dispatch(MTP3, made, { cutAt });
    expect(records).toHaveLength(made.length);
    // The first ones can fit two alike.
    const found = records.slice(4).map((record) => [record.opc, record.dpc]);
    expect(found).toEqual(found.map(() => [opc, dpc]));
  });

  test('are those that tshark reads', () => {
    withCapture(MTP3, messages(variant), (file) => {
      const rows = tsharkFields(file, '', ['mtp3.opc', 'mtp3.dpc'], standardOf(variant));
      expect(rows).toEqual(rows.map(() => [[String(opc)], [String(dpc)]]));
    });
  });

  test('are taken as given', () => {
    // A short message that would fit others too.
    const message = messages(variant, [[5, encodeIsup({ type: 'BLO', cic: 5, variant })]]);
    expect(dispatch(MTP3, message, { variant }).records).toMatchObject([{ type: 'BLO', opc, dpc, cic: 5 }]);
  });

  test('M3UA, which gives them in full: addresses are read in their variant', () => {
    const association = new Association();
    const { records } = dispatch(
      1,
      users(variant).map(([serviceIndicator, user]) =>
        association.packet(encodeM3ua({ networkIndicator: 2, serviceIndicator, opc, dpc, sls: 3 }, [user])),
      ),
    );
    expect(records).toMatchObject([
      { type: 'IAM', opc, dpc, called: '8613800000001' },
      { type: 'REL', cause: 17 },
      { protocol: 'map', called_ssn: 6, calling_ssn: 7 },
      { type: 'RLC' },
    ]);
  });

  test(`a link that was taken for ${name} is looked at again when its messages do not fit`, () => {
    const other = variant === Ss7Variant.itu ? Ss7Variant.ansi : Ss7Variant.itu;
    const [otherOpc] = POINT_CODES[other];
    const many = Array.from({ length: 4 }, () => messages(other)).flat();
    const { records } = dispatch(MTP3, [...messages(variant), ...many]);
    expect(records.slice(-4).map((record) => record.opc)).toEqual(Array(4).fill(otherOpc));
  });
});

test('link tests tell the variant: SLTM of a Chinese link before its first call', () => {
  const test = (slc: number): Buffer => Buffer.concat([hex(`81 e8ff16 02f916 0${slc} 11 a0`), Buffer.alloc(10, 0xa5)]);
  const [opc, dpc] = POINT_CODES[Ss7Variant.china];
  const rlc = encodeMtp3(
    { variant: Ss7Variant.china, networkIndicator: 2, serviceIndicator: 5, opc, dpc, sls: 3 },
    encodeIsup({ type: 'RLC', cic: 5 }),
  );
  const { records } = dispatch(MTP2, [encodeMtp2(1, 2, test(0)), encodeMtp2(1, 2, rlc)]);
  expect(records).toMatchObject([{ type: 'RLC', opc, dpc }]);
});

import { describe, expect, it } from 'vitest';
import { digitsText, signalsText } from '../../../src/ss7/digits.ts';
import { createIsup, isupTypeName, readIsup } from '../../../src/ss7/isup/isup.ts';
import { encodeIsup, type IsupFields } from '../../../src/ss7/isup/isup-encode.ts';
import { IsupType, type IsupTypeName } from '../../../src/ss7/isup/isup-messages.ts';
import { ServiceIndicator, Ss7Variant, type Ss7VariantId } from '../../../src/ss7/message.ts';
import { type Layer, tsharkLayers } from '../../support/layers.ts';
import { mtp3, standardOf, withCapture } from '../../support/ss7.ts';

const EVERYTHING: Omit<IsupFields, 'type' | 'cic'> = {
  calling: { digits: '8613812345678', presentation: 1, screening: 1 },
  called: { digits: '13900001111f', nature: 3 },
  originalCalled: { digits: '86139000022', presentation: 1 },
  redirecting: { digits: '8613900003' },
  dialled: { digits: '8613900009', nature: 4 },
  charge: { digits: '2125550100', nature: 3 },
  connected: { digits: '8613900005', presentation: 1, screening: 1 },
  generic: { digits: '8610123', qualifier: 6, nature: 4 },
  subsequent: '12345f',
  category: 13,
  cause: 19,
  causeLocation: 4,
  suspendByNetwork: true,
  event: 1,
  calledStatus: 1,
  range: 7,
};

/** Reserved or of one nation: tshark does not know them. */
const UNKNOWN_TO_TSHARK: readonly string[] = ['CMR', 'CMC', 'CMRJ', 'DRS', 'CCL', 'MPM', 'OPR'];
const ANSI_ONLY: readonly string[] = ['CRA', 'CRM', 'CVR', 'CVT', 'EXM'];
/** Q.1902.3 has them not: BICC has no circuits to check. */
const NOT_BICC: readonly string[] = ['CCR', 'LPA', 'COT', 'OLM', 'UCIC', 'PAM', 'CQM', 'CQR'];
const ALL = Object.keys(IsupType) as IsupTypeName[];
/** Contents of one message in another: nothing to say without it. */
const BODILESS: readonly string[] = ['PAM'];

function names(variant: Ss7VariantId, bicc: boolean): IsupTypeName[] {
  return ALL.filter(
    (name) =>
      !UNKNOWN_TO_TSHARK.includes(name) &&
      !BODILESS.includes(name) &&
      !(bicc && NOT_BICC.includes(name)) &&
      (variant === Ss7Variant.ansi || !ANSI_ONLY.includes(name)),
  );
}

function layersOf(messages: readonly Buffer[], variant: Ss7VariantId, bicc: boolean, filter: string): Layer[] {
  const indicator = bicc ? ServiceIndicator.bicc : ServiceIndicator.isup;
  const units = messages.map((message) => mtp3(indicator, variant, message));
  return withCapture(141, units, (file) => tsharkLayers(file, bicc ? 'bicc' : 'isup', filter, standardOf(variant)));
}

/** What tshark finds wrong: errors and malformed packets. */
const WRONG = '_ws.malformed or _ws.expert.severity == "Error"';

describe.each([
  ['ITU', Ss7Variant.itu, false],
  ['ANSI', Ss7Variant.ansi, false],
  ['Chinese', Ss7Variant.china, false],
  ['BICC', Ss7Variant.itu, true],
] as const)('messages written, %s', (_, variant, bicc) => {
  const types = names(variant, bicc);
  const cic = bicc ? 0x01020304 : 0x6a5;
  const plain = types.map((type) => encodeIsup({ type, cic, variant, bicc }));
  const full = types.map((type) => encodeIsup({ ...EVERYTHING, type, cic, variant, bicc }));

  it('tshark reads each one, with nothing in it and with all it can have, without an error', () => {
    const layer = bicc ? 'bicc' : 'isup';
    for (const messages of [plain, full]) {
      const read = layersOf(messages, variant, bicc, layer);
      expect(read.map((one) => Number(one.values('isup.message_type')[0]))).toEqual(
        types.map((type) => IsupType[type]),
      );
      expect(new Set(read.map((one) => Number(one.values(`${layer}.cic`)[0])))).toEqual(new Set([cic]));
      expect(layersOf(messages, variant, bicc, WRONG).map((one) => types[one.frame - 1])).toEqual([]);
    }
  });

  it('tshark finds the numbers where they belong', () => {
    const read = layersOf(full, variant, bicc, bicc ? 'bicc' : 'isup');
    const iam = read[types.indexOf('IAM')]!;
    const first = (field: string): string | undefined => iam.values(field)[0];
    expect(first('isup.called')).toBe('13900001111F');
    expect(first('isup.calling')).toBe('8613812345678');
    expect(first('isup.redirecting')).toBe('8613900003');
    expect(first('isup.original_called_number')).toBe('86139000022');
    expect(Number(first('isup.calling_partys_category'))).toBe(13);
    for (const type of ['ANM', 'CON'] as const)
      expect(read[types.indexOf(type)]!.values('isup.connected_number')).toEqual(['8613900005']);
    const release = read[types.indexOf('REL')]!;
    const causes = ['isup.cause_indicator', 'ansi_isup.cause_indicator'].flatMap((field) => release.values(field));
    expect(causes.map(Number)).toContain(19);
    // tshark says how many circuits, which is one more than the octet.
    expect(Number(read[types.indexOf('GRS')]!.values('isup.range_indicator')[0])).toBe(8);
    expect(read[types.indexOf('SAM')]!.values('isup.subsequent_number')).toEqual(['12345F']);
  });

  it('each one is read back as it was written', () => {
    for (const [index, message] of full.entries()) {
      const isup = createIsup();
      expect(readIsup(message, 0, message.length, variant, bicc, isup)).toBeNull();
      expect([isupTypeName(isup), isup.cic]).toEqual([types[index], cic]);
      if (types[index] === 'ANM' || types[index] === 'CON')
        expect([digitsText(isup.connected), isup.connected.nature, isup.connected.presentation]).toEqual([
          '8613900005',
          4,
          1,
        ]);
      if (types[index] !== 'IAM') continue;
      expect([digitsText(isup.calling), isup.calling.presentation]).toEqual(['8613812345678', 1]);
      expect([digitsText(isup.called), isup.called.nature]).toEqual(['13900001111', 3]);
      expect([digitsText(isup.originalCalled), digitsText(isup.redirecting)]).toEqual(['86139000022', '8613900003']);
      expect([digitsText(isup.dialled), isup.dialled.nature]).toEqual(['8613900009', 4]);
      expect(digitsText(isup.charge)).toBe(variant === Ss7Variant.ansi ? '2125550100' : null);
      expect([digitsText(isup.generic), isup.genericQualifier, isup.category]).toEqual(['8610123', 6, 13]);
    }
  });
});

describe('one message', () => {
  it.each([Ss7Variant.itu, Ss7Variant.ansi] as const)('passes another along, variant %i', (variant) => {
    const passed = { type: 'REL', cic: null, cause: 31, causeLocation: 2 } as const;
    const message = encodeIsup({ type: 'PAM', cic: 0x6a5, variant, passed });
    const isup = createIsup();
    expect(readIsup(message, 0, message.length, variant, false, isup)).toBeNull();
    expect([isupTypeName(isup), isup.cic, isup.cause, isup.causeLocation]).toEqual(['PAM REL', 0x6a5, 31, 2]);
    const [read] = layersOf([message], variant, false, 'isup');
    expect(read!.values('isup.message_type').map(Number)).toEqual([IsupType.PAM, IsupType.REL]);
    expect(['isup.cause_indicator', 'ansi_isup.cause_indicator'].flatMap((field) => read!.values(field))).toEqual([
      '31',
    ]);
    expect(layersOf([message], variant, false, WRONG)).toEqual([]);
  });

  it('has no CIC in a SIP body', () => {
    expect(encodeIsup({ type: 'ANM', cic: null }).toString('hex')).toBe('0900');
  });

  it('is as Q.763 §4 lays it out', () => {
    const release = encodeIsup({ type: 'REL', cic: 0x123, cause: 16, causeLocation: 4 });
    expect(release.toString('hex')).toBe('23010c0200028490');
    const address = encodeIsup({ type: 'SAM', cic: 1, subsequent: '123' });
    expect(address.toString('hex')).toBe('010002020003802103');
  });

  it('refuses what is no digit', () => {
    expect(() => encodeIsup({ type: 'SAM', cic: 1, subsequent: '+12' })).toThrow(RangeError);
  });
});

it('digits above nine, as routing prefixes have them, are those that tshark says', () => {
  // 10 to 14, as an encoder is given them.
  const message = encodeIsup({ type: 'IAM', cic: 5, called: { digits: '*#abc30123456', nature: 8 } });
  const [layer] = layersOf([message], Ss7Variant.itu, false, 'isup');
  const isup = createIsup();
  readIsup(message, 0, message.length, Ss7Variant.itu, false, isup);
  expect(signalsText(isup.called)).toBe(layer!.values('isup.called')[0]);
  expect(signalsText(isup.called)).toBe('ABCDE30123456');
});

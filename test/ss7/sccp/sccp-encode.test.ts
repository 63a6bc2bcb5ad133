import { describe, expect, it } from 'vitest';
import { Counters } from '../../../src/base/counters.ts';
import { DEFAULT_LIMITS } from '../../../src/base/limits.ts';
import { digitsText } from '../../../src/ss7/digits.ts';
import { Ss7Variant, type Ss7VariantId } from '../../../src/ss7/message.ts';
import { createSccp, SccpReader, sccpTypeName } from '../../../src/ss7/sccp/sccp.ts';
import { encodeDataForms, encodeSccp, encodeSegments, type SccpFields } from '../../../src/ss7/sccp/sccp-encode.ts';
import { SccpType } from '../../../src/ss7/sccp/sccp-messages.ts';
import { type Layer, tsharkLayers } from '../../support/layers.ts';
import { hex, msu, mtp3, standardOf, withCapture } from '../../support/ss7.ts';

const TYPES = Object.keys(SccpType) as (keyof typeof SccpType)[];
/** User data that no dissector is guessed for. */
const DATA = hex('ee 01 02 03');

function everything(type: keyof typeof SccpType, variant: Ss7VariantId): SccpFields {
  const connection =
    SccpType[type] < SccpType.UDT || (SccpType[type] > SccpType.UDTS && SccpType[type] < SccpType.XUDT);
  return {
    type,
    variant,
    called: { ssn: 6, title: { digits: '8613800138000', format: variant === Ss7Variant.ansi ? 1 : 4 } },
    calling: {
      ssn: 8,
      pointCode: 0x123,
      title: { digits: '861380013900', format: variant === Ss7Variant.ansi ? 1 : 4 },
    },
    data: DATA,
    ...(connection ? { sourceReference: 0x060504, destinationReference: 0x030201 } : {}),
    cause: 1,
    credit: 3,
    sendSequence: 5,
    receiveSequence: 6,
  };
}

function layersOf(messages: readonly Buffer[], variant: Ss7VariantId, filter: string): Layer[] {
  const units = messages.map((message) => mtp3(3, variant, message));
  return withCapture(141, units, (file) => tsharkLayers(file, 'sccp', filter, standardOf(variant)));
}

/** What tshark finds wrong: errors and malformed packets. */
const WRONG = '_ws.malformed or _ws.expert.severity == "Error"';

describe.each([
  ['ITU', Ss7Variant.itu],
  ['ANSI', Ss7Variant.ansi],
  ['Chinese', Ss7Variant.china],
  ['Japanese', Ss7Variant.japan],
] as const)('messages written, %s', (_, variant) => {
  const messages = TYPES.map((type) => encodeSccp(everything(type, variant)));

  it('tshark reads each one without an error, and finds what was put in', () => {
    const read = layersOf(messages, variant, 'sccp');
    expect(read.map((one) => Number(one.values('sccp.message_type')[0]))).toEqual(TYPES.map((type) => SccpType[type]));
    expect(layersOf(messages, variant, WRONG).map((one) => TYPES[one.frame - 1])).toEqual([]);
    const one = (type: keyof typeof SccpType, field: string): string | undefined =>
      read[TYPES.indexOf(type)]!.values(field)[0];
    for (const type of ['UDT', 'UDTS', 'XUDT', 'XUDTS', 'LUDT', 'LUDTS', 'CR'] as const) {
      expect(one(type, 'sccp.called.digits'), type).toBe('8613800138000');
      expect(one(type, 'sccp.calling.digits'), type).toBe('861380013900');
      expect([one(type, 'sccp.called.ssn'), one(type, 'sccp.calling.ssn')].map(Number), type).toEqual([6, 8]);
    }
    expect(Number(one('CR', 'sccp.slr'))).toBe(0x060504);
    expect([one('CC', 'sccp.dlr'), one('CC', 'sccp.slr')].map(Number)).toEqual([0x030201, 0x060504]);
    expect([one('RLSD', 'sccp.release_cause'), one('CREF', 'sccp.refusal_cause')].map(Number)).toEqual([1, 1]);
    expect([one('UDTS', 'sccp.return_cause'), one('RSR', 'sccp.reset_cause')].map(Number)).toEqual([1, 1]);
  });

  it('each one is read back as it was written', () => {
    const reader = new SccpReader(DEFAULT_LIMITS, new Counters());
    const sccp = createSccp();
    for (const [index, message] of messages.entries()) {
      const type = TYPES[index]!;
      expect(reader.read(msu(message, { variant }), 0, sccp), type).toBeNull();
      expect(sccpTypeName(sccp.type)).toBe(type);
      if (sccp.called.present) {
        expect([digitsText(sccp.called.title), sccp.called.ssn, sccp.calling.pointCode]).toEqual([
          '8613800138000',
          6,
          0x123,
        ]);
      }
      if (sccp.end > sccp.start) expect(sccp.data.subarray(sccp.start, sccp.end)).toEqual(DATA);
    }
  });
});

describe('titles', () => {
  it.each([1, 2, 3, 4] as const)('of format %i with digits odd and even are read by tshark and here', (format) => {
    const numbers = ['86138', '861380'];
    const messages = numbers.map((digits) =>
      encodeSccp({ type: 'UDT', called: { ssn: 6, title: { digits, format } }, calling: { ssn: 8 }, data: DATA }),
    );
    // Format 2 does not say that digits are odd: tshark shows the filler, which is the code ST.
    const expected = format === 2 ? ['86138st', '861380'] : numbers;
    const shown = layersOf(messages, Ss7Variant.itu, 'sccp').map((one) =>
      one.values('sccp.called.digits')[0]?.toLowerCase(),
    );
    expect(shown).toEqual(expected);
    const sccp = createSccp();
    const reader = new SccpReader(DEFAULT_LIMITS, new Counters());
    const here = messages.map((message) => {
      expect(reader.read(msu(message), 0, sccp)).toBeNull();
      return digitsText(sccp.called.title);
    });
    expect(here).toEqual(numbers);
  });

  it('ANSI has two formats', () => {
    const message = (format: 2 | 4): Buffer =>
      encodeSccp({ type: 'UDT', variant: Ss7Variant.ansi, called: { title: { digits: '1234', format } }, data: DATA });
    expect(message(2).toString('hex')).toContain('88002143');
    expect(() => message(4)).toThrow(RangeError);
  });
});

describe('long messages', () => {
  const long = Buffer.from(Array.from({ length: 700 }, (_, index) => (index * 7) & 255));

  it('tshark and the reader put the segments of XUDT together', () => {
    const fields = {
      called: { ssn: 6, title: { digits: '8613800138000' } },
      calling: { ssn: 8, title: { digits: '86138' } },
    };
    const segments = encodeSegments({ ...fields, data: long }, 0x112233);
    expect(segments.length).toBe(4);
    expect(layersOf(segments, Ss7Variant.itu, 'sccp.msg.reassembled.length == 700').map((one) => one.frame)).toEqual([
      4,
    ]);
    const reader = new SccpReader(DEFAULT_LIMITS, new Counters());
    const sccp = createSccp();
    for (const segment of segments) expect(reader.read(msu(segment), 0, sccp)).toBeNull();
    expect([sccp.segment, sccp.data.subarray(sccp.start, sccp.end).equals(long)]).toEqual([false, true]);
  });

  it('the reader puts the data of DT1 together', () => {
    const forms = encodeDataForms(0x10203, long);
    expect(forms.length).toBe(3);
    expect(layersOf(forms, Ss7Variant.itu, WRONG)).toEqual([]);
    const reader = new SccpReader(DEFAULT_LIMITS, new Counters());
    const sccp = createSccp();
    for (const form of forms) expect(reader.read(msu(form), 0, sccp)).toBeNull();
    expect([sccp.segment, sccp.data.subarray(sccp.start, sccp.end).equals(long)]).toEqual([false, true]);
    expect(encodeDataForms(1, DATA).length).toBe(1);
  });

  it('what has no room in one message is refused', () => {
    expect(() => encodeSccp({ type: 'UDT', data: long })).toThrow(RangeError);
    expect(encodeSccp({ type: 'LUDT', data: long }).length).toBeGreaterThan(700);
  });
});

import { getExample, getSupportedRegionCodes, parsePhoneNumber } from 'awesome-phonenumber';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { causeName, statusCause } from '../../src/base/causes.ts';
import { cellText, mncDigits, parseCell } from '../../src/base/cells.ts';
import { UserError } from '../../src/base/errors.ts';
import { imei14, tac } from '../../src/base/imei.ts';
import { isSubscriberNumber, NumberPlan, numberPlan } from '../../src/base/numbers.ts';

const china = new NumberPlan('cn');
const none = new NumberPlan(null);

describe('a number with the code of its country in front, and no sign of it', () => {
  it.each([
    ['DE', '4915121595664', '4915121595664'],
    ['DE', '015121595664', '4915121595664'],
    ['DE', '493012345678', '493012345678'],
    ['GB', '447500315576', '447500315576'],
    ['IT', '393331234567', '393331234567'],
    ['GB', '+44 (0)20 7183 8750', '442071838750'],
    // There the 0 is part of a number.
    ['IT', '+390612345678', '390612345678'],
  ])('in %s: %s', (country, dialled, number) => {
    expect(new NumberPlan(country).normalise(dialled)).toBe(number);
  });
});

describe('a number at home in China', () => {
  it.each([
    ['+8613812345678', '8613812345678'],
    ['008613812345678', '8613812345678'],
    ['8613812345678', '8613812345678'],
    ['13812345678', '8613812345678'],
    ['013812345678', '8613812345678'],
    ['138-1234 (5678)', '8613812345678'],
    ['+86.138.1234.5678', '8613812345678'],
    // Written for abroad with the trunk prefix left in.
    ['+86013812345678', '8613812345678'],
    ['+8601062551234', '861062551234'],
    ['0086013812345678', '8613812345678'],
    ['+86 (0) 10 62551234', '861062551234'],
    ['+8600', '8600'],
    ['01062551234', '861062551234'],
    ['0755 8666 1234', '8675586661234'],
    ['4008123456', '864008123456'],
    ['+442071838750', '442071838750'],
    ['00442071838750', '442071838750'],
    ['442071838750', '442071838750'],
    ['*31#13812345678', '8613812345678'],
    ['#31#+442071838750', '442071838750'],
    ['*31#', null],
    ['*21*13812345678#', null],
    ['62551234', '62551234'],
    ['10086', '10086'],
    ['110', '110'],
    ['95588', '95588'],
    ['0102', '0102'],
    ['13812345678;npdi;rn=+8613900000000', '8613812345678'],
    ['13812345678;phone-context=+86', '8613812345678'],
    ['013812345678;x;Phone-Context="+86"', '8613812345678'],
    ['2071838750;phone-context=+44', '442071838750'],
    // RFC 3966 §5.1.5: a service's number is no part of the country's; an extension's context is the number before it.
    ['10086;phone-context=+86', '10086'],
    ['112;phone-context=+86', '112'],
    ['6863;phone-context=+49301234', '493012346863'],
    // Dialled in an area, and abroad or by a carrier from a country.
    ['87654321;phone-context=+8621', '862187654321'],
    ['13812345678;phone-context=+8621', '8613812345678'],
    ['013812345678;phone-context=+86755', '8613812345678'],
    ['01062551234;phone-context=+8621', '861062551234'],
    ['4008123456;phone-context=+8621', '864008123456'],
    ['110;phone-context=+8621', '110'],
    ['00442071838750;phone-context=+86', '442071838750'],
    ['17951013812345678;phone-context=+86', '8613812345678'],
    // The country's code and the trunk prefix without a sign of either; out of a company's exchange by 9. Turkey has the code 90.
    ['86013812345678', '8613812345678'],
    ['9013812345678', '8613812345678'],
    ['901062551234', '861062551234'],
    ['905321234567', '905321234567'],
    ['999999999999999', '999999999999999'],
    // By a carrier: as a mobile number, with the trunk prefix, and abroad.
    ['1795113812345678', '8613812345678'],
    ['17951013812345678', '8613812345678'],
    ['12593057186661234', '8657186661234'],
    ['1790901062551234', '861062551234'],
    ['1019300442071838750', '442071838750'],
    ['1795100442071838750', '442071838750'],
    ['+17951057186661234', '17951057186661234'],
  ])('%s is %s', (text, digits) => {
    expect(china.normalise(text)).toBe(digits);
    // The second time it comes from what is remembered.
    expect(china.normalise(text)).toBe(digits);
  });

  it.each([
    // Brazil: by carrier 21, 15 and 21 (ANATEL: código de seleção de prestadora), a number that is long without one, abroad.
    ['BR', '0213132345678', '553132345678'],
    ['BR', '02111987654321', '5511987654321'],
    ['BR', '01521987654321', '5521987654321'],
    ['BR', '011987654321', '5511987654321'],
    ['BR', '03132345678', '553132345678'],
    ['BR', '002113132345678', '13132345678'],
    // Germany: call-by-call (Bundesnetzagentur: 010xy, 0100yy), at home and abroad; no carrier.
    ['DE', '01033030123456', '4930123456'],
    ['DE', '0103301511234567', '491511234567'],
    ['DE', '0100120301234567', '49301234567'],
    ['DE', '0103300442071838750', '442071838750'],
    ['DE', '030123456', '4930123456'],
  ])('of %s takes the carrier off %s', (country, text, digits) => {
    expect(numberPlan(country).normalise(text)).toBe(digits);
  });

  it('drops the trunk prefix of the country that a number is said to be of, with or without a home country', () => {
    for (const country of [null, 'CN', 'DE']) {
      expect(numberPlan(country).normalise('030222236;phone-context=+49')).toBe('4930222236');
      // Italy keeps its 0; no country has the code 999.
      expect(numberPlan(country).normalise('0612345678;phone-context=+39')).toBe('390612345678');
      expect(numberPlan(country).normalise('0612345678;phone-context=+999')).toBe('9990612345678');
    }
  });

  it.each([
    ['CN', '13812345678', '8613812345678'],
    ['CN', '013812345678', '8613812345678'],
    // As international it would be a number of Texas.
    ['CN', '13612345678', '8613612345678'],
    ['CN', '+13612345678', '13612345678'],
    ['CN', '460001234567890', '460001234567890'],
    // Germany's plan takes digits of nearly any length.
    ['DE', '262011234567890', '262011234567890'],
    ['US', '8613812345678', '8613812345678'],
    ['DE', '015112345678', '4915112345678'],
    ['US', '2125551234', '12125551234'],
    [null, '013812345678', '013812345678'],
    ['CN', '10086', '10086'],
    ['CN', 'alice', 'alice'],
  ])('of %s names the line that somebody calls %s', (country, text, name) => {
    expect(numberPlan(country).named(text)).toBe(name);
  });

  it.each(['alice', '*100#', '', '12', '+', '+1', '138x12345678', '1'.repeat(25), '1'.repeat(65), '138@h'])(
    '%j is none',
    (text) => {
      expect(china.normalise(text)).toBeNull();
    },
  );

  it('is international without a sign where the signalling says so', () => {
    expect(china.normalise('13812345678', 'international')).toBe('13812345678');
    expect(china.normalise('0013812345678', 'international')).toBe('13812345678');
  });
});

describe('a number that the signalling says is national', () => {
  it.each([
    // Outside the plan, as long as its numbers.
    ['GH', '306305392', '233306305392'],
    ['CN', '11912345678', '8611912345678'],
    // As without the sign: in the plan, with a trunk prefix or a country code after all, a service.
    ['GH', '244982920', '233244982920'],
    ['GH', '0244982920', '233244982920'],
    ['GH', '233244982920', '233244982920'],
    ['GH', '233306305392', '233306305392'],
    ['CN', '1012345678', '861012345678'],
    ['CN', '10086', '10086'],
    ['CN', '442071838750', '442071838750'],
  ])('in %s %s is %s', (country, text, digits) => {
    expect(new NumberPlan(country).normalise(text, 'national')).toBe(digits);
  });

  it('stays as it is without a home', () => {
    expect(none.normalise('306305392', 'national')).toBe('306305392');
  });
});

describe('a number without a home', () => {
  it.each([
    ['+8613812345678', '8613812345678'],
    ['008613812345678', '8613812345678'],
    ['13812345678', '13812345678'],
    ['013812345678', '013812345678'],
    ['0013', '0013'],
  ])('%s is %s', (text, digits) => {
    expect(none.normalise(text)).toBe(digits);
  });
});

/** A mobile or fixed number of the country; libphonenumber has none of some. */
function exampleOf(region: string) {
  for (const type of ['mobile', 'fixed-line'] as const) {
    try {
      const { number } = getExample(region, type);
      if (number !== undefined) return number;
    } catch {}
  }
  return undefined;
}

describe('a number elsewhere', () => {
  it.each([
    ['US', '2025550123', '12025550123'],
    ['US', '12025550123', '12025550123'],
    ['US', '0118613812345678', '8613812345678'],
    ['RU', '89123456789', '79123456789'],
    ['RU', '8108613812345678', '8613812345678'],
    ['JP', '0108613812345678', '8613812345678'],
    ['BR', '00158613812345678', '8613812345678'],
    ['IT', '0612345678', '390612345678'],
    ['GB', '02071838750', '442071838750'],
    ['GB', '2071838750', '442071838750'],
  ])('at home in %s: %s is %s', (country, text, digits) => {
    expect(new NumberPlan(country).normalise(text)).toBe(digits);
  });

  it('is the one that libphonenumber makes of national and international writing, in every country', () => {
    for (const region of getSupportedRegionCodes()) {
      const example = exampleOf(region);
      if (example === undefined) continue;
      const plan = new NumberPlan(region);
      const e164 = example.e164.slice(1);
      expect(plan.normalise(example.e164), region).toBe(e164);
      expect(plan.normalise(`00${e164}`), region).toBe(e164);
      const dialled = example.national.replace(/\D/g, '');
      // A number short as a service's own, or one that is international as it stands, stays as it is.
      if (dialled.length <= 7 || parsePhoneNumber(`+${dialled}`).valid) continue;
      const witness = parsePhoneNumber(dialled, { regionCode: region });
      if (witness.valid) expect(plan.normalise(dialled), `${region} ${dialled}`).toBe(witness.number.e164.slice(1));
    }
  });

  it('needs a country that there is', () => {
    for (const country of ['XX', '', 'China', '86']) expect(() => new NumberPlan(country)).toThrow(UserError);
  });

  it('is digits or null, whatever comes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[+\d ().;=-]{0,30}$/)), (text) => {
        for (const plan of [china, none]) expect(plan.normalise(text) ?? '000').toMatch(/^\d{3,40}$/);
      }),
      { numRuns: 500, seed: 164 },
    );
  });

  it('forgets what it remembered before that grows without end', () => {
    for (let i = 0; i < 66_000; i++) expect(none.normalise(String(4_000_000_000 + i))).toHaveLength(10);
    expect(china.normalise('442071838750')).toBe('442071838750');
  });
});

it('a subscriber has 7 to 15 digits', () => {
  expect(['123456', '1234567', '123456789012345', '1234567890123456', '12345x7'].map(isSubscriberNumber)).toEqual([
    false,
    true,
    true,
    false,
    false,
  ]);
});

describe('an IMEI (3GPP TS 23.003 §6.2)', () => {
  it.each([
    ['urn:gsma:imei:35693803-567890-0', { imei: '35693803567890', imeisv: null }],
    ['<urn:gsma:imei:35693803-567890-0;svn=42>', { imei: '35693803567890', imeisv: '42' }],
    ['URN:GSMA:IMEISV:35693803-567890-42', { imei: '35693803567890', imeisv: '42' }],
    ['urn:gsma:imei:356938035678900', { imei: '35693803567890', imeisv: null }],
    ['356938035678901', { imei: '35693803567890', imeisv: null }],
    ['35693803567890', { imei: '35693803567890', imeisv: null }],
    ['3569380356789042', { imei: '35693803567890', imeisv: '42' }],
    ['35-693803-567890-1', { imei: '35693803567890', imeisv: null }],
    ['urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6', null],
    ['urn:gsma:imei:00000000-000000-0', null],
    ['1234567890123', null],
    ['12345678901234567', null],
    ['', null],
  ])('%s', (text, expected) => {
    expect(imei14(text)).toEqual(expected);
  });

  it('begins with the code of its type', () => {
    expect(tac('35693803567890')).toBe('35693803');
  });
});

describe('a cell', () => {
  it('is written and read in decimal', () => {
    const cell = { mcc: '460', mnc: '00', lac: 6151, ci: 2 ** 36 - 1 };
    expect(cellText(cell)).toBe('460-00-6151-68719476735');
    expect(parseCell(cellText(cell))).toEqual(cell);
    for (const text of ['', '460-0-1-1', '460-00-1', '46-00-1-1', '460-00-x-1'])
      expect(parseCell(text), text).toBeNull();
  });

  it('has an MNC of two or three digits by its country', () => {
    expect([mncDigits('460'), mncDigits('310'), mncDigits('302'), mncDigits('234')]).toEqual([2, 3, 3, 2]);
  });
});

describe('causes', () => {
  it('have names in two languages (Q.850)', () => {
    expect(causeName(16)).toBe('normal call clearing');
    expect(causeName(17, 'zh')).toBe('用户忙');
    expect(causeName(126)).toBeNull();
  });

  it('follow from SIP (RFC 3398 §8.2.6.1)', () => {
    // The table of the RFC, row by row where a trunk meets it most.
    const rows = [
      [404, 1],
      [408, 102],
      [410, 22],
      [480, 18],
      [484, 28],
      [486, 17],
      [503, 41],
      [600, 17],
      [603, 21],
    ] as const;
    for (const [status, cause] of rows) expect(statusCause(status)).toBe(cause);
    for (const status of [200, 487, 488, 606]) expect(statusCause(status)).toBeNull();
  });
});

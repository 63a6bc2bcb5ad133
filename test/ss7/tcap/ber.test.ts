import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { createTlv, isConstructed, readInteger, readTlv, type Tlv, tlvStop } from '../../../src/ss7/tcap/ber.ts';
import { encodeAddressString, encodeInteger, encodeTbcd, encodeTlv } from '../../../src/ss7/tcap/ber-encode.ts';
import { each, field, inside, readFields } from '../../../src/ss7/tcap/fields.ts';
import { hex } from '../../support/ss7.ts';
import { indefinite, randomBytes, tlv } from '../../support/tcap.ts';

function read(bytes: Buffer, at = 0): { read: boolean; tlv: Tlv } {
  const element = createTlv();
  return { read: readTlv(bytes, at, bytes.length, element), tlv: element };
}

function contents(bytes: Buffer): string | null {
  const { read: there, tlv: element } = read(bytes);
  return there ? bytes.toString('hex', element.start, element.end) : null;
}

/** X.690 §8.14.3, examples: a VisibleString "Jones" under tags of several kinds. */
const JONES = [
  ['Type1 ::= VisibleString', '1a 05 4a6f6e6573', 0x1a],
  ['Type2 ::= [APPLICATION 3] IMPLICIT Type1', '43 05 4a6f6e6573', 0x43],
  ['Type5 ::= [2] IMPLICIT Type2', '82 05 4a6f6e6573', 0x82],
] as const;

describe('an element', () => {
  it.each(JONES)('reads %s as X.690 §8.14 writes it', (_name, bytes, tag) => {
    const { read: there, tlv: element } = read(hex(bytes));
    expect(there).toBe(true);
    expect(element).toMatchObject({ tag, at: 0, start: 2, end: 7, next: 7, missing: 0, wrong: '' });
    expect(contents(hex(bytes))).toBe(Buffer.from('Jones').toString('hex'));
  });

  it('holds elements: Type3 and Type4 of X.690 §8.14', () => {
    const type4 = hex('67 07 a2 05 43 03 4a6f6e');
    const { tlv: outer } = read(type4);
    expect(isConstructed(outer.tag)).toBe(true);
    const { tlv: inner } = read(type4, outer.start);
    expect([inner.tag, inner.start, inner.end, inner.next]).toEqual([0xa2, 4, 9, 9]);
    expect(isConstructed(0x43)).toBe(false);
    expect(isConstructed(0xbf8101)).toBe(true);
    expect(isConstructed(0x9f32)).toBe(false);
  });

  it('has a length of one octet, or of several, with leading zeros too', () => {
    // X.690 §8.1.3.5: 201 octets are 81 c9.
    const long = Buffer.concat([hex('04 81 c9'), Buffer.alloc(201)]);
    expect(read(long).tlv).toMatchObject({ start: 3, end: 204, next: 204, missing: 0 });
    expect(contents(hex('04 84 00000002 abcd ff'))).toBe('abcd');
    expect(contents(hex('04 8a 00000000000000000001 ab'))).toBe('ab');
  });

  it('has a tag of several octets', () => {
    expect(read(hex('bf32 01 aa')).tlv).toMatchObject({ tag: 0xbf32, start: 3, end: 4 });
    expect(read(hex('9f8101 01 aa')).tlv).toMatchObject({ tag: 0x9f8101, start: 4, end: 5 });
    expect(read(hex('9f81818101 01 aa'))).toMatchObject({ read: false, tlv: { wrong: 'long tag' } });
  });

  it('ends at end-of-contents octets where its length is indefinite, those of others inside passed over', () => {
    const inner = indefinite(0xa1, tlv(0x04, '0000'), indefinite(0xa2), tlv(0xbf32, '00'));
    const outer = Buffer.concat([indefinite(0x30, inner, tlv(0x02, '05')), hex('ffff')]);
    const { tlv: element } = read(outer);
    expect(element).toMatchObject({ tag: 0x30, start: 2, missing: 0, next: outer.length - 2, end: outer.length - 4 });
  });

  it('with an indefinite length and no end has what is there', () => {
    expect(read(hex('30 80 02 01 05')).tlv).toMatchObject({ start: 2, end: 5, next: 5, missing: 2 });
    expect(read(hex('30 80 02 01 05 00')).tlv).toMatchObject({ end: 6, missing: 2 });
    expect(read(hex('30 80 1f')).tlv).toMatchObject({ end: 3, missing: 2 });
    expect(read(hex('30 80 9f818181 01')).tlv).toMatchObject({ missing: 2 });
    expect(read(hex('30 80 04 84 00000001 ff 0000')).tlv).toMatchObject({ end: 9, missing: 0 });
    expect(read(hex('30 80 04 84 0000')).tlv).toMatchObject({ end: 6, missing: 2 });
    expect(read(hex('04 80 00 00'))).toMatchObject({ read: false, tlv: { wrong: 'indefinite length of a primitive' } });
  });

  it('says what is missing, and where', () => {
    const cut = hex('04 05 0102');
    expect(read(cut).tlv).toMatchObject({ start: 2, end: 4, next: 4, missing: 3 });
    expect(tlvStop('tcap', 0, cut.length, read(cut).tlv)).toEqual({
      layer: 'tcap',
      offset: 2,
      need: 5,
      have: 2,
      reason: 'length of tag 04',
    });
    for (const [bytes, wrong, offset] of [
      ['', 'identifier octet', 0],
      ['04', 'length octet', 1],
      ['1f', 'length octet', 1],
      ['1f 81', 'identifier octet', 2],
      ['1f 01', 'length octet', 2],
      ['04 82 01', 'length octet', 2],
      ['04 ff 01', 'length octet', 2],
    ] as const) {
      const { read: there, tlv: element } = read(hex(bytes));
      expect(there, bytes).toBe(false);
      expect(tlvStop('map', 0, hex(bytes).length, element), bytes).toMatchObject({
        layer: 'map',
        offset,
        reason: wrong,
      });
    }
  });

  it('ends at the end it is given, not at that of the bytes', () => {
    const element = createTlv();
    expect(readTlv(hex('04 05 0102030405'), 0, 4, element)).toBe(true);
    expect(element).toMatchObject({ end: 4, missing: 3 });
  });

  it('nests indefinite lengths no deeper than it should', () => {
    expect(read(Buffer.alloc(1000, hex('3080')))).toMatchObject({ read: false, tlv: { wrong: 'depth' } });
    expect(read(Buffer.alloc(62, hex('3080')))).toMatchObject({ read: true });
  });
});

describe('an integer', () => {
  it('is signed, of one to six octets', () => {
    for (const [bytes, value] of [
      ['00', 0],
      ['7f', 127],
      ['80', -128],
      ['ff', -1],
      ['0080', 128],
      ['ff7f', -129],
      ['00ffffff', 0xffffff],
      ['7fffffffffff', 2 ** 47 - 1],
      ['', -1],
      ['01020304050607', -1],
    ] as const) {
      const data = hex(bytes);
      expect(readInteger(data, 0, data.length), bytes).toBe(value);
    }
  });

  it('is written in as few octets as X.690 §8.3 asks for', () => {
    const examples = [0, 1, 127, 128, 255, 256, -1, -128, -129, 32767, 32768, 0x7fffffff, -0x80000000];
    const written = [
      '00',
      '01',
      '7f',
      '0080',
      '00ff',
      '0100',
      'ff',
      '80',
      'ff7f',
      '7fff',
      '008000',
      '7fffffff',
      '80000000',
    ];
    expect(examples.map((value) => encodeInteger(0x02, value).subarray(2).toString('hex'))).toEqual(written);
  });
});

describe('what is written', () => {
  it('has the shortest length', () => {
    for (const [length, head] of [
      [0, '0400'],
      [127, '047f'],
      [128, '048180'],
      [255, '0481ff'],
      [256, '04820100'],
      [65535, '0482ffff'],
    ] as const) {
      const bytes = encodeTlv(0x04, Buffer.alloc(length));
      expect(bytes.toString('hex', 0, bytes.length - length)).toBe(head);
    }
    expect(encodeTlv(0xbf32, hex('01')).toString('hex')).toBe('bf320101');
  });

  it('has digits two an octet, as 29.002 §17.7.8 has them', () => {
    expect(encodeTbcd('460001234567890').toString('hex')).toBe('64001032547698f0');
    expect(encodeTbcd('12*#abc').toString('hex')).toBe('21badcfe');
    expect(encodeAddressString('12').toString('hex')).toBe('9121');
    expect([0, 1, 2, 3, 4].map((nature) => encodeAddressString('12', nature)[0])).toEqual([
      0x81, 0xc1, 0x81, 0xa1, 0x91,
    ]);
  });
});

describe('a table of fields', () => {
  interface Out {
    got: string[];
  }
  const keep = (name: string) => (data: Buffer, start: number, end: number, out: Out) => {
    out.got.push(`${name} ${data.toString('hex', start, end)}`);
  };
  const TABLE = [
    field(0x04, keep('first')),
    field(0x81, keep('one')),
    field(0x04, keep('second')),
    inside(0x30, each(0x30, field(0x80, keep('each')))),
  ];
  const readAll = (bytes: Buffer) => {
    const out: Out = { got: [] };
    const stop = readFields(bytes, 0, bytes.length, TABLE, out, 'map', 0);
    return { ...out, stop };
  };

  it('is walked in its order, other elements passed over', () => {
    const bytes = Buffer.concat([
      tlv(0x04, '01'),
      tlv(0x9f55, '00'),
      tlv(0x04, '02'),
      tlv(0x04, '03'),
      indefinite(0x30, tlv(0x30, tlv(0x80, '04')), tlv(0x30, tlv(0x80, '05'), tlv(0x80, '06')), tlv(0x30)),
    ]);
    expect(readAll(bytes)).toEqual({ got: ['first 01', 'second 02', 'each 04', 'each 05'], stop: null });
  });

  it('leaves out a value cut short, and reads what is whole before it', () => {
    const bytes = Buffer.concat([tlv(0x04, '01'), tlv(0x30, tlv(0x30, tlv(0x80, '0405')))]);
    expect(readAll(bytes.subarray(0, -1))).toMatchObject({
      got: ['first 01'],
      stop: { layer: 'map', need: 2, have: 1 },
    });
    expect(readAll(bytes.subarray(0, 4))).toMatchObject({ got: ['first 01'], stop: { reason: 'length octet' } });
  });
});

describe('any bytes', () => {
  it('are read without a throw, each element with progress and inside its bounds', () => {
    const random = new Random(8, 'ber');
    const element = createTlv();
    for (let round = 0; round < 20_000; round++) {
      const data = randomBytes(random, random.integer(0, 40), [0x30, 0x80, 0x00, 0xa1, 0x1f, 0x81, 0x82, 0x04]);
      for (let at = 0; at < data.length; at = element.next) {
        if (!readTlv(data, at, data.length, element)) break;
        const { start, end, next } = element;
        expect(at < start && start <= end && end <= next && next <= data.length).toBe(true);
      }
    }
  });

  it('written as trees of elements, are read back as they were', () => {
    const random = new Random(9, 'ber trees');
    for (let round = 0; round < 500; round++) {
      const { bytes, text } = tree(random, 4);
      expect(textOf(bytes, 0, bytes.length)).toBe(text);
    }
  });
});

/** A random element and a text of it; lengths definite and not. */
function tree(random: Random, depth: number): { bytes: Buffer; text: string } {
  if (depth === 0 || random.chance(0.3)) {
    const value = randomBytes(random, random.integer(0, 200));
    const tag = random.pick([0x02, 0x04, 0x80, 0x9f50, 0xdf8201]);
    return { bytes: encodeTlv(tag, value), text: `${tag.toString(16)}=${value.toString('hex')}` };
  }
  const parts = Array.from({ length: random.integer(0, 4) }, () => tree(random, depth - 1));
  const tag = random.pick([0x30, 0xa1, 0xbf55, 0x62]);
  const inner = parts.map(({ bytes }) => bytes);
  return {
    bytes: random.chance(0.5) ? encodeTlv(tag, ...inner) : indefinite(tag, ...inner),
    text: `${tag.toString(16)}(${parts.map(({ text }) => text).join(' ')})`,
  };
}

function textOf(data: Buffer, start: number, end: number): string {
  const texts: string[] = [];
  const element = createTlv();
  for (let at = start; at < end; at = element.next) {
    if (!readTlv(data, at, end, element) || element.missing > 0) return 'wrong';
    const { tag, start: from, end: to, next } = element;
    const inside = isConstructed(tag) ? `(${textOf(data, from, to)})` : `=${data.toString('hex', from, to)}`;
    texts.push(`${tag.toString(16)}${inside}`);
    element.next = next;
  }
  return texts.join(' ');
}

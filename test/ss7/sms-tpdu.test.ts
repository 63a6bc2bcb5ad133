import { describe, expect, it } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { alphabetText } from '../../src/ss7/alphabet.ts';
import { createDigits, digitsText } from '../../src/ss7/digits.ts';
import { createBytes } from '../../src/ss7/operation.ts';
import { readTpdu } from '../../src/ss7/sms-tpdu.ts';
import { encodeDeliver, encodeSubmit } from '../../src/ss7/sms-tpdu-encode.ts';
import { hex } from '../support/ss7.ts';
import { randomBytes } from '../support/tcap.ts';

function read(tpdu: Buffer, fromMobile: boolean) {
  const out = { smsAddress: createDigits(), smsName: createBytes(), smsLength: -1 };
  const type = readTpdu(tpdu, 0, tpdu.length, fromMobile, out);
  const name = alphabetText(out.smsName);
  const said = { type, address: digitsText(out.smsAddress), nature: out.smsAddress.nature, length: out.smsLength };
  return name === null ? said : { ...said, name };
}

/** Ten septets of the default alphabet: nine octets. */
const TEXT = '0a e8329bfd4697d9ec37';

describe('a TPDU of 3GPP TS 23.040', () => {
  it('SMS-DELIVER has its originator and the octets of its text', () => {
    const tpdu = hex(`04 0b c8 7238880900f1 00 00 99309251619580 ${TEXT}`);
    expect(read(tpdu, false)).toEqual({ type: 0, address: '27838890001', nature: 1, length: 9 });
  });

  it('SMS-SUBMIT has its destination, whatever form the validity period has (§9.2.3.3)', () => {
    for (const [first, validity] of [
      ['01', ''],
      ['11', 'aa'],
      ['09', '01020304050607'],
      ['19', '99309251619580'],
    ]) {
      const tpdu = hex(`${first} 00 0b 91 6407281553f8 00 00 ${validity} ${TEXT}`);
      expect(read(tpdu, true)).toEqual({ type: 1, address: '46708251358', nature: 4, length: 9 });
    }
  });

  it('SMS-COMMAND has its destination, SMS-STATUS-REPORT its recipient', () => {
    expect(read(hex('02 01 00 00 05 0b 91 6407281553f8 03 aabbcc'), true)).toEqual({
      type: 2,
      address: '46708251358',
      nature: 4,
      length: 3,
    });
    expect(read(hex('06 05 05 a1 0180f6 42103141000023 42103141100023 00'), false)).toEqual({
      type: 2,
      address: '10086',
      nature: 3,
      length: -1,
    });
  });

  it('has the octets of the user data by its coding (23.038 §4)', () => {
    const lengthWith = (coding: string) => read(hex(`04 04 91 2143 00 ${coding} 99309251619580 0a`), false).length;
    for (const coding of ['00', '10', '0c', '40', '80', 'c8', 'd0', 'f0', 'f3'])
      expect(lengthWith(coding), coding).toBe(9);
    for (const coding of ['04', '08', '18', '20', '60', 'e0', 'f4', 'f7']) expect(lengthWith(coding), coding).toBe(10);
  });

  it('counts no user data header (§9.2.3.24): what the parts of a long message say', () => {
    const header = '05 00 03 21 02 01';
    const deliver = (coding: string, length: string, ud: string) =>
      read(hex(`44 04 91 2143 00 ${coding} 99309251619580 ${length} ${ud}`), false).length;
    expect(deliver('08', '2e', header)).toBe(40);
    // Six octets take seven septets, the last of them with one fill bit: 153 septets of text are left of 160, 134 octets.
    expect(deliver('00', 'a0', header)).toBe(134);
    expect(deliver('00', '07', header)).toBe(0);
    expect(read(hex(`51 00 04 91 2143 00 04 aa 8c ${header}`), true).length).toBe(134);
    // The header is longer than the text says, or not there.
    expect(deliver('04', '03', header)).toBe(0);
    expect(deliver('04', '03', '')).toBe(3);
  });

  it('has the name of an originator that is text (§9.1.2.5, 23.038 §6.1.2.1.1)', () => {
    const named = (digits: string, value: string) =>
      read(hex(`04 ${digits} d0 ${value} 00 00 99309251619580 ${TEXT}`), false);
    // "hellohello" is the example of 23.038 everywhere; seven letters leave seven bits free.
    expect(named('0e', 'e8329bfd4697d9')).toEqual({ type: 0, address: null, nature: 0, length: 9, name: 'hellohel' });
    expect(named('12', 'e8329bfd4697d9ec37')).toMatchObject({ name: 'hellohello' });
    expect(named('0d', 'e8329bfd469701')).toMatchObject({ name: 'hellohe' });
    expect(named('05', 'c1e110')).toMatchObject({ name: 'ACC' });
    expect(named('02', '00')).toEqual({ type: 0, address: null, nature: 0, length: 9 });
  });

  it('has no address where the originator is text, and none that is longer than an address', () => {
    expect(read(hex(`04 0e d0 e8329bfd4697d9 00 00 99309251619580 ${TEXT}`), false)).toMatchObject({
      address: null,
      length: 9,
    });
    expect(read(hex('04 ff 91 2143'), false)).toMatchObject({ address: null, length: -1 });
  });

  it('is read back as it was written', () => {
    expect(read(encodeSubmit('8613912345678', 40), true)).toEqual({
      type: 1,
      address: '8613912345678',
      nature: 4,
      length: 40,
    });
    expect(read(encodeDeliver('10086', 140, 3), false)).toEqual({ type: 0, address: '10086', nature: 3, length: 140 });
  });

  it('cut at any length, or of any bytes, gives what is there', () => {
    const tpdu = hex(`04 0b c8 7238880900f1 00 00 99309251619580 ${TEXT}`);
    for (let length = 0; length < tpdu.length; length++) {
      const cut = read(tpdu.subarray(0, length), false);
      expect(cut.type).toBe(length === 0 ? -1 : 0);
      expect(cut.address).toBe(length < 9 ? null : '27838890001');
      expect(cut.length).toBe(length < 19 ? -1 : 9);
    }
    const random = new Random(5, 'tpdu');
    for (let round = 0; round < 10_000; round++) {
      const data = randomBytes(random, random.integer(0, 30));
      expect(read(data, random.chance(0.5)).length).toBeLessThan(256);
    }
  });
});

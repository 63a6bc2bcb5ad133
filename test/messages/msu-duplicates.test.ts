import { expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { MsuDuplicates } from '../../src/messages/duplicates.ts';
import { createPayload, Transport, type TransportId } from '../../src/network/payload.ts';
import { createMsu } from '../../src/ss7/link/mtp3.ts';

/** Whether message `number` is a copy, seen on a link after so many milliseconds. */
function seen(slots: number = DEFAULT_LIMITS.duplicates, transport: TransportId = Transport.sctp) {
  const duplicates = new MsuDuplicates(slots);
  const header = Buffer.from([10, 0, 0, 1, 10, 0, 0, 2]);
  const data = Buffer.alloc(23);
  return (number: number, link: number, milliseconds: number, length = 23): boolean => {
    data.writeUInt32BE(number, 5);
    const msu = { ...createMsu(), data, start: 0, end: length, opc: 1, dpc: 2, sls: number & 15 };
    const payload = { ...createPayload(), data, end: length, header, destinationAt: 4, sourcePort: link, transport };
    payload.seconds = 1_700_000_000 + Math.floor(milliseconds / 1000);
    payload.nanoseconds = (milliseconds % 1000) * 1e6;
    return duplicates.isCopy(msu, payload);
  };
}

test('the same message on another link within a second is a copy, on the same association it was sent twice', () => {
  const isCopy = seen();
  expect(isCopy(1, 7, 0)).toBe(false);
  expect(isCopy(1, 7, 5)).toBe(false);
  expect(isCopy(1, 8, 900)).toBe(true);
  expect(isCopy(1, 8, 1100)).toBe(false);
  expect(isCopy(2, 8, 1100)).toBe(false);
  expect(isCopy(2, 7, 1100, 22)).toBe(false);
});

test('on a link that does not number its messages, one within 10 ms is a copy', () => {
  const isCopy = seen(DEFAULT_LIMITS.duplicates, Transport.mtp2);
  expect(isCopy(1, 7, 0)).toBe(false);
  expect(isCopy(1, 7, 10)).toBe(true);
  expect(isCopy(1, 7, 11)).toBe(false);
});

/** Whether a message in a unit of MTP2 with these octets before its length indicator is a copy, on a link, after so many milliseconds. */
function seenOnLinks() {
  const duplicates = new MsuDuplicates(DEFAULT_LIMITS.duplicates);
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0]);
  return (sequence: number[], link: number, milliseconds: number): boolean => {
    const length = sequence.length === 2 ? [12] : [12, 0];
    // Service information, label, user part.
    const data = Buffer.from([...sequence, ...length, 0x85, 2, 64, 0, 0, 5, 0, 2, 2, 0, 2, 0, 0x21]);
    const start = sequence.length + length.length + 5;
    const msu = { ...createMsu(), data, start, end: data.length, opc: 1, dpc: 2, sls: 0, serviceIndicator: 5 };
    const payload = { ...createPayload(), data, end: data.length, header, destinationAt: 4, transport: Transport.mtp2 };
    payload.sourcePort = link;
    payload.seconds = 1_700_000_000 + Math.floor(milliseconds / 1000);
    payload.nanoseconds = (milliseconds % 1000) * 1e6;
    return duplicates.isCopy(msu, payload);
  };
}

test('what MTP2 retransmits keeps its forward sequence number, whatever it acknowledges (Q.703 §5.3)', () => {
  const isCopy = seenOnLinks();
  // BSN and BIB, FSN and FIB: the indicator of a retransmission is the other one.
  expect(isCopy([0x85, 0x91], 0, 0)).toBe(false);
  expect(isCopy([0x86, 0x11], 0, 300)).toBe(true);
  // The same message in a unit of its own, such as the same digit dialled again.
  expect(isCopy([0x86, 0x12], 0, 400)).toBe(false);
  expect(isCopy([0x86, 0x12], 0, 1500)).toBe(false);
  // Beyond a point that sends it on, with numbers of another link.
  expect(isCopy([0x80, 0x90], 3, 1600)).toBe(true);
});

test('with sequence numbers of 12 bits (Q.703 annex A)', () => {
  const isCopy = seenOnLinks();
  expect(isCopy([0x05, 0x80, 0x11, 0x82], 0, 0)).toBe(false);
  expect(isCopy([0x06, 0x80, 0x11, 0x02], 0, 300)).toBe(true);
  expect(isCopy([0x06, 0x80, 0x11, 0x83], 0, 400)).toBe(false);
});

test('a capture without sequence numbers does not tell a retransmission', () => {
  const isCopy = seenOnLinks();
  expect(isCopy([0, 0], 0, 0)).toBe(false);
  expect(isCopy([0, 0], 0, 300)).toBe(false);
});

test('of 8,000 messages of a second, all but a few are known again on another link, and none is taken for another', () => {
  const isCopy = seen();
  const numbers = Array.from({ length: 8000 }, (_, number) => number);
  expect(numbers.filter((number) => isCopy(number, 7, number / 10))).toEqual([]);
  const found = numbers.filter((number) => isCopy(number, 8, 800 + number / 100));
  // On 16,384 places they are .49 a place; who shares one with four others or more is forgotten: 1 in 600 (Poisson).
  expect(found.length).toBeGreaterThan(8000 - 3 * (8000 / 600));
});

test('what is remembered has a bound', () => {
  const isCopy = seen(1024);
  for (let number = 0; number < 20_000; number++) isCopy(number, 7, 0);
  const found = Array.from({ length: 20_000 }, (_, number) => number).filter((number) => isCopy(number, 8, 1));
  expect(found.length).toBeLessThanOrEqual(1024);
});

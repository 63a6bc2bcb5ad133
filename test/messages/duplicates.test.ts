import { expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { Duplicates } from '../../src/messages/duplicates.ts';
import { createPayload, type Payload } from '../../src/network/payload.ts';

/** A payload of text that came after so many milliseconds. */
function sent(text: string, milliseconds: number, port = 5060): Payload {
  const data = Buffer.from(text);
  const header = Buffer.from([10, 0, 0, 1, 10, 0, 0, 2]);
  return {
    ...createPayload(),
    data,
    end: data.length,
    header,
    destinationAt: 4,
    sourcePort: port,
    destinationPort: 5060,
    seconds: 1_700_000_000 + Math.floor(milliseconds / 1000),
    nanoseconds: (milliseconds % 1000) * 1e6,
  };
}

function copies(): (payload: Payload) => boolean {
  const duplicates = new Duplicates(DEFAULT_LIMITS.duplicates);
  return (payload) => duplicates.isCopy(payload.data, 0, payload.end, payload);
}

test('the same bytes between the same ends within 10 ms are a copy, whichever came first', () => {
  const isCopy = copies();
  expect(isCopy(sent('OPTIONS', 995))).toBe(false);
  expect(isCopy(sent('OPTIONS', 1005))).toBe(true);
  expect(isCopy(sent('OPTIONS', 990))).toBe(true);
});

test('later ones, others of the same length, and those of another port are none', () => {
  const isCopy = copies();
  expect(isCopy(sent('OPTIONS', 0))).toBe(false);
  expect(isCopy(sent('OPTIONT', 1))).toBe(false);
  expect(isCopy(sent('OPTIONS', 1, 5061))).toBe(false);
  expect(isCopy(sent('OPTIONS', 500))).toBe(false);
  expect(isCopy(sent('OPTIONS', 505))).toBe(true);
});

test('a thousand messages in 5 ms and their copies after them are all told apart', () => {
  const isCopy = copies();
  const burst = Array.from({ length: 1000 }, (_, i) => `INVITE sip:86138${10_000_000 + 7919 * i}@example.org SIP/2.0`);
  expect(burst.filter((text, i) => isCopy(sent(text, i / 200)))).toEqual([]);
  expect(burst.filter((text, i) => !isCopy(sent(text, 5 + i / 200)))).toEqual([]);
});

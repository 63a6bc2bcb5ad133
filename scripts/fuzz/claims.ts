import type { Payload } from '../../src/network/payload.ts';

/** Throws, which the fuzzer reports, where a decoder broke its word. */
export function claim(holds: boolean, words: string): void {
  if (!holds) throw new Error(`broken: ${words}`);
}

/** What the network promises of each payload it hands over. */
export function claimPayload(payload: Payload): void {
  const { data, start, end, header, sourceAt, destinationAt, addressLength } = payload;
  claim(start >= 0 && start <= end && end <= data.length, 'the payload lies in its bytes');
  claim(Math.min(sourceAt, destinationAt) >= 0, 'addresses lie in the header');
  claim(Math.max(sourceAt, destinationAt) + addressLength <= header.length, 'addresses lie in the header');
  claim(payload.sourcePort <= 0xffff && payload.destinationPort <= 0xffff, 'ports have 16 bits');
}

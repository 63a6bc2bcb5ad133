import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addressText, endpointText } from '../../src/network/address.ts';
import { address } from '../support/frames.ts';

/** Examples of RFC 5952 sections 4 and 5, and RFC 4291 section 2.2. */
const EXAMPLES: [string, string][] = [
  ['2001:0db8:0000:0000:0001:0000:0000:0001', '2001:db8::1:0:0:1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
  ['2001:DB8::1', '2001:db8::1'],
  ['0:0:0:0:0:0:0:1', '::1'],
  ['0:0:0:0:0:0:0:0', '::'],
  ['fe80::', 'fe80::'],
  ['1:0:0:2:0:0:0:0', '1:0:0:2::'],
  ['0:1:2:3:4:5:6:7', '0:1:2:3:4:5:6:7'],
  ['0:0:0:0:0:ffff:c000:0201', '::ffff:192.0.2.1'],
];

test('IPv6 addresses are written as RFC 5952 recommends', () => {
  for (const [text, expected] of EXAMPLES) expect(addressText(address(text), 0, 16)).toBe(expected);
});

test('the text of an IPv6 address is what the URL standard serialises', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 }), (groups) => {
      const full = groups.map((group) => group.toString(16)).join(':');
      const text = addressText(address(full), 0, 16);
      // It has no dotted form.
      if (!text.includes('.')) expect(`[${text}]`).toBe(new URL(`http://[${full}]/`).hostname);
    }),
  );
});

test('endpoints have the port behind, IPv6 in brackets', () => {
  expect(endpointText(address('10.0.0.1'), 0, 4, 5060)).toBe('10.0.0.1:5060');
  expect(endpointText(Buffer.concat([Buffer.alloc(3), address('2001:db8::1')]), 3, 16, 5060)).toBe(
    '[2001:db8::1]:5060',
  );
});

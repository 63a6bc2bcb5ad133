import { encodeAddressString } from './tcap/ber-encode.ts';

/**
 * SMS-SUBMIT (3GPP TS 23.040 §9.2.2.2) with 8-bit user data of `octets` zeros: what was written is no one's business.
 *
 * @param destination digits; @param nature of address (Q.763): 4 international
 */
export function encodeSubmit(destination: string, octets: number, nature = 4): Buffer {
  return Buffer.concat([
    Buffer.from([0x01, 0x00]),
    address(destination, nature),
    Buffer.from([0x00, 0x04, octets]),
    Buffer.alloc(octets),
  ]);
}

/** SMS-DELIVER (§9.2.2.1), likewise. The service centre's time stamp is seven octets of semi-octets (§9.2.3.11). */
export function encodeDeliver(originator: string, octets: number, nature = 4): Buffer {
  return Buffer.concat([
    Buffer.from([0x04]),
    address(originator, nature),
    Buffer.from([0x00, 0x04, 0x42, 0x10, 0x10, 0x00, 0x00, 0x00, 0x00, octets]),
    Buffer.alloc(octets),
  ]);
}

/** Address field (§9.1.2.5): the number of digits, then as an AddressString. */
function address(digits: string, nature: number): Buffer {
  return Buffer.concat([Buffer.from([digits.length]), encodeAddressString(digits, nature)]);
}

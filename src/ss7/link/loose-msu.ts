import type { Payload, TransportId } from '../../network/payload.ts';
import { type Msu, ServiceIndicator, type Ss7VariantId } from '../message.ts';

/**
 * A segment of SCCP whose message one capture alone could not put together: a signal unit with its label, its addresses and time.
 * Read again, capture after capture of a feed, they give the message across the cut. Plain data, stored in a commit as JSON.
 */
export interface LooseMsu {
  /** `sua`: `bytes` is a whole message of SUA. */
  kind: 'sccp' | 'sua';
  variant: Ss7VariantId;
  networkIndicator: number;
  opc: number;
  dpc: number;
  sls: number;
  transport: TransportId;
  /** Source and destination address, one after the other, in hexadecimal; of a link without addresses zeros. */
  addresses: string;
  sourcePort: number;
  destinationPort: number;
  /** The user part, base64. */
  bytes: string;
  seconds: number;
  nanoseconds: number;
  frame: number;
}

/** What is kept of a segment while others are missing: {@link LooseMsu} before it is made to text. */
export interface KeptMsu extends Omit<LooseMsu, 'addresses' | 'bytes'> {
  addresses: Buffer;
  bytes: Buffer;
}

/** Keeps a signal unit and where it was seen. */
export function keepMsu(kind: LooseMsu['kind'], msu: Msu, payload: Payload): KeptMsu {
  const { variant, networkIndicator, opc, dpc, sls, data, start, end } = msu;
  const { header, sourceAt, destinationAt, addressLength, transport, sourcePort, destinationPort } = payload;
  const addresses = Buffer.alloc(2 * addressLength);
  header.copy(addresses, 0, sourceAt, sourceAt + addressLength);
  header.copy(addresses, addressLength, destinationAt, destinationAt + addressLength);
  const { seconds, nanoseconds, frame } = payload;
  const bytes = Buffer.from(data.subarray(start, end));
  const label = { variant, networkIndicator, opc, dpc, sls };
  return { kind, ...label, transport, addresses, sourcePort, destinationPort, bytes, seconds, nanoseconds, frame };
}

export function looseMsu({ addresses, bytes, ...kept }: KeptMsu): LooseMsu {
  return { ...kept, addresses: addresses.toString('hex'), bytes: bytes.toString('base64') };
}

/** Fills in the signal unit and the payload that a segment came in. False where its addresses are none. */
export function restoreMsu(loose: LooseMsu, msu: Msu, payload: Payload): boolean {
  const addresses = Buffer.from(loose.addresses, 'hex');
  if (addresses.length !== 8 && addresses.length !== 32) return false;
  const bytes = Buffer.from(loose.bytes, 'base64');
  payload.data = bytes;
  payload.start = 0;
  payload.end = bytes.length;
  payload.transport = loose.transport;
  payload.header = addresses;
  payload.addressLength = addresses.length === 8 ? 4 : 16;
  payload.sourceAt = 0;
  payload.destinationAt = payload.addressLength;
  payload.sourcePort = loose.sourcePort;
  payload.destinationPort = loose.destinationPort;
  payload.seconds = loose.seconds;
  payload.nanoseconds = loose.nanoseconds;
  payload.frame = loose.frame;
  msu.data = bytes;
  msu.start = 0;
  msu.end = bytes.length;
  msu.variant = loose.variant;
  msu.networkIndicator = loose.networkIndicator;
  msu.serviceIndicator = ServiceIndicator.sccp;
  msu.opc = loose.opc;
  msu.dpc = loose.dpc;
  msu.sls = loose.sls;
  return true;
}

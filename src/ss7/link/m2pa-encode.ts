import { MessageClass } from './sigtran.ts';

/** An M2PA user data message (RFC 4165 §2.3.1) around an MTP3 message. */
export function encodeM2pa(bsn: number, fsn: number, mtp3: Uint8Array): Buffer {
  const head = Buffer.alloc(17);
  head.set([1, 0, MessageClass.m2pa, 1]);
  head.writeUInt32BE(head.length + mtp3.length, 4);
  head.writeUInt32BE(bsn & 0xffffff, 8);
  head.writeUInt32BE(fsn & 0xffffff, 12);
  return Buffer.concat([head, mtp3]);
}

import { isPcap } from './pcap.ts';
import { isPcapng } from './pcapng.ts';

/** Bytes that {@link recognise} wants to see; it makes do with fewer where the file ends. */
export const HEAD_BYTES = 512;

export type Compression = 'gzip' | 'zstd';

/** What the first bytes of a file say it is. */
export type Recognised =
  | { kind: 'pcap' | 'pcapng' | Compression }
  /** Neither a capture nor compressed: what it is, in words. */
  | { kind: 'other'; what: string };

/** First bytes of files that are mistaken for captures, as hexadecimal digits. */
const SIGNATURES: readonly (readonly [hex: string, what: string])[] = [
  ['474d4255', 'a Microsoft Network Monitor capture'],
  ['52545353', 'a Microsoft Network Monitor capture'],
  ['58435000', 'a NetXRay/Sniffer capture'],
  ['564c0000', 'a NetXRay capture'],
  ['5452534e494646', 'a DOS Sniffer capture'],
  ['736e6f6f70000000', 'a snoop capture'],
  ['6274736e6f6f7000', 'a Bluetooth snoop capture'],
  ['89504e47', 'a PNG image'],
  ['ffd8ff', 'a JPEG image'],
  ['47494638', 'a GIF image'],
  ['25504446', 'a PDF document'],
  ['7f454c46', 'an ELF program'],
  ['4d5a', 'a Windows program'],
  ['504b0304', 'a ZIP archive'],
  ['377abcaf271c', 'a 7-Zip archive'],
  ['526172211a07', 'a RAR archive'],
  ['425a68', 'bzip2 data'],
  ['fd377a585a00', 'xz data'],
  ['04224d18', 'LZ4 data'],
  ['50415231', 'a Parquet file'],
  ['53514c69746520666f726d6174203300', 'an SQLite database'],
];

/** Whether {@link recognise} found the capture of another program. */
export function isForeignCapture(what: string): boolean {
  return what.endsWith(' capture');
}

/** Offset and text of the magic of a tar archive (POSIX ustar). */
const TAR_AT = 257;

/** Says what a file is from its first bytes. */
export function recognise(head: Buffer): Recognised {
  if (head.length === 0) return { kind: 'other', what: 'an empty file' };
  if (head.length >= 4) {
    if (isPcap(head)) return { kind: 'pcap' };
    if (isPcapng(head)) return { kind: 'pcapng' };
    // RFC 8878 clause 3.1.1 and, for a skippable frame, 3.1.2.
    const magic = head.readUInt32LE(0);
    if (magic === 0xfd2fb528 || (magic & 0xfffffff0) >>> 0 === 0x184d2a50) return { kind: 'zstd' };
  }
  // RFC 1952 clause 2.3.1: identification and the only compression method.
  if (head.length >= 3 && head[0] === 0x1f && head[1] === 0x8b && head[2] === 8) return { kind: 'gzip' };
  return { kind: 'other', what: describe(head) };
}

function describe(head: Buffer): string {
  const hex = head.toString('hex');
  for (const [signature, what] of SIGNATURES) if (hex.startsWith(signature)) return what;
  if (head.toString('latin1', TAR_AT, TAR_AT + 5) === 'ustar') return 'a tar archive';
  if (isText(head)) return 'text';
  const shown = head
    .subarray(0, 8)
    .toString('hex')
    .replaceAll(/(..)(?=.)/g, '$1 ');
  return `data that begins with ${shown}`;
}

/** No control characters but white space and escape, and UTF-8, of which the end of `head` may cut a character. */
function isText(head: Buffer): boolean {
  for (const byte of head) if ((byte < 0x20 && (byte < 9 || byte > 13) && byte !== 0x1b) || byte === 0x7f) return false;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true }).length > 0;
  } catch {
    return false;
  }
}

import { crc32 } from 'node:zlib';

/*
 * Lines of the outbox's files: JSON, with the CRC-32 of what they hold before it, so that a line which a crash or the disk
 * cut, or changed, is known from one that is whole.
 *
 *   {"crc":"1a2b3c4d","entry":{...}}
 */
const HEAD = /^\{"crc":"([0-9a-f]{8})","entry":/;
const HEAD_LENGTH = '{"crc":"00000000","entry":'.length;

/** One line, with its line feed. */
export function journalLine(entry: unknown): string {
  const text = JSON.stringify(entry);
  return `{"crc":"${checksum(text)}","entry":${text}}\n`;
}

/** What a line holds; undefined where it is damaged. */
export function readJournalLine(line: string): unknown {
  const head = HEAD.exec(line);
  if (head === null || !line.endsWith('}')) return undefined;
  const text = line.slice(HEAD_LENGTH, -1);
  return checksum(text) === head[1] ? JSON.parse(text) : undefined;
}

/** Goes through the lines of a file: its entry, or undefined where it is damaged, and where it lies, bytes. */
export function eachJournalLine(data: Buffer, each: (entry: unknown, offset: number, length: number) => void): void {
  for (let at = 0; at < data.length; ) {
    const end = data.indexOf(0x0a, at);
    // Without its line feed a line was not written to its end.
    if (end < 0) {
      each(undefined, at, data.length - at);
      return;
    }
    each(readJournalLine(data.toString('utf8', at, end)), at, end + 1 - at);
    at = end + 1;
  }
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}

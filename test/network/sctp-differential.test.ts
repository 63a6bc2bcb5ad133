import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { data, iData, init, overIp, sack, type UserData } from '../support/sctp.ts';
import { tsharkFields } from '../support/tshark.ts';
import { classicPcap, packetsOf, record } from './record.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-differential-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** How many associations, messages of each, and captures are made up. */
const ASSOCIATIONS = 3;
const MESSAGES = 40;
const CAPTURES = 8;

/** Whole numbers below `n`. */
type Draw = (n: number) => number;

function userMessage(
  draw: Draw,
  name: string,
  tsn: number,
  sequence: number,
  build: (fields: UserData) => Buffer,
): Buffer[] {
  const count = draw(3) === 0 ? 1 + draw(4) : 1;
  const stream = draw(4);
  const unordered = draw(5) === 0 ? 'U' : '';
  return Array.from({ length: count }, (_, fragment) => {
    const payload = `${name}p${fragment}${'z'.repeat(draw(30))}`;
    const flags = (fragment === 0 ? 'B' : '') + (fragment === count - 1 ? 'E' : '') + unordered;
    return build({ tsn: (tsn + fragment) % 2 ** 32, payload, stream, sequence, fragment, ppid: 3, flags });
  });
}

/**
 * Packets of a few associations, bundled, out of order by some chunks, one in ten lost, some chunks sent again. Both INITs are
 * there, because tshark needs them to tell associations apart.
 */
function traffic(draw: Draw, build: (fields: UserData) => Buffer): Buffer[] {
  const frames: Buffer[] = [];
  const senders = Array.from({ length: ASSOCIATIONS }, (_, number) => {
    const [source, destination] = [`10.0.${number}.1`, `10.0.${number}.2`];
    const ends = { source, destination, tag: 0x1000_0000 + draw(0xe000_0000) };
    const back = {
      source: destination,
      destination: source,
      sourcePort: 2906,
      destinationPort: 2905,
      tag: 0x7700_0000 + number,
    };
    let tsn = draw(3) === 0 ? 0xffff_fff0 : draw(2 ** 32);
    frames.push(overIp({ ...ends, tag: 0 }, init(back.tag, tsn)), overIp(back, init(ends.tag, 1, true)));
    // The first TSN comes first: tshark counts from the one it sees first, and loses pieces that are before it.
    frames.push(overIp(ends, build({ tsn: tsn++, payload: `a${number}`, ppid: 3 })));
    const queue: Buffer[] = [];
    for (let sequence = 0; sequence < MESSAGES; sequence++) {
      const chunks = userMessage(draw, `a${number}m${sequence}`, tsn, sequence, build);
      tsn += chunks.length;
      queue.push(...chunks);
    }
    return { ends, queue, sent: [] as Buffer[] };
  });
  for (;;) {
    const busy = senders.filter(({ queue }) => queue.length > 0);
    if (busy.length === 0) return frames;
    const { ends, queue, sent } = busy[draw(busy.length)];
    const chunks: Buffer[] = [];
    for (let room = 1 + draw(4); room > 0 && queue.length > 0; room--) {
      chunks.push(...queue.splice(draw(3) === 0 ? Math.min(draw(4), queue.length - 1) : 0, 1));
    }
    if (draw(8) === 0 && sent.length > 0) chunks.push(sent[Math.max(0, sent.length - 1 - draw(8))]);
    if (draw(10) === 0) continue;
    frames.push(overIp(ends, ...(draw(6) === 0 ? [sack()] : []), ...chunks));
    sent.push(...chunks);
  }
}

/** A linear congruential generator: the same captures at each run. */
function drawer(seed: number): Draw {
  let state = seed * 7919;
  return (n) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor(((state >>> 8) / 0x100_0000) * n);
  };
}

test.each([
  ['DATA', data],
  ['I-DATA', iData],
] as const)('what is lost, out of order and sent again in %s gives the messages that tshark gives', (name, build) => {
  let compared = 0;
  for (let seed = 1; seed <= CAPTURES; seed++) {
    const frames = traffic(drawer(seed), build);
    const file = join(folder, `${name}${seed}.pcap`);
    writeFileSync(file, classicPcap(1, frames));
    const rows = tsharkFields(file, 'data', ['frame.number', 'data.data'], ['-o', 'sctp.ulp_dissection:FALSE']);
    const theirs = rows.flatMap(([[frame], contents]) =>
      contents.map((bytes) => `${frame} ${Buffer.from(bytes, 'hex').toString('latin1')}`),
    );
    const ours = record(packetsOf(frames)).seen.map((line) => line.replace(/^(\d+) sctp \S+ (\S+) ppid=3$/, '$1 $2'));
    expect(ours.sort(), `capture ${seed}`).toEqual(theirs.sort());
    compared += ours.length;
  }
  expect(compared).toBeGreaterThan(CAPTURES * MESSAGES * 2);
});

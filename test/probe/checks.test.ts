import { describe, expect, test } from 'vitest';
import type { CaptureResult } from '../../src/capture/read.ts';
import { type FeedMemory, lostProtocols, NO_MEMORY, noteCapture } from '../../src/probe/checks.ts';

/** 2023-11-14T22:13:20Z */
const START = 1_700_000_000;
const JUMP = 60;

/** A capture of packets from `first` to `last`, seconds after the start, in a file last written at `written`. */
interface Piece {
  first: number;
  last: number;
  written?: number;
  messages?: Record<string, number>;
}

/** Takes captures one after the other, each a moment after it was written. @returns seconds of the jumps found */
function jumps(pieces: readonly Piece[]): number[] {
  let memory: FeedMemory = NO_MEMORY;
  return pieces.flatMap(({ first, last, written = last }) => {
    const at = (START + written) * 1000;
    const noted = noteCapture(memory, 'north', resultOf(first, last), new Map(), at, at, JUMP);
    memory = noted.memory;
    return noted.findings.map((finding) => (finding.kind === 'clock_jump' ? finding.seconds : Number.NaN));
  });
}

function resultOf(first: number, last: number): CaptureResult {
  return {
    path: 'x',
    sha256: 'aa',
    format: 'pcap',
    compression: 'none',
    packets: 2,
    bytes: 1,
    diskBytes: 1,
    first: { s: START + first, ns: 0 },
    last: { s: START + last, ns: 0 },
    stop: null,
    cutPackets: 0,
  };
}

describe('a jump of the clock of a feed', () => {
  test('is seen where packets went on otherwise than the files that hold them', () => {
    const before = { first: 0, last: 60 };
    expect(jumps([before, { first: 3660, last: 3720, written: 120 }])).toEqual([3600]);
    expect(jumps([before, { first: -3540, last: -3480, written: 120 }])).toEqual([-3600]);
  });

  test('is seen where a capture ends after the time of this machine, and leaves those that follow as they are', () => {
    const later = 10 * 365 * 86_400;
    const pieces = [
      { first: 0, last: 60 },
      { first: later, last: later + 60, written: 120 },
      { first: 120, last: 180 },
    ];
    expect(jumps(pieces)).toEqual([later - 60]);
    expect(jumps(pieces.slice(1))).toEqual([later - 60]);
  });

  test.each<[string, Piece[]]>([
    [
      'captures that follow each other',
      [
        { first: 0, last: 60 },
        { first: 60, last: 120 },
      ],
    ],
    [
      'an hour in which nothing was captured',
      [
        { first: 0, last: 60 },
        { first: 3660, last: 3720 },
      ],
    ],
    [
      'captures of a day that are copied in at once',
      [0, 1, 2].map((n) => ({ first: 3600 * n, last: 3600 * (n + 1), written: 90_000 + n })),
    ],
    [
      'two writers at a time',
      [
        { first: 0, last: 60, written: 60 },
        { first: 1, last: 61, written: 61 },
      ],
    ],
    [
      'a step of no more than was set',
      [
        { first: 0, last: 60 },
        { first: 119, last: 179, written: 120 },
      ],
    ],
    ['the first capture', [{ first: 0, last: 60, written: 1e6 }]],
  ])('is not seen in %s', (_, pieces) => {
    expect(jumps(pieces)).toEqual([]);
  });
});

describe('a protocol is lost', () => {
  const taken = START * 1000;
  const memory = noteCapture(
    NO_MEMORY,
    'north',
    resultOf(0, 60),
    new Map([
      ['sip', 5],
      ['ss7', 0],
    ]),
    taken,
    taken,
    JUMP,
  ).memory;

  test('when no capture with messages of it came for the time that was set, with when it was last seen', () => {
    expect(lostProtocols(memory, 'north', taken + 900_000, 900_000)).toEqual([]);
    expect(lostProtocols(memory, 'north', taken + 901_000, 900_000)).toEqual([
      {
        kind: 'feed_lost',
        time: '2023-11-14T22:28:20.000Z',
        feed: 'north',
        protocol: 'sip',
        minutes: 15,
        last: '2023-11-14T22:14:20.000000000Z',
      },
    ]);
  });

  test('once, however often it is looked at: by the time of the finding', () => {
    const times = [1e6, 2e6, 9e6].map((later) => lostProtocols(memory, 'north', taken + later, 900_000)[0]!.time);
    expect(new Set(times).size).toBe(1);
  });

  test('not before it was ever seen', () => {
    expect(lostProtocols(NO_MEMORY, 'north', taken + 1e9, 900_000)).toEqual([]);
  });
});

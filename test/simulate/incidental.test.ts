import { expect, it } from 'vitest';
import { u16, u32 } from '../../src/base/bytes.ts';
import type { Dataset } from '../../src/forest/forest.ts';
import { auc, scored } from '../../src/forest/metrics.ts';
import { compile } from '../../src/forest/predict.ts';
import { trainForest } from '../../src/forest/train.ts';
import { parseScenario } from '../../src/simulate/scenario.ts';
import { simulate } from '../../src/simulate/simulate.ts';

/** What a line's first request shows that says nothing about what the line is. */
const COLUMNS = [
  'number_last_4',
  'number_before_last_4',
  'number_length',
  'source_mac_1',
  'source_mac_6',
  'source_1',
  'source_2',
  'source_3',
  'source_4',
  'destination_4',
  'source_port',
  'destination_port',
  'identification',
  'microsecond',
  'millisecond',
] as const;

const RUNS = 60;

async function rowsOf(seed: number): Promise<{ x: number[]; y: number }[]> {
  const first = new Map<string, number[]>();
  const rows: { x: number[]; y: number }[] = [];
  await simulate(
    parseScenario('', {
      seed,
      subscribers: 150,
      gateways: 5,
      hours: 1,
      start: '2024-03-05T10:00:00Z',
      everyGateway: { lines: 8 },
      network: { numberFormat: 'digits', tcp: 0, loss: 0, identity: 'number' },
    }),
    {
      frame: (data, _seconds, nanoseconds) => {
        const text = data.toString('latin1', Math.min(42, data.length));
        if (!/^(REGISTER|INVITE) /.test(text)) return;
        const number = /\r\n(?:From|f): <sip:(\d+)@/.exec(text)?.[1];
        if (number === undefined || first.has(number)) return;
        first.set(number, [
          Number(number.slice(-4)),
          Number(number.slice(-7, -4)),
          number.length,
          data[6]!,
          data[11]!,
          ...data.subarray(26, 30),
          u32(data, 30) & 255,
          u16(data, 34),
          u16(data, 36),
          u16(data, 18),
          (nanoseconds / 1000) % 1000,
          Math.floor(nanoseconds / 1e6),
        ]);
      },
      call: () => {},
      label: ({ line, label }) => {
        const x = first.get(line);
        if (x !== undefined) rows.push({ x, y: label === 'gateway' ? 1 : 0 });
      },
      scenario: () => {},
      close: () => {},
    },
  );
  return rows;
}

/** What the first call of a line on the radio side shows that says nothing about what the line is. */
const RADIO_COLUMNS = [
  'number_last_4',
  'number_before_last_4',
  'number_length',
  'imsi_last_4',
  'imsi_before_last_4',
  'tmsi_high',
  'tmsi_low',
  'circuit',
  'microsecond',
  'millisecond',
] as const;

async function radioRowsOf(seed: number): Promise<{ x: number[]; y: number }[]> {
  const first = new Map<string, number[]>();
  const rows: { x: number[]; y: number }[] = [];
  await simulate(
    parseScenario('', {
      seed,
      subscribers: 150,
      gateways: 5,
      hours: 1,
      start: '2024-03-05T10:00:00Z',
      difficulty: 'any',
      interfaces: ['a', 'cap', 'isup'],
      everyGateway: { lines: 8 },
    }),
    {
      frame: () => {},
      call: ({ caller, start, legs }) => {
        const radio = legs?.find(({ interface: over, direction }) => over === 'bssap' && direction === 'originating');
        if (radio?.imsi === undefined || first.has(caller)) return;
        const trunk = legs?.find(({ interface: over }) => over === 'isup')?.trunk;
        const tmsi = radio.tmsi ? Number.parseInt(radio.tmsi, 16) : Number.NaN;
        first.set(caller, [
          Number(caller.slice(-4)),
          Number(caller.slice(-7, -4)),
          caller.length,
          Number(radio.imsi.slice(-4)),
          Number(radio.imsi.slice(-8, -4)),
          Math.floor(tmsi / 65_536),
          tmsi % 65_536,
          trunk === undefined ? Number.NaN : Number(trunk.split('-')[2]) % 32,
          Number(start.slice(23, 26)),
          Number(start.slice(20, 23)),
        ]);
      },
      label: ({ line, label }) => {
        const x = first.get(line);
        if (x !== undefined) rows.push({ x, y: label === 'gateway' ? 1 : 0 });
      },
      scenario: () => {},
      close: () => {},
    },
  );
  return rows;
}

function dataset(features: readonly string[], runs: { x: number[]; y: number }[][]): Dataset {
  const all = runs.flatMap((rows, run) => rows.map((row) => ({ ...row, run })));
  return {
    features,
    rows: all.length,
    x: Float64Array.from(all.flatMap(({ x }) => x)),
    y: Uint8Array.from(all, ({ y }) => y),
    weight: new Float64Array(all.length).fill(1),
    group: Int32Array.from(all, ({ run }) => run),
  };
}

it.each([
  ['numbers, addresses, ports and the clock', COLUMNS, rowsOf],
  ['numbers, IMSIs, TMSIs, circuits and the clock of the radio side', RADIO_COLUMNS, radioRowsOf],
] as const)('%s tell a forest nothing about other populations', async (_, columns, make) => {
  const runs: { x: number[]; y: number }[][] = [];
  for (let run = 0; run < RUNS; run++) runs.push(await make(7000 + run));
  expect(runs.flat().filter(({ y }) => y === 1).length).toBeGreaterThan(RUNS * 8);
  const half = RUNS / 2;
  const results = [
    [runs.slice(0, half), runs.slice(half)],
    [runs.slice(half), runs.slice(0, half)],
  ].map(([learn, test]) => {
    const forest = trainForest(dataset(columns, learn!), { trees: 60, minLeaf: 20 });
    const unseen = dataset(columns, test!);
    const scores = new Float64Array(unseen.rows);
    compile(forest).scoreRows(unseen.x, unseen.rows, scores);
    return auc(scored(scores, unseen.y, unseen.weight, unseen.group));
  });
  for (const value of results) {
    expect(value).toBeGreaterThan(0.4);
    expect(value).toBeLessThan(0.6);
  }
});

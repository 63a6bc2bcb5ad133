import { median } from 'simple-statistics';
import { describe, expect, it } from 'vitest';
import type { ActRecord } from '../../src/simulate/sink.ts';
import { simulatedDay } from './day.ts';

const START = '2024-03-05T09:00:00Z';

/** What phones of a quiet network on the radio side do in six hours. */
async function acts(network: Record<string, number>): Promise<ActRecord[]> {
  const day = await simulatedDay({
    ...{ seed: 7, subscribers: 200, gateways: 0, hours: 6, start: START, country: '34', interfaces: ['a'] },
    network: { cells: 20, sectors: 1, coldStart: 0, outages: 0, ...network },
    ss7: { circuit: 1, loss: 0, periodic: 1 },
    population: { outings: 0.5, shifts: 0, phoneChange: 0, handsetShop: 0, testLab: 0 },
  });
  return day.acts;
}

/** Minutes after the beginning at which phones attached. */
function attached(all: readonly ActRecord[]): number[] {
  return all
    .filter(({ kind, update }) => kind === 'presence' && update === 'attach')
    .map(({ time }) => (time / 1e6 - Date.parse(START) / 1000) / 60);
}

describe('a network that restarts as the run begins', () => {
  it('has all that are on attach within the minutes that the scenario says', async () => {
    const early = (minutes: readonly number[]): number => minutes.filter((minute) => minute <= 10.1).length;
    const usual = await acts({});
    const phones = new Set(usual.filter(({ kind }) => kind === 'presence').map(({ line }) => line)).size;
    const cold = attached(await acts({ coldStart: 10 }));
    expect(early(attached(usual))).toBeLessThan(10);
    expect(phones).toBeGreaterThan(100);
    expect(early(cold)).toBeGreaterThan(0.9 * phones);
    expect(Math.min(...cold)).toBeGreaterThan(0);
    // Not before a phone has found the network, and spread over all of the time.
    expect(median(cold.filter((minute) => minute <= 10.1))).toBeGreaterThan(0.3);
  });
});

describe('an outage', () => {
  it('has those in one cell attach there together, as nobody does where nothing fails', async () => {
    const isAttach = ({ kind, update }: ActRecord): boolean => kind === 'presence' && update === 'attach';
    const attaches = (await acts({ outages: 8 })).filter(isAttach);
    const usual = (await acts({})).filter(isAttach);
    expect(attaches.length).toBeGreaterThan(usual.length + 10);
    // Within five minutes of five others in the cell.
    const together = (list: readonly ActRecord[]): number =>
      list.filter(
        (one) => list.filter(({ cell, time }) => cell === one.cell && Math.abs(time - one.time) < 300e6).length > 5,
      ).length;
    expect(together(attaches)).toBeGreaterThan(10);
    expect(together(usual)).toBe(0);
  });
});

import { describe, expect, it } from 'vitest';
import type { Reason } from '../../../src/forest/explain.ts';
import type { Model } from '../../../src/forest/model.ts';
import type { Stratum, Threshold } from '../../../src/forest/thresholds.ts';
import type { Gateway } from '../../../src/gateways/boxes.ts';
import { boxed, boxReason } from '../../../src/scan/judge/boxes.ts';
import { isNear, type Tier, tellingOf, tierOf, type Verdict } from '../../../src/scan/judge/verdict.ts';

const at = (rate: number, score: number | null): Threshold => ({
  rate,
  score,
  rows: 1000,
  reason: score === null ? 'too few' : null,
});
const stratum = (hours: number, suspect: number | null, strong: number | null, acts = 0): Stratum => ({
  basis: 'sip',
  hours,
  acts,
  thresholds: [at(1e-3, suspect), at(1e-4, strong)],
});
const model = {
  thresholds: [at(1e-3, 0.8), at(1e-4, 0.95)],
  strata: [stratum(0, 0.7, 0.9), stratum(2.5, null, null), stratum(9, 0.4, 0.75)],
} as unknown as Model;
const day = { basis: 'sip', hours: 24, acts: 30 } as const;
/** Nobody shows the device; one in a hundred does; one in ten thousand does. */
const [NOTHING, RARE, TELLING] = [1, 0.01, 1e-4];

describe('the tier of a score', () => {
  it('goes by what was seen of the line', () => {
    expect(tierOf(model, 0.45, day, NOTHING, null)).toBe('suspect');
    expect(tierOf(model, 0.39, day, NOTHING, null)).toBe('none');
    expect(tierOf(model, 0.45, { ...day, hours: 8 }, NOTHING, null)).toBe('none');
    // Nothing was measured for these: the thresholds of all.
    expect(tierOf(model, 0.79, { ...day, hours: 8 }, NOTHING, null)).toBe('none');
    expect(tierOf(model, 0.8, { ...day, hours: 8 }, NOTHING, null)).toBe('suspect');
    expect(tierOf(model, 0.8, { ...day, basis: 'radio' }, NOTHING, null)).toBe('suspect');
  });

  it('is strong only with evidence of the device', () => {
    expect(tierOf(model, 0.76, day, NOTHING, null)).toBe('suspect');
    expect(tierOf(model, 0.76, day, RARE, null)).toBe('strong');
    expect(tierOf(model, 0.74, day, RARE, null)).toBe('suspect');
    // What hardly anybody shows is evidence though it moved the score but little; it does not make up for seeing little.
    expect(tierOf(model, 0.76, day, NOTHING, null, TELLING)).toBe('strong');
    expect(tierOf(model, 0.4, { ...day, acts: 4 }, NOTHING, null, TELLING)).toBe('none');
  });

  it('asks more of a line that was seen little, unless its device gives it away', () => {
    for (const little of [
      { ...day, acts: 4 },
      { ...day, hours: 0.4, acts: 4 },
    ]) {
      const [suspect, strong] = little.hours > 9 ? [0.4, 0.75] : [0.7, 0.9];
      expect(tierOf(model, suspect, little, RARE, null)).toBe('none');
      expect(tierOf(model, strong, little, NOTHING, null)).toBe('suspect');
      expect(tierOf(model, suspect, little, TELLING, null)).toBe('suspect');
    }
    // Ten minutes are little however many calls they have.
    expect(tierOf(model, 0.89, { ...day, hours: 1 / 6 }, NOTHING, null)).toBe('none');
    expect(tierOf(model, 0.9, { ...day, hours: 1 / 6 }, NOTHING, null)).toBe('suspect');
  });

  it('asks less of a line of which enough was seen, where that was measured', () => {
    const measured = { ...model, strata: [...model.strata, stratum(9, 0.3, 0.75, 5)] } as unknown as Model;
    expect(tierOf(measured, 0.3, day, NOTHING, null)).toBe('suspect');
    expect(tierOf(measured, 0.29, day, NOTHING, null)).toBe('none');
    // Its device gives it away, but of what it does little was seen.
    expect(tierOf(measured, 0.39, { ...day, acts: 4 }, TELLING, null)).toBe('none');
    expect(tierOf(measured, 0.4, { ...day, acts: 4 }, TELLING, null)).toBe('suspect');
    // How near a line comes that a box brings in goes by what is asked of all.
    for (const [how, share] of [
      ['tied', 0.6],
      ['loose', 0.85],
      ['unseen', 0.95],
    ] as const) {
      expect(isNear(measured, share * 0.4, day, null, how)).toBe(true);
      expect(isNear(measured, share * 0.4 - 1e-6, day, null, how)).toBe(false);
    }
  });

  it('goes by the threshold that was asked for', () => {
    expect(tierOf(model, 0.2, day, NOTHING, 0.2)).toBe('suspect');
    expect(tierOf(model, 0.79, day, NOTHING, 0.8)).toBe('none');
  });
});

describe('a line of a box', () => {
  const evidence = [
    { text: 'IMEIs in turn', text_zh: '轮用 IMEI', tied: ['b', 'c'] },
    { text: 'one cell', text_zh: '同一小区', tied: ['a', 'b'] },
  ];
  const gateway = { gateway: 3, lines: ['a', 'b', 'c', 'd'], evidence };
  const join = (score: number, loose = false, tier: Tier = 'none') =>
    boxed(
      model,
      { line: 'a', score, tier, exposure: { ...day, calls: 30 }, reasons: [] } as unknown as Verdict,
      gateway as unknown as Gateway,
      null,
      loose,
    );

  it('is suspect for the company it keeps where its own score comes near its threshold, and not where it does not', () => {
    expect(join(0.25)).toMatchObject({ tier: 'suspect', gateway: 3 });
    expect(join(0.25)!.reasons.map(({ text }) => text)).toEqual(['one of 4 lines of gateway #3: one cell']);
    expect(join(0.23)).toBeNull();
  });

  it('is told what ties it to others, and not what ties only them', () => {
    const told = (line: string) => boxReason(gateway as unknown as Gateway, line);
    expect(told('b').text).toBe('one of 4 lines of gateway #3: IMEIs in turn; one cell');
    expect(told('b').text_zh).toBe('网关 #3 的 4 条线路之一：轮用 IMEI；同一小区');
    // Another window put it there.
    expect(told('d').text).toBe('one of 4 lines of gateway #3');
  });

  it('has evidence of its device in the company', () => {
    expect(join(0.76)).toMatchObject({ tier: 'strong', gateway: 3 });
  });

  it('must come nearer, and is no more certain for it, where colleagues share as much', () => {
    // The threshold is .4, and .75 for strong.
    expect(join(0.33, true)).toBeNull();
    expect(join(0.35, true)).toMatchObject({ tier: 'suspect', gateway: 3 });
    expect(join(0.76, true, 'suspect')).toMatchObject({ tier: 'suspect', gateway: 3 });
    expect(join(0.76, true, 'strong')).toMatchObject({ tier: 'strong', gateway: 3 });
  });
});

describe('what is told first', () => {
  const places = ['imeis', 'called_back_share', 'calls_seen_hours'].map((name) => ({ name, family: name, unit: '' }));
  const definitions = [
    { ...places[0]!, leaning: 1 },
    { ...places[1]!, leaning: -1 },
    places[2]!,
  ] as unknown as Parameters<typeof tellingOf>[1];
  const told = (feature: number, side: Reason['side'], rarity = TELLING) =>
    tellingOf([{ feature, side, rarity, contribution: 0.1, value: 1 }], definitions).length === 1;

  it('is rare on the side that may speak against a line, and none that can but speak for it', () => {
    expect(told(0, 'high')).toBe(true);
    expect(told(0, 'low')).toBe(false);
    expect(told(1, 'low')).toBe(true);
    expect(told(1, 'high')).toBe(false);
    expect([told(2, 'low'), told(2, 'high')]).toEqual([true, true]);
    expect(told(0, 'high', RARE)).toBe(false);
  });
});

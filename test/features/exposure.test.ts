import { describe, expect, test } from 'vitest';
import { durationWords, exposureOf, rateHours } from '../../src/features/exposure.ts';
import { call, callFrom, historyOf, registration, sms } from './lines.ts';

describe('on how much a verdict rests', () => {
  test('three calls in ten minutes are too little', () => {
    const history = historyOf([
      call(0, '8613900000002', 5),
      call(60, '8613900000003', 5),
      callFrom(120, '8613900000002', 5),
    ]);
    const exposure = exposureOf(history, { observedSeconds: 600 });
    expect(exposure).toMatchObject({ events: 3, calls: 3, observedHours: 600 / 3600 });
    expect(exposure.restsOn.en).toBe('rests on 3 calls in 10 min: too little to tell by itself');
    expect(exposure.restsOn.zh).toBe('依据 10 分钟内的 3 次通话：仅凭其自身行为无法判断');
  });

  test('five calls in a day are something', () => {
    const history = historyOf(Array.from({ length: 5 }, (_, i) => call(i * 600, `861390000000${i}`, 5)));
    expect(exposureOf(history, { observedSeconds: 86_400 }).restsOn).toEqual({
      en: 'rests on 5 calls in 24 h',
      zh: '依据 24 小时内的 5 次通话',
    });
  });

  test('without calls, says what there is', () => {
    const exposure = exposureOf(historyOf([registration(0)]), { observedSeconds: 604_800 });
    expect(exposure.restsOn.en).toBe('rests on 0 calls and 1 event in 7 d: too little to tell by itself');
  });

  test('who texts and does not call is seen by the texts', () => {
    const texts = Array.from({ length: 5 }, (_, i) => sms(i * 60, `861390000000${i}`, 20));
    expect(exposureOf(historyOf([registration(0), ...texts]), { observedSeconds: 86_400 }).restsOn).toEqual({
      en: 'rests on 0 calls and 5 short messages in 24 h',
      zh: '依据 24 小时内的 0 次通话和 5 条短信',
    });
    const four = historyOf([call(0, '8613900000009', 5), ...texts.slice(1)]);
    expect(exposureOf(four, { observedSeconds: 86_400 }).restsOn.en).toBe(
      'rests on 1 call in 24 h: too little to tell by itself',
    );
  });

  test('counts the short messages that were sent, each once', () => {
    const history = historyOf([
      sms(0, '8613900000001', 20, { interface: 'bssap' }),
      sms(1, '8613900000001', 20, { interface: 'map' }),
      sms(60, '8613900000002', 20),
      sms(120, '8613900000002', 20, { direction: 'terminating' }),
    ]);
    expect(exposureOf(history, { observedSeconds: 86_400 }).sent).toBe(2);
  });

  test('rates are taken over an hour at least', () => {
    expect(rateHours({ observedSeconds: 600 })).toBe(1);
    expect(rateHours({ observedSeconds: 7200 })).toBe(2);
  });

  test.each([
    [0.25, '0.3 s'],
    [45, '45 s'],
    [90, '1.5 min'],
    [3600, '60 min'],
    [86_340, '24 h'],
    [172_800, '2 d'],
    [2_592_000, '30 d'],
  ])('%s seconds are %s', (seconds, words) => {
    expect(durationWords(seconds).en).toBe(words);
  });
});

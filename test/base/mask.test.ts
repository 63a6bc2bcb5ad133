import { describe, expect, it } from 'vitest';
import { maskLine, maskNumber, maskText } from '../../src/base/mask.ts';

describe('a masked number', () => {
  it.each([
    ['8613812345678', '86138******78'],
    ['460001234567890', '46000********90'],
    ['13812345678', '1381*****78'],
    ['1234567', '12***67'],
    ['12345', '1**45'],
    ['1234', '****'],
    ['', ''],
  ])('%s is %s', (digits, masked) => {
    expect(maskNumber(digits)).toBe(masked);
  });

  it('never shows more than 7 digits, and hides at least a third of a subscriber number', () => {
    for (let length = 7; length <= 15; length++) {
      const masked = maskNumber('123456789012345'.slice(0, length));
      expect(masked).toHaveLength(length);
      expect(masked.replace(/\*/g, '').length).toBeLessThanOrEqual(7);
      expect(masked.split('*').length - 1).toBeGreaterThanOrEqual(length / 3);
    }
  });
});

describe('a masked text', () => {
  it.each([
    ['131 calls to 131 numbers, one of them +8613812345678', '131 calls to 131 numbers, one of them +86138******78'],
    ['IMEI 35693803564380', 'IMEI 35693*******80'],
    ['never left cell 460-00-6151-1', 'never left cell 460-00-6151-1'],
    ['never left 460-01-45124-123689494', 'never left 460-01-45124-123689494'],
    ['port 5060 on 10.0.0.1', 'port 5060 on 10.0.0.1'],
    ['31 lines on TAC 86812359 that suspected lines crowd', '31 lines on TAC 86812359 that suspected lines crowd'],
    ['31 条线路的 TAC（86812359）集中出现于嫌疑线路', '31 条线路的 TAC（86812359）集中出现于嫌疑线路'],
    ['TAC 86812359012345', 'TAC 86812*******45'],
    ['called 86812359', 'called 868***59'],
  ])('%s is %s', (text, masked) => {
    expect(maskText(text)).toBe(masked);
  });
});

describe('a masked line', () => {
  it.each([
    ['8613812345678', '86138******78'],
    ['sip:+8613812345678@ims.example.com', 'sip:+86138******78@ims.example.com'],
    ['sips:alice@example.com', 'sips:a***e@example.com'],
    ['bo@example.com', '**@example.com'],
    ['sip:1001@pbx.example.com', 'sip:1**1@pbx.example.com'],
    ['tel:+8613812345678', 'tel:+86138******78'],
  ])('%s is %s', (line, masked) => {
    expect(maskLine(line)).toBe(masked);
  });
});

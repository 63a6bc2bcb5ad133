import { expect, it } from 'vitest';
import type { Reply } from '../../src/review/server/api.ts';
import { makeVerdicts, openDesk, scratch, verdictRow } from '../support/desk.ts';

it('names the type of devices whole, which scan prints too, and no whole device or number', async () => {
  const folder = scratch();
  const text = '7 IMEIs under TAC 86812359, one of them 86812359000017, called 8613912345678';
  const reason = { feature: 'gateway', value: 1, contribution: 0.1, rarity: null, text, text_zh: text };
  await makeVerdicts(`${folder.path}/lake`, [verdictRow('8613800000001', { gateway: 1, reasons: [reason] })]);
  const test = await openDesk(`${folder.path}/lake`, `${folder.path}/desk`);
  try {
    const ann = await test.person('ann', 'investigator');
    const shown = '7 IMEIs under TAC 86812359, one of them 86812*******17, called 86139******78';
    const { items } = await ann.get<Reply<'queue'>>('/api/lines');
    const { reasons, sentence } = await ann.get<Reply<'line'>>('/api/lines/1');
    const { why } = await ann.get<Reply<'gateway'>>('/api/gateways/1');
    expect([items[0]!.reasons[0]!.text, reasons[0]!.text_zh, why.en]).toEqual([shown, shown, shown]);
    expect(sentence.zh).toContain(shown);
  } finally {
    await test.close();
    folder.remove();
  }
});

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { CatpoolEvent } from '../../../src/events/event.ts';
import { EventTable } from '../../../src/scan/rows/table.ts';
import { SpoolStore } from '../../../src/scan/spool.ts';
import { at, call, callFrom, missed } from '../../features/lines.ts';
import { observe } from '../../simulate/network.ts';

const [ANNA, BERT] = ['460001111111111', '460002222222222'];
const [NUMBER, OTHER] = ['8613800000001', '8613800000002'];
const [FRIEND, SHOP] = ['8613900000001', '8613900000002'];

const onRadio = (second: number, imsi: string, to: string, talk = 60): CatpoolEvent =>
  call(second, to, talk, { interface: 'bssap', msisdn: null, imsi });
/** The same call on a trunk, begun later and answered and over at the same time but for `off` seconds. */
const onTrunk = (leg: CatpoolEvent, caller: string, later = 2, off = 0): CatpoolEvent => ({
  ...call(0, leg.counterpart!, 1, { interface: 'isup', msisdn: caller }),
  time: { s: leg.time.s + later, ns: 0 },
  answer_time: leg.answer_time === null ? null : { s: leg.answer_time.s + off, ns: 0 },
  end_time: { s: leg.end_time!.s + off, ns: 0 },
  outcome: leg.outcome,
});

/** Names of lines of phones, whatever the order of the events. */
function linesOf(events: readonly CatpoolEvent[], imsis: readonly string[] = [ANNA, BERT]): (string | null)[] {
  const answers = [events, [...events].reverse()].map((all) => {
    const store = new SpoolStore(1e7);
    const table = new EventTable(store);
    for (const event of all) table.add(event, 0);
    const { naming } = table.names();
    const lines = imsis.map((imsi) => naming.lineOf({ imsi, msisdn: null, aor: null, time: at(0) }));
    const back = lines.map((line) => (line === null ? null : naming.imsiOf(line, 0)));
    expect(back).toEqual(imsis);
    store.close();
    return lines;
  });
  expect(answers[1]).toEqual(answers[0]);
  return answers[0]!;
}

describe('a phone that only its IMSI names', () => {
  const first = onRadio(0, ANNA, FRIEND);
  const second = onRadio(500, ANNA, SHOP, 20);

  test('has the number that its calls have on a trunk', () => {
    const others = [onTrunk(onRadio(900, BERT, FRIEND), OTHER), onTrunk(onRadio(950, BERT, SHOP), OTHER)];
    const both = [first, second, onTrunk(first, NUMBER), onTrunk(second, NUMBER), ...others];
    expect(linesOf(both)).toEqual([NUMBER, BERT]);
    // SIP as ISUP does.
    const sip = both.map((event) => (event.interface === 'isup' ? { ...event, interface: 'sip' as const } : event));
    expect(linesOf(sip)).toEqual([NUMBER, BERT]);
    // One call is enough to a number that nobody else calls, not to another.
    expect(linesOf([first, onTrunk(first, NUMBER)])).toEqual([NUMBER, BERT]);
    expect(linesOf([first, onTrunk(first, NUMBER), ...others])).toEqual([ANNA, BERT]);
    // Calls that nobody answered end together too.
    const rung = missed(0, FRIEND, { interface: 'bssap', msisdn: null, imsi: ANNA });
    expect(linesOf([rung, onTrunk(rung, NUMBER)])).toEqual([NUMBER, BERT]);
  });

  test('has none where the legs are not of one call', () => {
    const off = (later: number, apart: number) => linesOf([first, onTrunk(first, NUMBER, later, apart)]);
    expect(off(2, 1)).toEqual([NUMBER, BERT]);
    expect(off(2, 2)).toEqual([ANNA, BERT]);
    expect(off(11, 0)).toEqual([ANNA, BERT]);
    // What told a gateway whom to call comes before the call of its SIM.
    expect(off(-1, 0)).toEqual([ANNA, BERT]);
    expect(linesOf([first, { ...onTrunk(first, NUMBER), answer_time: null }])).toEqual([ANNA, BERT]);
    expect(linesOf([first, { ...onTrunk(first, NUMBER), counterpart: SHOP }])).toEqual([ANNA, BERT]);
  });

  test('has none where another phone, or another number, would do as well', () => {
    const rival = onRadio(1, BERT, FRIEND, 59);
    expect(linesOf([first, rival, onTrunk(first, NUMBER)])).toEqual([ANNA, BERT]);
    const nameless = { ...rival, imsi: null, tmsi: 'deadbeef', cell: '460-00-1-1' };
    expect(linesOf([first, nameless, onTrunk(first, NUMBER)])).toEqual([ANNA, BERT]);
    expect(linesOf([first, onTrunk(first, NUMBER), onTrunk(first, OTHER, 3)])).toEqual([ANNA, BERT]);
    // Another number each time: callers that a gateway's clock puts behind its calls.
    expect(linesOf([first, second, onTrunk(first, NUMBER), onTrunk(second, OTHER)])).toEqual([ANNA, BERT]);
    // Two phones behind one number: a switchboard.
    const desk = onRadio(900, BERT, SHOP);
    expect(linesOf([first, desk, onTrunk(first, NUMBER), onTrunk(desk, NUMBER)])).toEqual([ANNA, BERT]);
  });

  test('that is only called has the number that was called on the trunk just before, by the same callers', () => {
    const rung = (second: number, imsi: string, by: string, talk = 60) =>
      callFrom(second, by, talk, { interface: 'bssap', msisdn: null, imsi });
    /** On a trunk it is a call of the caller. */
    const asked = (leg: CatpoolEvent, number: string, before = 2): CatpoolEvent => ({
      ...onTrunk({ ...leg, counterpart: number }, leg.counterpart!),
      time: { s: leg.time.s - before, ns: 0 },
    });
    const [one, two] = [rung(0, ANNA, FRIEND), rung(500, ANNA, SHOP, 20)];
    expect(linesOf([one, two, asked(one, NUMBER), asked(two, NUMBER)])).toEqual([NUMBER, BERT]);
    // One call may have been forwarded to it.
    expect(linesOf([one, asked(one, NUMBER)])).toEqual([ANNA, BERT]);
    // After the phone rang, long before, or to another number each time: not the same call.
    expect(linesOf([one, two, asked(one, NUMBER, -1), asked(two, NUMBER, -1)])).toEqual([ANNA, BERT]);
    expect(linesOf([one, two, asked(one, NUMBER, 11), asked(two, NUMBER, 11)])).toEqual([ANNA, BERT]);
    expect(linesOf([one, two, asked(one, NUMBER), asked(two, OTHER)])).toEqual([ANNA, BERT]);
    // Two phones that ring for one number; and what its own calls say is more than what it was rung for.
    const both = [rung(900, BERT, FRIEND, 30), rung(1000, BERT, SHOP, 30)];
    const for4 = [one, two, ...both].map((leg) => asked(leg, NUMBER));
    expect(linesOf([one, two, ...both, ...for4])).toEqual([ANNA, BERT]);
    const own = onRadio(2000, ANNA, '8613900000003');
    const forwarded = [asked(one, NUMBER), asked(two, NUMBER)];
    expect(linesOf([one, two, own, ...forwarded, onTrunk(own, OTHER)])).toEqual([OTHER, BERT]);
  });

  test('keeps the number that is known otherwise', () => {
    const known = { ...onRadio(30, ANNA, SHOP), interface: 'cap' as const, msisdn: OTHER };
    expect(linesOf([first, onTrunk(first, NUMBER), known])).toEqual([OTHER, BERT]);
  });
});

test('simulated phones whose calls a trunk carries on have their own numbers', async () => {
  const network = await observe({
    ...{ seed: 5, subscribers: 150, gateways: 2, difficulty: 'naive', hours: 6, interfaces: ['a', 'isup'] },
  });
  const table = new EventTable(new SpoolStore(1e8));
  for (const event of network.events) table.add(event, 0);
  const { naming } = table.names();
  const labels = readFileSync(join(network.folder, 'labels.csv'), 'utf8').trim().split('\n').slice(1);
  const names = labels.map((line) => line.split(',')[0]!);
  let tied = 0;
  for (const [row, imsi] of names.entries()) {
    if (row % 2 === 0) continue;
    const line = naming.lineOf({ imsi, msisdn: null, aor: null, time: at(0) });
    if (line === imsi) continue;
    tied++;
    expect([imsi, line]).toEqual([imsi, names[row - 1]]);
  }
  console.log(`${tied} of ${names.length / 2} phones have their number`);
  expect(tied).toBeGreaterThan(10);
  rmSync(network.folder, { recursive: true });
});

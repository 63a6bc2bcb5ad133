import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { type CatpoolEvent, type EventKind, emptyEvent } from '../../../src/events/event.ts';
import { eventId } from '../../../src/events/event-id.ts';
import { INTEGERS, Whole } from '../../../src/features/history/rows.ts';
import { EventTable, RowShipper } from '../../../src/scan/rows/table.ts';
import { SpoolStore } from '../../../src/scan/spool.ts';
import { observe, type Seen } from '../../simulate/network.ts';
import { cli } from '../../support/cli.ts';

const START = 1_700_000_000;
const CELL = '460-00-6151-1';
const OTHER_CELL = '460-00-6151-2';
const NUMBER = '8613912345678';
const ANNA = { msisdn: '8613800000001', imsi: '460001111111111' };
const BERT = { msisdn: '8613800000002', imsi: '460002222222222' };
const TMSI = 'deadbeef';

let events = 0;
function event(
  kind: EventKind,
  over: CatpoolEvent['interface'],
  at: number,
  what: Partial<CatpoolEvent>,
): CatpoolEvent {
  const time = { s: START + Math.floor(at), ns: Math.round((at % 1) * 1e9) };
  const made = { ...emptyEvent(kind, time, 'probe', over), ...what };
  const [mcc, mnc, lac] = (made.cell ?? '').split('-');
  if (made.cell !== null) Object.assign(made, { mcc, mnc, lac: Number(lac) });
  made.event_id = eventId(kind, 'probe', `test ${events++}`, '', time);
  return made;
}

const leg = { direction: 'originating', counterpart: NUMBER, cell: CELL } as const;
const onRadio = (at: number, what: Partial<CatpoolEvent> = {}, kind: EventKind = 'leg'): CatpoolEvent =>
  event(kind, 'bssap', at, { ...leg, tmsi: TMSI, ...what });
const onCap = (at: number, who: Partial<CatpoolEvent>, what: Partial<CatpoolEvent> = {}): CatpoolEvent =>
  event('leg', 'cap', at, { ...leg, ...who, ...what });
/** What is no call: it has no counterpart. */
const act = (kind: EventKind, at: number, what: Partial<CatpoolEvent> = {}): CatpoolEvent =>
  event(kind, 'bssap', at, { cell: CELL, tmsi: TMSI, ...what });
const update = (at: number, what: Partial<CatpoolEvent> = {}): CatpoolEvent =>
  act('presence', at, { lu_type: 'normal', ...what });

/** By event, the line that its row is of, whether events come here or are shipped by a worker, and in any order. */
function linesOf(all: readonly CatpoolEvent[]): (string | null)[] {
  const random = new Random(7, 'order');
  const answers = [false, true, false, true].map((isShipped, round) => {
    const order = round === 0 ? [...all.keys()] : random.shuffle([...all.keys()]);
    const store = new SpoolStore(1e7);
    const table = new EventTable(store);
    const shipper = new RowShipper(table.receiver());
    for (const index of order) {
      if (isShipped) shipper.add(all[index]!, 0);
      else table.add(all[index]!, 0);
    }
    shipper.flush();
    const { names } = table.names();
    const found: (string | null)[] = [];
    let at = 0;
    for (const [, block] of table.blocks.read()) {
      for (let row = 0; row < block.count; row++) {
        const one = all[order[at++]!]!;
        const line = names.line(names.identity(block, row), one.time.s + one.time.ns / 1e9);
        found[all.indexOf(one)] = line < 0 ? null : table.texts.text(line);
        // A whole event is of the line that its row is of.
        expect(names.lineOf(one)).toBe(found[all.indexOf(one)]);
      }
    }
    store.close();
    return found;
  });
  for (const answer of answers) expect(answer).toEqual(answers[0]);
  return answers[0]!;
}

const { msisdn } = ANNA;

describe('a phone that only a TMSI names on the radio interface', () => {
  test('is of the line that CAP shows to call the same number from the same cell at the same time', () => {
    expect(linesOf([onRadio(100), onCap(100.9, ANNA)])).toEqual([msisdn, msisdn]);
    expect(linesOf([onRadio(100), onCap(99.5, { imsi: ANNA.imsi }), onCap(5000, ANNA, { counterpart: '1' })])[0]).toBe(
      msisdn,
    );
    expect(linesOf([{ ...onRadio(100), interface: 'ranap' }, onCap(100, ANNA)])[0]).toBe(msisdn);
  });

  test('is nobody where time, cell, number or direction differ, or is not known', () => {
    for (const cap of [
      onCap(101.1, ANNA),
      onCap(98.9, ANNA),
      onCap(100, ANNA, { cell: OTHER_CELL }),
      onCap(100, ANNA, { cell: null }),
      onCap(100, ANNA, { counterpart: '8613912345679' }),
      onCap(100, ANNA, { counterpart: null }),
      onCap(100, ANNA, { direction: 'terminating' }),
      { ...onCap(100, ANNA), kind: 'sms' as const },
      { ...onCap(100, ANNA), interface: 'sip' as const },
      onCap(100, {}),
    ])
      expect(linesOf([onRadio(100), cap])[0]).toBeNull();
    for (const radio of [
      onRadio(100, { tmsi: null }),
      onRadio(100, { tmsi: 'ffffffff' }),
      onRadio(100, { tmsi: 'no tmsi!' }),
      onRadio(100, { cell: null }),
      onRadio(100, { counterpart: null }),
    ])
      expect(linesOf([radio, onCap(100, ANNA)])[0]).toBeNull();
  });

  test('is nobody where two lines, or two phones, may be meant', () => {
    expect(linesOf([onRadio(100), onCap(100.2, ANNA), onCap(100.4, BERT)])[0]).toBeNull();
    const two = linesOf([onRadio(100), onRadio(100.3, { tmsi: '00000001' }), onCap(100.4, ANNA)]);
    expect(two.slice(0, 2)).toEqual([null, null]);
    expect(linesOf([onRadio(100), onRadio(100.3, { tmsi: null }), onCap(100.4, ANNA)])[0]).toBeNull();
    // Another phone says that it is the one that CAP speaks of.
    expect(linesOf([onRadio(100), onRadio(100.3, { tmsi: '00000001', ...ANNA }), onCap(100.4, ANNA)])[0]).toBeNull();
    // One that says it is somebody else's is no rival.
    expect(linesOf([onRadio(100), onRadio(100.3, { tmsi: '00000001', ...BERT }), onCap(100.4, ANNA)])[0]).toBe(msisdn);
    // A call from the next cell neither; and another probe saw the same phone.
    expect(linesOf([onRadio(100), onRadio(100, { tmsi: '00000001', cell: OTHER_CELL }), onCap(100, ANNA)])[0]).toBe(
      msisdn,
    );
    expect(
      linesOf([onRadio(100), onRadio(100.01), onCap(100.4, ANNA), onCap(100.41, { imsi: ANNA.imsi, msisdn })]),
    ).toEqual([msisdn, msisdn, msisdn, msisdn]);
  });

  test('is of the line that the phone says it is when it uses the TMSI next', () => {
    const later = onRadio(900, { ...BERT, counterpart: '8613912345670' });
    const nobody = Array(2).fill(null);
    expect(linesOf([onRadio(100), onRadio(700), later])).toEqual(Array(3).fill(BERT.msisdn));
    expect(linesOf([onRadio(100), { ...onRadio(700), kind: 'handover' }, later])[0]).toBe(BERT.msisdn);
    expect(linesOf([onRadio(100), act('ussd', 900, BERT)])[0]).toBe(BERT.msisdn);
    // But of the line that CAP shows to place the call, where it does.
    expect(linesOf([onRadio(100), onCap(100, ANNA), later])[0]).toBe(msisdn);
    expect(
      linesOf([
        onRadio(100),
        onCap(100, ANNA),
        onRadio(200, { cell: OTHER_CELL }),
        onCap(200, { ...BERT }, { cell: OTHER_CELL }),
        later,
      ])[0],
    ).toBeNull();
    // What comes after is told by the capture itself.
    expect(linesOf([later, onRadio(1000)])[1]).toBeNull();
    // A phone that attaches, or has not been heard of for an hour, may be another one; one in the next area is.
    expect(linesOf([onRadio(100), onRadio(700), update(800, BERT), later]).slice(0, 2)).toEqual(nobody);
    expect(linesOf([onRadio(100), act('presence', 800, { lu_type: 'detach' }), later])[0]).toBeNull();
    expect(linesOf([onRadio(100), { ...later, time: { s: START + 3701, ns: 0 } }])[0]).toBeNull();
    expect(linesOf([onRadio(100), { ...later, time: { s: START + 3699, ns: 0 } }])[0]).toBe(BERT.msisdn);
    expect(linesOf([onRadio(100), { ...later, cell: '460-00-6152-1', lac: 6152 }])[0]).toBeNull();
    expect(linesOf([onRadio(100), { ...later, tmsi: '00000001' }])[0]).toBeNull();
  });

  test('of a short message the register, which knows no cell, says it two seconds around', () => {
    const message = onRadio(100, {}, 'sms');
    const onMap = (at: number): CatpoolEvent => event('sms', 'map', at, { ...leg, ...ANNA, cell: null });
    expect(linesOf([message, onMap(101.9)])[0]).toBe(msisdn);
    expect(linesOf([message, onMap(102.1)])[0]).toBeNull();
    expect(linesOf([message, { ...onMap(101), cell: OTHER_CELL }])[0]).toBeNull();
  });
});

describe('a TMSI that is known for one call', () => {
  /** Lines of some acts, with a call of Anna's at second 1000. */
  const beside = (...acts: CatpoolEvent[]): (string | null)[] =>
    linesOf([onRadio(1000), onCap(1000.2, ANNA), ...acts]).slice(2);

  test('is hers from the update before to the next one, whatever she does', () => {
    expect(
      beside(
        act('auth', 400),
        update(500, { imei: '35693803564980' }),
        act('auth', 999),
        act('device', 999.1),
        onRadio(1500, { counterpart: '8613700000000', direction: 'terminating' }),
        onRadio(2000, { counterpart: '10086' }, 'sms'),
        act('ussd', 2100, { cell: OTHER_CELL }),
        update(3000),
        act('auth', 3001),
      ),
    ).toEqual([null, msisdn, msisdn, msisdn, msisdn, msisdn, msisdn, null, null]);
  });

  test('is somebody else in another area, and another TMSI is another phone', () => {
    expect(beside(act('auth', 1001, { cell: '460-00-6152-1' }), act('auth', 1001, { tmsi: 'deadbeee' }))).toEqual([
      null,
      null,
    ]);
  });

  test('is hers no more after a detach, an hour of silence, or when another line is named by it', () => {
    expect(beside(act('presence', 1100, { lu_type: 'detach' }), act('auth', 1101))).toEqual([msisdn, null]);
    expect(beside(act('auth', 4600), act('auth', 8201))).toEqual([msisdn, null]);
    expect(beside(act('auth', 1100), act('device', 1200, BERT), act('auth', 1300))).toEqual([
      msisdn,
      BERT.msisdn,
      null,
    ]);
  });

  test('is nobody’s where two calls say that it is two people’s', () => {
    expect(beside(onRadio(1100), onCap(1100.1, BERT), act('auth', 1050))).toEqual([null, BERT.msisdn, null]);
    // With an update between them it may have been given to the second.
    expect(beside(update(1050), onRadio(1100), onCap(1100.1, BERT), act('auth', 1060), act('auth', 1001))).toEqual([
      BERT.msisdn,
      BERT.msisdn,
      BERT.msisdn,
      BERT.msisdn,
      msisdn,
    ]);
  });

  test('thousands of calls at one time to one number name nobody', () => {
    const all: CatpoolEvent[] = [];
    for (let i = 0; i < 3000; i++) {
      all.push(onRadio(100, { tmsi: (i + 1).toString(16).padStart(8, '0') }), onCap(100, ANNA));
      all.push(onRadio(100, { tmsi: TMSI }));
    }
    const store = new SpoolStore(1e7);
    const table = new EventTable(store);
    for (const each of all) table.add(each, 0);
    const { names } = table.names();
    let named = 0;
    for (const [, block] of table.blocks.read())
      for (let row = 0; row < block.count; row++) {
        const identity = names.identity(block, row);
        if (identity !== block.integers[row * INTEGERS + Whole.identity]) named++;
      }
    store.close();
    expect(named).toBe(0);
  });
});

describe('a simulated network that tells its controllers no IMSI', () => {
  let seen: Seen;
  beforeAll(async () => {
    const ss7 = { commonId: 0, byImsi: 0, clockA: 0, clockCap: 0, clockMap: 0, camel: 1 };
    seen = await observe({ seed: 9, subscribers: 250, gateways: 1, hours: 4, interfaces: ['a', 'cap', 'map'], ss7 });
  });
  afterAll(() => rmSync(seen.folder, { recursive: true, force: true }));

  test('most calls that its phones place are of the line that placed them, and none of another', () => {
    const store = new SpoolStore(1e8);
    const table = new EventTable(store);
    for (const each of seen.events) table.add(each, 0);
    const { naming, names } = table.names();
    /** Who had which TMSI: they are drawn of 32 bits, nobody has one twice. */
    const holders = new Map<string, string>();
    for (const { legs = [] } of seen.calls)
      for (const { tmsi, imsi } of legs) if (tmsi && imsi) holders.set(tmsi, imsi);
    for (const { tmsi, imsi, given } of seen.acts)
      for (const one of [tmsi, given]) if (one && imsi) holders.set(one, imsi);
    let right = 0;
    let unnamed = 0;
    for (const one of seen.events) {
      if (one.interface !== 'bssap' || one.imsi !== null || one.tmsi === null) continue;
      const line = names.lineOf(one);
      const isPlaced = one.kind === 'leg' && one.direction === 'originating';
      if (line === null) {
        if (isPlaced) unnamed++;
        continue;
      }
      const imsi = holders.get(one.tmsi)!;
      expect(line).toBe(naming.lineOf({ time: one.time, imsi, msisdn: null, aor: null }));
      if (isPlaced) right++;
    }
    store.close();
    console.info(`${right} calls named by their TMSI, ${unnamed} not`);
    expect(right).toBeGreaterThan(10);
    expect(right).toBeGreaterThan(2 * unnamed);
  });

  test('gives the same features from files in any order, by any number of threads, and from a store', async () => {
    const output = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await cli('features', '--format', 'csv', '--home-country', 'CN', ...args);
      expect(stderr).not.toContain('error');
      expect(code).toBe(0);
      return stdout;
    };
    const from = await output(...seen.captures);
    expect(from.split('\n').length).toBeGreaterThan(50);
    expect(await output('--workers', '2', ...seen.captures.toReversed())).toBe(from);
    const store = join(seen.folder, 'lake');
    expect(await output('--store', store, ...seen.captures)).toBe(from);
  });
});

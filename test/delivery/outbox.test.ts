import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/delivery/clock.ts';
import { failed, refused, SENT } from '../../src/delivery/sink.ts';
import { EVERYTHING, HOUR, open, order, Receiver, SECOND, scratch, setup, suspect } from './bench.ts';
import { ManualClock } from './manual-clock.ts';

describe('once per subject and window', () => {
  it('tells a subject once, counts what repeats, and tells the count with the next alert', async () => {
    const clock = new ManualClock();
    const receiver = new Receiver(clock);
    const { outbox } = open(scratch(), [setup(receiver)], clock);
    expect(outbox.raise([suspect('8613800000001')])).toBe(1);
    for (let hour = 1; hour <= 23; hour++) {
      await clock.advance(HOUR);
      expect(outbox.raise([suspect('8613800000001', hour)])).toBe(0);
    }
    await clock.advance(HOUR);
    expect(outbox.raise([suspect('8613800000001', 24)])).toBe(1);
    expect(await outbox.pump()).toBeNull();
    expect(receiver.alerts.map(({ repeats, previous, raised }) => ({ repeats, previous, raised }))).toEqual([
      { repeats: 0, previous: null, raised: '2026-03-01T00:00:00.000Z' },
      { repeats: 23, previous: '2026-03-01T00:00:00.000Z', raised: '2026-03-02T00:00:00.000Z' },
    ]);
    expect(new Set(receiver.ids).size).toBe(2);
    expect(outbox.status().suppressed).toBe(23);
  });

  it('keeps windows and counts over a restart', async () => {
    const clock = new ManualClock();
    const folder = scratch();
    const receiver = new Receiver(clock);
    const first = open(folder, [setup(receiver)], clock).outbox;
    first.raise([suspect('a', 0)]);
    await first.pump();
    first.raise([suspect('a', 1), suspect('a', 2)]);
    await first.close(0);
    await clock.advance(HOUR);
    const second = open(folder, [setup(receiver)], clock).outbox;
    expect(second.raise([suspect('a', 3)])).toBe(0);
    await clock.advance(23 * HOUR);
    expect(second.raise([suspect('a', 24)])).toBe(1);
    await second.pump();
    expect(receiver.alerts.map(({ repeats }) => repeats)).toEqual([0, 3]);
  });

  it('takes the same finding once, however often it is raised', () => {
    const clock = new ManualClock();
    const { outbox } = open(scratch(), [setup(new Receiver(clock))], clock);
    expect(outbox.raise([suspect('a'), suspect('a')])).toBe(1);
    expect(outbox.raise([suspect('a')])).toBe(0);
    expect(outbox.status()).toMatchObject({ suppressed: 0, sinks: [{ queued: 1 }] });
  });

  it('takes lines, kinds and the tier a line comes to apart', () => {
    const clock = new ManualClock();
    const { outbox } = open(scratch(), [setup(new Receiver(clock))], clock);
    const { reasons, reasons_zh, score, gateway, imsi, msisdn, time } = suspect('a') as Extract<
      ReturnType<typeof suspect>,
      { kind: 'new_suspect' }
    >;
    const about = { line: 'a', reasons, reasons_zh, score, gateway, imsi, msisdn, time };
    const findings = [
      suspect('a'),
      suspect('b'),
      { kind: 'tier_changed' as const, from: 'suspect' as const, to: 'strong' as const, ...about },
      { kind: 'tier_changed' as const, from: 'strong' as const, to: 'suspect' as const, ...about },
    ];
    expect(outbox.raise(findings)).toBe(4);
  });

  it('gives an id that follows from kind, subject and the start of the window, and tells nobody the number', async () => {
    const clock = new ManualClock();
    const [one, two] = [new Receiver(clock), new Receiver(clock)];
    const first = open(scratch(), [setup(one)], clock).outbox;
    const second = open(scratch(), [setup(two)], clock).outbox;
    for (const outbox of [first, second]) {
      outbox.raise([suspect('8613800000001')]);
      await outbox.pump();
    }
    expect(one.ids[0]).toMatch(/^[0-9a-f]{32}$/);
    // Keyed by each outbox: nobody can try out numbers against it.
    expect(one.ids[0]).not.toBe(two.ids[0]);
  });
});

describe('a receiver that is down', () => {
  it('for an hour: attempts grow apart with jitter, then everything arrives once and in order', async () => {
    const clock = new ManualClock();
    const receiver = new Receiver(clock);
    const { outbox, reports } = open(scratch(), [setup(receiver)], clock);
    receiver.answer = () => failed('connection refused');
    outbox.start();
    const lines = Array.from({ length: 60 }, (_, minute) => `line-${minute}`);
    for (const line of lines) {
      outbox.raise([suspect(line)]);
      await clock.advance(60 * SECOND);
    }
    expect(receiver.got).toEqual([]);
    const status = outbox.status().sinks[0]!;
    expect(status).toMatchObject({ queued: 60, sent: 0, oldest: HOUR, trouble: 'connection refused' });
    expect(status.failed).toBe(receiver.attempts.length);
    const waits = receiver.attempts.slice(1).map((at, index) => at - receiver.attempts[index]!);
    waits.forEach((wait, index) => {
      const full = Math.min(5 * 60 * SECOND, 1000 * 2 ** index);
      expect(wait).toBeGreaterThanOrEqual(full / 2);
      expect(wait).toBeLessThanOrEqual(full);
    });
    expect(waits.length).toBeGreaterThan(15);
    receiver.answer = () => SENT;
    await clock.advance(5 * 60 * SECOND);
    expect(receiver.subjects).toEqual(lines);
    expect(outbox.status().sinks[0]).toMatchObject({ queued: 0, sent: 60, oldest: null, trouble: null, failures: 0 });
    expect(reports).toEqual(['delivery: noc: connection refused: trying again', 'delivery: noc: delivers again']);
  });

  it('holds up no other receiver', async () => {
    const clock = new ManualClock();
    const [down, up] = [new Receiver(clock), new Receiver(clock)];
    const { outbox } = open(scratch(), [setup(down, { name: 'down' }), setup(up, { name: 'up' })], clock);
    down.answer = () => new Promise(() => undefined);
    outbox.start();
    outbox.raise([suspect('a'), suspect('b')]);
    await clock.advance(SECOND);
    expect(up.subjects).toEqual(['a', 'b']);
    expect(outbox.status().sinks.map(({ queued }) => queued)).toEqual([2, 0]);
  });

  it('does not answer: the attempt is given up after 30 seconds and made again', async () => {
    const clock = new ManualClock();
    const receiver = new Receiver(clock);
    const { outbox } = open(scratch(), [setup(receiver)], clock);
    receiver.answer = () => new Promise(() => undefined);
    outbox.start();
    outbox.raise([suspect('a')]);
    await clock.advance(30 * SECOND);
    expect(outbox.status().sinks[0]).toMatchObject({ failed: 1, trouble: 'no answer within 30 s' });
    receiver.answer = () => SENT;
    await clock.advance(SECOND);
    expect(receiver.subjects).toEqual(['a']);
  });

  it('asks for more time: gets it', async () => {
    const clock = new ManualClock();
    const receiver = new Receiver(clock);
    const { outbox } = open(scratch(), [setup(receiver)], clock);
    receiver.answer = () => failed('busy', 600 * SECOND);
    outbox.raise([suspect('a')]);
    expect(await outbox.pump()).toBe(600 * SECOND);
    await clock.advance(599 * SECOND);
    expect(await outbox.pump()).toBe(SECOND);
    expect(receiver.attempts).toHaveLength(1);
  });

  it('is tried at once when the clock was set back', async () => {
    const clock = new ManualClock();
    const receiver = new Receiver(clock);
    const { outbox } = open(scratch(), [setup(receiver)], clock);
    receiver.answer = () => failed('down');
    outbox.raise([suspect('a')]);
    await outbox.pump();
    clock.set(clock.now() - 24 * HOUR);
    receiver.answer = () => SENT;
    expect(await outbox.pump()).toBeNull();
    expect(receiver.subjects).toEqual(['a']);
  });

  it('gets what waited after a restart, under the same ids', async () => {
    const clock = new ManualClock();
    const folder = scratch();
    const receiver = new Receiver(clock, 10);
    const tried: string[] = [];
    receiver.answer = (messages) => {
      tried.push(...messages.map(({ id }) => id));
      return failed('down');
    };
    const first = open(folder, [setup(receiver)], clock).outbox;
    first.raise([suspect('a'), suspect('b')]);
    await first.pump();
    await first.close(0);
    receiver.answer = () => SENT;
    const second = open(folder, [setup(receiver)], clock).outbox;
    expect(await second.drain(SECOND)).toBe(true);
    expect(receiver.ids).toEqual(tried);
    expect(second.status().sinks[0]).toMatchObject({ sent: 2, queued: 0 });
  });
});

describe('a receiver that refuses', () => {
  it('one of several: that one is left out with its reason, the others arrive in order', async () => {
    const clock = new ManualClock();
    const receiver = new Receiver(clock, 10);
    const { outbox, reports } = open(scratch(), [setup(receiver)], clock);
    receiver.answer = (messages) =>
      messages.some(({ subject }) => subject === 'b') ? refused('HTTP 422 Unprocessable Content') : SENT;
    outbox.raise(['a', 'b', 'c', 'd'].map((line) => suspect(line)));
    expect(await outbox.pump()).toBeNull();
    expect(receiver.subjects).toEqual(['a', 'c', 'd']);
    expect(outbox.status().sinks[0]).toMatchObject({ sent: 3, dead: 1, queued: 0 });
    expect(reports).toEqual([
      expect.stringMatching(/^delivery: noc: HTTP 422 .*: alert [0-9a-f]{32} is left out, see dead\.jsonl$/),
    ]);
  });
});

describe('documents', () => {
  it('arrive as they were posted, once for each id, also over a restart', async () => {
    const clock = new ManualClock();
    const folder = scratch();
    const receiver = new Receiver(clock);
    const first = open(folder, [setup(receiver, { masked: true })], clock).outbox;
    expect(first.post(order('order-1'))).toBe(true);
    expect(first.post(order('order-1'))).toBe(false);
    await first.pump();
    await first.close(0);
    const second = open(folder, [setup(receiver)], clock).outbox;
    expect(second.post(order('order-1'))).toBe(false);
    expect(second.post(order('order-2'))).toBe(true);
    await second.pump();
    expect(receiver.got).toEqual(
      ['order-1', 'order-2'].map((id) => ({
        schema: 'catpool.document/1',
        severity: 5,
        probe: 'p1',
        posted: '2026-03-01T00:00:00.000Z',
        ...order(id),
      })),
    );
  });

  it('are refused where another was posted under the id, no sink takes them, or they are none', () => {
    const clock = new ManualClock();
    const kinds = new Set([...EVERYTHING].filter((kind) => kind !== 'evidence'));
    const { outbox } = open(scratch(), [setup(new Receiver(clock), { kinds })], clock);
    outbox.post(order('order-1'));
    expect(() => outbox.post(order('order-1', { content: { action: 'close' } }))).toThrow(
      'document order-1: another document was posted under this id',
    );
    expect(() => outbox.post(order('e', { kind: 'evidence' }))).toThrow('no sink takes documents of kind evidence');
    expect(() => outbox.post(order('a b\n'))).toThrow('document: id: expected 1 to 128 letters');
    expect(() => outbox.post(order('c', { content: { n: 1n } }))).toThrow('document c: content: expected plain JSON');
    expect(() => outbox.post(order('d', { content: { text: 'x'.repeat(2e6) } }))).toThrow(
      'expected at most 1048576 bytes',
    );
    expect(outbox.status().sinks[0]).toMatchObject({ queued: 1 });
  });

  it('go to the sinks that want their kind, and alerts likewise', async () => {
    const clock = new ManualClock();
    const [orders, alerts] = [new Receiver(clock), new Receiver(clock)];
    const sinks = [
      setup(orders, { name: 'orders', kinds: new Set(['removal']) }),
      setup(alerts, { name: 'alerts', kinds: new Set(['new_suspect']) }),
    ];
    const { outbox } = open(scratch(), sinks, clock);
    outbox.raise([suspect('a')]);
    outbox.post(order('order-1'));
    outbox.raise([suspect('b')]);
    expect(outbox.status().sinks.map(({ queued }) => queued)).toEqual([1, 2]);
    await outbox.pump();
    expect(orders.ids).toEqual(['order-1']);
    expect(alerts.subjects).toEqual(['a', 'b']);
    expect(outbox.status().bytes).toBeGreaterThan(0);
  });
});

describe('an outbox', () => {
  it('delivers in the background of the real clock, and drains before the end', async () => {
    const receiver = new Receiver(systemClock);
    const { outbox } = open(scratch(), [setup(receiver)], systemClock);
    outbox.start();
    outbox.raise([suspect('a'), suspect('b')]);
    expect(await outbox.drain(60_000)).toBe(true);
    expect(receiver.subjects).toEqual(['a', 'b']);
    await outbox.close(1000);
    expect(() => outbox.raise([suspect('c')])).toThrow('delivery: the outbox is closed');
  });

  it('says that it could not drain in time, and closes although an attempt is under way', async () => {
    const clock = new ManualClock();
    const receiver = new Receiver(clock);
    const { outbox } = open(scratch(), [setup(receiver)], clock);
    receiver.answer = () => new Promise(() => undefined);
    outbox.raise([suspect('a')]);
    const drained = outbox.drain(10 * SECOND);
    await clock.advance(10 * SECOND);
    expect(await drained).toBe(false);
    const closed = outbox.close(2 * SECOND);
    await clock.advance(2 * SECOND);
    await closed;
    expect(outbox.status().sinks[0]).toMatchObject({ queued: 1, sent: 0 });
  });
});

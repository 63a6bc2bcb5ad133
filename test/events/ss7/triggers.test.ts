import { describe, expect, test } from 'vitest';
import * as cap from '../../../src/ss7/tcap/cap-encode.ts';
import { encodeInvoke, type TcapText } from '../../../src/ss7/tcap/tcap-encode.ts';
import { eventsWhateverTheCut, Scene, second } from '../../support/ss7-events.ts';

const IMSI = '460001234567890';
const LINE = '8613912345678';
const OTHER = '8613800000002';
const SSF = { ssn: 146, title: { digits: '8613900100' } };
const SCF = { ssn: 146, title: { digits: '8613900300' } };
const INITIAL_DP = 0;
const CONNECT = 20;
const EVENT_REPORT = 24;
const CONTINUE = 31;
const INITIAL_DP_SMS = 60;
const RELEASE_SMS = 66;

/** A call in which the control function is asked at this detection point, and what it answers. */
class Call {
  readonly scene = new Scene();
  private readonly context = cap.CapContext.phase3;

  constructor(fields: Partial<cap.InitialDpFields>) {
    this.toScf(0, { type: 'begin', originating: 1, context: this.context, components: [] });
    this.toSsf(0.5, { type: 'end', destination: 1, context: this.context, components: [] });
    const argument = cap.encodeInitialDp({ serviceKey: 1, imsi: IMSI, phase: 3, ...fields });
    const components = [encodeInvoke(1, INITIAL_DP, argument)];
    this.toScf(100, { type: 'begin', originating: 2, context: this.context, components });
  }

  toScf(at: number, text: TcapText): void {
    this.scene.tcap(at, 10, 20, SSF, SCF, text);
  }

  toSsf(at: number, text: TcapText): void {
    this.scene.tcap(at, 20, 10, SCF, SSF, text);
  }

  /** The control function lets it go on as it would have without it. */
  goesOn() {
    this.toSsf(100.2, { type: 'end', destination: 2, context: this.context, components: [encodeInvoke(1, CONTINUE)] });
    return eventsWhateverTheCut(this.scene);
  }

  /** The control function connects it to somebody else, who answers and talks for half a minute. */
  goesElsewhere() {
    const connect = cap.encodeConnect({ destination: { digits: '8613700000009' } });
    const components = [encodeInvoke(1, CONNECT, connect)];
    this.toSsf(100.2, { type: 'continue', originating: 7, destination: 2, context: this.context, components });
    const report = (id: number, event: 'tAnswer' | 'tDisconnect', leg: 1 | 2) =>
      encodeInvoke(id, EVENT_REPORT, cap.encodeEventReportBcsm({ event, leg, cause: 16 }));
    this.toScf(105, { type: 'continue', originating: 2, destination: 7, components: [report(2, 'tAnswer', 2)] });
    this.toScf(135, { type: 'end', destination: 7, components: [report(3, 'tDisconnect', 1)] });
    return eventsWhateverTheCut(this.scene);
  }
}

const toLine = { calling: { digits: OTHER }, called: { digits: LINE } };

describe('a service that is asked only where the called line is not reached (23.078: TDP 13 and 14)', () => {
  const cases = [
    ['tBusy', { outcome: 'busy', cause: 17 }, 'busy'],
    ['tNoAnswer', { outcome: 'no_answer', cause: 19 }, 'no_reply'],
  ] as const;
  for (const [eventType, expected, why] of cases) {
    test(`is of the called line, which did not answer: ${eventType}`, () => {
      const [leg, ...more] = new Call({ ...toLine, eventType }).goesOn();
      expect(more).toEqual([]);
      expect(leg).toMatchObject({
        kind: 'leg',
        direction: 'terminating',
        imsi: IMSI,
        msisdn: LINE,
        counterpart: OTHER,
        ...expected,
      });
      expect(second(leg!.end_time!)).toBe(100);
    });

    test(`and may send the call on: ${eventType}`, () => {
      const events = new Call({ ...toLine, eventType }).goesElsewhere();
      expect(events).toMatchObject([
        {
          direction: 'terminating',
          msisdn: LINE,
          outcome: 'answered',
          talk_ms: 30_000,
          forwarding: `forwarded ${why}`,
        },
      ]);
    });
  }
});

test('a service that is asked where a call finds no way is of the line that calls, which reached nobody (TDP 4)', () => {
  const fields = { calling: { digits: LINE }, dialled: { digits: OTHER, nature: 4 } };
  expect(new Call({ ...fields, eventType: 'routeSelectFailure' }).goesOn()).toMatchObject([
    { direction: 'originating', msisdn: LINE, counterpart: OTHER, outcome: 'failed', released_by: 'network' },
  ]);
});

test('a short message that the control function does not let go on is rejected (29.078 §7.1.1: releaseSMS)', () => {
  const scene = new Scene();
  const context = cap.CapContext.sms;
  const argument = cap.encodeInitialDpSms({
    serviceKey: 1,
    calling: LINE,
    destination: OTHER,
    imsi: IMSI,
    serviceCentre: '8613800100500',
    msc: '8613900100',
  });
  scene.tcap(0, 10, 20, SSF, SCF, { type: 'begin', originating: 1, context, components: [] });
  scene.tcap(0.5, 20, 10, SCF, SSF, { type: 'end', destination: 1, context, components: [] });
  scene.tcap(100, 10, 20, SSF, SCF, {
    type: 'begin',
    originating: 2,
    context,
    components: [encodeInvoke(1, INITIAL_DP_SMS, argument)],
  });
  // RP cause 10: call barred (24.011 §8.2.5.4).
  const components = [encodeInvoke(1, RELEASE_SMS, Buffer.of(0x04, 1, 10))];
  scene.tcap(100.2, 20, 10, SCF, SSF, { type: 'end', destination: 2, context, components });
  const events = eventsWhateverTheCut(scene);
  expect(events).toMatchObject([{ kind: 'sms', msisdn: LINE, counterpart: OTHER, outcome: 'rejected', cause: 10 }]);
  expect(second(events[0]!.end_time!)).toBe(100.2);
});

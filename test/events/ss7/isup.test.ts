import { describe, expect, test } from 'vitest';
import { eventsOf, type Row } from '../../support/scene.ts';
import { sharedCapture } from '../../support/shared.ts';
import { tsharkFields } from '../../support/tshark.ts';

/** Message types of ITU-T Q.763 table 4. */
const Type = { IAM: 1, CON: 7, ANM: 9, REL: 12 } as const;

/** A call as the fields of tshark tell it: from an IAM to the next IAM of its circuit. */
interface Call {
  time: number;
  trunk: string;
  calling: string | null;
  called: string;
  answer: number | null;
  release: number | null;
  cause: number | null;
  byCaller: boolean | null;
}

const FIELDS = [
  'frame.time_epoch',
  'isup.message_type',
  'isup.cic',
  'isup.calling',
  'isup.called',
  'isup.cause_indicator',
];

/** The calls of a capture, in order of their IAMs. A packet may hold several messages. */
function callsOf(file: string, points: readonly [string, string], extra: readonly string[]): Call[] {
  const calls: Call[] = [];
  const open = new Map<string, Call>();
  for (const [time, types, cics, calling, called, causes, opcs, dpcs] of tsharkFields(
    file,
    'isup',
    [...FIELDS, ...points],
    extra,
  )) {
    let numbers = 0;
    let releases = 0;
    for (const [index, type] of types!.map(Number).entries()) {
      const opc = opcs![index]!;
      const dpc = dpcs![index]!;
      const cic = Number(cics![index]);
      const circuit = `${[opc, dpc].sort().join(' ')} ${cic}`;
      const call = open.get(circuit);
      if (type === Type.IAM) {
        const made = {
          time: Number(time![0]),
          trunk: `${opc}-${dpc}-${cic}`,
          calling: calling![numbers] ?? null,
          called: called![numbers]!,
          answer: null,
          release: null,
          cause: null,
          byCaller: null,
        };
        numbers++;
        open.set(circuit, made);
        calls.push(made);
      } else if (type === Type.REL) {
        const cause = Number(causes![releases++]);
        if (call === undefined || call.release !== null) continue;
        call.release = Number(time![0]);
        call.cause = cause;
        call.byCaller = call.trunk.startsWith(`${opc}-`);
      } else if (call !== undefined && (type === Type.ANM || type === Type.CON)) {
        call.answer ??= Number(time![0]);
      }
    }
  }
  return calls;
}

/** Seconds to five digits: what a number of floating point holds of the time of a packet. */
const seconds = (time: number): string => time.toFixed(5);
const secondsOf = (time: Row[string] | undefined): string | null =>
  typeof time === 'string' ? seconds(Date.parse(`${time.slice(0, 19)}Z`) / 1000 + Number(time.slice(19, 29))) : null;
/** Q.763 §3.9: `F` is the end of pulsing, no digit. */
const digits = (text: string | null): string | null => text?.replace(/F$/, '') ?? null;

/** Causes of these captures: what a call was that ended so before its answer (Q.850). */
const OUTCOMES: Record<number, string> = { 17: 'busy', 18: 'no_answer', 19: 'no_answer', 34: 'failed' };

describe('calls of ISUP are those that the fields of tshark tell', () => {
  const m3ua = ['m3ua.protocol_data_opc', 'm3ua.protocol_data_dpc'] as const;
  const mtp3 = ['mtp3.opc', 'mtp3.dpc'] as const;
  const draft = ['-o', 'm3ua.version:Internet Draft version 6'];
  const captures: [string, readonly [string, string], string[], number][] = [
    ['isup_load_generator.pcap', mtp3, [], 1149],
    ['m3ua_isup.cap', m3ua, [], 94],
    ['isup.cap', mtp3, draft, 1],
  ];
  for (const [name, points, extra, count] of captures) {
    test(name, async () => {
      const file = sharedCapture('ss7', 'ajbanjara+Wireshark', name);
      const calls = callsOf(file, points, extra);
      expect(calls).toHaveLength(count);
      const legs = (await eventsOf([file])).filter(({ kind }) => kind === 'leg');
      expect(legs).toHaveLength(count);
      const left = new Map(legs.map((leg) => [`${secondsOf(leg.time)} ${leg.trunk}`, leg]));
      for (const { time, trunk, calling, called, answer, release, cause, byCaller } of calls) {
        const leg = left.get(`${seconds(time)} ${trunk}`);
        const of = `the call of ${time} on ${trunk}`;
        expect(leg, of).toBeDefined();
        expect(
          {
            msisdn: leg!.msisdn,
            counterpart: leg!.counterpart,
            answer: secondsOf(leg!.answer_time),
            end: secondsOf(leg!.end_time),
            cause: leg!.cause,
          },
          of,
        ).toEqual({
          // A short number is no subscriber's.
          msisdn: calling !== null && calling.length < 7 ? null : digits(calling),
          counterpart: digits(called),
          answer: answer === null ? null : seconds(answer),
          end: release === null ? null : seconds(release),
          cause,
        });
        if (answer !== null && release !== null) {
          // Another cause than normal clearing: neither of them hung up.
          const side = cause !== 16 ? 'network' : byCaller ? 'caller' : 'called';
          expect(leg, of).toMatchObject({ outcome: 'answered', released_by: side });
          expect(leg!.talk_ms, of).toBeCloseTo((release - answer) * 1000, 2);
        } else if (release !== null) {
          const normal = byCaller ? 'cancelled' : 'rejected';
          expect(leg!.outcome, of).toBe(OUTCOMES[cause!] ?? normal);
        } else {
          expect(leg!.outcome, of).toBe('open');
        }
      }
    });
  }
});

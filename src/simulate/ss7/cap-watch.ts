import {
  CapContext,
  encodeApplyCharging,
  encodeApplyChargingReport,
  encodeEventReportBcsm,
  encodeInitialDp,
  encodeRequestReportBcsmEvent,
  type InitialDpFields,
} from '../../ss7/tcap/cap-encode.ts';
import { encodeInvoke } from '../../ss7/tcap/tcap-encode.ts';
import type { CallOutcome } from '../sip/call.ts';
import { bytes } from './connection.ts';
import { dialled, localTime, type Ss7Context } from './context.ts';
import { Dialogue, Subsystem } from './dialogue.ts';
import type { Mobile } from './mobile.ts';
import type { Exchange, GridCell } from './nodes.ts';
import type { Script } from './script.ts';

const MS = 1000;
/** Operation codes (3GPP TS 29.078 §5.1). */
const Operation = {
  initialDP: 0,
  requestReport: 23,
  eventReport: 24,
  continue: 31,
  applyCharging: 35,
  applyChargingReport: 36,
} as const;

const CONTEXTS = [CapContext.phase1, CapContext.phase2, CapContext.phase3, CapContext.phase4] as const;
/** Six hours, in tenths of a second. */
const LONGEST = 216_000;

/** How CAMEL watches one call of a subscriber, from the trigger to its end. Times are microseconds. */
export class CapWatch {
  private readonly context: Ss7Context;
  private readonly dialogue: Dialogue;
  private readonly terminating: boolean;
  private answered = 0;
  private invoke = 2;

  /** @param exchange that serves the call: the visited one of who calls, the gateway of who is called */
  constructor(
    context: Ss7Context,
    script: Script,
    mobile: Mobile,
    exchange: Exchange,
    cell: GridCell,
    other: string,
    terminating: boolean,
    time: number,
  ) {
    const { settings, nodes, numbers, random } = context;
    this.context = context;
    this.terminating = terminating;
    this.dialogue = new Dialogue(
      script,
      'cap',
      exchange,
      { node: exchange, ssn: Subsystem.cap },
      { node: nodes.serviceControl, ssn: Subsystem.cap },
      CONTEXTS[settings.camelPhase - 1]!,
      numbers,
      random,
    );
    const { line, equipment } = mobile;
    const phase = settings.camelPhase as 1 | 2 | 3 | 4;
    const { mcc, mnc, lac, ci } = cell;
    const vlr = cell.controller.exchange.title;
    const common: InitialDpFields = {
      serviceKey: 1 + (Number(line.imsi.slice(-1)) % 3),
      calling: { digits: terminating ? other : line.number, nature: 4 },
      category: 10,
      imsi: line.imsi,
      location: { mcc, mnc, lac, ci, vlr },
      teleservice: 0x11,
      callReference: bytes(random, 5),
      phase,
      time: localTime(context, time),
      ...(phase === 4 && random.chance(settings.camelImei) ? { imei: equipment.imei + equipment.softwareVersion } : {}),
    };
    const fields: InitialDpFields = terminating
      ? {
          ...common,
          called: { digits: line.number, nature: 4 },
          eventType: 'termAttemptAuthorized',
          gmsc: exchange.title,
        }
      : {
          ...common,
          dialled: dialled(context, mobile, other),
          eventType: 'collectedInfo',
          msc: exchange.title,
          classmark: equipment.classmark2,
        };
    this.dialogue.begin(time, [encodeInvoke(1, Operation.initialDP, encodeInitialDp(fields))]);
    this.instruct(time + random.between(15, 90) * MS);
  }

  answer(time: number): void {
    this.answered = time;
    this.dialogue.more(time, true, [this.report(this.terminating ? 'tAnswer' : 'oAnswer', 2)]);
  }

  /** @param byCaller who hung up, of an answered call */
  end(time: number, outcome: CallOutcome, byCaller: boolean, cause: number): void {
    const { terminating, dialogue } = this;
    const { random, settings } = this.context;
    const components: Buffer[] = [];
    if (this.answered > 0) {
      if (settings.camelPhase > 1) {
        const tenths = Math.round((time - this.answered) / (100 * MS));
        components.push(
          encodeInvoke(
            this.invoke++,
            Operation.applyChargingReport,
            encodeApplyChargingReport({ tenths, active: false }),
          ),
        );
      }
      components.push(this.report(terminating ? 'tDisconnect' : 'oDisconnect', byCaller ? 1 : 2, cause));
    } else {
      switch (outcome) {
        case 'cancelled':
          components.push(this.report(terminating ? 'tAbandon' : 'oAbandon', 1));
          break;
        case 'no_answer':
          components.push(this.report(terminating ? 'tNoAnswer' : 'oNoAnswer', 2));
          break;
        case 'failed':
          components.push(terminating ? this.report('tBusy', 2, cause) : this.report('routeSelectFailure', 2, cause));
          break;
        default:
          components.push(this.report(terminating ? 'tBusy' : 'oCalledPartyBusy', 2, cause));
      }
    }
    dialogue.more(time, true, components);
    dialogue.finish(time + random.between(10, 60) * MS, false, [encodeInvoke(4, Operation.continue)]);
  }

  /** What the control function wants to be told, then the call goes on. */
  private instruct(time: number): void {
    const { settings } = this.context;
    const events = this.terminating
      ? ([
          { event: 'tBusy', leg: 2, interrupted: true },
          { event: 'tNoAnswer', leg: 2, interrupted: true },
          { event: 'tAnswer', leg: 2 },
          { event: 'tAbandon', leg: 1 },
          { event: 'tDisconnect', leg: 1, interrupted: true },
          { event: 'tDisconnect', leg: 2, interrupted: true },
        ] as const)
      : ([
          { event: 'routeSelectFailure', leg: 2, interrupted: true },
          { event: 'oCalledPartyBusy', leg: 2, interrupted: true },
          { event: 'oNoAnswer', leg: 2, interrupted: true },
          { event: 'oAnswer', leg: 2 },
          { event: 'oAbandon', leg: 1 },
          { event: 'oDisconnect', leg: 1, interrupted: true },
          { event: 'oDisconnect', leg: 2, interrupted: true },
        ] as const);
    const components = [encodeInvoke(1, Operation.requestReport, encodeRequestReportBcsmEvent(events))];
    if (settings.camelPhase > 1)
      components.push(encodeInvoke(2, Operation.applyCharging, encodeApplyCharging({ tenths: LONGEST })));
    components.push(encodeInvoke(3, Operation.continue));
    this.dialogue.more(time, false, components);
  }

  private report(event: Parameters<typeof encodeEventReportBcsm>[0]['event'], leg: 1 | 2, cause?: number): Buffer {
    const isTold = event === 'oAnswer' || event === 'tAnswer' || event === 'oAbandon' || event === 'tAbandon';
    const fields = { event, leg, interrupted: !isTold, ...(cause === undefined ? {} : { cause }) };
    return encodeInvoke(this.invoke++, Operation.eventReport, encodeEventReportBcsm(fields));
  }
}

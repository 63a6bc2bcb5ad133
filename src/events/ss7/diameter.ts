import { hashText } from '../../base/bytes.ts';
import type { Counters } from '../../base/counters.ts';
import type { Limits } from '../../base/limits.ts';
import { compareTime } from '../../base/time.ts';
import type { Payload } from '../../network/payload.ts';
import { DiameterApplication, DiameterCommand } from '../../ss7/diameter/diameter-names.ts';
import type { Bytes, Diameter } from '../../ss7/message.ts';
import type { CaptureName } from '../capture-name.ts';
import { type Packed, pack, packAscii, packCell } from '../packed.ts';
import { touch } from '../span.ts';
import type { DiameterState, Mark } from './state.ts';
import { type TieRules, Ties } from './ties.ts';

/** Seconds in which an answer comes, or none does: a request that failed over is sent again in this time (RFC 6733 §5.5.4, RFC 3539). */
const LONGEST = 60;
/** Bits of an end-to-end identifier that are left beside the 32 of a digest. */
const IDENTIFIERS = 0x1f_ffff;

const RULES: TieRules<DiameterState> = {
  limit: 'ss7Dialogues',
  isClosed: ({ answer }) => answer !== null,
  linger: 2,
  silence: () => LONGEST,
  merge: mergeCommands,
  // The same command on the other side of an agent, or sent again: `from` is the IMSI that it is about.
  isSame: ({ firstS, imsi }, s, _ns, from) => s - firstS <= LONGEST && (from <= 0 || imsi === 0 || imsi === from),
  tieOpens: false,
};

/** Commands that say something of a line; others leave no state. */
const KEPT: ReadonlySet<number> = new Set([
  DiameterCommand.updateLocation,
  DiameterCommand.cancelLocation,
  DiameterCommand.authenticationInformation,
  DiameterCommand.insertSubscriberData,
  DiameterCommand.purgeUe,
  DiameterCommand.notify,
  DiameterCommand.meIdentityCheck,
]);
/** Those that the register sends to the node that serves the phone; the others go the other way (3GPP TS 29.272 §5.2). */
const FROM_REGISTER: ReadonlySet<number> = new Set([
  DiameterCommand.cancelLocation,
  DiameterCommand.insertSubscriberData,
]);
/** ULR-Flags (29.272 §7.3.7): bit 5, Initial-Attach-Indicator. */
const INITIAL_ATTACH = 0x20;

/** Messages of S6a and S13 in, states of commands out. */
export class DiameterCommands {
  readonly table: Ties<DiameterState>;
  private readonly capture: CaptureName;

  constructor(
    limits: Limits,
    counters: Counters,
    capture: CaptureName,
    isStitch: boolean,
    onEnd: (state: DiameterState) => void,
  ) {
    this.capture = capture;
    this.table = new Ties(RULES, limits, counters, isStitch, onEnd);
  }

  /** Puts the state of a capture in. */
  join(state: DiameterState): void {
    this.table.join(state, state.key1, -1, numberOf(state.imsi));
  }

  observe(diameter: Diameter, payload: Payload): void {
    const { application, command, isRequest } = diameter;
    if (application !== DiameterApplication.s6a && application !== DiameterApplication.s13) return;
    if (!KEPT.has(command)) return;
    const { table } = this;
    const { seconds, nanoseconds } = payload;
    const key = keyOf(diameter);
    let held = isRequest
      ? table.resolve(key, -1, true, false, seconds, nanoseconds, numberOf(packAscii(diameter.imsi)))
      : table.find(key, seconds);
    if (held === null) held = table.insert(newCommand(this.capture, command, payload));
    else touch(held.state, payload);
    table.tie(held, key, isRequest);
    const { state } = held;
    takeFacts(state, diameter);
    if (isRequest) {
      state.request = earlier(state.request, { s: seconds, ns: nanoseconds, from: -1, cause: -1 });
    } else {
      state.answer = earlier(state.answer, { s: seconds, ns: nanoseconds, from: -1, cause: diameter.result });
      table.touched(held);
    }
  }
}

/** An IMSI as a number: it has at most 15 digits. */
function numberOf(imsi: Packed): number {
  return typeof imsi === 'number' ? imsi : 0;
}

/** End-to-end identifiers are unique of the host that sends the request (RFC 6733 §3); with a session they are so of all. */
function keyOf({ session, command, endToEnd }: Diameter): number {
  const digest = hashText(session.data, session.start, session.end, command) >>> 0;
  return digest * (IDENTIFIERS + 1) + ((endToEnd ^ (endToEnd >>> 11)) & IDENTIFIERS);
}

function takeFacts(state: DiameterState, diameter: Diameter): void {
  const { command, isRequest, imsi, imei, softwareVersion, msisdn, cell, originHost, destinationHost } = diameter;
  if (state.imsi === 0) state.imsi = packAscii(imsi);
  if (state.msisdn === 0 && msisdn.count > 0) state.msisdn = pack(msisdn);
  if (state.imei === 0) state.imei = packAscii(imei);
  if (state.imeisv === 0) state.imeisv = packAscii(softwareVersion);
  state.cell ??= packCell(cell);
  if (isRequest && state.serving === '')
    state.serving = hostOf(FROM_REGISTER.has(command) ? destinationHost : originHost);
  state.attaches ||= diameter.updateFlags >= 0 && (diameter.updateFlags & INITIAL_ATTACH) !== 0;
}

/** Longest name of a host (RFC 1035 §2.3.4). */
const HOST_CHARACTERS = 255;

/** Name of a host; '' where the octets are none. */
function hostOf({ data, start, end }: Bytes): string {
  if (start >= end || end - start > HOST_CHARACTERS) return '';
  const text = data.toString('latin1', start, end).toLowerCase();
  return /^[a-z0-9._-]+$/.test(text) ? text : '';
}

function earlier(known: Mark | null, mark: Mark): Mark {
  return known !== null && compareTime(known.s, known.ns, mark.s, mark.ns) <= 0 ? known : mark;
}

function mergeCommands(a: DiameterState, b: DiameterState): void {
  if (a.imsi === 0) a.imsi = b.imsi;
  if (a.msisdn === 0) a.msisdn = b.msisdn;
  if (a.imei === 0) a.imei = b.imei;
  if (a.imeisv === 0) a.imeisv = b.imeisv;
  a.cell ??= b.cell;
  if (a.serving === '') a.serving = b.serving;
  a.attaches ||= b.attaches;
  if (b.request !== null) a.request = earlier(a.request, b.request);
  if (b.answer !== null) a.answer = earlier(a.answer, b.answer);
}

function newCommand(capture: CaptureName, command: number, { seconds, nanoseconds, frame }: Payload): DiameterState {
  return {
    type: 'diameter',
    firstS: seconds,
    firstNs: nanoseconds,
    firstFrame: frame,
    firstCapture: capture,
    lastS: seconds,
    lastNs: nanoseconds,
    lastFrame: frame,
    lastCapture: capture,
    key1: -1,
    key2: -1,
    opened1: false,
    opened2: false,
    command,
    imsi: 0,
    msisdn: 0,
    imei: 0,
    imeisv: 0,
    cell: null,
    serving: '',
    attaches: false,
    request: null,
    answer: null,
  };
}

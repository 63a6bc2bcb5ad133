import { equalsText, equalsTextIgnoreCase, latin1 } from '../base/bytes.ts';
import { add, type Counters } from '../base/counters.ts';
import type { Limits } from '../base/limits.ts';
import { compareTime, type PacketTime } from '../base/time.ts';
import type { Payload } from '../network/payload.ts';
import type { Range } from '../sip/address.ts';
import { tagRange } from '../sip/fields.ts';
import { Header, type SipMessage } from '../sip/message.ts';
import { releaseCause } from './sip-cause.ts';
import type { CallState, Failure } from './state.ts';

/** BYEs of calls: of each dialog, by its two tags, the earliest. */
export class Byes {
  private readonly limits: Limits;
  private readonly counters: Counters;

  constructor(limits: Limits, counters: Counters) {
    this.limits = limits;
    this.counters = counters;
  }

  /** Takes a BYE in. True where it may have ended the call. */
  take(call: CallState, message: SipMessage, payload: Payload): boolean {
    const data = message.data;
    const hasFrom = tagRange(message, Header.From, range);
    const fromStart = range.start;
    const fromEnd = range.end;
    const hasTo = tagRange(message, Header.To, range);
    for (const bye of call.byes) {
      if (
        (hasFrom ? equalsText(data, fromStart, fromEnd, bye.fromTag) : bye.fromTag === '') &&
        (hasTo ? equalsText(data, range.start, range.end, bye.toTag) : bye.toTag === '')
      ) {
        if (compareTime(payload.seconds, payload.nanoseconds, bye.time.s, bye.time.ns) >= 0) return false;
        bye.time = timeOf(payload);
        bye.cause = releaseCause(message);
        return true;
      }
    }
    if (call.byes.length >= this.limits.transactionsPerCall) {
      add(this.counters.dropped, 'transactionsPerCall');
      return false;
    }
    const bye = {
      fromTag: hasFrom ? latin1(data, fromStart, fromEnd) : '',
      toTag: hasTo ? latin1(data, range.start, range.end) : '',
      time: timeOf(payload),
      cause: releaseCause(message),
    };
    // A list of one that is made as such has no room to spare: most calls have no other.
    if (call.byes.length === 0) call.byes = [bye];
    else call.byes.push(bye);
    return true;
  }
}

/** Different final answers kept of one transaction. */
const FAILURES = 16;

/** The failures of a transaction with this answer among them: of each status the earliest. */
export function withFailure(failures: Failure[], message: SipMessage, payload: Payload): Failure[] {
  for (const failure of failures) {
    if (failure.status !== message.status) continue;
    if (compareTime(payload.seconds, payload.nanoseconds, failure.time.s, failure.time.ns) < 0)
      Object.assign(failure, failureOf(message, payload));
    return failures;
  }
  const failure = failureOf(message, payload);
  if (failures.length === 0) return [failure];
  if (failures.length < FAILURES) failures.push(failure);
  return failures;
}

function failureOf(message: SipMessage, payload: Payload): Failure {
  return {
    time: timeOf(payload),
    status: message.status,
    cause: releaseCause(message),
    busy: message.status === 480 && saysBusy(message),
  };
}

/** What some devices say with 480 where others send 486; GoIPs of DBL the first. */
const BUSY = ['remote busy', 'busy', 'busy here', 'user busy'];

function saysBusy({ data, reasonStart, reasonEnd }: SipMessage): boolean {
  return BUSY.some((phrase) => equalsTextIgnoreCase(data, reasonStart, reasonEnd, phrase));
}

/** Scratch: the range that {@link tagRange} found. */
const range: Range = { start: 0, end: 0 };

function timeOf(payload: Payload): PacketTime {
  return { s: payload.seconds, ns: payload.nanoseconds };
}

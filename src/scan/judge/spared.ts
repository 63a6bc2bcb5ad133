import { Direction, type History, Kind } from '../../features/history/history.ts';
import { interfaceBits } from '../../features/history/rows.ts';
import type { Allowance } from '../../features/references/allow-list.ts';

/** Why a line is not marked and is in no box, whatever it scores: for what it does, or since somebody answers for it. */
export type Spared = Trifling | Allowance;
type Trifling = 'claim' | 'telemetry';

const SIP = interfaceBits('sip');
/** Below this many calls placed and short messages, a number is no more than what they claim. */
const FEW = 5;
/** Messages from which on it is seen whom a line texts, and numbers that a meter or an alarm reports to. */
const TEXTS = 3;
const REPORTS_TO = 2;

const TRIFLING_WORDS: Readonly<Record<Trifling, { en: string; zh: string }>> = {
  claim: {
    en: '; not marked, since a caller may claim any number, and nothing else shows this one',
    zh: '；不予标记：主叫可以声称任何号码，而除此之外未见该号码',
  },
  telemetry: {
    en: '; not marked, since it does nothing but text one or two numbers, as meters and alarms do',
    zh: '；不予标记：该线路只向一两个号码发送短信，与仪表、报警器无异',
  },
};

/** What is said besides. */
export function sparedWords(spared: Spared): { en: string; zh: string } {
  if (typeof spared === 'string') return TRIFLING_WORDS[spared];
  const { owner, reason, until } = spared;
  return {
    en: `; not marked: on the allow list until ${until} (${owner}: ${reason})`,
    zh: `；不予标记：在白名单内，至 ${until}（${owner}：${reason}）`,
  };
}

/** Why a line is spared for what it does; null where it is judged as others are. */
export function sparedAs(history: History, imsi: string | null): Trifling | null {
  if (isClaim(history, imsi)) return 'claim';
  return isTelemetry(history) ? 'telemetry' : null;
}

/**
 * Whether a line is no more than the number that a few requests over SIP claim to come from: a caller may claim any (RFC 3261
 * §8.1.1.3), a box that shows who called it abroad, or that hides, does, and the number is somebody else's. Where it registers, calls
 * reach it, or a SIM or another interface shows it, it is a line.
 */
function isClaim(history: History, imsi: string | null): boolean {
  if (history.interfaces !== SIP || history.incomingCount > 0) return false;
  // A long number may look like one of a SIM.
  if (imsi !== null && imsi !== history.line) return false;
  if (history.kinds[Kind.registration]! > 0) return false;
  return history.outgoingCount + history.kinds[Kind.sms]! < FEW;
}

/**
 * Whether a line only reports: it has no calls, and texts the same one or two numbers. Fleets of these come from one crate, stay in their
 * places and switch on together, as modems of a box do; but a box that texts them does no harm.
 */
function isTelemetry({
  kinds,
  kind,
  direction,
  repeat,
  counterpart,
  count,
  outgoingCount,
  incomingCount,
}: History): boolean {
  if (outgoingCount + incomingCount > 0 || kinds[Kind.sms]! < TEXTS) return false;
  const numbers = new Set<number>();
  let sent = 0;
  for (let i = 0; i < count; i++) {
    if (kind[i] !== Kind.sms || direction[i] !== Direction.outgoing || repeat[i] === 1) continue;
    sent++;
    if (numbers.add(counterpart[i]!).size > REPORTS_TO) return false;
  }
  return sent >= TEXTS;
}

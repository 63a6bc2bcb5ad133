import type { FeatureContext, FeatureDefinition } from '../definition.ts';
import { digitsOf } from '../history/dictionary.ts';
import type { History } from '../history/history.ts';
import { INTERFACES } from '../history/rows.ts';
import { share, tally } from '../measures.ts';
import { type Pairing, poissonTail } from '../pairing.ts';
import { ANSWER_COLUMNS, CALL_COLUMNS } from './calls.ts';
import { percent } from './say.ts';

const TRUNK =
  'Setup, Connect, Disconnect: 3GPP TS 24.008 §9.3; InitialDP: TS 29.078 §6.1; INVITE, 200, BYE: RFC 3261 §13, §15; IAM, ANM, REL: ITU-T Q.763 §4';
/** A share of paired calls needs this many mobile calls that were answered, one of numbers so many numbers. */
const LEAST_LEGS = 3;
const PAIR_COLUMNS = [...ANSWER_COLUMNS, 'access'] as const;

/** Whether a line's calls were somebody else's before, on a trunk. */
export const TRUNK_LEGS: readonly FeatureDefinition[] = [
  {
    id: 'C8',
    name: 'called_on_trunk_share',
    family: 'C',
    unit: 'share',
    words: {
      en: 'Share of the numbers it called by radio that others called over a SIP or ISUP trunk.',
      zh: '其被叫号码中也被他人经 SIP 或 ISUP 中继呼叫的比例。',
    },
    formula:
      'distinct numbers of outgoing mobile calls (bssap, ranap, cap, or sip with a 3GPP access) that have a sip or isup leg from another caller / these numbers; of more than 2,000,000 such legs, those to a part of the numbers, and the numbers of that part; missing below 3, where the line has no MSISDN, or without legs on trunks',
    source: TRUNK,
    columns: [...CALL_COLUMNS, 'access'],
    reason: {
      en: (value) => `${percent(value)} of the numbers it calls are also called over a trunk`,
      zh: (value) => `${percent(value)} 的被叫号码也被经中继呼叫`,
    },
    compute: (history, context) => {
      const { numbers, onTrunk } = look(history, context);
      return share(onTrunk, numbers, LEAST_LEGS);
    },
  },
  {
    id: 'N12a',
    name: 'paired_leg_share',
    family: 'N',
    unit: 'share',
    leaning: 1,
    words: {
      en: 'Share of its answered mobile calls that carry on a call of somebody else on a SIP or ISUP trunk.',
      zh: '其接通的移动主叫中与他人中继呼叫成对的比例（转接）。',
    },
    formula:
      'answered outgoing mobile calls with a sip or isup leg to the same number from another caller that began 0 to 8 s before, was answered and ended within 1.5 s of it / answered outgoing mobile calls; of numbers as in called_on_trunk_share; missing below 3, where the line has no MSISDN, or without legs on trunks',
    source: TRUNK,
    columns: PAIR_COLUMNS,
    reason: {
      en: (value) => `${percent(value)} of its calls are paired with a leg on a trunk`,
      zh: (value) => `${percent(value)} 的主叫与中继呼叫成对`,
    },
    compute: (history, context) => {
      const { legs, paired } = look(history, context);
      return share(paired, legs, LEAST_LEGS);
    },
  },
  {
    id: 'N12b',
    name: 'paired_leg_evidence',
    family: 'N',
    unit: '-log10 p',
    leaning: 1,
    words: {
      en: 'How unlikely it is that so many of its calls fall together with a call on a trunk by chance.',
      zh: '如此多的主叫与中继呼叫成对纯属偶然的可能性（负对数）。',
    },
    formula:
      '-log10 P(X >= paired calls), at most 300; X Poisson with mean over answered outgoing mobile calls of (legs on trunks to the number from others) x 8 s / observed time, summed; of numbers as in called_on_trunk_share; missing below 3 such calls, where the line has no MSISDN, or without legs on trunks',
    source: TRUNK,
    columns: PAIR_COLUMNS,
    reason: {
      en: (value) => `calls that fall together with a leg on a trunk (p = 1e-${Math.floor(value)})`,
      zh: (value) => `主叫与中继呼叫成对（p = 1e-${Math.floor(value)}）`,
    },
    compute: (history, context) => {
      const { legs, paired, mean } = look(history, context);
      return legs < LEAST_LEGS ? Number.NaN : Math.min(MOST_EVIDENCE, Math.max(0, -poissonTail(paired, mean)));
    },
  },
];

const MOST_EVIDENCE = 300;
/** Interfaces on which only phones of mobile networks are. */
const MOBILE = INTERFACES.reduce(
  (mask, name, bit) => (name === 'bssap' || name === 'ranap' || name === 'cap' ? mask | (1 << bit) : mask),
  0,
);

/** What a line's calls have on trunks. */
interface Found {
  /** Answered mobile calls, those of them that are paired, and how many would be by chance. */
  legs: number;
  paired: number;
  mean: number;
  /** Distinct numbers of mobile calls, and those of them that others called over a trunk. */
  numbers: number;
  onTrunk: number;
}

/** Found last: three features ask for the same. */
const found: Found = { legs: 0, paired: 0, mean: 0, numbers: 0, onTrunk: 0 };
let foundOf: History | null = null;
let foundAt = -1;
let foundIn: Pairing | undefined;

function look(history: History, { pairing }: FeatureContext): Found {
  if (foundOf === history && foundAt === history.serial && foundIn === pairing) return found;
  foundOf = history;
  foundAt = history.serial;
  foundIn = pairing;
  found.legs = found.paired = found.mean = found.numbers = found.onTrunk = 0;
  const { outgoing, outgoingCount, seen, access, counterpart, digits, time, answer, end, line, imsi } = history;
  // A line known by its IMSI or address alone: its own legs could not be told from those of others.
  const caller = line === imsi ? Number.NaN : digitsOf(line);
  if (pairing === undefined || pairing.trunkLegs === 0 || Number.isNaN(caller)) return found;
  const accesses = history.texts('access');
  tally.clear(history.counterparts);
  for (let i = 0; i < outgoingCount; i++) {
    const row = outgoing[i]!;
    const isMobile = (seen[row]! & MOBILE) !== 0 || (access[row]! >= 0 && accesses[access[row]!]!.startsWith('3GPP'));
    const number = counterpart[row]!;
    if (!isMobile || number < 0 || !pairing.isKept(digits[number]!)) continue;
    const leg = { called: digits[number]!, caller, time: time[row]!, answer: answer[row]!, end: end[row]! };
    const { others, isPaired } = pairing.look(leg);
    if (tally.counts[number] === 0 && others > 0) found.onTrunk++;
    tally.add(number);
    if (Number.isNaN(leg.answer) || Number.isNaN(leg.end)) continue;
    found.legs++;
    found.mean += pairing.byChance(others);
    if (isPaired) found.paired++;
  }
  found.numbers = tally.distinct;
  return found;
}

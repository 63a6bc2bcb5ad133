import { tac } from '../base/imei.ts';
import type { History } from './history/history.ts';

/** Hexadecimal digits of classmark 1, and of classmark 2. */
const SHORT = 2;
const LONG = 6;
/**
 * What a phone says the same everywhere, octet by octet. RF power capability and frequency capability are of the band and the radio
 * it is on at the time (3GPP TS 24.008 tables 10.5.5, 10.5.6a): one phone shows power class 4 on GSM and 7, irrelevant, on UMTS.
 */
const STEADY = [0x78, 0xfe, 0xff] as const;

/** A classmark 1 or 2 (hexadecimal) without what changes with the band; another text as it is. */
function steadyClassmark(classmark: string): string {
  if ((classmark.length !== SHORT && classmark.length !== LONG) || !/^[\da-f]*$/.test(classmark)) return classmark;
  let steady = '';
  for (let at = 0; at < classmark.length; at += 2) {
    const octet = Number.parseInt(classmark.slice(at, at + 2), 16) & STEADY[at / 2]!;
    steady += octet.toString(16).padStart(2, '0');
  }
  return steady;
}

/** What both kinds of classmark have: classmark 1, which is the first octet of classmark 2 (3GPP TS 24.008 §10.5.1.5, §10.5.1.6). */
export function classmark1Of(steady: string): string {
  return steady.length === LONG ? steady.slice(0, SHORT) : steady;
}

/** Whether a classmark has all that a phone says in classmark 2. */
export function isClassmark2(steady: string): boolean {
  return steady.length === LONG;
}

/** Different ones among classmarks: two differ where what both have does. */
export function distinctClassmarks(classmarks: readonly string[]): string[] {
  const all = new Set(classmarks.map(steadyClassmark));
  const known = new Set([...all].filter(isClassmark2).map(classmark1Of));
  return [...all].filter((classmark) => isClassmark2(classmark) || !known.has(classmark));
}

/** The classmark that most events of a line show, of those that say most; null where none does. */
export function usualClassmark(history: History): string | null {
  const steady = history.texts('classmark').map(steadyClassmark);
  const counts = new Map<string, number>();
  for (let i = 0; i < history.count; i++) {
    const code = history.classmark[i]!;
    if (code >= 0) counts.set(steady[code]!, (counts.get(steady[code]!) ?? 0) + 1);
  }
  let best: string | null = null;
  for (const [classmark, count] of counts) {
    const longer = best === null ? 1 : classmark.length - best.length;
    if (longer > 0 || (longer === 0 && count > counts.get(best!)!)) best = classmark;
  }
  return best;
}

/** Steady classmarks that events of a line show beside an IMEI, by the type code of that. */
export function classmarksByType(history: History): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  const imeis = history.texts('imei');
  const steady = history.texts('classmark').map(steadyClassmark);
  if (imeis.length === 0 || steady.length === 0) return found;
  for (let i = 0; i < history.count; i++) {
    const imei = history.imei[i]!;
    const classmark = history.classmark[i]!;
    if (imei < 0 || classmark < 0) continue;
    const type = tac(imeis[imei]!);
    const known = found.get(type);
    if (known === undefined) found.set(type, new Set([steady[classmark]!]));
    else known.add(steady[classmark]!);
  }
  return found;
}

import { durationWords } from '../exposure.ts';
import type { History } from '../history/history.ts';

/** `88 %`, `0.4 %`; of nearly none or nearly all, as that: `< 0.1 %`, `99.6 %`. */
export function percent(share: number): string {
  const value = share * 100;
  if (value > 0 && value < 0.1) return '< 0.1 %';
  if (value > 99 && value < 100) return `${(Math.floor(value * 10) / 10).toFixed(1)} %`;
  return `${value > 0 && value < 1 ? value.toFixed(1) : Math.round(value)} %`;
}

/** A number with as many places as a reader needs: 131, 12.5, 0.25. */
export function figure(value: number): string {
  const size = Math.abs(value);
  return String(
    size >= 100 ? Math.round(value) : size >= 10 ? Math.round(value * 10) / 10 : Math.round(value * 100) / 100,
  );
}

/** `1 call`, `3 calls`, `0.5 calls`; of one where 1 is what a reader sees. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  const seen = figure(count);
  return `${seen} ${seen === '1' ? noun : plural}`;
}

/** Time from the first event of a line to its last, in words. */
export function spanOf(history: History): { en: string; zh: string } {
  return durationWords(history.count === 0 ? 0 : history.time[history.count - 1]! - history.time[0]!);
}

const LATIN = /[A-Za-z\d]/;
const HAN = /\p{Script=Han}/u;

/** Pieces of a Chinese text in one, with a space where Latin letters or digits meet Chinese. */
export function joined(...pieces: readonly string[]): string {
  return pieces.reduce((text, piece) => {
    const [before = '', after = ''] = [text.at(-1), piece[0]];
    const meet = (LATIN.test(before) && HAN.test(after)) || (HAN.test(before) && LATIN.test(after));
    return `${text}${meet ? ' ' : ''}${piece}`;
  }, '');
}

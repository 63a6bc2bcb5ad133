import type { Random } from '../../base/random.ts';

/**
 * A little language for identifiers as devices make them: tags, branches, Call-IDs, User-Agents, session ids.
 *
 * `{d8}` decimal digits, `{d8-10}` as many as drawn, `{x16}` and `{X16}` hexadecimal, `{a10}` letters and digits, `{l6}` lower-case
 * letters, `{n}` an unsigned 32-bit number in decimal, `{u}` a UUID, `{h}` the host the device believes it has,
 * `{20-85}` a number in that range, `{red|green|1-9}` one of these. Everything else stands for itself.
 */
export function expand(pattern: string, random: Random, host = ''): string {
  let parts = compiled.get(pattern);
  if (parts === undefined) {
    parts = compile(pattern);
    // Patterns are few and known, but run-made brands add some: start again rather than grow.
    if (compiled.size > 20_000) compiled.clear();
    compiled.set(pattern, parts);
  }
  let text = '';
  for (const part of parts) text += typeof part === 'string' ? part : part(random, host);
  return text;
}

/** `length` hexadecimal digits, lower case. */
export function hex(random: Random, length: number): string {
  let text = '';
  let left = length;
  for (; left >= 8; left -= 8) {
    const word = random.uint32();
    text += FOUR[word >>> 16]! + FOUR[word & 0xffff]!;
  }
  if (left === 0) return text;
  const word = random.uint32();
  return text + (FOUR[word >>> 16]! + FOUR[word & 0xffff]!).slice(0, left);
}

/** Every number of four hexadecimal digits. */
const FOUR = Array.from({ length: 0x1_0000 }, (_, value) => value.toString(16).padStart(4, '0'));

type Token = (random: Random, host: string) => string;
type Part = string | Token;

const RANGE = /^(\d+)-(\d+)$/;

const compiled = new Map<string, Part[]>();
const ALPHANUMERIC = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const LOWER = 'abcdefghijklmnopqrstuvwxyz';

function compile(pattern: string): Part[] {
  return pattern.split(/(\{[^}]*\})/).flatMap((piece): Part[] => {
    if (piece === '') return [];
    if (!piece.startsWith('{')) return [piece];
    return [token(piece.slice(1, -1))];
  });
}

function token(text: string): Token {
  if (text.includes('|')) {
    const choices = text.split('|').map((choice) => (RANGE.test(choice) ? token(choice) : () => choice));
    return (random, host) => random.pick(choices)(random, host);
  }
  if (text === 'n') return (random) => String(random.uint32());
  if (text === 'h') return (_, host) => host;
  if (text === 'u') return uuid;
  const range = RANGE.exec(text);
  if (range) return (random) => String(random.integer(Number(range[1]), Number(range[2])));
  const run = /^([dxXal])(\d+)(?:-(\d+))?$/.exec(text);
  if (!run) throw new Error(`no such token in a pattern: {${text}}`);
  const low = Number(run[2]);
  const high = run[3] === undefined ? low : Number(run[3]);
  const length = (random: Random): number => (low === high ? low : random.integer(low, high));
  if (run[1] === 'd') return (random) => decimal(random, length(random));
  if (run[1] === 'x') return (random) => hex(random, length(random));
  if (run[1] === 'X') return (random) => hex(random, length(random)).toUpperCase();
  return letters(run[1] === 'a' ? ALPHANUMERIC : LOWER, length);
}

/** Decimal digits; the first is not 0, as in a number that a program prints. */
function decimal(random: Random, length: number): string {
  let text = String(random.integer(1, 9));
  for (let left = length - 1; left > 0; left -= 4) {
    const four = String(10_000 + (random.uint32() % 10_000));
    text += four.slice(1, 1 + Math.min(4, left));
  }
  return text;
}

function letters(alphabet: string, length: (random: Random) => number): Token {
  return (random) => {
    let text = '';
    let word = 0;
    for (let i = length(random); i > 0; i--) {
      if (word < alphabet.length) word = random.uint32();
      text += alphabet[word % alphabet.length];
      word = Math.floor(word / alphabet.length);
    }
    return text;
  };
}

/** RFC 9562 §5.4, version 4. */
function uuid(random: Random): string {
  const variant = '89ab'[random.uint32() & 3];
  return `${hex(random, 8)}-${hex(random, 4)}-4${hex(random, 3)}-${variant}${hex(random, 3)}-${hex(random, 12)}`;
}

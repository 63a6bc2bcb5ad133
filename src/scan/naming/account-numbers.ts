/** A SIP account, and the numbers that its calls named. Numbers are those of their texts. */
export interface Account {
  /** Number of the identity that names its line. */
  identity: number;
  /** Numbers under which it registered. */
  own: Set<number>;
  /** What its device called itself in registrations. */
  agents: Set<number>;
  /** Longest expiry of its registrations, seconds; not above 0 where none is known. */
  expires: number;
  /** First and last minute, since the epoch, in which its registered address was seen to do something. */
  first: number;
  last: number;
  /** Numbers presented as the caller: in requests with its credentials, and in others from its registered address. */
  paid: Set<number>;
  placed: Set<number>;
  /** Numbers dialled in calls that were sent to its registered address. */
  dialled: Set<number>;
}

/** What was found of an account. */
export interface Told {
  /** Calls are the account's that name one of its many numbers: those paid with its credentials, placed from its address, delivered there. */
  paid: boolean;
  placed: boolean;
  deliveries: boolean;
  /** It presented many numbers by its credentials, whose ever they are: none of them is its name. */
  isMany: boolean;
  /** Numbers that are lines of their own behind it. */
  behind: ReadonlySet<number>;
}

/** A number or two beside the account's may be a second line, or the one that it is known by. */
const MANY = 3;
/** Digits of a number within one block, as companies have them for direct dialling: 10,000 numbers. */
const BLOCK_DIGITS = 4;
/** Where so many numbers, and this share, are both presented and dialled, whoever has the account has lines behind it: a provider's switch. */
const BOTH_NUMBERS = 3;
const BOTH_SHARE = 0.1;
/** A block is a company's own where this many of the account's numbers are in it, and this share. */
const BLOCK_NUMBERS = 3;
const BLOCK_SHARE = 0.25;
/**
 * A border controller has one address for many accounts. Had each number an account of its own, so many registrations would have come from
 * there at least in the time that was seen, one an expiry each, before it is believed that there is one account: by chance there is then
 * none other with p < exp(-3).
 */
const MISSED = 3;
const USUAL_EXPIRY = 3600;

/**
 * Which of an account's numbers are lines of their own: those of the blocks that a company has (its switch registers once, and its desks
 * call and are called by their direct numbers), and those that are both presented and dialled there. All others are only names
 * for the account, if they are many.
 *
 * @param observed how many minutes from the first to the last captures show
 * @param pseudonymous numbers are pseudonyms: of a block they show the operator's range that it is in
 */
export function tell(
  account: Account,
  textOf: (number: number) => string,
  observed: (first: number, last: number) => number,
  pseudonymous = false,
): Told {
  const blockOf = pseudonymous ? rangeOf : tailless;
  const { own, paid, placed, dialled } = account;
  const blocks = new Map<string, number[]>();
  const all = new Set([...paid, ...placed, ...dialled]);
  for (const number of all) {
    const block = blockOf(textOf(number));
    const known = blocks.get(block);
    if (known === undefined) blocks.set(block, [number]);
    else known.push(number);
  }
  const ownBlocks = new Set([...own].map((number) => blockOf(textOf(number))));
  const behind = new Set<number>();
  for (const [block, numbers] of blocks) {
    if (!ownBlocks.has(block) && (numbers.length < BLOCK_NUMBERS || numbers.length < BLOCK_SHARE * all.size)) continue;
    for (const number of numbers) behind.add(number);
  }
  let both = 0;
  for (const number of dialled) {
    if (behind.has(number) || !(paid.has(number) || placed.has(number))) continue;
    behind.add(number);
    both++;
  }
  const isAlone =
    ((placed.size + dialled.size) * 60 * observed(account.first, account.last)) / expiryOf(account) >= MISSED;
  const isMany = (numbers: ReadonlySet<number>) =>
    count(numbers, (number) => !behind.has(number)) >= MANY &&
    !(both >= Math.max(BOTH_NUMBERS, BOTH_SHARE * numbers.size));
  return {
    paid: isMany(paid),
    placed: isAlone && isMany(new Set([...paid, ...placed])),
    deliveries: isAlone && isMany(dialled),
    isMany: paid.size >= MANY,
    behind,
  };
}

function count(numbers: ReadonlySet<number>, wanted: (number: number) => boolean): number {
  let found = 0;
  for (const number of numbers) if (wanted(number)) found++;
  return found;
}

function expiryOf({ expires }: Account): number {
  return expires > 0 ? expires : USUAL_EXPIRY;
}

/** Digits that a pseudonym keeps. */
const KEPT_DIGITS = 5;

function rangeOf(number: string): string {
  return `${number.slice(0, KEPT_DIGITS)} ${number.length}`;
}

/** A number without the digits that tell those of its block apart. */
function tailless(number: string): string {
  return number.length > 2 * BLOCK_DIGITS ? `${number.slice(0, -BLOCK_DIGITS)} ${number.length}` : number;
}

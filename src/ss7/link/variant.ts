import { ANSI_ISUP_MESSAGES, ISUP_MESSAGES } from '../isup/isup-messages.ts';
import { type Msu, ServiceIndicator, Ss7Variant, type Ss7VariantId } from '../message.ts';
import type { MessageFormat } from '../parameters.ts';
import { ANSI_NATIONAL, POINT_CODE_PRESENT, pointCodeBytes, SSN_PRESENT } from '../sccp/sccp-address.ts';
import { SCCP_MESSAGES, SccpParameter } from '../sccp/sccp-messages.ts';
import { LABEL_BYTES } from './mtp3.ts';
import { fitSoFar } from './variant-cut.ts';

/** How well bytes fit: not at all, as far as can be seen, to the last byte. */
const Fit = { no: 0, perhaps: 1, exact: 2 } as const;

/** Tried in this order: of those that fit alike the first is taken, until one fits alone. */
const ORDER: readonly Ss7VariantId[] = [Ss7Variant.itu, Ss7Variant.china, Ss7Variant.ansi, Ss7Variant.japan];
/** Of point codes that are given in full, by the bits they need. */
const ORDER_16: readonly Ss7VariantId[] = [Ss7Variant.japan, Ss7Variant.china, Ss7Variant.ansi];
const ORDER_24: readonly Ss7VariantId[] = [Ss7Variant.china, Ss7Variant.ansi];

/** Links remembered; a power of two. */
const SLOTS = 4096;
const UNKNOWN = -1;
const VARIANTS = ORDER.length;
/** Then the votes stand. */
const VOTES_MOST = 1000;
/** Messages without a decision before the likeliest variant is taken for good. */
const PATIENCE = 32;
/** Messages that did not fit before a decision is given up. */
const FAILURES = 4;

/**
 * Finds the point-code variant of each link by trial: the one in whose format messages of SCCP, ISUP, BICC and link tests fit to
 * their last byte where they fit in no other. What a link was found to be is remembered.
 */
export class VariantFinder {
  private readonly fixed: Ss7VariantId | null;
  private readonly keys = new Int32Array(SLOTS);
  private readonly found = new Int8Array(SLOTS).fill(UNKNOWN);
  private readonly tries = new Uint8Array(SLOTS);
  /** Messages of each variant that were cut off and fitted it as far as they went. */
  private readonly votes = new Uint16Array(SLOTS * VARIANTS);

  /** @param fixed the variant of all links, null: to be found */
  constructor(fixed: Ss7VariantId | null) {
    this.fixed = fixed;
  }

  /** Variant of the MTP3 message data [start, end) on the link `key`. */
  ofMtp3(key: number, data: Buffer, start: number, end: number, cut: boolean): Ss7VariantId {
    if (this.fixed !== null) return this.fixed;
    const slot = this.slotOf(key);
    const known = this.found[slot];
    if (known !== UNKNOWN) return known as Ss7VariantId;
    if (cut)
      return this.vote(slot, ORDER, (variant) =>
        fitSoFar(data, start + 1 + LABEL_BYTES[variant], end, data[start] & 0x0f, variant, fitAddress),
      );
    return this.chooseMtp3(slot, data, start, end);
  }

  /** Variant of a message whose point codes `msu` has already. */
  ofUser(key: number, msu: Msu, cut: boolean): Ss7VariantId {
    if (this.fixed !== null) return this.fixed;
    const slot = this.slotOf(key);
    const known = this.found[slot];
    const highest = Math.max(msu.opc, msu.dpc);
    const order = highest > 0xffff ? ORDER_24 : highest > 0x3fff ? ORDER_16 : ORDER;
    if (known !== UNKNOWN && (order === ORDER || order.includes(known as Ss7VariantId))) return known as Ss7VariantId;
    if (cut)
      return this.vote(slot, order, (variant) =>
        fitSoFar(msu.data, msu.start, msu.end, msu.serviceIndicator, variant, fitAddress),
      );
    return this.chooseUser(slot, order, msu);
  }

  /** A message of the link did not fit its variant. */
  failed(key: number): void {
    const slot = this.slotOf(key);
    if (this.found[slot] === UNKNOWN) return;
    if (++this.tries[slot] < FAILURES) return;
    this.found[slot] = UNKNOWN;
    this.tries[slot] = 0;
  }

  private chooseMtp3(slot: number, data: Buffer, start: number, end: number): Ss7VariantId {
    const indicator = data[start] & 0x0f;
    return this.choose(slot, ORDER, (variant) =>
      fitOf(data, start + 1 + LABEL_BYTES[variant], end, indicator, variant),
    );
  }

  private chooseUser(slot: number, order: readonly Ss7VariantId[], msu: Msu): Ss7VariantId {
    return this.choose(slot, order, (variant) => fitOf(msu.data, msu.start, msu.end, msu.serviceIndicator, variant));
  }

  /** A message that is cut off fits more variants than its own: the one that most of the link fit. */
  private vote(slot: number, order: readonly Ss7VariantId[], measure: (variant: Ss7VariantId) => number): Ss7VariantId {
    const { votes } = this;
    const first = slot * VARIANTS;
    const isOpen = order.every((variant) => votes[first + variant] < VOTES_MOST);
    let best = order[0];
    for (const variant of order) {
      if (isOpen) votes[first + variant] += measure(variant);
      if (votes[first + variant] > votes[first + best]) best = variant;
    }
    return best;
  }

  private choose(
    slot: number,
    order: readonly Ss7VariantId[],
    measure: (variant: Ss7VariantId) => number,
  ): Ss7VariantId {
    let best = order[0];
    let most = -1;
    let alone = false;
    for (const variant of order) {
      const value = measure(variant);
      if (value > most) {
        most = value;
        best = variant;
        alone = true;
      } else if (value === most) alone = false;
    }
    if (most === Fit.no) return best;
    const sure = alone && most === Fit.exact;
    if (sure || ++this.tries[slot] >= PATIENCE) {
      this.found[slot] = best;
      this.tries[slot] = 0;
    }
    return best;
  }

  private slotOf(key: number): number {
    const slot = (key ^ (key >>> 12)) & (SLOTS - 1);
    if (this.keys[slot] !== key) {
      this.keys[slot] = key;
      this.found[slot] = UNKNOWN;
      this.tries[slot] = 0;
      this.votes.fill(0, slot * VARIANTS, (slot + 1) * VARIANTS);
    }
    return slot;
  }
}

/** How well the user part data [at, end) fits its service indicator in a variant. */
function fitOf(data: Buffer, at: number, end: number, indicator: number, variant: Ss7VariantId): number {
  if (at >= end) return Fit.no;
  switch (indicator) {
    case ServiceIndicator.management:
      return fitManagement(data, at, end, variant);
    case ServiceIndicator.test:
    case 2:
      return fitTest(data, at, end);
    case ServiceIndicator.sccp:
      return fitFormat(SCCP_MESSAGES[data[at]], data, at + 1, end, SccpParameter.longData, variant);
    case ServiceIndicator.isup: {
      const spare = variant === Ss7Variant.ansi ? 0xc0 : 0xf0;
      if (at + 3 > end || (data[at + 1] & spare) !== 0) return Fit.no;
      const formats = variant === Ss7Variant.ansi ? ANSI_ISUP_MESSAGES : ISUP_MESSAGES;
      return fitFormat(formats[data[at + 2]], data, at + 3, end, -1, variant);
    }
    case ServiceIndicator.bicc:
      return at + 5 > end ? Fit.no : fitFormat(ISUP_MESSAGES[data[at + 4]], data, at + 5, end, -1, variant);
    default:
      return Fit.perhaps;
  }
}

/** Q.707 §5.1 (SLTM, SLTA): heading code, length indicator in the high half byte, test pattern to the end. */
function fitTest(data: Buffer, at: number, end: number): number {
  if (at + 2 > end || (data[at] !== 0x11 && data[at] !== 0x21)) return Fit.no;
  return at + 2 + (data[at + 1] >> 4) === end ? Fit.exact : Fit.no;
}

/** Q.704 §15: of the heading codes whose length is the same for all; transfer messages have one point code. */
function fitManagement(data: Buffer, at: number, end: number, variant: Ss7VariantId): number {
  const h0 = data[at] & 0x0f;
  const h1 = data[at] >> 4;
  if (h0 === 0 || h0 > 11 || h1 === 0 || h1 > 8) return Fit.no;
  // TFP, TFR, TFA and their group.
  if (h0 === 4) return end - at === 1 + pointCodeBytes(variant) ? Fit.exact : Fit.no;
  return Fit.perhaps;
}

/**
 * How well parameters fit a message format (see {@link MessageFormat}): pointers and lengths lead no further than the end, and exactly
 * there.
 */
function fitFormat(
  format: MessageFormat | undefined,
  data: Buffer,
  at: number,
  end: number,
  wide: number,
  variant: Ss7VariantId,
): number {
  if (format === undefined) return Fit.no;
  const { fixed, variable, pointer } = format;
  for (let index = 1; index < fixed.length; index += 2) at += fixed[index];
  if (at > end) return Fit.no;
  // Where the next parameter is to begin: all senders write them one after the other, in the order of their pointers.
  let last = at + pointer * (variable.length + (format.optional ? 1 : 0));
  let exact = true;
  let addresses = 0;
  let flagged = 0;
  for (const code of variable) {
    if (at + pointer > end) return Fit.no;
    const value = pointer === 1 ? data[at] : data[at] | (data[at + 1] << 8);
    const from = at + pointer - 1 + value;
    const width = code === wide ? 2 : 1;
    if (value === 0 || from + width > end) return Fit.no;
    const stop = from + width + (width === 1 ? data[from] : data[from] | (data[from + 1] << 8));
    if (stop > end) return Fit.no;
    if (wide >= 0 && (code === SccpParameter.called || code === SccpParameter.calling)) {
      const address = fitAddress(data, from + 1, stop, variant);
      if (address === Fit.no) return Fit.no;
      addresses++;
      if (address === Fit.exact) flagged++;
    }
    exact &&= from === last;
    last = stop;
    at += pointer;
  }
  if (format.optional && at < end) {
    if (at + pointer > end) return Fit.no;
    const value = pointer === 1 ? data[at] : data[at] | (data[at + 1] << 8);
    if (value !== 0) {
      let option = at + pointer - 1 + value;
      exact &&= option === last;
      while (option < end && data[option] !== 0) option += 2 + (option + 1 < end ? data[option + 1] : end);
      if (option >= end) return Fit.no;
      last = option + 1;
    }
  } else if (format.optional) last = at;
  // Of two addresses coded by ANSI one at least says so; those of others never do.
  const known = variant === Ss7Variant.ansi ? addresses === 0 || flagged > 0 : flagged === addresses;
  return exact && last === end && known ? Fit.exact : Fit.perhaps;
}

/**
 * Addresses say with their highest bit whether ANSI coded them, though not all do; what they announce has its length. One that comes from
 * abroad may be coded as Q.713 says in a network of ANSI too, and lacks that bit (T1.112.3 §3.4.1).
 */
function fitAddress(data: Buffer, from: number, to: number, variant: Ss7VariantId): number {
  if (from >= to) return Fit.no;
  const ansi = variant === Ss7Variant.ansi;
  const flagged = (data[from] & ANSI_NATIONAL) !== 0;
  if (!ansi)
    return isAddress(data, from, to, false, pointCodeBytes(variant)) ? (flagged ? Fit.perhaps : Fit.exact) : Fit.no;
  if (isAddress(data, from, to, true, pointCodeBytes(variant))) return flagged ? Fit.exact : Fit.perhaps;
  return !flagged && isAddress(data, from, to, false, 2) ? Fit.perhaps : Fit.no;
}

/** Whether an address is as long as it announces, coded by ANSI or by Q.713, with so many bytes of point code. */
function isAddress(data: Buffer, from: number, to: number, ansi: boolean, bytes: number): boolean {
  const indicator = data[from];
  const pointCode = ansi ? SSN_PRESENT : POINT_CODE_PRESENT;
  const number = ansi ? POINT_CODE_PRESENT : SSN_PRESENT;
  const bare = from + 1 + ((indicator & pointCode) !== 0 ? bytes : 0) + ((indicator & number) !== 0 ? 1 : 0);
  const title = (indicator >> 2) & 15;
  if (title > (ansi ? 2 : 4)) return false;
  return title === 0 ? bare === to : bare + 2 <= to;
}

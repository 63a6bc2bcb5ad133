import type { NumberPlan } from '../base/numbers.ts';
import type { Ss7VariantId } from '../ss7/message.ts';

/** What turning states into events needs to know. */
export interface EventContext {
  /** Name of the probe. */
  feed: string;
  plan: NumberPlan;
  /** Point codes of all signalling links; null or left out: found link by link. */
  ss7Variant?: Ss7VariantId | null;
}

import type { PacketTime } from '../base/time.ts';
import type { LooseBytes } from '../network/payload.ts';
import type { LooseMsu } from '../ss7/link/loose-msu.ts';
import type { CaptureName } from './capture-name.ts';
import type { SipState } from './sip/state.ts';
import type { Ss7State } from './ss7/state.ts';

/** What one capture of a feed left for its neighbours: plain data, part of the capture's commit. */
export interface LooseEnds {
  capture: CaptureName;
  /** Earliest and latest packet time; null where the capture holds no packet. */
  first: PacketTime | null;
  last: PacketTime | null;
  /** Calls and transactions that began or may have begun before, or were not over; in order of their first message. */
  states: SipState[];
  /** The same of SS7: circuits, connections, dialogues. */
  ss7: Ss7State[];
  /** Who holds which TMSI: see `Tmsis.toNumbers`. */
  holders: number[];
  /** Bytes of streams, fragments and segments cut by the capture's start or end. */
  bytes: (LooseBytes | LooseMsu)[];
}

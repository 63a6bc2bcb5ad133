import type { Access, AccessProxy } from '../sip/access.ts';
import type { AccountUse } from './accounts.ts';
import type { Device } from './device.ts';
import type { Habit } from './habit.ts';
import type { Whereabouts } from './whereabouts.ts';

/** A subscriber line of the simulated network, ordinary or in a gateway: what the network knows of it. */
export interface Line {
  index: number;
  /** E.164 digits. */
  number: string;
  imsi: string;
  /** What kind of ordinary line, or `gateway`. */
  kind: string;
  /** Number of the box, -1 for none. */
  box: number;
  device: Device;
  access: Access;
  proxy: AccessProxy;
  tcp: boolean;
  /** Address of record of calls, `sip:...`. */
  address: string;
  /** Address of record that it registers. */
  registers: string;
  /** User name in credentials, and their algorithm. */
  userName: string;
  aka: boolean;
  /** Milliseconds the device takes for credentials. */
  authDelay: number;
  whereabouts: Whereabouts;
  habit: Habit;
  account: AccountUse;
  /** Its calls go over the A interface of a circuit-switched network, and not over SIP. */
  circuit: boolean;
  registered: boolean;
  /** Calls going on, and how many it can have. */
  calls: number;
  capacity: number;
}

/** Somebody outside the simulated network: E.164 digits. */
export type Party = Line | string;

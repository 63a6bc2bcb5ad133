import type { Random } from '../../base/random.ts';
import type { GatewayValues } from '../box-parameters.ts';
import { logInteger, logUniform } from '../draws.ts';
import { Side } from '../side.ts';
import type { Core } from '../sip/core.ts';
import type { Flow } from '../sip/flow.ts';
import { Leg } from '../sip/leg.ts';
import type { World } from '../world.ts';
import type { Line, Party } from './line.ts';

/** What a line's account on SIP does besides calling under its own number. */
export interface AccountUse {
  /** Share of its calls that present another number, and which. */
  presents: number;
  number: () => string;
  /** Its calls are delivered to it by a switch, to be dialled by radio: the caller's number, and what stands after @ in To. */
  delivered: { caller: () => string; host: 'address' | 'domain' } | null;
}

/** A line that calls under its own number. */
export const PLAIN_ACCOUNT: AccountUse = { presents: 0, number: () => '', delivered: null };

/** How the lines of a box use their accounts. Phones of the mobile network cannot write what they like. */
export function boxAccounts(world: World, box: GatewayValues): () => AccountUse {
  const { core } = world;
  if ((box.presents === 0 && box.delivered === 0) || box.make === 'phone' || core.signalling !== null)
    return () => PLAIN_ACCOUNT;
  const random = core.apart;
  const abroad = box.use === 'bypass' ? random.between(0.6, 1) : random.between(0, 0.3);
  const outside = () => core.numbering.outside(random, abroad, 0.15);
  // Some boxes take callers' numbers as they come, some have a list.
  const list = random.chance(0.3) ? numbers(logInteger(random, 8, 400), outside) : null;
  const number = () => (list === null ? outside() : random.pick(list));
  const host = random.pick(['address', 'domain'] as const);
  return () => ({
    presents: box.presents,
    number,
    delivered: random.chance(box.delivered) ? { caller: outside, host } : null,
  });
}

/** How a company does that registers once for all its lines: calls that it forwards have the number of who called. */
export function companyAccounts(core: Core, kind: string): AccountUse {
  const random = core.apart;
  const outside = () => core.numbering.outside(random, 0.02, 0.3);
  if (kind === 'callCentre' && random.chance(0.5)) {
    // It calls for several firms, under the number of each.
    const firms = numbers(logInteger(random, 2, 16), () => core.numbering.outside(random, 0, 0.8));
    return { presents: random.between(0.8, 1), number: () => random.pick(firms), delivered: null };
  }
  return { presents: random.chance(0.5) ? 0 : logUniform(random, 0.01, 0.12), number: outside, delivered: null };
}

function numbers(count: number, make: () => string): string[] {
  return Array.from({ length: count }, make);
}

/** The number that a caller presents in place of its own; null where it presents that. */
export function presentedBy(caller: Party, random: Random): string | null {
  if (typeof caller === 'string' || caller.circuit) return null;
  const { presents, number } = caller.account;
  return presents > 0 && random.chance(presents) ? number() : null;
}

/** How a call goes where a switch sends it to the account that is to dial it: seen from the other side. */
export class Delivered extends Side {
  constructor(core: Core, line: Line, called: string, flow: Flow) {
    const { caller, host } = line.account.delivered!;
    const { access } = line;
    const at = host === 'domain' ? core.domain : access.ownAddress;
    const address = `sip:${core.user(called)}@${at}`;
    super(core, new Leg(core, { ...line, address }, core.farEnd(caller()), '', null, false), false, flow, false);
  }

  override hangUp(time: number, byLine: boolean): void {
    super.hangUp(time, !byLine);
  }
}

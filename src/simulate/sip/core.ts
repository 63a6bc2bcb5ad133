import { Random } from '../../base/random.ts';
import { Device } from '../lines/device.ts';
import type { Line, Party } from '../lines/line.ts';
import type { Numbering } from '../numbering.ts';
import type { NetworkValues } from '../parameters.ts';
import type { Signalling } from '../ss7/signalling.ts';
import type { AccessProxy, AddressPlan } from './access.ts';
import type { FarEnd } from './leg.ts';
import { MAKES } from './makes.ts';
import { CoreTap } from './tap.ts';
import type { Trunks } from './trunk.ts';
import type { Wire } from './wire.ts';

/** The network between the lines: what every call and registration needs to know and where their messages go. */
export class Core {
  readonly network: NetworkValues;
  readonly numbering: Numbering;
  readonly domain: string;
  readonly proxies: readonly AccessProxy[];
  /** Draws of calls and messages. */
  readonly random: Random;
  /** Draws of what few lines do with their accounts: nothing of all else hangs on them. */
  readonly apart: Random;
  /** Time of what is being sent, microseconds since the epoch. */
  now = 0;
  /** The circuit-switched network around it, where the scenario has probes there. */
  signalling: Signalling | null = null;
  /** Where calls of boxes come from, where a box has such a trunk. */
  trunks: Trunks | null = null;
  /** Whether the probes follow a line. */
  follows: (line: Line) => boolean = () => true;
  /** There is a probe on SIP. */
  showsSip = true;
  /** That probe has registrations. */
  showsRegistrations = true;
  private readonly wire: Wire;
  /** Null: the tap is beside the devices. */
  private readonly tap: CoreTap | null;
  private readonly outside: readonly { device: Device; address: string }[];

  constructor(
    network: NetworkValues,
    numbering: Numbering,
    domain: string,
    plan: AddressPlan,
    wire: Wire,
    random: Random,
    seed: number,
  ) {
    // Between switches nobody is asked for credentials.
    this.network = network.tap === 'trunk' ? { ...network, challenge: 0 } : network;
    this.numbering = numbering;
    this.domain = domain;
    this.wire = wire;
    this.random = random;
    this.apart = new Random(seed, 'accounts');
    this.proxies = plan.proxies(network.proxies, domain, random);
    this.tap = network.tap === 'access' ? null : new CoreTap(this.proxies, domain, network.tap, seed);
    const makes = MAKES.filter((make) => make.kind !== 'goip' && make.kind !== 'hybertone');
    this.outside = Array.from({ length: 12 }, () => ({
      device: new Device(random.pick(makes), random, ''),
      address: plan.address(random.pick(['office', 'home', 'mobile']), random),
    }));
  }

  /** A number as the network writes it in addresses. */
  user(number: string): string {
    switch (this.network.numberFormat) {
      case 'plus':
        return `+${number}`;
      case 'digits':
        return number;
      default:
        return this.numbering.isHome(number) ? this.numbering.national(number) : `00${number}`;
    }
  }

  /** Request-URI of a call to somebody. */
  target(called: Party): string {
    return `sip:${this.user(typeof called === 'string' ? called : called.number)}@${this.domain};user=phone`;
  }

  /** What a leg shows of the party at its other end. @param presented the number that a line presents in place of its own */
  farEnd(party: Party, presented: string | null = null): FarEnd {
    if (typeof party !== 'string') {
      const { access } = party;
      return {
        address: presented === null ? party.address : `sip:${this.user(presented)}@${this.domain}`,
        number: presented ?? party.number,
        device: party.device,
        contact: `${party.number}@${access.address}:${access.port}`,
        mediaAddress: access.address,
      };
    }
    // The same number has the same device behind it.
    const { device, address } = this.outside[Number(party.slice(-4)) % this.outside.length]!;
    return {
      address: `sip:${this.user(party)}@${this.domain}`,
      number: party,
      device,
      contact: `${party}@${address}:5060`,
      mediaAddress: address,
    };
  }

  /** Whether a probe has the SIP messages of a line. What a phone of the A interface has to say is no SIP. */
  shows(line: Line): boolean {
    return this.showsSip && !line.circuit && this.follows(line);
  }

  send(line: Line, fromLine: boolean, text: string): void {
    const path = this.tap?.pathOf(line) ?? null;
    if (path === null) {
      const { access, proxy, tcp } = line;
      this.wire.send({ near: access, far: proxy, tcp, stream: line }, fromLine, text, this.now);
      return;
    }
    const passedOn = this.tap!.passedOn(line, fromLine, text);
    if (passedOn !== null) this.wire.send(path, fromLine, passedOn, this.now);
  }
}

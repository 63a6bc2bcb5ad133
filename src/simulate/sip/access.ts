import type { Random } from '../../base/random.ts';
import { type HeaderStyle, headerStyle } from './render.ts';
import type { WireEnd } from './wire.ts';

/**
 * Where a device is reached. Addresses and ports come from the same few pools whoever the device belongs to; only how many
 * devices share an address follows from the place (a home, an office, a dormitory, a box).
 */
export interface Access extends WireEnd {
  /** What the device believes its address and port to be: other ones behind a NAT. */
  ownAddress: string;
  ownPort: number;
  nat: boolean;
  /** Round trip to the proxy, ms. */
  roundTrip: number;
}

/** An access proxy (P-CSCF or SBC). */
export interface AccessProxy extends WireEnd {
  style: HeaderStyle;
  /** What it calls itself, or ''. */
  server: string;
  /** Pattern of its branches, tags and Call-IDs. */
  branch: string;
  tag: string;
  callId: string;
  recordRoute: string;
  /** Its network identity in routes: `sip:...;lr`. */
  allow: string;
}

export type Place = 'mobile' | 'home' | 'office' | 'carrierNat';

/** Address pools of one run. */
export class AddressPlan {
  private readonly pools: Record<Place, readonly string[]>;
  private readonly routers: Buffer[];
  private readonly used = new Set<string>();
  /** Share of sites behind a NAT, whatever kind of place they are. */
  readonly natShare: number;

  /** @param natShare share of sites behind a NAT */
  constructor(natShare: number, random: Random) {
    this.natShare = natShare;
    // One generator for all places: carriers give private and public addresses to phones, homes and companies alike.
    const pools = () =>
      Array.from({ length: random.integer(1, 6) }, () => `${random.pick(FIRST_OCTETS)}.${random.integer(0, 255)}`);
    this.pools = { mobile: pools(), home: pools(), office: pools(), carrierNat: pools() };
    this.routers = Array.from({ length: random.integer(1, 3) }, () => mac(random));
  }

  /** An address that nobody else has. */
  address(place: Place, random: Random): string {
    for (;;) {
      const address = `${random.pick(this.pools[place])}.${random.integer(0, 255)}.${random.integer(1, 254)}`;
      if (this.used.has(address)) continue;
      this.used.add(address);
      return address;
    }
  }

  /** The router that frames from an access come through. */
  router(random: Random): Buffer {
    return random.pick(this.routers);
  }

  proxies(count: number, domain: string, random: Random): AccessProxy[] {
    const network = `${random.pick(FIRST_OCTETS)}.${random.integer(0, 255)}.${random.integer(0, 255)}`;
    const style = random.pick(SERVER_ORDERS);
    const server = random.chance(0.5) ? '' : random.pick(SERVERS);
    const branch = random.pick([
      'z9hG4bK{x16}',
      'z9hG4bK{a24}',
      'z9hG4bK{x4}.{x32}.0',
      'z9hG4bK-{x8}-1',
      'z9hG4bK{d10}',
    ]);
    const tag = random.pick(['{x16}', '{x8}-{x8}', '{a14}', 'sbc{d10}', '{d9}']);
    const callId = random.pick(['{x32}@{h}', '{u}', '{a24}@{h}', 'SBC{x24}-{d4}', '{d9}_{d8}@{h}']);
    const port = random.chance(0.85) ? 5060 : random.integer(5061, 5090);
    const named = random.chance(0.3);
    return Array.from({ length: count }, (_, index) => {
      const address = `${network}.${10 + index}`;
      const host = named ? `pcscf${index + 1}.${domain}` : port === 5060 ? address : `${address}:${port}`;
      return {
        address,
        port,
        identification: random.integer(0, 65_535),
        mac: mac(random),
        style: headerStyle(style),
        server,
        branch,
        tag,
        callId,
        recordRoute: `<sip:${host};lr>`,
        allow: 'INVITE, ACK, BYE, CANCEL, UPDATE, PRACK, INFO, MESSAGE, REFER, NOTIFY, OPTIONS',
      };
    });
  }
}

/** Where several devices sit behind one address, or each has one of its own. */
export class Site {
  private readonly plan: AddressPlan;
  private readonly place: Place;
  private readonly random: Random;
  private readonly shared: { address: string; inside: string } | null;
  private readonly ports = new Set<number>();
  private readonly nat: boolean;
  private readonly mac: Buffer;
  private readonly roundTrip: number;

  /** @param shared all of the site's devices have one address on the wire */
  constructor(plan: AddressPlan, place: Place, shared: boolean, random: Random) {
    this.plan = plan;
    this.place = place;
    this.random = random;
    this.nat = random.chance(plan.natShare);
    this.shared = shared ? { address: plan.address(place, random), inside: privateNetwork(random) } : null;
    this.mac = plan.router(random);
    this.roundTrip = random.logNormal(place === 'mobile' ? 55 : place === 'carrierNat' ? 45 : 18, 0.5);
  }

  /**
   * One more device. @param port the port it would have of itself
   * @param host number of the device in the site's private network: devices of one number are one box with several ports
   */
  access(port: number, host: number): Access {
    const { random } = this;
    const address = this.shared?.address ?? this.plan.address(this.place, random);
    const inside = this.shared?.inside ?? privateNetwork(random);
    let outer = this.nat && !random.chance(0.25) ? random.integer(1024, 65_535) : port;
    if (this.shared !== null) {
      while (this.ports.has(outer)) outer = this.nat ? random.integer(1024, 65_535) : 1024 + ((outer - 1023) % 64_000);
      this.ports.add(outer);
    }
    return {
      address,
      port: outer,
      ownAddress: this.nat ? `${inside}.${2 + (host % 250)}` : address,
      ownPort: this.nat ? port : outer,
      nat: this.nat,
      identification: random.integer(0, 65_535),
      roundTrip: this.roundTrip * random.between(0.8, 1.3),
      mac: this.mac,
    };
  }
}

const FIRST_OCTETS = [
  10, 10, 10, 41, 58, 61, 77, 79, 86, 91, 102, 105, 113, 117, 121, 154, 175, 180, 188, 195, 202, 212,
];
const SERVERS = [
  'Kamailio (5.6.4)',
  'OpenSIPS (3.2.9)',
  'SBC/7.2',
  'CSCF/R19',
  'IMS-Core 4.1',
  'Oracle SBC',
  'Perimeta',
];
/** Orders of header fields that servers write. */
export const SERVER_ORDERS = [
  'Via Record-Route Max-Forwards From To Call-ID CSeq Contact',
  'Record-Route Via Via Max-Forwards From To Call-ID CSeq Contact Allow',
  'Via To From Call-ID CSeq Max-Forwards Contact Record-Route Supported Allow',
  'Via Call-ID From To CSeq Allow Contact Max-Forwards User-Agent Server Record-Route',
];

function privateNetwork(random: Random): string {
  return random.chance(0.75)
    ? `192.168.${random.pick([0, 1, 1, 2, 8, 10, 31, 88, 100, 178])}`
    : random.chance(0.6)
      ? `10.${random.integer(0, 20)}.${random.integer(0, 20)}`
      : `172.16.${random.integer(0, 30)}`;
}

/** A globally administered unicast MAC address, as bytes. */
function mac(random: Random): Buffer {
  const bytes = Buffer.alloc(6);
  for (let i = 0; i < 6; i++) bytes[i] = random.integer(0, 255);
  bytes[0] = bytes[0]! & 0xfc;
  return bytes;
}

import { Random } from '../../base/random.ts';
import type { Line } from '../lines/line.ts';
import type { NetworkValues } from '../parameters.ts';
import type { AccessProxy } from './access.ts';
import { Field, fieldNamed, fields, render } from './render.ts';
import { expand, hex } from './shapes.ts';
import { type Switch, Trunk, type Way } from './switches.ts';
import type { Path } from './wire.ts';

/** Where a tap can be that is not beside the devices. */
export type Behind = Exclude<NetworkValues['tap'], 'access'>;

interface OwnWay extends Way {
  /** The proxy's own names in messages, as the access side has them. */
  own: RegExp;
}

/** What proxies of a run do to messages that they pass on. */
interface Habits {
  /** They note where a request came from, whether its Via says the same or not (RFC 3261 §18.2.1 asks for the latter alone). */
  noteAlways: boolean;
  /** They vouch for the caller's number (RFC 3325). */
  asserts: boolean;
  /** Header lines of their own in a REGISTER. */
  registers: string;
  keepInstance: boolean;
  keepAgent: boolean;
}

/**
 * A tap behind the access proxies, on their way to the core: every line is seen through one of a few addresses. A proxy (P-CSCF) adds
 * a Via and what its office asks (RFC 3261 §16.6, 3GPP TS 24.229 §5.2); a border controller that hides the access side puts itself in the
 * device's place: its own Via, Call-ID, addresses and order of headers. On a trunk the two ends are switches: see {@link Trunk}.
 */
export class CoreTap {
  private readonly place: Behind;
  private readonly trunk: Trunk;
  private readonly seed: number;
  private readonly habits: Habits;
  private readonly ways = new Map<AccessProxy, OwnWay>();

  constructor(proxies: readonly AccessProxy[], domain: string, place: Behind, seed: number) {
    const random = new Random(seed, 'core tap');
    this.place = place;
    this.trunk = new Trunk(domain, seed);
    this.seed = seed;
    this.habits = {
      noteAlways: random.chance(0.5),
      asserts: random.chance(0.7),
      registers: random.chance(0.5) ? `\r\nP-Visited-Network-ID: "${domain}"` : '',
      keepInstance: random.chance(0.5),
      keepAgent: random.chance(0.7),
    };
    const network = `${random.pick([10, 10, 172, 192, 100])}.${random.integer(64, 127)}.${random.integer(0, 255)}`;
    const named = random.chance(0.4);
    const mac = Buffer.from(hex(random, 12), 'hex');
    mac[0] = mac[0]! & 0xfc;
    const servers = Array.from({ length: random.integer(1, 3) }, (_, index): Switch => {
      const address = `${network}.${20 + index}`;
      return {
        address,
        port: 5060,
        identification: random.integer(0, 65_535),
        mac,
        host: named ? `scscf${index + 1}.${domain}` : address,
      };
    });
    const overTcp = random.chance(0.3);
    for (const proxy of proxies) {
      const server = random.pick(servers);
      const names = [proxy.address, /<sip:(.*);lr>/.exec(proxy.recordRoute)![1]!.replace(/:\d+$/, '')];
      this.ways.set(proxy, {
        server,
        path: { near: proxy, far: server, tcp: overTcp && random.chance(0.5), stream: proxy },
        own: new RegExp(
          `(?<![\\w.])(${names.map((name) => name.replaceAll('.', '\\.')).join('|')})(:\\d+)?(?![\\w.])`,
          'g',
        ),
      });
    }
  }

  /** Where the messages of a line go; null for a line that has none of these proxies. */
  pathOf(line: Line): Path | null {
    return this.ways.get(line.proxy)?.path ?? null;
  }

  /** A message between a line and its proxy as it is between the proxy and the core; null for what goes no further. */
  passedOn(line: Line, fromLine: boolean, text: string): string | null {
    const bodyAt = text.indexOf('\r\n\r\n');
    if (bodyAt <= 0) return null;
    const way = this.ways.get(line.proxy)!;
    if (this.place === 'trunk')
      return this.trunk.message(line, way, fromLine, text, (via) => this.via(line.proxy, via));
    const { server, own } = way;
    const inner = text.replace(own, server.host === server.address ? `${server.address}:${server.port}` : server.host);
    const isResponse = inner.startsWith('SIP/2.0');
    return this.place === 'hidden'
      ? this.hidden(line, fromLine, isResponse, inner)
      : this.proxied(line, fromLine, isResponse, inner);
  }

  private proxied(line: Line, fromLine: boolean, isResponse: boolean, text: string): string {
    const { proxy, access } = line;
    const { habits } = this;
    // Requests of the line and their responses carry its Via below the proxy's.
    if (fromLine === isResponse) {
      return fromLine ? text : text.replace('\r\n', `\r\nRoute: ${proxy.recordRoute}\r\n`);
    }
    let at = 0;
    let out = text.replace(VIA, (all, name: string, value: string) => {
      if (at++ > 0) return all;
      const noted =
        !isResponse && (access.nat || habits.noteAlways)
          ? value.replace(/;rport$/, `;rport=${access.port};received=${access.address}`)
          : value;
      return `\r\n${name}: ${this.via(proxy, value)}\r\n${name}: ${noted}`;
    });
    if (isResponse) return out;
    out = out.replace(/\r\nMax-Forwards: 70/, '\r\nMax-Forwards: 69').replace(/\r\nRoute: [^\r]*/, '');
    const end = out.indexOf('\r\n\r\n');
    const identity = /\r\nP-Preferred-Identity: ([^\r]*)/.exec(out)?.[1];
    let more = '';
    if (out.startsWith('REGISTER'))
      more = `\r\nPath: ${proxy.recordRoute.replace('sip:', 'sip:term@')}${habits.registers}`;
    else if (/^(INVITE|MESSAGE)/.test(out)) {
      if (habits.asserts) more = `\r\nP-Asserted-Identity: ${identity ?? `<${line.address}>`}`;
      if (out.startsWith('INVITE')) more += `\r\nRecord-Route: ${proxy.recordRoute}`;
    }
    const head = out.slice(0, end).replace(/\r\nP-Preferred-Identity: [^\r]*/, '');
    return head + more + out.slice(end);
  }

  private hidden(line: Line, fromLine: boolean, isResponse: boolean, text: string): string {
    const { proxy, access } = line;
    const { habits } = this;
    const end = text.indexOf('\r\n\r\n');
    const device = new RegExp(
      `(?<![\\w.])${access.ownAddress.replaceAll('.', '\\.')}(:${access.ownPort})?(?![\\w.])`,
      'g',
    );
    const place = (value: string): string =>
      value.replace(device, (_, port?: string) =>
        port === undefined ? proxy.address : `${proxy.address}:${proxy.port}`,
      );
    const [startLine, ...lines] = text.slice(0, end).split('\r\n') as [string, ...string[]];
    for (const header of lines) {
      const colon = header.indexOf(':');
      const value = header.slice(colon + 1).trim();
      const field = fieldNamed(header.slice(0, colon));
      switch (field) {
        case undefined:
        case Field.recordRoute:
        case Field.route:
          break;
        case Field.via:
          // One Via is left, of the side that asks.
          if (fields[field] === '') fields[field] = fromLine === isResponse ? value : this.via(proxy, value);
          break;
        case Field.callId:
          fields[field] = expand(proxy.callId, new Random(this.seed, value), proxy.address);
          break;
        case Field.preferredIdentity:
          fields[Field.assertedIdentity] = value;
          break;
        case Field.userAgent:
          fields[field] = fromLine && !habits.keepAgent ? proxy.server : value;
          break;
        case Field.contact:
          fields[field] = habits.keepInstance ? place(value) : place(value).replace(/;\+sip\.instance="[^"]*"/, '');
          break;
        default:
          fields[field] = place(value);
      }
    }
    return render(proxy.style, place(startLine), place(text.slice(end + 4)));
  }

  /** The proxy's Via for a transaction, known by the device's Via. */
  private via(proxy: AccessProxy, device: string): string {
    const branch = /branch=([^;]*)/.exec(device)?.[1] ?? device;
    const random = new Random(this.seed, branch);
    const { tcp } = this.ways.get(proxy)!.path;
    return `SIP/2.0/${tcp ? 'TCP' : 'UDP'} ${proxy.address}:${proxy.port};branch=${expand(proxy.branch, random)}`;
  }
}

const VIA = /\r\n(Via|v): ([^\r]*)/g;

import { Random } from '../../base/random.ts';
import type { Line } from '../lines/line.ts';
import { type AccessProxy, SERVER_ORDERS } from './access.ts';
import { Field, fieldNamed, fields, type HeaderStyle, headerStyle, render } from './render.ts';
import { mediaLines } from './sdp.ts';
import { expand } from './shapes.ts';
import type { Path, WireEnd } from './wire.ts';

/** A server of the core (S-CSCF, softswitch) and its name in messages. */
export interface Switch extends WireEnd {
  host: string;
}

/** Where the messages of a proxy's lines go. */
export interface Way {
  server: Switch;
  path: Path;
}

/** What switches of a run write. */
interface Habits {
  /** What those of the far side call themselves, or '', and how they order header fields. */
  server: string;
  style: HeaderStyle;
  /** Addresses name the switch and not the domain. */
  namesSwitch: boolean;
  /** The Contact has the number. */
  contactUser: boolean;
  /** They vouch for the caller's number (RFC 3325). */
  asserts: boolean;
  /** What stands in a session description: user, name, codecs with their lines; no codecs where the devices' are passed on. */
  session: { user: string; name: string; formats: string; lines: string };
}

/** The CSeq of messages that calls consist of. */
const OF_CALLS = /\r\nCSeq: \d+ (INVITE|ACK|BYE|CANCEL|PRACK|UPDATE|INFO)\r\n/;
/** Header fields that a switch passes on as they are; others it leaves out. */
const KEPT: ReadonlySet<number> = new Set([
  Field.maxForwards,
  Field.cseq,
  Field.require,
  Field.rseq,
  Field.rack,
  Field.reason,
  Field.contentType,
]);

/**
 * Calls as they are between two switches (softswitches, border controllers of two operators): each message is written by one of them
 * anew. Of the devices nothing is left but numbers, times, causes, and on some trunks the codecs they offer; neither registrations nor
 * short messages come this way, and nobody is asked for credentials.
 */
export class Trunk {
  private readonly domain: string;
  private readonly seed: number;
  private readonly habits: Habits;

  constructor(domain: string, seed: number) {
    const random = new Random(seed, 'trunk');
    this.domain = domain;
    this.seed = seed;
    const codecs = random.pick([
      '',
      '',
      '8 0 18 101',
      '8 101',
      '0 8 101',
      '102 8 0 100',
      '104 102 8 101',
      '18 8 0 101',
    ]);
    const attributes = random.chance(0.5) ? ['a=sendrecv', 'a=ptime:20'] : ['a=ptime:20'];
    this.habits = {
      server: random.pick(['', '', 'HUAWEI SoftX3000', 'SBC/9.2', 'ACME-SBC/8.4', 'BGCF', 'ZXSS10']),
      style: headerStyle(random.pick(SERVER_ORDERS)),
      namesSwitch: random.chance(0.7),
      contactUser: random.chance(0.6),
      asserts: random.chance(0.5),
      session: {
        user: random.pick(['-', 'SBC', 'switch', 'IP-SW', 'BroadWorks']),
        name: random.pick(['-', 'call', 'SIP Call', 'sip call']),
        ...(codecs === ''
          ? { formats: '', lines: '' }
          : mediaLines({ user: '', id: '', version: 'one', name: '', codecs, mapAll: random.chance(0.6), attributes })),
      },
    };
  }

  /**
   * A message between a line and its proxy as it is between the proxy, a switch here, and the next switch; null where there is none.
   *
   * @param viaOf the proxy's Via for that of a transaction of the line
   */
  message(
    line: Line,
    { server: far, path }: Way,
    fromLine: boolean,
    text: string,
    viaOf: (via: string) => string,
  ): string | null {
    if (!OF_CALLS.test(text)) return null;
    const { proxy } = line;
    const end = text.indexOf('\r\n\r\n');
    const [startLine, ...lines] = text.slice(0, end).split('\r\n') as [string, ...string[]];
    const isResponse = startLine.startsWith('SIP/2.0');
    // Of requests and of responses to them: the side that asks is in From and Via.
    const lineAsks = fromLine !== isResponse;
    const near = proxy.address;
    for (const header of lines) {
      const colon = header.indexOf(':');
      const value = header.slice(colon + 1).trim();
      const field = fieldNamed(header.slice(0, colon));
      if (field === undefined) continue;
      if (field === Field.via) {
        if (fields[field] === '') fields[field] = lineAsks ? viaOf(value) : this.viaOf(far, path.tcp, value);
      } else if (field === Field.callId) {
        fields[field] = expand(proxy.callId, new Random(this.seed, value), near);
      } else if (field === Field.from) {
        fields[field] = this.party(value, lineAsks ? near : far.address, proxy);
      } else if (field === Field.to) {
        fields[field] = this.party(value, lineAsks ? far.address : near, proxy);
      } else if (field === Field.contact) {
        const user = /sip:([^@>;]*)@/.exec(value)?.[1] ?? '';
        const place = fromLine ? `${near}:${proxy.port}` : `${far.address}:${far.port}`;
        fields[field] = `<sip:${this.habits.contactUser && user !== '' ? `${user}@` : ''}${place}>`;
      } else if (KEPT.has(field)) {
        fields[field] = value;
      }
    }
    this.describe(proxy, fromLine, isResponse, text.startsWith('INVITE'));
    return render(
      fromLine ? proxy.style : this.habits.style,
      this.startLine(startLine, fromLine ? far : proxy),
      this.body(text.slice(end + 4), fromLine ? near : far.address),
    );
  }

  private startLine(text: string, to: WireEnd): string {
    return text.replace(/ sips?:(?:([^@\s;]*)@)?\S+ SIP\/2\.0$/, (_, user: string | undefined) => {
      const host = this.habits.namesSwitch ? `${to.address}:${to.port}` : this.domain;
      return ` sip:${user === undefined ? '' : `${user}@`}${host};user=phone SIP/2.0`;
    });
  }

  /** An address of From or To, of the switch that it is at, with a tag that this wrote. */
  private party(value: string, host: string, proxy: AccessProxy): string {
    const placed = this.habits.namesSwitch ? value.replace(/@[^;>]*/, `@${host};user=phone`) : value;
    return placed.replace(/;tag=(.*)$/, (_, tag: string) => `;tag=${expand(proxy.tag, new Random(this.seed, tag))}`);
  }

  private viaOf(far: Switch, tcp: boolean, via: string): string {
    const branch = /branch=([^;]*)/.exec(via)?.[1] ?? via;
    return `SIP/2.0/${tcp ? 'TCP' : 'UDP'} ${far.address}:${far.port};branch=z9hG4bK${expand('{x24}', new Random(this.seed, branch))}`;
  }

  private describe(proxy: AccessProxy, fromLine: boolean, isResponse: boolean, starts: boolean): void {
    const name = fromLine ? proxy.server : this.habits.server;
    if (name !== '') fields[isResponse ? Field.server : Field.userAgent] = name;
    if (!starts) return;
    fields[Field.allow] = proxy.allow;
    if (this.habits.asserts) fields[Field.assertedIdentity] = fields[Field.from]!.replace(/;tag=.*$/, '');
  }

  /** A session description as a switch writes it that relays media. */
  private body(text: string, address: string): string {
    if (!text.startsWith('v=0')) return text;
    const { user, name, formats, lines } = this.habits.session;
    const own = text
      .replace(/^o=\S* (\S* \S*) IN IP4 \S*/m, `o=${user} $1 IN IP4 ${address}`)
      .replace(/^s=.*?\r$/m, `s=${name}\r`)
      .replace(/^c=IN IP4 \S*/m, `c=IN IP4 ${address}`);
    if (formats === '') return own;
    const hold = /\r\na=(sendonly|inactive|recvonly)\r\n/.exec(own)?.[1];
    const head = own.slice(0, own.indexOf('m=audio')) + /m=audio \d+ RTP\/AVP /.exec(own)![0];
    return `${head}${formats}\r\n${hold === undefined ? lines : `${lines.replace('a=sendrecv\r\n', '')}a=${hold}\r\n`}`;
  }
}

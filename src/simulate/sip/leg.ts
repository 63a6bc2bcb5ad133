import type { Random } from '../../base/random.ts';
import type { Device } from '../lines/device.ts';
import type { Line } from '../lines/line.ts';
import type { Core } from './core.ts';
import { Field, fields, render } from './render.ts';
import { type Session, sessionDescription } from './sdp.ts';
import { expand, hex } from './shapes.ts';

/** One transaction (RFC 3261 §17): what its request and its responses share. */
export interface Transaction {
  fromLine: boolean;
  method: string;
  cseq: number;
  via: string;
  secondVia: string;
}

/** What a message has besides its transaction. */
export interface Content {
  /** Session description: an offer or answer; `sendonly` for hold. */
  media?: '' | 'sendonly';
  /** Number of the later offer that it is. */
  version?: number;
  /** A body that is no session description, with its type. */
  body?: readonly [type: string, text: string];
  authorization?: string;
  challenge?: string;
  rseq?: number;
  rack?: string;
  reason?: string;
  /** The request starts a dialog: no tag in To yet. */
  initial?: boolean;
}

/** Who is at the far end of a leg, beyond the proxy. */
export interface FarEnd {
  address: string;
  number: string;
  device: Device;
  /** Host and port in its Contact. */
  contact: string;
  mediaAddress: string;
}

/**
 * One access leg: the messages between a line's device and its proxy about one call or one message (RFC 3261). Behind a proxy the
 * far end's own headers and identifiers pass through; a B2BUA writes its own.
 */
export class Leg {
  readonly line: Line;
  readonly callId: string;
  readonly lineTag: string;
  readonly farTag: string;
  /** The device as it was when the leg began. */
  readonly device: Device;
  private readonly core: Core;
  private readonly far: FarEnd;
  private readonly through: boolean;
  private readonly target: string;
  private readonly contact: string;
  private readonly farContact: string;
  private readonly host: string;
  private readonly transport: string;
  private readonly port: number;
  private readonly session: Session;
  private readonly farSession: Session;
  private readonly farPort: number;
  private readonly asserted: string;
  private readonly from: string;
  private lineCseq: number;
  private farCseq: number;

  /**
   * @param target Request-URI of the line's own first request @param calls the line places the call
   * @param other the leg of the same call at the other line, whose identifiers a proxy passes on
   * @param presented the number that the line presents in place of its own
   */
  constructor(
    core: Core,
    line: Line,
    far: FarEnd,
    target: string,
    other: Leg | null,
    calls: boolean,
    presented: string | null = null,
  ) {
    const { random } = core;
    this.core = core;
    this.line = line;
    this.far = far;
    this.device = line.device;
    this.through = core.network.legs === 'proxy';
    this.target = target;
    this.from = presented === null ? line.address : `sip:${core.user(presented)}@${core.domain}`;
    const { access, proxy } = line;
    this.host =
      access.ownPort === 5060 && random.chance(0.3) ? access.ownAddress : `${access.ownAddress}:${access.ownPort}`;
    this.transport = line.tcp ? 'TCP' : 'UDP';
    const user = line.address.slice(4, line.address.indexOf('@'));
    this.contact = `<sip:${user}@${access.ownAddress}:${access.ownPort}${line.tcp ? ';transport=tcp' : ''}>${this.device.make.radio ? MMTEL : ''}${this.device.instance}`;
    const farAgent = calls ? null : this.through ? far.device : proxy;
    this.lineTag = this.device.tag(random);
    if (this.through && other !== null) {
      this.callId = other.callId;
      this.farTag = other.lineTag;
    } else {
      this.callId =
        farAgent === null
          ? this.device.callId(random, access.ownAddress)
          : farAgent === proxy
            ? expand(proxy.callId, random, proxy.address)
            : far.device.callId(random, far.mediaAddress);
      this.farTag = this.through ? far.device.tag(random) : expand(proxy.tag, random);
    }
    this.farContact = this.through ? `<sip:${far.contact}>` : `<sip:${far.number}@${proxy.address}:${proxy.port}>`;
    this.session = this.device.session(random);
    this.farSession = this.through
      ? far.device.session(random)
      : { ...far.device.session(random), user: '-', name: '-' };
    this.port = 2 * random.integer(5000, 32_000);
    this.farPort = 2 * random.integer(5000, 32_000);
    this.lineCseq = random.pick([1, 1, 2, 10, 20, 102, random.integer(1, 60_000)]);
    this.farCseq = random.pick([1, 1, 2, 10, 102, random.integer(1, 60_000)]);
    this.asserted = !calls && random.chance(core.network.assertedIdentity) ? `<sip:+${far.number}@${core.domain}>` : '';
  }

  /** A new transaction of the line or of the far end; of the same branch and number where it belongs to `like`. */
  transaction(fromLine: boolean, method: string, random: Random, like?: Transaction): Transaction {
    if (like !== undefined && method !== 'ACK-2xx') return { ...like, method };
    const name = method === 'ACK-2xx' ? 'ACK' : method;
    if (fromLine) {
      const cseq = like?.cseq ?? this.lineCseq++;
      return {
        fromLine,
        method: name,
        cseq,
        via: `SIP/2.0/${this.transport} ${this.host};branch=${this.device.branch(random)};rport`,
        secondVia: '',
      };
    }
    const { proxy } = this.line;
    const cseq = like?.cseq ?? this.farCseq++;
    return {
      fromLine,
      method: name,
      cseq,
      via: `SIP/2.0/${this.transport} ${proxy.address}:${proxy.port};branch=${expand(proxy.branch, random)}`,
      secondVia: this.through
        ? `SIP/2.0/UDP ${this.far.contact.slice(this.far.contact.indexOf('@') + 1)};branch=${this.far.device.branch(random)};rport`
        : '',
    };
  }

  request(of: Transaction, content: Content = {}): string {
    const { fromLine, method } = of;
    const initial = content.initial === true;
    fields[Field.via] = of.via;
    fields[Field.secondVia] = of.secondVia;
    fields[Field.maxForwards] = fromLine ? '70' : this.through ? '66' : '69';
    this.parties(of, !initial);
    const device = this.agent(fromLine, true, initial);
    const starts = method === 'INVITE' || method === 'UPDATE' || method === 'MESSAGE';
    if (method === 'INVITE' || method === 'UPDATE') fields[Field.contact] = fromLine ? this.contact : this.farContact;
    if (fromLine) {
      if (this.device.make.radio) {
        if (starts || method === 'PRACK') fields[Field.accessInfo] = this.line.whereabouts.accessInfo(this.core.now);
        if (initial) fields[Field.preferredIdentity] = `<${this.line.address}>`;
      }
      if (!initial || this.device.make.radio) fields[Field.route] = this.line.proxy.recordRoute;
    } else if (initial) {
      fields[Field.assertedIdentity] = this.asserted;
      if (this.through) fields[Field.recordRoute] = this.line.proxy.recordRoute;
    }
    if (content.rack) fields[Field.rack] = content.rack;
    if (content.reason) fields[Field.reason] = content.reason;
    if (content.authorization) fields[Field.proxyAuthorization] = content.authorization;
    const body = this.body(content, fromLine);
    const uri = initial && fromLine ? this.target : fromLine ? this.farContact.slice(1, -1) : this.contactUri();
    return render(device, `${method} ${uri} SIP/2.0`, body);
  }

  response(to: Transaction, status: number, reason: string, content: Content = {}): string {
    const fromLine = !to.fromLine;
    const { access } = this.line;
    fields[Field.via] = to.fromLine
      ? access.nat
        ? `${to.via}=${access.port};received=${access.address}`
        : to.via.slice(0, -6)
      : to.via;
    fields[Field.secondVia] = to.secondVia;
    this.parties(to, status > 100);
    const own = status >= 180 && status < 300 && (to.method === 'INVITE' || to.method === 'UPDATE');
    const style = this.agent(fromLine, false, own);
    if (own) {
      fields[Field.contact] = fromLine ? this.contact : this.farContact;
      if (this.through && to.method === 'INVITE') fields[Field.recordRoute] = this.line.proxy.recordRoute;
      if (fromLine && this.device.make.radio)
        fields[Field.accessInfo] = this.line.whereabouts.accessInfo(this.core.now);
    }
    if (content.rseq) {
      fields[Field.require] = '100rel';
      fields[Field.rseq] = String(content.rseq);
    }
    if (content.challenge) fields[Field.proxyAuthenticate] = content.challenge;
    if (content.reason) fields[Field.reason] = content.reason;
    return render(style, `SIP/2.0 ${status} ${reason}`, this.body(content, fromLine));
  }

  private contactUri(): string {
    return this.contact.slice(1, this.contact.indexOf('>'));
  }

  /** From, To, Call-ID and CSeq. */
  private parties(of: Transaction, dialog: boolean): void {
    const line = `<${this.from}>`;
    const far = `<${this.far.address}>`;
    fields[Field.from] = of.fromLine ? `${line};tag=${this.lineTag}` : `${far};tag=${this.farTag}`;
    const to = of.fromLine ? far : line;
    fields[Field.to] = dialog ? `${to};tag=${of.fromLine ? this.farTag : this.lineTag}` : to;
    fields[Field.callId] = this.callId;
    fields[Field.cseq] = `${of.cseq} ${of.method}`;
  }

  /** Who writes the message: fills in what it says of itself and gives its style. */
  private agent(fromLine: boolean, request: boolean, offers: boolean) {
    if (fromLine) {
      this.device.describe(request, offers);
      return this.device.style;
    }
    if (this.through) {
      this.far.device.describe(request, offers);
      return this.far.device.style;
    }
    const { proxy } = this.line;
    if (proxy.server !== '') fields[request ? Field.userAgent : Field.server] = proxy.server;
    if (offers) fields[Field.allow] = proxy.allow;
    return proxy.style;
  }

  private body(content: Content, fromLine: boolean): string {
    if (content.body) {
      fields[Field.contentType] = content.body[0];
      return content.body[1];
    }
    if (content.media === undefined) return '';
    fields[Field.contentType] = 'application/sdp';
    const { device } = fromLine ? this : this.far;
    return sessionDescription(
      fromLine ? this.session : this.farSession,
      device.media,
      fromLine ? this.line.access.ownAddress : this.through ? this.far.mediaAddress : this.line.proxy.address,
      fromLine ? this.port : this.farPort,
      content.version ?? 0,
      content.media,
    );
  }
}

const MMTEL = ';+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel"';

/** Digest credentials (RFC 7616, RFC 3310): numbers that look right, since nobody checks them here. */
export function credentials(line: Line, realm: string, nonce: string, uri: string, random: Random): string {
  const algorithm = line.aka ? 'AKAv1-MD5' : 'MD5';
  const count = `qop=auth,cnonce="${hex(random, 8)}",nc=00000001`;
  return `Digest username="${line.userName}",realm="${realm}",nonce="${nonce}",uri="${uri}",response="${hex(random, 32)}",algorithm=${algorithm},${count}`;
}

export function challengeText(line: Line, realm: string, nonce: string): string {
  return `Digest realm="${realm}",nonce="${nonce}",algorithm=${line.aka ? 'AKAv1-MD5' : 'MD5'},qop="auth"`;
}

import type { Random } from '../../base/random.ts';
import type { Make } from '../sip/make.ts';
import { Field, fields, type HeaderStyle, headerStyle } from '../sip/render.ts';
import { mediaLines, type Session } from '../sip/sdp.ts';
import { expand } from '../sip/shapes.ts';

/** A device: one specimen of a make. Its identifiers come from the make's patterns, whoever uses it. */
export class Device {
  readonly make: Make;
  readonly userAgent: string;
  readonly style: HeaderStyle;
  /** 14 digits, or '' where it shows none. */
  readonly imei: string;
  /** 14 digits that it has where it shows none over SIP; '': any of its model. */
  readonly hidden: string = '';
  /** Type allocation codes of its model, whether it shows an IMEI or not. */
  readonly tacs: readonly string[];
  readonly expires: number;
  readonly media: { formats: string; lines: string };
  /** `;+sip.instance=...` of its Contact, or ''. */
  readonly instance: string;
  private readonly own: string;
  private readonly check: boolean;
  private readonly sdpUser: string;
  private readonly sdpName: string;

  /** @param imei 14 digits, or '' for none shown @param tacs type allocation codes of its model */
  constructor(make: Make, random: Random, imei: string, tacs: readonly string[] = []) {
    this.make = make;
    this.tacs = tacs;
    this.userAgent = expand(make.userAgent, random);
    const extra = make.extra?.[0];
    this.own = extra?.[1] ?? '';
    this.style = headerStyle(make.order, {
      ...(make.compact ? { compact: true } : {}),
      ...(extra ? { own: extra[0] } : {}),
      ...(make.lengthPad === undefined ? {} : { lengthPad: expand(make.lengthPad, random) }),
    });
    this.imei = imei;
    this.expires = random.pick(make.expires);
    this.media = mediaLines(make.sdp);
    this.sdpUser = expand(make.sdp.user, random);
    this.sdpName = expand(make.sdp.name, random);
    this.check = random.chance(0.15);
    this.instance = instance(imei, this.check);
  }

  /** The same device with another IMEI: what a gateway does, and a phone of the same model after a swap. */
  withImei(imei: string): Device {
    return Object.assign(Object.create(Device.prototype) as Device, this, {
      imei,
      instance: instance(imei, this.check),
    });
  }

  /** The same device with the IMEI of its place in a crate, which it shows over SIP if it shows one. */
  fromCrate(imei: string): Device {
    if (this.imei !== '') return this.withImei(imei);
    return Object.assign(Object.create(Device.prototype) as Device, this, { hidden: imei });
  }

  branch(random: Random): string {
    return expand(this.make.branch, random);
  }

  tag(random: Random): string {
    return expand(this.make.tag, random);
  }

  callId(random: Random, host: string): string {
    return expand(this.make.callId, random, host);
  }

  /** A session description's lasting parts, for one call. */
  session(random: Random): Session {
    const { sdp } = this.make;
    const id = expand(sdp.id, random);
    const version =
      sdp.version === 'same' ? id : sdp.version === 'one' ? '1' : String(BigInt(id) + BigInt(random.integer(1, 900)));
    return { user: this.sdpUser, id, version, name: this.sdpName };
  }

  /** Fills in the header fields that say which device it is. */
  describe(request: boolean, offers: boolean): void {
    fields[request || !this.make.server ? Field.userAgent : Field.server] = this.userAgent;
    fields[Field.own] = this.own;
    if (offers) {
      fields[Field.allow] = this.make.allow;
      fields[Field.supported] = this.make.supported;
    }
  }
}

/** RFC 7254 §4: the last digit is spare; most phones send 0 there, some the check digit. */
function instance(imei: string, check: boolean): string {
  if (imei === '') return '';
  return `;+sip.instance="<urn:gsma:imei:${imei.slice(0, 8)}-${imei.slice(8)}-${check ? luhn(imei) : '0'}>"`;
}

/** Check digit of the first 14 digits of an IMEI (3GPP TS 23.003 Annex B). */
function luhn(digits: string): string {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(i) - 0x30;
    const weighed = i % 2 === 1 ? digit * 2 : digit;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return String((10 - (sum % 10)) % 10);
}

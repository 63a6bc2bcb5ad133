import type { Random } from '../../base/random.ts';
import { ServiceIndicator } from '../../ss7/message.ts';
import {
  encodeAssignmentComplete,
  encodeAssignmentRequest,
  encodeCipherModeCommand,
  encodeCipherModeComplete,
  encodeClearCommand,
  encodeClearComplete,
  encodeCommonId,
  encodeCompleteLayer3Information,
  encodeDtap,
  encodeHandoverPerformed,
} from '../../ss7/radio/bssap-encode.ts';
import {
  encodeAuthenticationRequest,
  encodeAuthenticationResponse,
  encodeIdentityRequest,
  encodeIdentityResponse,
  encodeTmsiReallocationCommand,
  encodeTmsiReallocationComplete,
} from '../../ss7/radio/nas-encode.ts';
import { encodeSccp } from '../../ss7/sccp/sccp-encode.ts';
import type { Mobile } from './mobile.ts';
import type { Controller, GridCell } from './nodes.ts';
import type { Ss7Values } from './parameters.ts';
import type { Script } from './script.ts';

const MS = 1000;
/** Subsystem of BSSAP (3GPP TS 48.006 §7.2). */
export const BSSAP = 254;

/** Local references (Q.713 §3.2) and transaction identifiers that are not in use. */
export class Numbers {
  private reference: number;
  private transaction: number;

  constructor(random: Random) {
    this.reference = random.integer(1, 0xff_ffff);
    this.transaction = random.uint32();
  }

  nextReference(): number {
    this.reference = this.reference >= 0xff_fffe ? 1 : this.reference + 1;
    return this.reference;
  }

  nextTransaction(): number {
    this.transaction = (this.transaction + 0x0001_0003) >>> 0;
    return this.transaction;
  }
}

/** What a phone and its exchange say to each other in one SCCP connection of the A interface. Times are microseconds. */
export class Connection {
  /** Time of the last message. */
  end: number;
  /** IMEI and IMSI that it has shown. */
  showsImei = false;
  showsImsi = false;
  private readonly script: Script;
  private readonly controller: Controller;
  private readonly mobile: Mobile;
  private cell: GridCell;
  private readonly near: number;
  private readonly far: number;
  private readonly random: Random;

  /** @param initial first message of layer 3 */
  constructor(
    script: Script,
    mobile: Mobile,
    cell: GridCell,
    numbers: Numbers,
    random: Random,
    time: number,
    initial: Buffer,
  ) {
    this.script = script;
    this.mobile = mobile;
    this.cell = cell;
    this.controller = cell.controller;
    this.random = random;
    this.near = numbers.nextReference();
    this.far = numbers.nextReference();
    this.end = time;
    const data = encodeCompleteLayer3Information({ cell, layer3: initial });
    this.put(
      time,
      true,
      encodeSccp({
        type: 'CR',
        sourceReference: this.near,
        called: { ssn: BSSAP },
        calling: { ssn: BSSAP },
        data,
      }),
    );
    this.put(
      time + random.between(2, 15) * MS,
      false,
      encodeSccp({ type: 'CC', sourceReference: this.far, destinationReference: this.near }),
    );
  }

  /** Layer 3 from the phone. @returns the time */
  up(time: number, layer3: Buffer, sapi: 0 | 3 = 0): number {
    return this.data(time, true, encodeDtap(layer3, sapi));
  }

  /** Layer 3 to the phone. */
  down(time: number, layer3: Buffer, sapi: 0 | 3 = 0): number {
    return this.data(time, false, encodeDtap(layer3, sapi));
  }

  /** BSSMAP from the controller. */
  tell(time: number, bssmap: Buffer): number {
    return this.data(time, true, bssmap);
  }

  /**
   * Authentication, ciphering with the IMEISV or without, identity, common ID, a new TMSI: what the exchange asks for in this access.
   *
   * @param asks it may ask for the IMEI @param gives it may give a TMSI: a location update does that itself
   * @returns when it is done
   */
  secure(time: number, settings: Ss7Values, asks = false, gives = true): number {
    const { random, mobile } = this;
    const { equipment, line } = mobile;
    let at = time;
    if (random.chance(settings.authenticate)) {
      at = this.down(at, encodeAuthenticationRequest({ rand: bytes(random, 16) }));
      at += authDelay(mobile, settings, random) * MS;
      at = this.up(at, encodeAuthenticationResponse({ sres: bytes(random, 4) }));
      at += random.between(8, 30) * MS;
    }
    const ciphers = gives || random.chance(0.6);
    if (ciphers) {
      at = this.data(at, false, encodeCipherModeCommand({ key: bytes(random, 8) }));
      at += random.between(90, 260) * MS;
      const asked = random.chance(settings.imeisv);
      const imeisv = equipment.imei + equipment.softwareVersion;
      at = this.data(at, true, encodeCipherModeComplete(asked ? { imeisv } : {}));
      this.showsImei ||= asked;
      at += random.between(5, 20) * MS;
    }
    if (random.chance(settings.commonId)) {
      this.data(at, false, encodeCommonId({ imsi: line.imsi }));
      this.showsImsi = true;
      at += random.between(1, 5) * MS;
    }
    if (asks && random.chance(settings.identity)) {
      at = this.down(at, encodeIdentityRequest({ identityType: 2 }));
      at = this.up(
        at + random.between(120, 300) * MS,
        encodeIdentityResponse({ identity: { imei: `${equipment.imei}0` } }),
      );
      this.showsImei = true;
      at += random.between(5, 20) * MS;
    }
    if (gives && random.chance(settings.reallocate)) {
      mobile.tmsi = newTmsi(random);
      at = this.down(at, encodeTmsiReallocationCommand({ area: this.cell, identity: { tmsi: mobile.tmsi } }));
      at = this.up(at + random.between(100, 250) * MS, encodeTmsiReallocationComplete());
      at += random.between(5, 20) * MS;
    }
    return at;
  }

  /** A speech channel. @returns when it stands */
  assign(time: number): number {
    const { random } = this;
    this.data(time, false, encodeAssignmentRequest({ cic: random.integer(1, 31) + 32 * random.integer(0, 30) }));
    return this.data(time + random.between(250, 700) * MS, true, encodeAssignmentComplete());
  }

  /** The controller moves the phone to another of its cells. */
  handOver(time: number, cell: GridCell): void {
    this.cell = cell;
    this.data(time, true, encodeHandoverPerformed({ cause: 12, cell }));
  }

  /** Clears the channel and releases the connection. @returns when it is gone */
  close(time: number): number {
    const { random, near, far } = this;
    let at = this.data(time, false, encodeClearCommand({ cause: 9 }));
    at = this.data(at + random.between(15, 80) * MS, true, encodeClearComplete());
    at += random.between(2, 10) * MS;
    this.put(at, false, encodeSccp({ type: 'RLSD', sourceReference: far, destinationReference: near, cause: 0 }));
    at += random.between(2, 15) * MS;
    this.put(at, true, encodeSccp({ type: 'RLC', sourceReference: near, destinationReference: far }));
    return at;
  }

  private data(time: number, up: boolean, data: Buffer): number {
    this.put(time, up, encodeSccp({ type: 'DT1', destinationReference: up ? this.far : this.near, data }));
    return time;
  }

  private put(time: number, up: boolean, user: Buffer): void {
    const { controller } = this;
    const { exchange } = controller;
    this.end = Math.max(this.end, time);
    this.script.add(time, controller.link, {
      fromFirst: up,
      opc: up ? controller.pointCode : exchange.pointCode,
      dpc: up ? exchange.pointCode : controller.pointCode,
      serviceIndicator: ServiceIndicator.sccp,
      // All of a connection on one link (Q.714 §1.1.2.2): in order.
      sls: this.near & 15,
      user,
    });
  }
}

/** Milliseconds from an authentication request to its answer. */
function authDelay(mobile: Mobile, { authSpread }: Ss7Values, random: Random): number {
  return Math.max(60, random.logNormal(mobile.authDelay, authSpread));
}

export function bytes(random: Random, count: number): Buffer {
  const made = Buffer.alloc(count);
  for (let i = 0; i < count; i++) made[i] = random.integer(0, 255);
  return made;
}

export function newTmsi(random: Random): number {
  // All ones is no TMSI (3GPP TS 23.003 §2.4).
  return Math.min(random.uint32(), 0xffff_fffe);
}

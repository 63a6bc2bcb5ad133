import { Random } from '../../base/random.ts';
import type { Identity } from '../../ss7/radio/nas-elements-encode.ts';
import type { Device } from '../lines/device.ts';
import type { Line } from '../lines/line.ts';
import type { GridCell } from './nodes.ts';

/** A subscriber's phone in the circuit-switched network: what the network and the phone know of each other. */
export interface Mobile {
  line: Line;
  /** Its calls go over the A interface. */
  circuit: boolean;
  equipment: Equipment;
  /** Null: it has none, and names its IMSI. */
  tmsi: number | null;
  attached: boolean;
  /** Where it is registered. */
  registered: GridCell;
  /** Where it is at a time (microseconds since the epoch). */
  place: (now: number) => GridCell;
  /** It goes about: its calls may be handed over. */
  moves: boolean;
  /** Time at which what it does now is over. */
  busyUntil: number;
  /** When it last spoke to the network. */
  last: number;
  /** Milliseconds it takes to answer an authentication, median. */
  authDelay: number;
  /** It dials `+` and the country code. */
  dialsPlus: boolean;
  camel: boolean;
  camelTerminating: boolean;
  /** Switch-ons and switch-offs so far: what was planned before the last one is void. */
  life: number;
}

/** What a phone or modem says of itself. */
export interface Equipment {
  /** 14 digits. */
  imei: string;
  softwareVersion: string;
  /** Classmark 1 (3GPP TS 24.008 §10.5.1.5) and 2 (§10.5.1.6). */
  classmark1: Buffer;
  classmark2: Buffer;
}

/** Equipment of devices: classmarks come from the model, whatever IMEI is shown. */
export class EquipmentRoom {
  private readonly seed: number;
  private readonly random: Random;
  private readonly imeis = new Map<Device, string>();
  private readonly tacs: readonly string[];

  /** @param tacs of radio modules, for devices that are no phones */
  constructor(seed: number, tacs: readonly string[]) {
    this.seed = seed;
    this.random = new Random(seed, 'equipment');
    this.tacs = tacs;
  }

  /** @param plan IMEI and type allocation code of the radio part, where the device shows none or another */
  of(device: Device, plan: { imei?: () => string; modem?: string }): Equipment {
    const modem = plan.modem ?? '';
    let imei = device.imei || device.hidden || (plan.imei?.() ?? '');
    if (imei === '') {
      const tacs = device.tacs.length > 0 ? device.tacs : this.tacs;
      imei = this.imeis.get(device) ?? this.random.pick(tacs) + this.random.digits(6);
      this.imeis.set(device, imei);
    }
    return this.shown(imei, modem);
  }

  /** Equipment that shows an IMEI. */
  shown(imei: string, modem: string): Equipment {
    const model = new Random(this.seed, `model ${modem === '' ? imei.slice(0, 8) : modem}`);
    const revision = model.pick([1, 2, 2, 2]);
    const first = (revision << 5) | (model.chance(0.75) ? 0x10 : 0) | model.pick([0, 2, 3, 3, 3, 4]);
    const second = (model.chance(0.8) ? 0x40 : 0) | (model.pick([0, 1, 1]) << 4) | 0x08 | (model.chance(0.8) ? 1 : 0);
    const third =
      (model.chance(0.85) ? 0x80 : 0) |
      (model.chance(0.3) ? 0x20 : 0) |
      (model.chance(0.3) ? 0x10 : 0) |
      (model.chance(0.2) ? 0x04 : 0) |
      model.pick([0, 1, 1, 2, 3]);
    return {
      imei,
      softwareVersion: String(model.integer(0, 98)).padStart(2, '0'),
      classmark1: Buffer.of(first),
      classmark2: Buffer.of(first, second, third),
    };
  }
}

/** How a phone names itself at its next access. */
export function identityOf(mobile: Mobile, byImsi: boolean): Identity {
  return mobile.tmsi === null || byImsi ? { imsi: mobile.line.imsi } : { tmsi: mobile.tmsi };
}

/** The TMSI that a phone named itself with, 8 hexadecimal digits; null where it named its IMSI. */
export function tmsiText(identity: Identity): string | null {
  return 'tmsi' in identity ? identity.tmsi.toString(16).padStart(8, '0') : null;
}

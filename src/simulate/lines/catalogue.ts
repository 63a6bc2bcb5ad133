import type { Random } from '../../base/random.ts';
import { inventMake } from '../sip/invent.ts';
import type { Make, MakeKind } from '../sip/make.ts';
import { MAKES } from '../sip/makes.ts';
import { Device } from './device.ts';

/** A model on sale in this run: a make and the type allocation codes its IMEIs begin with. */
export interface Model {
  make: Make;
  /** 8 digits each. */
  tacs: readonly string[];
  /** It shows its IMEI in its Contact. */
  shows: boolean;
}

/**
 * What devices there are in one run: known makes and invented ones, and, of radio devices, models with type allocation codes
 * drawn for the run, so that no code can be learnt. Everybody's devices, a gateway's too, come from here.
 */
export class Catalogue {
  private readonly random: Random;
  private readonly knownShare: number;
  private readonly known = new Map<MakeKind, Make[]>();
  private readonly invented = new Map<MakeKind, Make[]>();
  private readonly models: Record<'handset' | 'module', Model[]>;

  /** @param knownShare share of devices of known makes @param showing share of models that show their IMEI */
  constructor(knownShare: number, showing: number, random: Random) {
    this.random = random;
    this.knownShare = knownShare;
    for (const make of MAKES) {
      const list = this.known.get(make.kind);
      if (list) list.push(make);
      else this.known.set(make.kind, [make]);
    }
    for (const kind of ['handset', 'softphone', 'desk', 'adapter', 'exchange', 'module'] as const) {
      this.invented.set(
        kind,
        Array.from({ length: random.integer(3, 10) }, () => inventMake(kind, random)),
      );
    }
    const models = (kind: 'handset' | 'module', count: number): Model[] =>
      Array.from({ length: count }, () => ({
        make: this.make(kind),
        tacs: Array.from({ length: random.integer(1, 4) }, () => tac(random)),
        shows: random.chance(showing),
      }));
    this.models = {
      handset: models('handset', random.integer(25, 90)),
      module: models('module', random.integer(3, 9)),
    };
  }

  /** A make: known or invented, as often as the run says. */
  make(kind: MakeKind): Make {
    const { random } = this;
    const known = this.known.get(kind)!;
    const invented = this.invented.get(kind);
    return random.pick(invented === undefined || random.chance(this.knownShare) ? known : invented);
  }

  /** One that `wanted` says yes to, or any where none does. */
  knownMake(kind: MakeKind, wanted: (make: Make) => boolean): Make {
    const known = this.known.get(kind)!;
    const fitting = known.filter(wanted);
    return this.random.pick(fitting.length > 0 ? fitting : known);
  }

  /** A make of an exchange or box that only its owner has, or one that others have too. */
  groupMake(kind: MakeKind): Make {
    return this.random.chance(0.25) ? inventMake(kind, this.random) : this.make(kind);
  }

  /** A model of phone or radio module; a few are in many hands. */
  model(kind: 'handset' | 'module'): Model {
    const list = this.models[kind];
    return list[Math.floor(list.length * this.random.next() ** 2)]!;
  }

  /** A specimen of a model. @param shows it shows an IMEI whatever the model does */
  specimen(model: Model, shows = model.shows): Device {
    const { random } = this;
    return new Device(model.make, random, shows ? random.pick(model.tacs) + random.digits(6) : '', model.tacs);
  }

  /**
   * Specimens of a model that came in one crate, as fleets and companies buy them: their serial numbers lie close.
   *
   * @param random draws what the crate holds @returns the next one of it
   */
  crate(model: Model, random: Random): () => Device {
    const code = random.pick(model.tacs);
    let serial = random.integer(0, 900_000);
    return () => {
      serial += random.chance(0.7) ? 1 : random.integer(1, 40);
      return this.specimen(model).fromCrate(code + String(serial % 1_000_000).padStart(6, '0'));
    };
  }

  /** Of one model, each its own or from one crate. */
  fleet(model: Model, fromCrate: number, random: Random): () => Device {
    return random.chance(fromCrate) ? this.crate(model, random) : () => this.specimen(model);
  }

  /** A device without IMEI. */
  wired(make: Make): Device {
    return new Device(make, this.random, '');
  }
}

/** A type allocation code as numbering bodies give them (3GPP TS 23.003 §6.2.1): first digits of real reporting bodies. */
export function tac(random: Random): string {
  return random.pick(['35', '35', '35', '86', '86', '01']) + random.digits(6);
}

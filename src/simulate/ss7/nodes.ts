import type { Random } from '../../base/random.ts';
import type { RadioCell } from '../../ss7/radio/bssap-encode.ts';
import type { Cell } from '../lines/whereabouts.ts';
import type { Country } from '../numbering.ts';
import { type Feed, Link, type Node } from './link.ts';
import type { Ss7Values } from './parameters.ts';

/** A cell on the grid. */
export interface GridCell extends RadioCell {
  index: number;
  /** Kilometres from the corner of the grid. */
  x: number;
  y: number;
  controller: Controller;
}

/** A base station controller and its link to its exchange. */
export interface Controller extends Node {
  exchange: Exchange;
  link: Link | null;
}

/** An MSC with its VLR, or another element that speaks MAP, CAP or ISUP, and its links to the signal transfer point. */
export interface Exchange extends Node {
  map: Link | null;
  cap: Link | null;
}

/** A network outside and its trunks. */
export interface Carrier extends Node {
  link: Link | null;
  /** Circuits of the group, and when (microseconds) each is free again. */
  free: Float64Array;
  next: number;
}

const CIRCUITS = 31 * 32;

/** The elements of the circuit-switched network, its cells and the links that are tapped. */
export class Nodes {
  readonly cells: readonly GridCell[];
  /** The cells of the access network that these are. */
  readonly sources: readonly Cell[];
  readonly exchanges: readonly Exchange[];
  readonly gateway: Exchange;
  readonly serviceCentre: Exchange;
  readonly homeRegister: Node;
  readonly equipmentRegister: Node;
  readonly serviceControl: Node;
  readonly carriers: readonly Carrier[];
  private readonly width: number;
  private readonly byCell = new Map<Cell, GridCell>();
  private readonly used = new Set<number>();

  /** @param feeds of the probes that there are */
  constructor(
    settings: Ss7Values,
    home: Country,
    network: { mcc: string; mnc: string },
    cells: readonly Cell[],
    feeds: Readonly<Partial<Record<'a' | 'map' | 'cap' | 'isup', Feed>>>,
    random: Random,
  ) {
    this.sources = cells;
    const wide = settings.pointCodes === 'china';
    const prefix = home.code + home.mobile[0]![0].slice(0, 3) + random.digits(3);
    const subnet = `10.${random.integer(1, 250)}`;
    let serial = random.integer(1000, 8000);
    let host = random.integer(0, 20_000);
    const node = (name: string): Node => {
      let pointCode: number;
      do {
        pointCode = wide ? random.integer(0x01_0000, 0xfe_ffff) : random.integer(1, 16_382);
      } while (this.used.has(pointCode));
      this.used.add(pointCode);
      serial += random.integer(1, 9);
      host += random.integer(1, 40);
      const address = `${subnet}.${(host >> 8) & 255}.${1 + (host % 254)}`;
      return { name, pointCode, title: `${prefix}${String(serial).padStart(4, '0').slice(-4)}`, address };
    };
    const transfer = node('stp');
    const linked = (of: Node): Exchange => ({
      ...of,
      map: feeds.map ? new Link(feeds.map, of, transfer) : null,
      cap: feeds.cap ? new Link(feeds.cap, of, transfer) : null,
    });
    this.exchanges = Array.from({ length: settings.exchanges }, (_, i) => linked(node(`msc${i + 1}`)));
    this.gateway = linked(node('gmsc'));
    this.serviceCentre = linked(node('smsc'));
    this.homeRegister = node('hlr');
    this.equipmentRegister = node('eir');
    this.serviceControl = node('scf');
    this.carriers = Array.from({ length: settings.carriers }, (_, i) => {
      const carrier = node(`carrier${i + 1}`);
      return {
        ...carrier,
        link: feeds.isup ? new Link(feeds.isup, this.gateway, carrier) : null,
        free: new Float64Array(CIRCUITS),
        next: random.integer(0, CIRCUITS - 1),
      };
    });
    const areas = Math.ceil(cells.length / settings.areaCells);
    const controllers = Array.from({ length: areas }, (_, i): Controller => {
      const exchange = this.exchanges[Math.floor((i * settings.exchanges) / areas)]!;
      const of = node(`bsc${i + 1}`);
      return { ...of, exchange, link: feeds.a ? new Link(feeds.a, of, exchange) : null };
    });
    const firstArea = random.integer(1, 40_000);
    const step = random.integer(1, 20);
    this.width = Math.max(1, Math.round(Math.sqrt(cells.length)));
    const spacing = random.between(0.4, 4);
    const identities = new Set<string>();
    this.cells = cells.map((cell, index) => {
      const area = Math.floor(index / settings.areaCells);
      const lac = 1 + ((firstArea + area * step) % 65_530);
      let ci = cell.id & 0xffff;
      while (identities.has(`${lac} ${ci}`)) ci = (ci + 1) & 0xffff;
      identities.add(`${lac} ${ci}`);
      const made: GridCell = {
        ...network,
        lac,
        ci,
        index,
        x: spacing * ((index % this.width) + random.between(-0.3, 0.3)),
        y: spacing * (Math.floor(index / this.width) + random.between(-0.3, 0.3)),
        controller: controllers[area]!,
      };
      this.byCell.set(cell, made);
      return made;
    });
  }

  /** The cell of the radio network where a phone of the access network is. */
  at(cell: Cell): GridCell {
    return this.byCell.get(cell)!;
  }

  /** Cells beside one, at least one where there is another. */
  neighbours(of: GridCell): GridCell[] {
    const { width, cells } = this;
    const found: GridCell[] = [];
    for (const by of [-1, 1, -width, width]) {
      const cell = cells[of.index + by];
      if (cell !== undefined && cell !== of && !found.includes(cell)) found.push(cell);
    }
    return found.length > 0 ? found : [of];
  }

  /** Seizes a circuit to the network that a number belongs to, until `end`; null where all are taken. */
  circuit(number: string, now: number, random: Random): { carrier: Carrier; cic: number } | null {
    let hash = 0;
    for (let i = 0; i < number.length - 4; i++) hash = Math.imul(hash, 31) + number.charCodeAt(i);
    const carrier = this.carriers[((hash >>> 0) + (random.chance(0.1) ? 1 : 0)) % this.carriers.length]!;
    for (let tries = 0; tries < CIRCUITS; tries++) {
      const cic = carrier.next;
      carrier.next = (cic + 1) % CIRCUITS;
      // Slot 0 of each 32 carries the signalling frame.
      if (cic % 32 !== 0 && carrier.free[cic] <= now) {
        carrier.free[cic] = Number.POSITIVE_INFINITY;
        return { carrier, cic };
      }
    }
    return null;
  }
}

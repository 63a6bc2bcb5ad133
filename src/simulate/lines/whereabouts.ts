import type { Random } from '../../base/random.ts';

/** A radio cell: tracking area and cell identity (3GPP TS 23.003 §19.6). */
export interface Cell {
  area: number;
  id: number;
  /** The other cells that are heard where this one is the strongest: those of its site. */
  heard: readonly Cell[];
}

/** Radio cells of one run: each tracking area has a few dozen. @param sectors that are heard in one place */
export function makeCells(count: number, sectors: number, random: Random): Cell[] {
  const cells: Cell[] = [];
  let area = random.integer(1, 60_000);
  let node = random.integer(1, 900_000);
  for (let i = 0; i < count; i++) {
    if (random.chance(0.04)) area = (area + random.integer(1, 30)) % 65_535;
    if (random.chance(0.4)) node = (node + random.integer(1, 40)) % 1_048_575;
    cells.push({ area, id: node * 256 + random.integer(1, 24), heard: [] });
  }
  for (const [index, cell] of cells.entries()) {
    const site = index - (index % sectors);
    cell.heard = cells.slice(site, site + sectors).filter((other) => other !== cell && other.area === cell.area);
  }
  return cells;
}

/** How a line moves and what its phone says of it. */
export interface Movement {
  home: Cell;
  work: Cell;
  /** Cells it passes through. */
  others: readonly Cell[];
  /** Share of the waking day at work and on the way; the rest is home. */
  atWork: number;
  away: number;
  /** Share of its time at home that the phone is on Wi-Fi calling. */
  wifi: number;
  /** MAC address of that Wi-Fi, 12 hexadecimal digits. */
  wifiNode: string;
  /** 3GPP-E-UTRAN-FDD or another radio. */
  radio: string;
  /** It goes over these cells instead, and stays so many seconds in each. */
  walk?: { cells: readonly Cell[]; seconds: number };
  /** It stays in its cell, whatever else is heard there. */
  locked?: boolean;
}

/** How often a phone in one place may find another of the cells there the strongest, microseconds. */
const RESELECTION = 300_000_000;
/** Most of the time that one is in another cell than the strongest. */
const ASIDE = 0.5;

/** P-Access-Network-Info of a line over time (RFC 7315 §5.4). Half an hour in one place at least. */
export class Whereabouts {
  private readonly move: Movement | null;
  private readonly network: string;
  private readonly salt: number;
  private readonly localOffset: number;

  /**
   * @param move null where the device says nothing of where it is @param network MCC and MNC digits
   * @param localOffset of local time from UTC, seconds
   */
  constructor(move: Movement | null, network: string, localOffset: number, random: Random) {
    this.move = move;
    this.network = network;
    this.localOffset = localOffset;
    this.salt = random.uint32();
  }

  /** The header field's value at a time (microseconds since the epoch), or '' for none. */
  accessInfo(now: number): string {
    const { move } = this;
    if (move === null) return '';
    const place = this.placeAt(now)!;
    const block = Math.floor(now / 7_200_000_000);
    if (place === move.home && move.wifi > 0 && mix(block, this.salt ^ 0x5bd1e995) < move.wifi) {
      return `IEEE-802.11;i-wlan-node-id=${move.wifiNode}`;
    }
    const cell = this.sectorAt(place, now);
    return `${move.radio};utran-cell-id-3gpp=${this.network}${cell.area.toString(16).padStart(4, '0')}${cell.id.toString(16).padStart(7, '0')}`;
  }

  /** The cell that it is in at a time, where it is in `place`: mostly that, else one of those heard there. */
  sectorAt(place: Cell, now: number): Cell {
    const { heard } = place;
    if (heard.length === 0 || this.move?.locked === true) return place;
    const luck = mix(Math.floor(now / RESELECTION), this.salt ^ 0x6c8e9cf5) / (ASIDE * mix(this.salt, 0x3ade68b1));
    return luck < 1 ? heard[Math.floor(luck * heard.length)]! : place;
  }

  /** The strongest cell where it is at a time; null where the device says nothing of where it is. */
  placeAt(now: number): Cell | null {
    const { move } = this;
    if (move === null) return null;
    if (move.walk !== undefined) {
      const { cells, seconds } = move.walk;
      return cells[Math.floor(mix(Math.floor(now / 1e6 / seconds), this.salt) * cells.length)]!;
    }
    const slot = Math.floor(now / 1_800_000_000);
    const hour = ((((now / 1e6 + this.localOffset) % 86_400) + 86_400) % 86_400) / 3600;
    const weekday = Math.floor((now / 1e6 + this.localOffset) / 86_400 + 4) % 7;
    const luck = mix(slot, this.salt);
    const working = weekday >= 1 && weekday <= 5 && hour >= 8.5 && hour < 18;
    let cell = move.home;
    const waking = hour >= 7 && hour < 22.5;
    if (waking && luck < move.away && move.others.length > 0)
      cell = move.others[Math.floor(mix(slot, ~this.salt) * move.others.length)]!;
    else if (working && luck < move.away + move.atWork) cell = move.work;
    return cell;
  }
}

/** A number in [0, 1) from two whole numbers: the same half-hour gives the same place however often it is asked. */
function mix(a: number, b: number): number {
  let x = Math.imul(a ^ b, 0x85ebca6b) ^ Math.imul(b, 0xc2b2ae35);
  x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d);
  x = Math.imul(x ^ (x >>> 12), 0x297a2d39);
  return ((x ^ (x >>> 15)) >>> 0) / 0x1_0000_0000;
}

import type { History } from './history/history.ts';
import type { Population } from './population.ts';
import type { CellPlaces } from './references/cell-places.ts';

/** Sightings of one IMEI that are kept: one that shows more is no single device anyway. */
const MOST_SIGHTINGS = 2048;
/** Nobody travels faster, km/h; nearer than this, km, cells overlap and places are not exact. */
const FASTEST = 1000;
export const LEAST_DISTANCE = 50;

interface Sighting {
  line: string;
  time: number;
  place: number;
}

/** Where and when IMEIs that several lines show were seen, in cells whose place is known. `add` each line, then ask. */
export class Sightings {
  private readonly cells: CellPlaces;
  private readonly byImei = new Map<string, Sighting[]>();

  constructor(cells: CellPlaces) {
    this.cells = cells;
  }

  /** @param population of all lines: tells which IMEIs several of them show */
  add(history: History, population: Population): void {
    const { cells } = this;
    let lastImei = -1;
    let shared = false;
    if (history.texts('imei').length === 0 || history.texts('cell').length === 0) return;
    for (let i = 0; i < history.count; i++) {
      const imei = history.imei[i]!;
      const cell = history.cell[i]!;
      if (imei < 0 || cell < 0) continue;
      const text = history.text('imei', imei)!;
      if (imei !== lastImei) shared = population.lines('imei', text) > 1;
      lastImei = imei;
      if (!shared) continue;
      const place = cells.find(history.text('cell', cell)!);
      if (place < 0) continue;
      const known = this.byImei.get(text);
      const sighting = { line: history.line, time: history.time[i]!, place };
      if (known === undefined) this.byImei.set(text, [sighting]);
      else if (known.length < MOST_SIGHTINGS) known.push(sighting);
    }
  }

  /** Whether another line showed the IMEI so far away that nobody could have carried it there. */
  isElsewhere(imei: string, line: string, time: number, place: number): boolean {
    for (const other of this.byImei.get(imei) ?? []) {
      if (other.line === line) continue;
      const distance = this.cells.distance(place, other.place);
      if (distance >= LEAST_DISTANCE && distance > (FASTEST * Math.abs(time - other.time)) / 3600) return true;
    }
    return false;
  }
}

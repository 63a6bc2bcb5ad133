import type { History } from './history/history.ts';
import type { CellPlaces } from './references/cell-places.ts';

/** Place of each cell of the line asked for last: several features ask for the same. */
let places = new Int32Array(64);
let placesOf: History | null = null;
let placesAt = -1;
let placesIn: CellPlaces | null = null;

/** Numbers of a line's cells among those whose place is known, by code of cell; -1 where it is not. Valid until another line is asked for. */
export function knownPlaces(history: History, cells: CellPlaces): Int32Array {
  if (placesOf === history && placesAt === history.serial && placesIn === cells) return places;
  const texts = history.texts('cell');
  if (texts.length > places.length) places = new Int32Array(2 * texts.length);
  for (let cell = 0; cell < texts.length; cell++) places[cell] = cells.find(texts[cell]!);
  placesOf = history;
  placesAt = history.serial;
  placesIn = cells;
  return places;
}

import { cellText, parseCell } from '../../base/cells.ts';
import { readCsv } from './csv.ts';

/** Degrees as they are written: no hexadecimal. */
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** Mean radius of the earth, km (IUGG). */
const EARTH = 6371.0088;
const RADIANS = Math.PI / 180;

/** Where cells are. */
export class CellPlaces {
  /** Place of each cell in the arrays. */
  private readonly numbers = new Map<string, number>();
  private readonly latitudes: number[] = [];
  private readonly longitudes: number[] = [];

  /** Adds another cell. @param latitude degrees, north positive @param longitude degrees, east positive */
  add(cell: string, latitude: number, longitude: number): void {
    this.numbers.set(cell, this.numbers.size);
    this.latitudes.push(latitude);
    this.longitudes.push(longitude);
  }

  /** Number of a cell by the name events give it, `mcc-mnc-lac-cell`; -1 where it is not known. */
  find(cell: string): number {
    return this.numbers.get(cell) ?? -1;
  }

  /** Degrees north and east of a cell by its number. */
  place(number: number): { latitude: number; longitude: number } {
    return { latitude: this.latitudes[number]!, longitude: this.longitudes[number]! };
  }

  /** Great-circle distance of two cells by their numbers, km. */
  distance(a: number, b: number): number {
    if (a === b) return 0;
    const latitudeA = this.latitudes[a]! * RADIANS;
    const latitudeB = this.latitudes[b]! * RADIANS;
    const north = Math.sin((latitudeB - latitudeA) / 2);
    const east = Math.sin(((this.longitudes[b]! - this.longitudes[a]!) * RADIANS) / 2);
    return (
      2 * EARTH * Math.asin(Math.min(1, Math.sqrt(north ** 2 + Math.cos(latitudeA) * Math.cos(latitudeB) * east ** 2)))
    );
  }

  /** How far north and east of cell `from` a cell lies on a plane that touches the earth there, km. */
  offset(from: number, to: number): { north: number; east: number } {
    const latitude = this.latitudes[from]!;
    let degrees = this.longitudes[to]! - this.longitudes[from]!;
    if (degrees > 180) degrees -= 360;
    else if (degrees < -180) degrees += 360;
    return {
      north: EARTH * RADIANS * (this.latitudes[to]! - latitude),
      east: EARTH * RADIANS * Math.cos(latitude * RADIANS) * degrees,
    };
  }
}

/**
 * Reads where cells are: CSV with the columns cell (as events name it, `460-00-6151-1`), lat and lon (degrees, WGS 84).
 *
 * @throws UserError naming file, row and column, or two rows that put one cell in different places
 */
export async function readCellPlaces(path: string): Promise<CellPlaces> {
  const places = new CellPlaces();
  /** By number of the cell: the row that it was given in. */
  const rows: number[] = [];
  await readCsv(path, '--cells', ['cell', 'lat', 'lon'], ['site'], (row) => {
    const cell = parseCell(row.text('cell'));
    if (cell === null) throw row.wrong('cell', 'a cell such as 460-00-6151-1');
    const degrees = (column: 'lat' | 'lon', most: number): number => {
      const text = row.text(column);
      const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
      if (!(Math.abs(value) <= most)) throw row.wrong(column, `degrees from -${most} to ${most}`);
      return value;
    };
    const [latitude, longitude] = [degrees('lat', 90), degrees('lon', 180)];
    const known = places.find(cellText(cell));
    if (known >= 0) {
      const place = places.place(known);
      if (place.latitude !== latitude || place.longitude !== longitude) throw row.contradicts('cell', rows[known]!);
      return;
    }
    rows.push(row.line);
    places.add(cellText(cell), latitude, longitude);
  });
  return places;
}

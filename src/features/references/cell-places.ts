import { readCsv } from './csv.ts';

/** Mean radius of the earth, km (IUGG). */
const EARTH = 6371.0088;
const RADIANS = Math.PI / 180;

/** Where cells are. */
export class CellPlaces {
  /** Place of each cell in the arrays. */
  private readonly numbers = new Map<string, number>();
  private readonly latitudes: number[] = [];
  private readonly longitudes: number[] = [];

  /** @param latitude degrees, north positive @param longitude degrees, east positive */
  add(cell: string, latitude: number, longitude: number): void {
    const number = this.numbers.get(cell) ?? this.numbers.size;
    this.numbers.set(cell, number);
    this.latitudes[number] = latitude;
    this.longitudes[number] = longitude;
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
 * @throws UserError naming file, row and column
 */
export async function readCellPlaces(path: string): Promise<CellPlaces> {
  const places = new CellPlaces();
  await readCsv(path, '--cells', ['cell', 'lat', 'lon'], ['site'], (row) => {
    const cell = row.text('cell');
    if (!/^[\w-]+$/.test(cell)) throw row.wrong('cell', 'a cell such as 460-00-6151-1');
    const degrees = (column: 'lat' | 'lon', most: number): number => {
      const text = row.text(column);
      const value = Number(text);
      if (text === '' || !(Math.abs(value) <= most)) throw row.wrong(column, `degrees from -${most} to ${most}`);
      return value;
    };
    places.add(cell, degrees('lat', 90), degrees('lon', 180));
  });
  return places;
}

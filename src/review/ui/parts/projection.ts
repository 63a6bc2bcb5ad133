/** Mean radius of the earth, km (IUGG). */
const EARTH = 6371.0088;
const RADIANS = Math.PI / 180;
/** Km of a degree of latitude. */
const DEGREE = EARTH * RADIANS;
/** A map shows at least so many km across: one cell is no reason to count metres. */
const LEAST_KM = 2;
/** Part of the drawing that stays free at each edge. */
const EDGE = 0.12;

export interface Place {
  latitude: number;
  longitude: number;
}

/** A line of equal latitude or longitude: where it runs on the drawing, and what it is called. */
export interface GraticuleLine {
  at: number;
  degrees: number;
}

/** Places on a plane: equal distances along the parallel in the middle, north up. */
export interface Projection {
  /** Pixels of a place. */
  x: (place: Place) => number;
  y: (place: Place) => number;
  /** Places behind the point that degrees of the graticule need. */
  digits: number;
  meridians: GraticuleLine[];
  parallels: GraticuleLine[];
  /** A round distance along the middle parallel, and how long it is drawn. */
  scale: { km: number; pixels: number };
}

/**
 * Lays places out on a drawing so that all of them are on it: the equirectangular projection about their middle.
 *
 * @param places at least one, degrees (WGS 84)
 * @param width pixels
 * @param height pixels
 */
export function projectionOf(places: readonly Place[], width: number, height: number): Projection {
  const west = westOf(places);
  const south = Math.min(...places.map(({ latitude }) => latitude));
  const north = Math.max(...places.map(({ latitude }) => latitude));
  const middle = (south + north) / 2;
  const east = Math.max(...places.map(({ longitude }) => turn(longitude - west)));
  // Degrees east of the westernmost place: a network on both sides of the date line is not torn apart.
  const eastOf = ({ longitude }: Place): number => turn(longitude - west - east / 2 + 180) - 180 + east / 2;
  const shrink = Math.max(0.01, Math.cos(middle * RADIANS));
  const free = 1 - 2 * EDGE;
  const pixelsPerKm = Math.min(
    (width * free) / Math.max(LEAST_KM, east * DEGREE * shrink),
    (height * free) / Math.max(LEAST_KM, (north - south) * DEGREE),
  );
  const perLatitude = pixelsPerKm * DEGREE;
  const perLongitude = perLatitude * shrink;
  const x = (degreesEast: number): number => width / 2 + (degreesEast - east / 2) * perLongitude;
  const y = (latitude: number): number => height / 2 - (latitude - middle) * perLatitude;
  const apart = Math.min(width, height) / 2.5;
  const stepEast = roundAbove(apart / perLongitude);
  const stepNorth = roundAbove(apart / perLatitude);
  const lines = (from: number, until: number, step: number): number[] => {
    const first = Math.ceil(from / step);
    return Array.from({ length: Math.max(0, Math.floor(until / step) - first + 1) }, (_, i) => (first + i) * step);
  };
  const half = Math.min(180, width / 2 / perLongitude);
  return {
    x: (place) => x(eastOf(place)),
    y: ({ latitude }) => y(latitude),
    digits: Math.max(0, -Math.floor(Math.log10(Math.min(stepEast, stepNorth)) + 1e-9)),
    meridians: lines(west + east / 2 - half, west + east / 2 + half, stepEast).map((degrees) => ({
      at: x(degrees - west),
      degrees: turn(degrees + 180) - 180,
    })),
    parallels: lines(
      Math.max(-90, middle - height / 2 / perLatitude),
      Math.min(90, middle + height / 2 / perLatitude),
      stepNorth,
    ).map((degrees) => ({ at: y(degrees), degrees })),
    scale: scaleOf(pixelsPerKm, width),
  };
}

/** The longitude that the widest gap between places ends at. */
function westOf(places: readonly Place[]): number {
  const sorted = places.map(({ longitude }) => longitude).sort((a, b) => a - b);
  let west = sorted[0]!;
  let widest = turn(west - sorted.at(-1)!) || 360;
  for (let i = 1; i < sorted.length; i++) {
    const gap = sorted[i]! - sorted[i - 1]!;
    if (gap > widest) {
      widest = gap;
      west = sorted[i]!;
    }
  }
  return west;
}

/** Degrees from 0 up to 360. */
function turn(degrees: number): number {
  return ((degrees % 360) + 360) % 360;
}

function scaleOf(pixelsPerKm: number, width: number): Projection['scale'] {
  const km = roundBelow(width / 4 / pixelsPerKm);
  return { km, pixels: km * pixelsPerKm };
}

/** The next of 1, 2, 5 times a power of ten at or above a number. */
function roundAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 5, 10].find((one) => one * power >= value * (1 - 1e-9))!;
  return Number((factor * power).toPrecision(1));
}

/** The next at or below it. */
function roundBelow(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [5, 2, 1].find((one) => one * power <= value * (1 + 1e-9)) ?? 1;
  return Number((factor * power).toPrecision(1));
}

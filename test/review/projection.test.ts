import { describe, expect, it } from 'vitest';
import { CellPlaces } from '../../src/features/references/cell-places.ts';
import { type Place, projectionOf } from '../../src/review/ui/parts/projection.ts';

const WIDTH = 500;
const HEIGHT = 200;
const CHENGDU: readonly Place[] = [
  { latitude: 30.65, longitude: 104.06 },
  { latitude: 30.7, longitude: 104.2 },
  { latitude: 30.58, longitude: 103.98 },
];

describe('the map of cells', () => {
  it('is true to distance within a city: as far apart as the great circle says', () => {
    const plane = projectionOf(CHENGDU, WIDTH, HEIGHT);
    const places = new CellPlaces();
    for (const [at, { latitude, longitude }] of CHENGDU.entries()) places.add(String(at), latitude, longitude);
    const perKm = plane.scale.pixels / plane.scale.km;
    for (const [a, b] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const) {
      const [one, other] = [CHENGDU[a]!, CHENGDU[b]!];
      const drawn = Math.hypot(plane.x(one) - plane.x(other), plane.y(one) - plane.y(other)) / perKm;
      expect(drawn / places.distance(a, b)).toBeCloseTo(1, 2);
    }
  });

  it.each([
    ['one place', CHENGDU.slice(0, 1)],
    ['a city', CHENGDU],
    [
      'both sides of the date line',
      [
        { latitude: -17, longitude: 179.5 },
        { latitude: -16, longitude: -179.5 },
      ],
    ],
    [
      'the whole world',
      [
        { latitude: 64, longitude: -150 },
        { latitude: -40, longitude: 170 },
        { latitude: 0, longitude: 10 },
      ],
    ],
    [
      'a pole',
      [
        { latitude: 90, longitude: 0 },
        { latitude: 89, longitude: 90 },
      ],
    ],
  ] as [string, Place[]][])('shows all of %s, east to the right and north up', (_, places) => {
    const plane = projectionOf(places, WIDTH, HEIGHT);
    for (const place of places) {
      expect(plane.x(place)).toBeGreaterThan(0);
      expect(plane.x(place)).toBeLessThan(WIDTH);
      expect(plane.y(place)).toBeGreaterThan(0);
      expect(plane.y(place)).toBeLessThan(HEIGHT);
    }
    const [first] = places as [Place];
    expect(plane.x({ ...first, longitude: first.longitude + 1e-4 })).toBeGreaterThan(plane.x(first));
    expect(plane.y({ ...first, latitude: first.latitude + 1e-4 })).toBeLessThan(plane.y(first));
    expect(plane.meridians.length + plane.parallels.length).toBeLessThan(30);
  });

  it('has a graticule of round degrees, each line where its degrees are', () => {
    const plane = projectionOf(CHENGDU, WIDTH, HEIGHT);
    expect(plane.digits).toBe(1);
    for (const { degrees } of [...plane.meridians, ...plane.parallels])
      expect(Number(degrees.toFixed(plane.digits))).toBeCloseTo(degrees, 9);
    expect(plane.meridians.length).toBeGreaterThan(1);
    expect(plane.parallels.length).toBeGreaterThan(1);
    for (const { at, degrees } of plane.meridians)
      expect(plane.x({ latitude: 30.6, longitude: degrees })).toBeCloseTo(at);
    for (const { at, degrees } of plane.parallels)
      expect(plane.y({ latitude: degrees, longitude: 104 })).toBeCloseTo(at);
  });

  it('goes on over the date line with the longitudes that are there', () => {
    const { meridians } = projectionOf(
      [
        { latitude: -17, longitude: 179.5 },
        { latitude: -16, longitude: -179.5 },
      ],
      WIDTH,
      HEIGHT,
    );
    expect(meridians.some(({ degrees }) => degrees > 170)).toBe(true);
    expect(meridians.some(({ degrees }) => degrees < -170)).toBe(true);
    expect(meridians.every(({ degrees }) => degrees >= -180 && degrees < 180)).toBe(true);
  });

  it('has a round scale, no longer than a quarter of it', () => {
    const { scale } = projectionOf(CHENGDU, WIDTH, HEIGHT);
    expect(String(scale.km)).toMatch(/^[125]0*$/);
    expect(scale.pixels).toBeLessThanOrEqual(WIDTH / 4);
    expect(scale.pixels).toBeGreaterThan(WIDTH / 12);
  });
});

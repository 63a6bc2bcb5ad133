import { useSpeech } from '../words/words.tsx';
import { useWidth } from './figure.tsx';
import { type Place, projectionOf } from './projection.ts';

/** Markers closer than this are one, pixels. */
const NEAR = 16;
/** Radius of the smallest marker and of the largest, pixels. */
const RADII = [5, 15] as const;

export interface MapPoint {
  /** A cell. */
  name: string;
  place: Place;
  /** What its marker is as large as. */
  weight: number;
  strong: boolean;
  /** Beside the marker; of several cells in one place, each once. */
  labels: readonly string[];
}

interface Marker {
  x: number;
  y: number;
  points: MapPoint[];
}

/** Cells where they stand: north up, with degrees and a scale. There are no tiles: the desk asks nobody for them. */
export function PlaceMap({
  points,
  height,
  label,
  say,
}: {
  points: readonly MapPoint[];
  height: number;
  /** What the map shows, in words. */
  label: string;
  /** A weight in words. */
  say: (weight: number) => string;
}) {
  const { t, format } = useSpeech();
  const [box, width] = useWidth<HTMLDivElement>();
  const drawing = () => {
    const plane = projectionOf(
      points.map(({ place }) => place),
      width,
      height,
    );
    const markers = gathered(points, plane);
    const most = Math.max(1, ...markers.map((marker) => weightOf(marker)));
    const degrees = (value: number) => Math.abs(value).toFixed(plane.digits);
    const { km, pixels } = plane.scale;
    return (
      <svg width={width} height={height} aria-hidden="true" className="place-map">
        {plane.meridians.map((line) => (
          <g key={line.degrees}>
            <line className="graticule" x1={line.at} x2={line.at} y1={0} y2={height} />
            {line.at > 30 && line.at < width - 30 && (
              <text x={line.at} y={12} textAnchor="middle">
                {t.map.degrees(degrees(line.degrees), line.degrees < 0 ? 'W' : 'E')}
              </text>
            )}
          </g>
        ))}
        {plane.parallels.map((line) => (
          <g key={line.degrees}>
            <line className="graticule" x1={0} x2={width} y1={line.at} y2={line.at} />
            {line.at > 30 && line.at < height - 24 && (
              <text x={4} y={line.at - 4}>
                {t.map.degrees(degrees(line.degrees), line.degrees < 0 ? 'S' : 'N')}
              </text>
            )}
          </g>
        ))}
        {markers.map((marker) => {
          const weight = weightOf(marker);
          const radius = RADII[0] + (RADII[1] - RADII[0]) * Math.sqrt(weight / most);
          const isLeft = marker.x < width * 0.7;
          return (
            <g key={marker.points[0]!.name} className={marker.points.some(({ strong }) => strong) ? 'strong' : ''}>
              <circle cx={marker.x} cy={marker.y} r={radius}>
                <title>{`${marker.points.map(({ name }) => name).join(', ')}: ${say(weight)}`}</title>
              </circle>
              <text
                className="marker-label"
                x={marker.x + (isLeft ? radius + 4 : -radius - 4)}
                y={marker.y + 4}
                textAnchor={isLeft ? 'start' : 'end'}
              >
                {[...new Set(marker.points.flatMap(({ labels }) => labels))].join(' ')}
              </text>
            </g>
          );
        })}
        <g className="scale" transform={`translate(${width - pixels - 10} ${height - 8})`}>
          <path d={`M0,-5V0H${pixels}V-5`} />
          <text x={pixels / 2} y={-8} textAnchor="middle">
            {km < 1 ? `${format.number(km * 1000)} m` : `${format.number(km)} km`}
          </text>
        </g>
      </svg>
    );
  };
  return (
    <div ref={box} className="figure" role="img" aria-label={label} style={{ minHeight: height }}>
      {width > 0 && points.length > 0 && drawing()}
    </div>
  );
}

function weightOf({ points }: Marker): number {
  return points.reduce((sum, { weight }) => sum + weight, 0);
}

/** Cells of one mast, and those that cannot be told apart on the drawing, share a marker. */
function gathered(points: readonly MapPoint[], plane: ReturnType<typeof projectionOf>): Marker[] {
  const markers: Marker[] = [];
  for (const point of [...points].sort((a, b) => b.weight - a.weight)) {
    const x = plane.x(point.place);
    const y = plane.y(point.place);
    const near = markers.find((marker) => Math.hypot(marker.x - x, marker.y - y) < NEAR);
    if (near === undefined) markers.push({ x, y, points: [point] });
    else near.points.push(point);
  }
  return markers;
}

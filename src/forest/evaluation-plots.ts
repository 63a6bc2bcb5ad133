import type { Evaluation } from './evaluate.ts';

const WIDTH = 420;
const HEIGHT = 220;
const LEFT = 40;
const BOTTOM = 30;

/** Histograms of scores and the reliability of probabilities, as SVG within figures. */
export function svgPlots({ reliability, histogram }: Evaluation): string[] {
  return [
    `<figure><figcaption>Lines by raw score (logarithmic)</figcaption>${histogramSvg(histogram)}</figure>`,
    `<figure><figcaption>Probability said against share of gateways</figcaption>${reliabilitySvg(reliability)}</figure>`,
  ];
}

function histogramSvg({ ordinary, gateway }: Evaluation['histogram']): string {
  const most = Math.log1p(Math.max(1, ...ordinary, ...gateway));
  const step = (WIDTH - LEFT) / ordinary.length;
  const bars = (counts: readonly number[], colour: string, shift: number): string =>
    counts
      .map((count, bin) => {
        const height = (Math.log1p(count) / most) * (HEIGHT - BOTTOM - 10);
        return `<rect x="${(LEFT + bin * step + shift).toFixed(1)}" y="${(HEIGHT - BOTTOM - height).toFixed(1)}" width="${(step / 2 - 1).toFixed(1)}" height="${height.toFixed(1)}" fill="${colour}"><title>${count}</title></rect>`;
      })
      .join('');
  return `<svg role="img" aria-label="histogram of scores" width="${WIDTH}" height="${HEIGHT}">${bars(ordinary, '#3b7dd8', 0)}${bars(gateway, '#d8573b', step / 2)}${axis('0', '1', 'raw score: ordinary blue, gateway red')}</svg>`;
}

function reliabilitySvg(bins: Evaluation['reliability']): string {
  const x = (value: number): string => (LEFT + value * (WIDTH - LEFT - 10)).toFixed(1);
  const y = (value: number): string => (HEIGHT - BOTTOM - value * (HEIGHT - BOTTOM - 10)).toFixed(1);
  const points = bins.map(
    ({ said, was, rows }) =>
      `<circle cx="${x(said)}" cy="${y(was)}" r="5" fill="#d8573b"><title>${rows} lines</title></circle>`,
  );
  return `<svg role="img" aria-label="reliability of probabilities" width="${WIDTH}" height="${HEIGHT}"><line x1="${x(0)}" y1="${y(0)}" x2="${x(1)}" y2="${y(1)}" stroke="#999" stroke-dasharray="4"/>${points.join('')}${axis('0', '1', 'probability said')}</svg>`;
}

function axis(from: string, to: string, name: string): string {
  const at = HEIGHT - BOTTOM;
  return `<line x1="${LEFT}" y1="${at}" x2="${WIDTH}" y2="${at}" stroke="#999"/><text x="${LEFT}" y="${at + 15}" font-size="11" fill="currentColor">${from}</text><text x="${WIDTH - 10}" y="${at + 15}" font-size="11" fill="currentColor">${to}</text><text x="${WIDTH / 2 - 60}" y="${at + 27}" font-size="11" fill="currentColor">${name}</text>`;
}

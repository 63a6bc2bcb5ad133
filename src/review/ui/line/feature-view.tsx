import * as Plot from '@observablehq/plot';
import { useCallback } from 'react';
import type { Reply } from '../../server/api.ts';
import { Figure } from '../parts/figure.tsx';
import { useSpeech } from '../words/words.tsx';

type Feature = Reply<'features'>['features'][number];
type Spread = NonNullable<Feature['ordinary']>;

const STEPS = { x: 'value', y: 'share', curve: 'step-after', strokeWidth: 2 } as const;

function stepsOf(spread: Spread | null): { value: number; share: number }[] {
  return spread === null ? [] : spread.values.map((value, at) => ({ value, share: spread.at_most[at]! }));
}

/** Marks of a logarithmic axis that leave each other room: 0, 1, 3, 10, 30... */
function longTicks(most: number): number[] {
  const ticks = [0];
  for (let at = 1; at <= most; at *= 10) ticks.push(at, ...(3 * at <= most ? [3 * at] : []));
  return ticks.length <= 9 ? ticks : ticks.filter((_, index) => index % 2 < 1 || index === 0);
}

/** One feature: how ordinary lines and those of gateways spread, where this line stands, and where it stood before. */
export function FeatureView({ feature }: { feature: Feature }) {
  const { t, format } = useSpeech();
  const { value, past } = feature;
  const unit = t.line.units[feature.unit] ?? feature.unit;
  const drawPopulation = useCallback((): Plot.PlotOptions => {
    const steps = [...stepsOf(feature.ordinary), ...stepsOf(feature.gateway)];
    const all = [...steps.map((step) => step.value), ...(value === null ? [] : [value])];
    const least = Math.min(...all);
    const most = Math.max(...all);
    const isLong = least >= 0 && feature.ordinary?.median != null && most > 50 * Math.max(feature.ordinary.median, 0.1);
    return {
      marginLeft: 44,
      marginTop: 18,
      x: {
        label: `${t.line.value}${unit === '' ? '' : ` (${unit})`}`,
        type: isLong ? 'symlog' : 'linear',
        ticks: isLong ? longTicks(most) : 6,
      },
      y: { label: t.line.share, domain: [0, 1], tickFormat: '%', ticks: 5, grid: true },
      marks: [
        Plot.line(stepsOf(feature.ordinary), { ...STEPS, stroke: 'var(--accent)' }),
        Plot.line(stepsOf(feature.gateway), { ...STEPS, stroke: 'var(--strong)', strokeDasharray: '5 3' }),
        ...(value === null
          ? []
          : [
              Plot.ruleX([value], { stroke: 'var(--text)', strokeWidth: 2.5 }),
              Plot.text([value], {
                x: (one: number) => one,
                frameAnchor: 'top',
                dy: -10,
                text: () => t.line.thisLine,
                fill: 'var(--text)',
                fontWeight: 'bold',
              }),
            ]),
      ],
    };
  }, [feature, value, unit, t]);
  const pastSpan = ((past.at(-1)?.until ?? 0) - (past[0]?.until ?? 0)) * 1000;
  const drawPast = useCallback(
    (): Plot.PlotOptions => ({
      marginLeft: 44,
      x: { type: 'time', label: null, ticks: 4, tickFormat: (at: Date) => format.tick(at.getTime(), pastSpan) },
      y: { label: unit === '' ? null : unit, ticks: 4, grid: true, zero: true },
      marks: [
        Plot.lineY(past, {
          x: (one: Feature['past'][number]) => new Date(one.until * 1000),
          y: 'value',
          stroke: 'var(--accent)',
        }),
        Plot.dot(past, {
          x: (one: Feature['past'][number]) => new Date(one.until * 1000),
          y: 'value',
          fill: 'var(--text)',
          r: 3,
        }),
      ],
    }),
    [past, unit, format, pastSpan],
  );
  const isSo = feature.unit === 'yes/no' && value !== null ? t.line.isSo[value] : undefined;
  const said = value === null ? t.none : (isSo ?? `${format.number(value)} ${unit}`);
  const isKnown = past.filter((one) => one.value !== null).length > 1;
  return (
    <>
      <p className="legend">
        <strong>
          {t.line.thisLine}: {said}
        </strong>
        <span className="key key-ordinary">{t.line.ordinary}</span>
        <span className="key key-gateway">{t.line.gatewayLines}</span>
        {feature.rarity !== null && <span>{t.line.rarity(format.percent(feature.rarity))}</span>}
        {feature.ordinary !== null && feature.ordinary.missing > 0 && (
          <span>
            {t.line.ordinary}: {t.line.missingShare(format.percent(feature.ordinary.missing))}
          </span>
        )}
      </p>
      {feature.ordinary !== null && (
        <Figure label={t.line.populationPlot(feature.name, said)} height={210} draw={drawPopulation} />
      )}
      {isKnown && (
        <>
          <h3>{t.line.ownPast}</h3>
          <Figure label={t.line.ownPastPlot(feature.name)} height={110} draw={drawPast} />
        </>
      )}
    </>
  );
}

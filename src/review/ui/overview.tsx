import * as Plot from '@observablehq/plot';
import { useCallback, useEffect } from 'react';
import type { Reply } from '../server/api.ts';
import { CaseTable } from './case/cases-page.tsx';
import type { Waiting as Wait } from './kinds.ts';
import { Figure } from './parts/figure.tsx';
import { PlaceMap } from './parts/map.tsx';
import { Head, Nothing, Panel, TableBox, Waiting } from './parts/parts.tsx';
import { Link } from './router.tsx';
import { useReply } from './use-reply.ts';
import { useSpeech } from './words/words.tsx';

type Overview = Reply<'overview'>;

const LEADS_TO: Readonly<Record<Wait, string>> = {
  lead: '/cases?state=lead',
  review: '/cases?state=review',
  approval: '/cases?pending=mine',
  objection: '/cases?state=objection',
  order: '/lists/orders?state=ready',
  refused: '/lists/orders?state=refused',
};

/** Feeds of a large store are asked for again after this long, ms. */
const SUMMING_MS = 3000;

/** The desk at a glance. */
export function OverviewPage() {
  const { t, format } = useSpeech();
  const answer = useReply('overview', {}, ({ kind }) => kind !== 'upload' && kind !== 'arriving');
  const { data, again } = answer;
  // Without a run there is no number yet, not even 0.
  const marked = (lines: number): string => (data === null || data.run === null ? '–' : format.number(lines));
  const isSumming = data !== null && data.feeds === null;
  useEffect(() => {
    if (!isSumming) return;
    const timer = setTimeout(again, SUMMING_MS);
    return () => clearTimeout(timer);
  });
  return (
    <>
      <header className="page-head">
        <h1>{t.overview.title}</h1>
        {data?.run && (
          <p className="hint">
            {format.time(data.run.from * 1000)} – {format.time(data.run.until * 1000)}
          </p>
        )}
      </header>
      <Waiting answer={answer} />
      {data !== null && (
        <>
          <ul className="figures">
            <Count name={t.overview.strong} value={marked(data.tiers.strong)} to="/queue?q=tier%3Astrong" />
            <Count name={t.overview.suspect} value={marked(data.tiers.suspect)} to="/queue?q=tier%3Asuspect" />
            <Count name={t.overview.lines} value={format.number(data.lines)} to="/queue" />
            {data.waiting
              .filter(({ cases }) => cases > 0)
              .map(({ role, what, cases }) => (
                <Count
                  key={what}
                  name={`${t.overview.waits[what]} · ${t.roles[role]}`}
                  value={format.number(cases)}
                  to={LEADS_TO[what]}
                />
              ))}
          </ul>
          <div className="columns">
            <History history={data.history} />
            <Cells cells={data.cells} />
          </div>
          <Panel title={t.overview.clocks}>
            {data.clocks.length === 0 ? (
              <Nothing>{t.overview.noClocks}</Nothing>
            ) : (
              <CaseTable cases={data.clocks.map((one) => one.case)} />
            )}
          </Panel>
          <Feeds feeds={data.feeds} />
          <ModelPanel overview={data} />
        </>
      )}
    </>
  );
}

function Count({ name, value, to }: { name: string; value: string; to: string }) {
  return (
    <li>
      <Link to={to}>
        <strong>{value}</strong> <span>{name}</span>
      </Link>
    </li>
  );
}

function History({ history }: { history: Overview['history'] }) {
  const { t, format } = useSpeech();
  const draw = useCallback((): Plot.PlotOptions => {
    const from = (history[0]?.from ?? 0) * 1000;
    const until = (history.at(-1)?.until ?? 1) * 1000;
    const points = history.flatMap((run) => [
      { at: new Date(run.until * 1000), lines: run.strong, tier: 'strong' },
      { at: new Date(run.until * 1000), lines: run.suspect, tier: 'suspect' },
    ]);
    const colour = ({ tier }: (typeof points)[number]) => (tier === 'strong' ? 'var(--strong)' : 'var(--suspect)');
    return {
      marginLeft: 40,
      marginRight: 24,
      x: {
        type: 'time',
        label: null,
        ticks: 4,
        domain: [new Date(from), new Date(until)],
        tickFormat: (at: Date) => format.tick(at.getTime(), until - from),
      },
      y: { label: t.fields.lines, grid: true, ticks: 4, zero: true },
      marks: [
        Plot.line(points, { x: 'at', y: 'lines', z: 'tier', stroke: colour, strokeWidth: 2 }),
        // Both may be as many: they stand side by side.
        ...(['strong', 'suspect'] as const).map((tier, index) =>
          Plot.dot(
            points.filter((point) => point.tier === tier),
            {
              x: 'at',
              y: 'lines',
              dx: 8 * index - 4,
              fill: colour,
              symbol: tier === 'strong' ? 'triangle' : 'diamond',
            },
          ),
        ),
      ],
    };
  }, [history, t, format]);
  return (
    <Panel title={t.overview.history}>
      <p className="legend">
        <span className="tier-strong">▲ {t.tiers.strong}</span>
        <span className="tier-suspect">◆ {t.tiers.suspect}</span>
      </p>
      {history.length === 0 ? (
        <Nothing>{t.overview.noRun}</Nothing>
      ) : (
        <Figure label={t.overview.historyPlot(history.length)} height={180} draw={draw} />
      )}
    </Panel>
  );
}

/** Where marked lines are: on a map as far as cells have a place, else by the plan of the network. */
function Cells({ cells }: { cells: Overview['cells'] }) {
  const { t } = useSpeech();
  const placed = cells.filter(({ place }) => place !== null).length;
  return (
    <Panel title={t.overview.cells}>
      {cells.length === 0 ? (
        <Nothing>{t.nothing}</Nothing>
      ) : (
        <>
          {placed > 0 ? <CellMap cells={cells} /> : <CellPlane cells={cells} />}
          {placed > 0 && placed < cells.length && <p className="hint">{t.map.without(cells.length - placed)}</p>}
          <ul className="plain-list">
            {cells.slice(0, 5).map(({ cell, suspect, strong, gateways }) => (
              <li key={cell}>
                <Link to={`/queue?${new URLSearchParams({ q: `cell:${cell}` })}`}>{cell}</Link> ▲ {strong} ◆ {suspect}{' '}
                {gateways.map((gateway) => (
                  <Link key={gateway} to={`/gateways/${gateway}`}>
                    #{gateway}{' '}
                  </Link>
                ))}
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  );
}

function CellMap({ cells }: { cells: Overview['cells'] }) {
  const { t } = useSpeech();
  const points = cells.flatMap(({ cell, place, suspect, strong, gateways }) =>
    place === null
      ? []
      : [
          {
            name: cell,
            place,
            weight: suspect + strong,
            strong: strong > 0,
            labels: [
              [
                ...gateways.map((one) => `#${one}`),
                ...(strong > 0 ? [`▲ ${strong}`] : []),
                ...(suspect > 0 ? [`◆ ${suspect}`] : []),
              ].join(' '),
            ],
          },
        ],
  );
  return <PlaceMap points={points} height={200} label={t.overview.cellsPlot(points.length)} say={t.lines} />;
}

/** Cells by location area and cell number: neighbours in the plan of the network stand together. */
function CellPlane({ cells }: { cells: Overview['cells'] }) {
  const { t } = useSpeech();
  const draw = useCallback((): Plot.PlotOptions => {
    const points = cells.map(({ cell, suspect, strong }) => {
      const parts = cell.split('-');
      return { cell, area: parts.at(-2) ?? '', number: parts.at(-1) ?? '', lines: suspect + strong, strong };
    });
    return {
      marginLeft: 60,
      marginBottom: 36,
      marginTop: 34,
      x: { type: 'point', label: t.overview.cellNumber },
      y: { type: 'point', label: t.overview.area },
      r: { range: [3, 18] },
      marks: [
        Plot.dot(points, {
          x: 'number',
          y: 'area',
          r: 'lines',
          fill: (point: (typeof points)[number]) => (point.strong > 0 ? 'var(--strong)' : 'var(--suspect)'),
          fillOpacity: 0.7,
          title: (point: (typeof points)[number]) => `${point.cell}: ${t.lines(point.lines)}`,
        }),
        Plot.text(points, { x: 'number', y: 'area', text: 'lines', fill: 'var(--text)', dy: -26 }),
      ],
    };
  }, [cells, t]);
  return <Figure label={t.overview.cellsPlot(cells.length)} height={170} draw={draw} />;
}

function Feeds({ feeds }: { feeds: Overview['feeds'] }) {
  const { t, format } = useSpeech();
  const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((all, one) => all + one, 0);
  if (feeds === null)
    return (
      <Panel title={t.overview.feeds}>
        <Nothing>{t.overview.summing}</Nothing>
      </Panel>
    );
  return (
    <Panel title={t.overview.feeds}>
      <TableBox label={t.overview.feeds}>
        <Head
          columns={[
            t.fields.feed,
            t.fields.captures,
            t.fields.last,
            t.fields.messages,
            t.fields.anomalies,
            t.overview.encrypted,
            t.overview.cut,
          ]}
        />
        <tbody>
          {feeds.map((feed) => (
            <tr key={feed.feed}>
              <td>
                <bdi>{feed.feed}</bdi>
              </td>
              <td className="number">{format.number(feed.captures)}</td>
              <td className="soft">{feed.last === null ? '' : format.time(feed.last * 1000)}</td>
              <td className="soft">
                {Object.entries(feed.messages)
                  .filter(([, count]) => count > 0)
                  .map(([protocol, count]) => `${protocol} ${format.number(count)}`)
                  .join(' · ')}
              </td>
              <td className="number" title={Object.keys(feed.anomalies).join(', ')}>
                {format.number(sum(feed.anomalies))}
              </td>
              <td className="number">{format.number(feed.encrypted)}</td>
              <td className="number">{format.number(feed.cut)}</td>
            </tr>
          ))}
        </tbody>
      </TableBox>
    </Panel>
  );
}

function ModelPanel({ overview: { model, drift, states } }: { overview: Overview }) {
  const { t, format } = useSpeech();
  return (
    <Panel title={t.overview.model}>
      {model !== null && (
        <>
          <p>
            <Link to="/models">{model.name}</Link> · {t.overview.trainedOn(model.rows)}
          </p>
          {model.simulated && <p className="notice">{t.overview.simulated}</p>}
          {model.automatic && <p>{t.overview.automatic}</p>}
        </>
      )}
      {drift !== null && <p>{t.overview.drift(format.percent(drift.before), format.percent(drift.now))}</p>}
      {states.length > 0 && (
        <>
          <h3>{t.overview.states}</h3>
          <ul className="plain-list">
            {states.map(({ state, cases }) => (
              <li key={state}>
                <Link to={`/cases?state=${state}`}>{t.states[state]}</Link> {format.number(cases)}
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  );
}

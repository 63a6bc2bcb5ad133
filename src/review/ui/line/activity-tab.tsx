import * as Plot from '@observablehq/plot';
import { useCallback } from 'react';
import type { Reply } from '../../server/api.ts';
import { Figure } from '../parts/figure.tsx';
import { Head, Nothing, Panel, TableBox, Waiting } from '../parts/parts.tsx';
import { Link } from '../router.tsx';
import { useReply } from '../use-reply.ts';
import { useSpeech } from '../words/words.tsx';
import { useSpanQuery } from './span.ts';
import { Timeline } from './timeline.tsx';

type Activity = Reply<'activity'>;

/** Of the browser: times on the page are in it. */
const OWN_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** What the line did, over the part of the time axis that is looked at. */
export function ActivityTab({ id, masked }: { id: number; masked: boolean }) {
  const { t } = useSpeech();
  const span = useSpanQuery();
  const answer = useReply('activity', { params: { line: id }, query: { ...span, zone: OWN_ZONE } });
  // Whoever has just unmasked the line sees the other numbers as well.
  const { data } = answer;
  return (
    <div key={String(masked)}>
      <Waiting answer={answer} />
      {data !== null && (
        <>
          <Panel title={t.line.timeline}>
            {data.total === 0 && <Nothing>{t.line.noActivity}</Nothing>}
            <Timeline activity={data} />
          </Panel>
          <div className="columns">
            <Heat activity={data} />
            <Talk activity={data} />
          </div>
          <Fan activity={data} />
        </>
      )}
    </div>
  );
}

/** `Asia/Shanghai (UTC+8)`. */
function zoneText({ zone, offset_minutes: minutes }: Activity): string {
  if (zone === 'UTC') return zone;
  const sign = minutes < 0 ? '-' : '+';
  const whole = Math.abs(minutes);
  const past = whole % 60 === 0 ? '' : `:${String(whole % 60).padStart(2, '0')}`;
  return `${zone} (UTC${sign}${Math.floor(whole / 60)}${past})`;
}

function Heat({ activity }: { activity: Activity }) {
  const { t } = useSpeech();
  const { heat } = activity;
  const cells = heat.flatMap((hours, day) => hours.map((calls, hour) => ({ day, hour, calls })));
  const most = Math.max(1, ...cells.map(({ calls }) => calls));
  const busiest = cells.find(({ calls }) => calls === most) ?? cells[0]!;
  const draw = useCallback((): Plot.PlotOptions => {
    const all = heat.flatMap((hours, day) => hours.map((calls, hour) => ({ day, hour, calls })));
    return {
      marginLeft: 40,
      marginBottom: 36,
      padding: 0.06,
      x: { type: 'band', label: t.line.hour, labelOffset: 28, ticks: [0, 6, 12, 18], tickSize: 0 },
      y: { type: 'band', label: null, tickFormat: (day: number) => t.line.weekdays[day] ?? '', tickSize: 0 },
      opacity: { type: 'identity' },
      marks: [
        Plot.cell(all, {
          x: 'hour',
          y: 'day',
          fill: 'var(--accent)',
          fillOpacity: (cell: { calls: number }) => (cell.calls === 0 ? 0.06 : 0.2 + (0.8 * cell.calls) / most),
          title: (cell: { day: number; hour: number; calls: number }) =>
            t.line.heatCell(t.line.weekdays[cell.day] ?? '', cell.hour, cell.calls),
        }),
      ],
    };
  }, [heat, most, t]);
  return (
    <Panel title={t.line.heat} hint={t.line.heatHint(zoneText(activity))}>
      <Figure
        label={`${t.line.heat}: ${t.line.heatCell(t.line.weekdays[busiest.day] ?? '', busiest.hour, busiest.calls)}`}
        height={180}
        draw={draw}
      />
    </Panel>
  );
}

function Talk({ activity }: { activity: Activity }) {
  const { t, format } = useSpeech();
  const { talk } = activity;
  const all = talk.reduce((sum, bar) => sum + bar.out + bar.in, 0);
  const most = Math.max(1, ...talk.map((bar) => bar.out + bar.in));
  const draw = useCallback((): Plot.PlotOptions => {
    const bars = talk.flatMap((bar) => [
      { from: bar.from_s, calls: bar.out, way: 'out' },
      { from: bar.from_s, calls: bar.in, way: 'in' },
    ]);
    return {
      marginLeft: 40,
      marginBottom: 30,
      x: {
        type: 'band',
        label: null,
        tickFormat: t.line.span,
        tickSize: 0,
      },
      // Where there are none, bars have no height either.
      y: { label: t.fields.calls, grid: true, ticks: Math.min(4, most), domain: [0, most] },
      marks: [
        Plot.barY(bars, {
          x: 'from',
          y: 'calls',
          z: 'way',
          fill: (bar: { way: string }) => (bar.way === 'out' ? 'var(--accent)' : 'var(--suspect)'),
          title: (bar: { from: number; calls: number; way: string }) =>
            `${t.values[bar.way]}, ${t.line.talkFrom(format.duration(bar.from))}: ${t.calls(bar.calls)}`,
        }),
      ],
    };
  }, [talk, most, t, format]);
  return (
    <Panel title={t.line.talk} hint={t.line.talkHint}>
      <p className="legend">
        <span className="key key-ordinary">{t.values.out}</span>
        <span className="key key-in">{t.values.in}</span>
      </p>
      <Figure label={`${t.line.talk}: ${t.calls(all)}`} height={155} draw={draw} />
    </Panel>
  );
}

function Fan({ activity }: { activity: Activity }) {
  const { t, format } = useSpeech();
  const { counterparts, distinct_counterparts: distinct } = activity;
  const once = counterparts.filter((one) => one.out + one.in + one.sms === 1).length;
  return (
    <Panel
      title={t.line.fan}
      hint={`${t.line.fanHint(counterparts.length, distinct)}${
        counterparts.length === 0 ? '' : ` · ${t.line.onceShare(format.percent(once / counterparts.length))}`
      }`}
    >
      <TableBox label={t.line.fan} tall>
        <Head
          columns={[
            t.fields.counterpart,
            t.values.out!,
            t.values.in!,
            t.values.sms!,
            t.fields.talk,
            t.fields.first,
            t.fields.last,
          ]}
        />
        <tbody>
          {counterparts.map((one) => (
            <tr key={`${one.number} ${one.first} ${one.last}`}>
              <td>
                {one.line === null ? <bdi>{one.number}</bdi> : <Link to={`/lines/${one.line}`}>{one.number}</Link>}
              </td>
              <td className="number">{one.out}</td>
              <td className="number">{one.in}</td>
              <td className="number">{one.sms}</td>
              <td className="number">{format.duration(one.talk_s)}</td>
              <td>{format.time(one.first * 1000)}</td>
              <td>{format.time(one.last * 1000)}</td>
            </tr>
          ))}
        </tbody>
      </TableBox>
    </Panel>
  );
}

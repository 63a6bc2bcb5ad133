import * as Plot from '@observablehq/plot';
import { useCallback } from 'react';
import type { Reply } from '../../server/api.ts';
import { Figure } from '../parts/figure.tsx';
import { Head, Nothing, Panel, TableBox, Waiting } from '../parts/parts.tsx';
import { useReply } from '../use-reply.ts';
import { useSpeech, wordOf } from '../words/words.tsx';
import { useSpanQuery } from './span.ts';

/** What the line showed of itself: devices, addresses, and where it stayed. */
export function DevicesTab({ id }: { id: number }) {
  const { t, format } = useSpeech();
  const span = useSpanQuery();
  const answer = useReply('activity', { params: { line: id }, query: span });
  const { data } = answer;
  if (data === null) return <Waiting answer={answer} />;
  const isNamed = data.devices.some(({ type }) => type !== null);
  return (
    <>
      <Panel title={t.line.devices}>
        {data.devices.length === 0 ? (
          <Nothing>{t.nothing}</Nothing>
        ) : (
          <TableBox label={t.line.devices} tall>
            <Head
              columns={[
                t.fields.imei,
                t.fields.tac,
                ...(isNamed ? [t.fields.type] : []),
                t.fields.userAgent,
                t.fields.first,
                t.fields.last,
                t.fields.events,
              ]}
            />
            <tbody>
              {data.devices.map((device) => (
                <tr key={device.imei}>
                  <td>{device.imei}</td>
                  <td>{device.tac}</td>
                  {isNamed && (
                    <td>
                      <bdi>{device.type === null ? '' : wordOf(t.values, device.type)}</bdi>
                    </td>
                  )}
                  <td>
                    <bdi>{device.user_agent ?? ''}</bdi>
                  </td>
                  <td>{format.time(device.first * 1000)}</td>
                  <td>{format.time(device.last * 1000)}</td>
                  <td className="number">{format.number(device.events)}</td>
                </tr>
              ))}
            </tbody>
          </TableBox>
        )}
      </Panel>
      <div className="columns">
        <Dwell cells={data.cells} />
        <Panel title={t.line.endpoints}>
          {data.endpoints.length === 0 ? (
            <Nothing>{t.nothing}</Nothing>
          ) : (
            <TableBox label={t.line.endpoints} tall>
              <Head columns={[t.fields.endpoint, t.fields.first, t.fields.last, t.fields.events]} />
              <tbody>
                {data.endpoints.map((one) => (
                  <tr key={one.endpoint}>
                    <td>{one.endpoint}</td>
                    <td>{format.time(one.first * 1000)}</td>
                    <td>{format.time(one.last * 1000)}</td>
                    <td className="number">{format.number(one.events)}</td>
                  </tr>
                ))}
              </tbody>
            </TableBox>
          )}
        </Panel>
      </div>
    </>
  );
}

const MOST_CELLS = 12;

function Dwell({ cells }: { cells: Reply<'activity'>['cells'] }) {
  const { t, format } = useSpeech();
  const stays = new Map<string, { cell: string; seconds: number; events: number }>();
  for (const { cell, from, until, events } of cells) {
    const known = stays.get(cell) ?? { cell, seconds: 0, events: 0 };
    known.seconds += until - from;
    known.events += events;
    stays.set(cell, known);
  }
  const rows = [...stays.values()].sort((a, b) => b.seconds - a.seconds || b.events - a.events);
  const shown = rows.slice(0, MOST_CELLS);
  const key = JSON.stringify(shown);
  const draw = useCallback((): Plot.PlotOptions => {
    const bars = JSON.parse(key) as typeof shown;
    return {
      marginLeft: 160,
      marginRight: 60,
      x: { axis: null },
      y: { type: 'band', label: null, domain: bars.map(({ cell }) => cell), tickSize: 0 },
      marks: [
        Plot.barX(bars, { x: 'seconds', y: 'cell', fill: 'var(--accent)' }),
        Plot.text(bars, {
          x: 'seconds',
          y: 'cell',
          text: (bar: (typeof bars)[number]) => format.duration(bar.seconds),
          textAnchor: 'start',
          dx: 4,
          fill: 'var(--text)',
        }),
      ],
    };
  }, [key, format]);
  return (
    <Panel title={t.line.dwell} hint={t.line.dwellHint}>
      {rows.length === 0 ? (
        <Nothing>{t.nothing}</Nothing>
      ) : (
        <Figure
          label={`${t.line.dwell}: ${shown.map(({ cell, seconds }) => `${cell} ${format.duration(seconds)}`).join(', ')}`}
          height={30 + shown.length * 22}
          draw={draw}
        />
      )}
    </Panel>
  );
}

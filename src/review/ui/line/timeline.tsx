import { type KeyboardEvent, type PointerEvent, useState } from 'react';
import type { Reply } from '../../server/api.ts';
import { useWidth } from '../parts/figure.tsx';
import type { Words } from '../words/en.ts';
import { useSpeech, wordOf } from '../words/words.tsx';
import { lookAt, type Span } from './span.ts';

type Activity = Reply<'activity'>;
type Mark = Activity['events'][number];
type Lane = keyof Words['line']['lanes'];

const LEFT = 92;
const RIGHT = 12;
const LANE = 26;
const AXIS = 24;
const LANES: readonly Lane[] = ['out', 'in', 'sms', 'presence', 'other', 'cells', 'imeis'];
const PRESENCE = ['presence', 'registration', 'device', 'auth'];
/** Where the time between two marks of the axis is as a clock has it; at most so many marks. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];
const MOST_TICKS = 8;
/** A name so near to an end stands beside its mark, pixels. */
const EDGE = 24;
/** What the keys do: share of the span to move by, and what the span is multiplied by. */
const SHIFTS: Readonly<Record<string, number>> = { ArrowLeft: -0.25, ArrowRight: 0.25 };
const ZOOMS: Readonly<Record<string, number>> = { '+': 0.5, '=': 0.5, '-': 2 };

function laneOf({ kind, direction }: Mark): Lane {
  if (kind === 'leg') return direction === 'in' ? 'in' : 'out';
  if (kind === 'sms') return 'sms';
  return PRESENCE.includes(kind) ? 'presence' : 'other';
}

/** Stretches of the same IMEI, in order of time. */
function imeiRuns(events: readonly Mark[]): { imei: string; from: number; until: number }[] {
  const runs: { imei: string; from: number; until: number }[] = [];
  for (const { imei, time, end } of events) {
    if (imei === null) continue;
    const last = runs.at(-1);
    if (last?.imei === imei) last.until = Math.max(last.until, end ?? time);
    else runs.push({ imei, from: time, until: end ?? time });
  }
  return runs;
}

/** Marks of the axis, at whole hours or minutes of the reader's clock, seconds since the epoch. */
function ticksOf(from: number, until: number): { step: number; times: number[] } {
  const wanted = (until - from) / MOST_TICKS;
  const days = Math.ceil(wanted / 86_400);
  const step = STEPS.find((one) => one >= wanted) ?? days * 86_400;
  const offset = new Date(from * 1000).getTimezoneOffset() * 60;
  const times: number[] = [];
  for (let time = Math.ceil((from - offset) / step) * step + offset; time <= until; time += step) times.push(time);
  return { step, times };
}

/** Calls, messages, presence, cells and devices on one time axis. Dragging over it looks closer; so do the keys. */
export function Timeline({ activity }: { activity: Activity }) {
  const { t, format } = useSpeech();
  const [box, width] = useWidth<HTMLDivElement>();
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  const { from, until, events } = activity;
  const inner = Math.max(50, width - LEFT - RIGHT);
  const x = (time: number) => LEFT + ((time - from) / (until - from)) * inner;
  const timeAt = (place: number) => from + ((place - LEFT) / inner) * (until - from);
  const present = new Set<Lane>(events.map(laneOf));
  if (activity.cells.length > 0) present.add('cells');
  const runs = imeiRuns(events);
  if (runs.length > 0) present.add('imeis');
  const lanes = LANES.filter((lane) => present.has(lane));
  const y = (lane: Lane) => lanes.indexOf(lane) * LANE;
  const height = lanes.length * LANE + AXIS;
  const ticks = ticksOf(from, until);

  const placeOf = (event: PointerEvent<SVGSVGElement>) =>
    Math.max(LEFT, Math.min(LEFT + inner, event.clientX - event.currentTarget.getBoundingClientRect().left));
  const zoom = (by: number) => {
    const middle = (from + until) / 2;
    const half = ((until - from) / 2) * by;
    lookAt({ from: middle - half, until: middle + half });
  };
  const shift = (by: number) => lookAt({ from: from + (until - from) * by, until: until + (until - from) * by });
  const onKey = (event: KeyboardEvent) => {
    const step = SHIFTS[event.key];
    const closer = ZOOMS[event.key];
    if (step !== undefined) shift(step);
    else if (closer !== undefined) zoom(closer);
    else if (event.key === '0') lookAt(null);
    else return;
    event.preventDefault();
  };
  const release = () => {
    if (drag !== null && Math.abs(drag.to - drag.from) > 4) lookAt(spanOf(timeAt(drag.from), timeAt(drag.to)));
    setDrag(null);
  };
  return (
    <>
      <div className="bar">
        <button type="button" onClick={() => shift(-0.25)} aria-label={t.line.earlier}>
          ←
        </button>
        <button type="button" onClick={() => shift(0.25)} aria-label={t.line.later}>
          →
        </button>
        <button type="button" onClick={() => zoom(0.5)}>
          {t.line.zoomIn}
        </button>
        <button type="button" onClick={() => zoom(2)}>
          {t.line.zoomOut}
        </button>
        <button type="button" onClick={() => lookAt(null)}>
          {t.line.timelineAll}
        </button>
        <span className="hint">
          {t.line.timelineSays(events.length, activity.total)} · {format.time(from * 1000)} –{' '}
          {format.time(until * 1000)}
        </span>
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a drawing that takes keys is no fieldset */}
      <div
        ref={box}
        className="timeline"
        role="group"
        aria-label={`${t.line.timeline}. ${t.line.timelineHint}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: its keys move and zoom
        tabIndex={0}
        onKeyDown={onKey}
      >
        {width > 0 && (
          <svg
            width={width}
            height={height}
            aria-hidden="true"
            onPointerDown={(event) => {
              event.currentTarget.setPointerCapture(event.pointerId);
              setDrag({ from: placeOf(event), to: placeOf(event) });
            }}
            onPointerMove={(event) => {
              if (drag !== null) setDrag({ from: drag.from, to: placeOf(event) });
            }}
            onPointerUp={release}
            onPointerCancel={() => setDrag(null)}
          >
            {lanes.map((lane, index) => (
              <g key={lane}>
                <rect
                  x={LEFT}
                  y={index * LANE}
                  width={inner}
                  height={LANE}
                  className={index % 2 === 0 ? 'lane' : 'lane odd'}
                />
                <text x={LEFT - 8} y={index * LANE + LANE / 2} className="lane-name">
                  {t.line.lanes[lane]}
                </text>
              </g>
            ))}
            {events.map((one) => (
              <MarkOn key={one.event} mark={one} x={x} top={y(laneOf(one))} />
            ))}
            {activity.cells.map(({ cell, from: start, until: end }) => (
              <Stretch
                key={`${cell} ${start}`}
                label={cell}
                from={x(start)}
                until={x(end)}
                top={y('cells')}
                kind="cell"
              />
            ))}
            {runs.map(({ imei, from: start, until: end }) => (
              <Stretch
                key={`${imei} ${start}`}
                label={imei}
                from={x(start)}
                until={x(end)}
                top={y('imeis')}
                kind="imei"
              />
            ))}
            {ticks.times.map((time) => (
              <g
                key={time}
                className={x(time) < LEFT + EDGE ? 'tick first' : x(time) > width - EDGE ? 'tick last' : 'tick'}
              >
                <line x1={x(time)} x2={x(time)} y1={0} y2={height - AXIS + 4} />
                <text x={x(time)} y={height - 6}>
                  {ticks.step < 60 ? format.clock(time * 1000) : format.tick(time * 1000, (until - from) * 1000)}
                </text>
              </g>
            ))}
            {drag !== null && (
              <rect
                className="brush"
                x={Math.min(drag.from, drag.to)}
                width={Math.abs(drag.to - drag.from)}
                y={0}
                height={height - AXIS}
              />
            )}
          </svg>
        )}
      </div>
      <p className="hint">{t.line.timelineHint}</p>
    </>
  );
}

function spanOf(a: number, b: number): Span {
  return { from: Math.min(a, b), until: Math.max(a, b) };
}

/** An event: as wide as it took, filled where it was answered. */
function MarkOn({ mark, x, top }: { mark: Mark; x: (time: number) => number; top: number }) {
  const { t, format } = useSpeech();
  const isFull = mark.kind !== 'leg' || (mark.talk_s ?? 0) > 0;
  return (
    <rect
      className={isFull ? 'mark' : 'mark hollow'}
      x={x(mark.time)}
      y={top + (isFull ? 4 : 8)}
      width={Math.max(2, x(mark.end ?? mark.time) - x(mark.time))}
      height={isFull ? LANE - 8 : LANE - 16}
    >
      <title>
        {[
          format.clock(mark.time * 1000),
          wordOf(t.values, mark.kind),
          mark.counterpart,
          mark.outcome === null ? null : wordOf(t.values, mark.outcome),
          mark.talk_s === null ? null : format.duration(mark.talk_s),
        ]
          .filter((part) => part !== null)
          .join(' · ')}
      </title>
    </rect>
  );
}

const LETTER = 6.2;

function Stretch({
  label,
  from,
  until,
  top,
  kind,
}: {
  label: string;
  from: number;
  until: number;
  top: number;
  kind: 'cell' | 'imei';
}) {
  const width = Math.max(3, until - from);
  return (
    <g>
      <rect className={`stretch ${kind}`} x={from} y={top + 4} width={width} height={LANE - 8}>
        <title>{label}</title>
      </rect>
      {width > label.length * LETTER && (
        <text className="stretch-name" x={from + 4} y={top + LANE / 2}>
          {label}
        </text>
      )}
    </g>
  );
}

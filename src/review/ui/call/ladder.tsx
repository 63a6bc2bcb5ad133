import type { Ref } from 'react';
import type { Reply } from '../../server/api.ts';
import { useSpeech } from '../words/words.tsx';

type Message = Reply<'call'>['messages'][number];

const TOP = 34;
const ROW = 30;
const LEFT = 66;
const COLUMN = 190;

/** Places that messages go between, in the order they appear. */
export function columnsOf(messages: readonly Message[]): string[] {
  return [...new Set(messages.flatMap(({ source, destination }) => [source, destination]))];
}

/** Who sends what to whom, down the page. It stands alone as a file: its colours are in it, those of the screen in the stylesheet. */
export function Ladder({
  messages,
  chosen,
  onChoose,
  ref,
}: {
  messages: readonly Message[];
  chosen: number;
  onChoose: (index: number) => void;
  ref: Ref<SVGSVGElement>;
}) {
  const { t } = useSpeech();
  const columns = columnsOf(messages);
  const width = LEFT + COLUMN * columns.length;
  const height = TOP + ROW * (messages.length + 1);
  const x = (place: string) => LEFT + COLUMN * columns.indexOf(place) + COLUMN / 2;
  return (
    <svg
      ref={ref}
      xmlns="http://www.w3.org/2000/svg"
      className="ladder"
      role="img"
      aria-label={t.call.ladderOf(messages.length, columns.length)}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      fontFamily="system-ui, sans-serif"
      fontSize={12}
    >
      <rect className="paper" width={width} height={height} fill="#ffffff" />
      {columns.map((place) => (
        <g key={place}>
          <text className="place" x={x(place)} y={20} textAnchor="middle" fontWeight="bold" fill="#1a2027">
            {place}
          </text>
          <line className="life" x1={x(place)} x2={x(place)} y1={TOP - 6} y2={height - 8} stroke="#8a949e" />
        </g>
      ))}
      {messages.map((message, index) => (
        <Arrow
          key={`${message.capture} ${message.frame} ${message.label}`}
          message={message}
          from={x(message.source)}
          to={x(message.destination)}
          y={TOP + ROW * (index + 0.8)}
          isChosen={index === chosen}
          width={width}
          onChoose={() => onChoose(index)}
        />
      ))}
    </svg>
  );
}

function Arrow({
  message,
  from,
  to,
  y,
  isChosen,
  width,
  onChoose,
}: {
  message: Message;
  from: number;
  to: number;
  y: number;
  isChosen: boolean;
  width: number;
  onChoose: () => void;
}) {
  const isSelf = from === to;
  const end = isSelf ? from + 40 : to;
  const way = end > from ? 1 : -1;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the table of messages below does the same for the keyboard
    <g className={isChosen ? 'arrow chosen' : 'arrow'} onClick={onChoose}>
      <rect
        className="hit"
        x={0}
        y={y - ROW * 0.7}
        width={width}
        height={ROW}
        fill={isChosen ? '#e4eefb' : 'none'}
        pointerEvents="all"
      />
      <text className="offset" x={6} y={y} fill="#5a6570" fontSize={11}>
        +{message.offset_s.toFixed(3)}
      </text>
      <line
        className="shaft"
        x1={from}
        x2={end}
        y1={y}
        y2={y}
        stroke="#1f5fbf"
        strokeWidth={1.5}
        strokeDasharray={message.duplicate ? '4 3' : undefined}
      />
      <path className="tip" d={`M${end},${y} l${-8 * way},-4 v8 z`} fill="#1f5fbf" />
      <text className="what" x={(from + end) / 2} y={y - 5} textAnchor="middle" fill="#1a2027">
        {message.label}
      </text>
    </g>
  );
}

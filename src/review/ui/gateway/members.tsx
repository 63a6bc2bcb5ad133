import type { Reply } from '../../server/api.ts';
import { Panel } from '../parts/parts.tsx';
import { Link } from '../router.tsx';
import { useSpeech } from '../words/words.tsx';

const HEIGHT = 22;

/** The members' activity, one below the other on the same axis: what one machine does rises together. */
export function Members({ gateway }: { gateway: Reply<'gateway'> }) {
  const { t, format } = useSpeech();
  const { from, slice_s: slice, slices } = gateway.activity;
  const most = Math.max(1, ...gateway.members.flatMap(({ activity }) => activity));
  const until = from + slice * slices;
  return (
    <Panel title={t.gateways.members} hint={t.gateways.membersHint}>
      <ul className="multiples">
        {gateway.members.map((member) => {
          const events = member.activity.reduce((sum, count) => sum + count, 0);
          return (
            <li key={member.id}>
              <Link to={`/lines/${member.id}`}>
                <bdi>{member.line}</bdi>
              </Link>
              <svg
                role="img"
                aria-label={t.gateways.memberPlot(member.line, events)}
                viewBox={`0 0 ${slices} ${HEIGHT}`}
                preserveAspectRatio="none"
              >
                {member.activity.map((count, at) => {
                  const height = count === 0 ? 0 : Math.max(2, (count / most) * HEIGHT);
                  return (
                    // biome-ignore lint/suspicious/noArrayIndexKey: a slice is known by its place
                    <rect key={at} className="mark" x={at + 0.1} y={HEIGHT - height} width={0.8} height={height} />
                  );
                })}
              </svg>
              <span className="number">{format.number(events)}</span>
            </li>
          );
        })}
        <li className="multiples-axis" aria-hidden="true">
          <span />
          <span className="ends">
            <span>{format.time(from * 1000)}</span>
            <span>{format.time(until * 1000)}</span>
          </span>
          <span />
        </li>
      </ul>
    </Panel>
  );
}

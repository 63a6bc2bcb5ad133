import { useState } from 'react';
import type { Reply } from '../../server/api.ts';
import { ask } from '../client.ts';
import { Download } from '../parts/download.tsx';
import { PlaceMap } from '../parts/map.tsx';
import { FailureBox, Head, Nothing, Panel, TableBox, TierBadge, Waiting } from '../parts/parts.tsx';
import { useWork } from '../parts/use-work.ts';
import { DecideDialog } from '../queue/decide.tsx';
import { go, Link } from '../router.tsx';
import { useMay } from '../session.ts';
import { useReply } from '../use-reply.ts';
import { useSpeech, wordOf } from '../words/words.tsx';
import { Graph } from './graph.tsx';
import { Members } from './members.tsx';

/** One box: what ties its lines, how they live together, and one decision for all of them. */
export function GatewayPage({ id }: { id: number }) {
  const { t, language, format } = useSpeech();
  const answer = useReply('gateway', { params: { gateway: id } }, ({ kind }) => kind === 'run' || kind === 'case');
  const mayDecide = useMay('investigator');
  const [isDeciding, setDeciding] = useState(false);
  const work = useWork();
  const { data, again } = answer;
  if (data === null) return <Waiting answer={answer} />;
  const openCase = () =>
    work.run(async () => {
      const opened = await ask('openCase', { body: { gateway: id } });
      go(`/cases/${opened.id}`);
    });
  return (
    <>
      <header className="page-head">
        <h1>
          {t.gateways.number(id)} · {t.lines(data.lines)} · {format.score(data.score)}
        </h1>
        <div className="buttons">
          {data.case !== null && (
            <Link className="button" to={`/cases/${data.case}`}>
              {t.case.title(data.case)}
            </Link>
          )}
          {mayDecide && data.case === null && (
            <button type="button" className="primary" disabled={work.busy} onClick={() => void openCase()}>
              {t.gateways.openCase}
            </button>
          )}
          {mayDecide && (
            <button type="button" onClick={() => setDeciding(true)}>
              {t.gateways.decideAll}
            </button>
          )}
          {mayDecide && (
            <Download name="gatewayEvidence" given={{ params: { gateway: id } }} onKept={again}>
              {t.line.evidence}
            </Download>
          )}
        </div>
      </header>
      {work.failure !== null && <FailureBox failure={work.failure} />}
      <p className="sentence">
        {data.why[language]} {data.why[language] !== '' && '·'} {t.gateways.inCase(data.open, data.lines)}
      </p>
      <Graph gateway={data} />
      <Members gateway={data} />
      <div className="columns">
        <Panel title={t.fields.lines}>
          <TableBox label={t.fields.lines} tall>
            <Head columns={[t.fields.line, t.fields.score, t.fields.tier, t.fields.imei, t.fields.state]} />
            <tbody>
              {data.members.map((member) => (
                <tr key={member.id}>
                  <td>
                    <Link to={`/lines/${member.id}`}>
                      <bdi>{member.line}</bdi>
                    </Link>
                  </td>
                  <td className="number">{format.score(member.score)}</td>
                  <td>
                    <TierBadge tier={member.tier} />
                  </td>
                  <td>
                    {member.imeis.length} <small>{member.types.map((type) => wordOf(t.values, type)).join(', ')}</small>
                  </td>
                  <td>{member.state === null ? '' : t.states[member.state]}</td>
                </tr>
              ))}
            </tbody>
          </TableBox>
        </Panel>
        <Panel title={t.gateways.place}>
          <GatewayMap gateway={data} />
          {data.place.length === 0 ? (
            <Nothing>{t.gateways.noPlace}</Nothing>
          ) : (
            <TableBox label={t.gateways.place} tall>
              <Head columns={[t.fields.cell, t.fields.lines, t.fields.events]} />
              <tbody>
                {data.place.map((place) => (
                  <tr key={place.cell}>
                    <td>{place.cell}</td>
                    <td className="number">{place.lines}</td>
                    <td className="number">{format.number(place.events)}</td>
                  </tr>
                ))}
              </tbody>
            </TableBox>
          )}
        </Panel>
      </div>
      {isDeciding && (
        <DecideDialog
          targets={data.members.map((member) => ({ line: member.id }))}
          names={new Map(data.members.map((member) => [member.id, member.line]))}
          onClose={() => setDeciding(false)}
          onDone={again}
        />
      )}
    </>
  );
}

/** The cells of a box that have a place, each as large as what was seen there. */
function GatewayMap({ gateway }: { gateway: Reply<'gateway'> }) {
  const { t } = useSpeech();
  const points = gateway.place.flatMap(({ cell, place, lines, events }) =>
    place === null ? [] : [{ name: cell, place, weight: events, strong: gateway.strong > 0, labels: [t.lines(lines)] }],
  );
  if (points.length === 0) return null;
  return (
    <>
      <PlaceMap points={points} height={220} label={t.gateways.placePlot(points.length)} say={t.events} />
      {points.length < gateway.place.length && (
        <p className="hint">{t.map.without(gateway.place.length - points.length)}</p>
      )}
    </>
  );
}

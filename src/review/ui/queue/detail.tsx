import { ask } from '../client.ts';
import { FailureBox, TierBadge, Waiting } from '../parts/parts.tsx';
import { useWork } from '../parts/use-work.ts';
import { go, Link } from '../router.tsx';
import { useMay } from '../session.ts';
import { useReply } from '../use-reply.ts';
import { useSpeech } from '../words/words.tsx';

/** The line that the reader stands on, at a glance. */
export function Detail({ line }: { line: number }) {
  const { t, language, format } = useSpeech();
  const answer = useReply('line', { params: { line } }, ({ kind }) => kind === 'case' || kind === 'run');
  const mayDecide = useMay('investigator');
  const work = useWork();
  const { data } = answer;
  if (data === null) return <Waiting answer={answer} />;
  const openCase = () =>
    work.run(async () => {
      const { id } = await ask('openCase', { body: { line } });
      go(`/cases/${id}`);
    });
  const facts: (readonly [string, string | null])[] = [
    [t.fields.calls, format.number(data.calls)],
    [t.fields.first, format.time(data.first * 1000)],
    [t.fields.last, format.time(data.last * 1000)],
    [t.fields.cell, data.cell],
    [t.fields.userAgent, data.user_agent],
    [t.fields.interfaces, data.interfaces.join(' ')],
    [t.fields.dealer, data.dealer],
    [t.fields.product, data.product],
    [t.fields.alarms, format.number(data.alarms)],
  ];
  return (
    <>
      <h2>
        <bdi>{data.line}</bdi> <TierBadge tier={data.tier} />
      </h2>
      <div className="buttons">
        <Link className="button primary" to={`/lines/${line}`}>
          {t.queue.open}
        </Link>
        {data.gateway !== null && (
          <Link className="button" to={`/gateways/${data.gateway}`}>
            {t.gateways.number(data.gateway)}
          </Link>
        )}
        {data.case !== null ? (
          <Link className="button" to={`/cases/${data.case}`}>
            {t.line.toCase(data.case)}
          </Link>
        ) : (
          mayDecide && (
            <button type="button" disabled={work.busy} onClick={() => void openCase()}>
              {t.line.openCase}
            </button>
          )
        )}
      </div>
      <p className="sentence">{data.sentence[language]}</p>
      <dl className="facts">
        {facts.map(([name, value]) =>
          value === null || value === '' ? null : (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <bdi>{value}</bdi>
              </dd>
            </div>
          ),
        )}
      </dl>
      {work.failure !== null && <FailureBox failure={work.failure} />}
    </>
  );
}

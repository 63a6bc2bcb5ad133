import { useState } from 'react';
import { ask } from '../client.ts';
import { Download } from '../parts/download.tsx';
import { FailureBox, Head, Panel, TableBox, Tabs, TierBadge, Waiting } from '../parts/parts.tsx';
import { Unmask } from '../parts/unmask.tsx';
import { useWork } from '../parts/use-work.ts';
import { change, go, Link, usePlace } from '../router.tsx';
import { useMay } from '../session.ts';
import { useReply } from '../use-reply.ts';
import { useSpeech } from '../words/words.tsx';
import { ActivityTab } from './activity-tab.tsx';
import { CallsTab } from './calls-tab.tsx';
import { DevicesTab } from './devices-tab.tsx';
import { ReasonsTab } from './reasons-tab.tsx';
import { SiblingsTab } from './siblings-tab.tsx';

const TABS = ['reasons', 'activity', 'calls', 'devices', 'siblings'] as const;
type Tab = (typeof TABS)[number];

/** One line: what is said of it at once, the proof behind tabs. */
export function LinePage({ id }: { id: number }) {
  const { t, language, format } = useSpeech();
  const { query } = usePlace();
  const tab: Tab = TABS.find((key) => key === query.get('tab')) ?? 'reasons';
  const answer = useReply('line', { params: { line: id } }, ({ kind }) => kind === 'case' || kind === 'run');
  const mayDecide = useMay('investigator');
  const [isUnmasking, setUnmasking] = useState(false);
  const work = useWork();
  const { data, again } = answer;
  if (data === null) return <Waiting answer={answer} />;
  const openCase = () =>
    work.run(async () => {
      const opened = await ask('openCase', { body: { line: id } });
      go(`/cases/${opened.id}`);
    });
  return (
    <>
      <header className="page-head">
        <h1>
          <bdi>{data.line}</bdi> <TierBadge tier={data.tier} />
        </h1>
        <div className="buttons">
          {data.gateway !== null && (
            <Link className="button" to={`/gateways/${data.gateway}`}>
              {t.gateways.number(data.gateway)}
            </Link>
          )}
          {data.case !== null && (
            <Link className="button" to={`/cases/${data.case}`}>
              {t.line.toCase(data.case)}
            </Link>
          )}
          {mayDecide && data.case === null && (
            <button type="button" className="primary" disabled={work.busy} onClick={() => void openCase()}>
              {t.line.openCase}
            </button>
          )}
          {mayDecide && data.masked && (
            <button type="button" onClick={() => setUnmasking(true)}>
              {t.unmask.button}
            </button>
          )}
          {mayDecide && (
            <Download name="lineEvidence" given={{ params: { line: id } }} onKept={again}>
              {t.line.evidence}
            </Download>
          )}
        </div>
      </header>
      {work.failure !== null && <FailureBox failure={work.failure} />}
      <p className="sentence">{data.sentence[language]}</p>
      {data.allow !== null && (
        <p className="notice">
          {t.line.allowedUntil(data.allow.owner, data.allow.reason, format.time(data.allow.until))}
        </p>
      )}
      <Tabs
        label={t.line.tabsLabel}
        tabs={TABS.map((key) => [key, t.line.tabs[key]] as const)}
        current={tab}
        onChoose={(next) => change({ tab: next === 'reasons' ? null : next })}
      />
      <div role="tabpanel" aria-label={t.line.tabs[tab]}>
        {tab === 'reasons' && <ReasonsTab line={data} />}
        {tab === 'activity' && <ActivityTab id={id} masked={data.masked} />}
        {tab === 'calls' && <CallsTab id={id} masked={data.masked} />}
        {tab === 'devices' && <DevicesTab id={id} />}
        {tab === 'siblings' && <SiblingsTab siblings={data.siblings} />}
      </div>
      {tab === 'reasons' && data.past.length > 0 && (
        <Panel title={t.line.past}>
          <TableBox label={t.line.past}>
            <Head columns={[t.fields.from, t.fields.until, t.fields.score, t.fields.tier]} />
            <tbody>
              {data.past.map((past) => (
                <tr key={past.run}>
                  <td>{format.time(past.from * 1000)}</td>
                  <td>{format.time(past.until * 1000)}</td>
                  <td className="number">{format.score(past.score)}</td>
                  <td>
                    <TierBadge tier={past.tier} />
                  </td>
                </tr>
              ))}
            </tbody>
          </TableBox>
        </Panel>
      )}
      {tab === 'reasons' && data.cases.length > 0 && (
        <Panel title={t.line.cases}>
          <ul className="plain-list">
            {data.cases.map((one) => (
              <li key={one.id}>
                <Link to={`/cases/${one.id}`}>{t.case.title(one.id)}</Link> {t.states[one.state]} ·{' '}
                {format.time(one.opened)}
              </li>
            ))}
            {data.labels.map((label) => (
              <li key={label.at}>
                {t.fields.label}: {t.labels[label.label]} · <bdi>{label.person}</bdi> · {format.time(label.at)}
              </li>
            ))}
          </ul>
        </Panel>
      )}
      {isUnmasking && (
        <Unmask
          lines={[id]}
          onClose={() => setUnmasking(false)}
          onDone={() => {
            setUnmasking(false);
            again();
          }}
        />
      )}
    </>
  );
}

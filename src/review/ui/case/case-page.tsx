import { Deed, detailText } from '../parts/deed.tsx';
import { Download } from '../parts/download.tsx';
import { FailureBox, Head, Nothing, Panel, TableBox, TierBadge, Waiting } from '../parts/parts.tsx';
import { Refused } from '../parts/refused.tsx';
import { Link } from '../router.tsx';
import { useMay } from '../session.ts';
import { useSpeech } from '../words/words.tsx';
import { ActForm, Pending } from './act-form.tsx';
import { Assignee, Duplicates } from './assignee.tsx';
import { Attachments, Notes } from './notes.tsx';
import { type CaseDesk, useCase } from './use-case.ts';

/** A case: where it stands, what may be done, and all that was. */
export function CasePage({ id }: { id: number }) {
  const { t, format } = useSpeech();
  const desk = useCase(id);
  const mayExport = useMay('approver');
  const mayChange = useMay('investigator');
  const { data } = desk.answer;
  if (data === null) return <Waiting answer={desk.answer} />;
  const { clock } = data;
  const gateway = /^#(\d+)$/.exec(data.subject)?.[1];
  return (
    <>
      <header className="page-head">
        <h1>
          {t.case.title(id)} · <bdi>{gateway === undefined ? data.subject : t.gateways.number(Number(gateway))}</bdi>{' '}
          <span className={`badge state-${data.state}`}>{t.states[data.state]}</span> <TierBadge tier={data.tier} />
        </h1>
        {mayExport && (
          <div className="buttons">
            <Download name="caseLead" given={{ params: { case: id } }} onKept={desk.answer.again}>
              {t.case.lead}
            </Download>
          </div>
        )}
        {clock !== null && (
          <p className={clock.overdue ? 'clock overdue' : 'clock'}>
            {clock.overdue && <span aria-hidden="true">⚠ </span>}
            {(clock.overdue ? t.case.ranOut : t.case.runsOut)(t.clocks[clock.kind], format.time(clock.due))}
          </p>
        )}
      </header>
      <p className="sentence">
        {t.fields.measure}: <strong>{t.measures[data.measure]}</strong>
        {data.level !== null && ` · ${t.case.level}: ${t.levels[data.level]}`} ·{' '}
        {t.case.openedBy(data.opened_by, format.time(data.opened))}
        {data.merged_into !== null && (
          <>
            {' · '}
            <Link to={`/cases/${data.merged_into}`}>{t.case.mergedInto(data.merged_into)}</Link>
          </>
        )}
      </p>
      {desk.overtaken && (
        <p className="notice" role="alert">
          {t.case.conflict}
        </p>
      )}
      {desk.failure !== null && <FailureBox failure={desk.failure} />}
      <div className="columns">
        <div>
          {data.pending !== null && <Pending view={data} desk={desk} />}
          {mayChange && <ActForm view={data} desk={desk} />}
          <Panel title={t.case.notes}>
            <Notes view={data} desk={desk} />
          </Panel>
          <Panel title={t.case.attachments}>
            <Attachments view={data} desk={desk} />
          </Panel>
        </div>
        <div>
          <Members desk={desk} />
          {mayChange && <Assignee view={data} desk={desk} />}
          {mayChange && data.duplicates.length > 0 && <Duplicates view={data} desk={desk} />}
          <Panel
            title={t.case.orders}
            tools={
              mayExport && data.orders.length > 0 ? (
                <Download name="ordersExport" given={{ query: { format: 'csv' } }} onKept={desk.answer.again}>
                  {t.case.exportOrders}
                </Download>
              ) : undefined
            }
          >
            {data.orders.length === 0 ? (
              <Nothing>{t.none}</Nothing>
            ) : (
              <TableBox label={t.case.orders}>
                <Head columns={[t.fields.order, t.fields.action, t.fields.state, t.fields.at]} />
                <tbody>
                  {data.orders.map((order) => (
                    <tr key={order.id}>
                      <td>
                        <code>{order.id}</code>
                      </td>
                      <td>{t.orderActions[order.action]}</td>
                      <td>
                        {order.state === 'refused' ? (
                          <Refused order={order.id} onDone={desk.answer.again} />
                        ) : (
                          t.orderStates[order.state]
                        )}{' '}
                        <bdi>{order.message}</bdi>
                      </td>
                      <td>{format.time(order.created)}</td>
                    </tr>
                  ))}
                </tbody>
              </TableBox>
            )}
          </Panel>
          <Decisions desk={desk} />
        </div>
      </div>
      <History desk={desk} />
    </>
  );
}

function Members({ desk }: { desk: CaseDesk }) {
  const { t, format } = useSpeech();
  const members = desk.answer.data?.members ?? [];
  return (
    <Panel title={t.case.members}>
      <TableBox label={t.case.members} tall>
        <Head columns={[t.fields.line, t.fields.score, t.fields.tier]} />
        <tbody>
          {members.map((member) => (
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
            </tr>
          ))}
        </tbody>
      </TableBox>
    </Panel>
  );
}

function Decisions({ desk }: { desk: CaseDesk }) {
  const { t, format, said } = useSpeech();
  const decisions = desk.answer.data?.decisions ?? [];
  if (decisions.length === 0) return null;
  return (
    <Panel title={t.case.decisions}>
      <ul className="plain-list">
        {decisions.map((decision) => (
          <li key={decision.id}>
            <strong>{t.actions[decision.action]}</strong> · {t.decisionStates[decision.state]} ·{' '}
            {t.reasons[decision.reason]}
            {decision.level !== null && ` · ${t.levels[decision.level]}`}
            <br />
            <small>
              <bdi>{decision.proposer}</bdi>, {format.time(decision.created)}
              {decision.comment !== '' && (
                <>
                  {': '}
                  <bdi>{said(decision.comment)}</bdi>
                </>
              )}
            </small>
            {decision.approvals.map((approval) => (
              <small key={approval.person} className="sub">
                {approval.answer === 'approve' ? '✓' : '✕'}{' '}
                {approval.answer === 'approve' ? t.case.approve : t.case.reject}: <bdi>{approval.person}</bdi>,{' '}
                {format.time(approval.at)} <bdi>{said(approval.comment)}</bdi>
              </small>
            ))}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function History({ desk }: { desk: CaseDesk }) {
  const { t, format } = useSpeech();
  const history = desk.answer.data?.history ?? [];
  return (
    <Panel title={t.case.history}>
      <TableBox label={t.case.history} tall>
        <Head columns={[t.fields.at, t.fields.person, t.fields.action, t.fields.detail]} />
        <tbody>
          {history.map((row) => (
            <tr key={row.seq}>
              <td>{format.time(row.at)}</td>
              <td>
                <bdi>{row.actor}</bdi>
              </td>
              <td>
                <Deed action={row.action} />
              </td>
              <td className="wide">
                <bdi>{detailText(row.detail, t, format)}</bdi>
              </td>
            </tr>
          ))}
        </tbody>
      </TableBox>
    </Panel>
  );
}

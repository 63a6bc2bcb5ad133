import { ask } from '../client.ts';
import type { OrderState } from '../kinds.ts';
import { Download } from '../parts/download.tsx';
import { Choice, FailureBox, Head, Nothing, TableBox, Waiting } from '../parts/parts.tsx';
import { Refused } from '../parts/refused.tsx';
import { useWork } from '../parts/use-work.ts';
import { change, Link, usePlace } from '../router.tsx';
import { useMay } from '../session.ts';
import { useSpeech } from '../words/words.tsx';
import { More } from './more.tsx';
import { usePages } from './use-pages.ts';

/** What provisioning may say; the other states come about by themselves. */
function isSaid(state: OrderState): boolean {
  return state !== 'refused';
}

/** Orders to provisioning, and what became of them. */
export function OrderList() {
  const { t, format } = useSpeech();
  const { query } = usePlace();
  const state = query.get('state') ?? '';
  const pages = usePages('orders', state === '' ? {} : { state }, ({ kind }) => kind === 'case');
  const mayChange = useMay('approver');
  const work = useWork();
  const states = Object.keys(t.orderStates) as OrderState[];
  const { again } = pages.answer;
  const setState = (order: string, next: OrderState) =>
    work.run(async () => {
      await ask('orderState', { params: { order }, body: { state: next } });
      again();
    });
  return (
    <>
      <p className="hint">{t.lists.ordersHint}</p>
      <div className="bar">
        <Choice
          label={t.fields.state}
          value={state}
          options={[['', t.all] as const, ...states.map((key) => [key, t.orderStates[key]] as const)]}
          onChoose={(next) => change({ state: next })}
        />
        {mayChange && (
          <>
            <Download name="ordersExport" given={{ query: { format: 'csv' } }} onKept={again}>
              {t.lists.exportCsv}
            </Download>
            <Download name="ordersExport" given={{ query: { format: 'json' } }} onKept={again}>
              {t.lists.exportJson}
            </Download>
          </>
        )}
      </div>
      {work.failure !== null && <FailureBox failure={work.failure} />}
      <Waiting answer={pages.answer} />
      {pages.answer.data !== null && pages.items.length === 0 && <Nothing>{t.nothing}</Nothing>}
      {pages.items.length > 0 && (
        <TableBox label={t.lists.tabs.orders} tall>
          <Head
            columns={[
              t.fields.order,
              t.fields.line,
              t.fields.action,
              t.fields.reason,
              t.fields.approvals,
              t.fields.state,
              t.fields.message,
              t.fields.case,
              t.fields.at,
            ]}
          />
          <tbody>
            {pages.items.map((order) => (
              <tr key={order.id}>
                <td>
                  <code>{order.id}</code>
                </td>
                <td>
                  <bdi>{order.line}</bdi>
                </td>
                <td>{t.orderActions[order.action]}</td>
                <td>{t.reasons[order.reason]}</td>
                <td>
                  <bdi>{order.approvals.join(', ')}</bdi>
                </td>
                <td>
                  {order.state === 'refused' ? (
                    <Refused order={order.id} onDone={again} />
                  ) : mayChange && order.state !== 'withdrawn' ? (
                    <select
                      aria-label={`${t.lists.setState} ${order.id}`}
                      value={order.state}
                      disabled={work.busy}
                      onChange={({ target }) => void setState(order.id, target.value as OrderState)}
                    >
                      {states.filter(isSaid).map((key) => (
                        <option key={key} value={key}>
                          {t.orderStates[key]}
                        </option>
                      ))}
                    </select>
                  ) : (
                    t.orderStates[order.state]
                  )}
                </td>
                <td>
                  <bdi>{order.message}</bdi>
                </td>
                <td>
                  <Link to={`/cases/${order.case}`}>{t.case.title(order.case)}</Link>
                </td>
                <td>{format.time(order.created)}</td>
              </tr>
            ))}
          </tbody>
        </TableBox>
      )}
      <More pages={pages} />
    </>
  );
}

import { useState } from 'react';
import type { BodyGiven, Reply } from '../server/api.ts';
import { ask, Failure, keepBlob } from './client.ts';
import { DateField } from './parts/date-field.tsx';
import { FileField } from './parts/file-field.tsx';
import { FailureBox, Field, Head, Nothing, Panel, TableBox, Waiting } from './parts/parts.tsx';
import { useWork } from './parts/use-work.ts';
import { Link } from './router.tsx';
import { useMay } from './session.ts';
import { useReply } from './use-reply.ts';
import { useSpeech, wordOf } from './words/words.tsx';

type Kind = BodyGiven<'exchangeOut'>['kinds'][number];
const KINDS: readonly Kind[] = ['lead', 'order', 'undo'];

/** Signed lists of leads and orders, in and out. */
export function ExchangePage() {
  const { t, format } = useSpeech();
  const answer = useReply('exchange', {});
  const { data, put, again } = answer;
  const maySign = useMay('administrator');
  if (data === null) return <Waiting answer={answer} />;
  return (
    <>
      <header className="page-head">
        <h1>{t.exchange.title}</h1>
      </header>
      <div className="columns">
        <TakeIn onTaken={again} />
        <MakeOut />
      </div>
      <div className="columns">
        <Panel title={t.exchange.own} hint={t.exchange.ownHint}>
          <p>
            <bdi>{data.own.name}</bdi>
          </p>
          <code className="key-text">{data.own.key}</code>
        </Panel>
        <Signers exchange={data} maySign={maySign} onExchange={put} />
      </div>
      <Panel title={t.exchange.received}>
        {data.received.length === 0 ? (
          <Nothing>{t.nothing}</Nothing>
        ) : (
          <TableBox label={t.exchange.received} tall>
            <Head
              columns={[
                t.exchange.signer,
                t.fields.kind,
                t.fields.subject,
                t.fields.action,
                t.fields.reason,
                t.fields.at,
                t.fields.case,
                t.exchange.result,
              ]}
            />
            <tbody>
              {data.received.map((one) => (
                <tr key={one.id}>
                  <td>
                    <bdi>{one.signer}</bdi>
                  </td>
                  <td>{wordOf(t.exchange.kinds, one.kind)}</td>
                  <td>
                    <bdi>{one.subject}</bdi>
                  </td>
                  <td>{one.action === 'raise' ? t.exchange.raise : wordOf(t.measures, one.action)}</td>
                  <td>
                    <bdi>{wordOf(t.reasons, one.reason)}</bdi>
                  </td>
                  <td>{format.time(one.at)}</td>
                  <td>{one.case !== null && <Link to={`/cases/${one.case}`}>{t.case.title(one.case)}</Link>}</td>
                  <td>{wordOf(t.exchange.results, one.result)}</td>
                </tr>
              ))}
            </tbody>
          </TableBox>
        )}
      </Panel>
    </>
  );
}

function TakeIn({ onTaken }: { onTaken: () => void }) {
  const { t, said } = useSpeech();
  const [result, setResult] = useState<Reply<'exchangeIn'> | null>(null);
  const work = useWork();
  const take = (file: File) =>
    work.run(async () => {
      let list: BodyGiven<'exchangeIn'>;
      try {
        list = JSON.parse(await file.text()) as BodyGiven<'exchangeIn'>;
      } catch {
        throw new Failure(400, 'invalid', t.exchange.noList);
      }
      setResult(await ask('exchangeIn', { body: list }));
      onTaken();
    });
  return (
    <Panel title={t.exchange.in}>
      <FileField label={t.exchange.file} accept=".json" disabled={work.busy} onFile={(file) => void take(file)} />
      {result !== null && (
        <div role="status">
          <p>{t.exchange.took(result.applied, result.repeated, result.kept, result.failed.length)}</p>
          <ul>
            {result.failed.map(({ id, why }) => (
              <li key={id}>
                <bdi>{id}</bdi>: {said(why)}
              </li>
            ))}
          </ul>
        </div>
      )}
      {work.failure !== null && <FailureBox failure={work.failure} />}
    </Panel>
  );
}

function MakeOut() {
  const { t } = useSpeech();
  const [kinds, setKinds] = useState<readonly Kind[]>(KINDS);
  const [since, setSince] = useState<Date | null>(null);
  const work = useWork();
  const make = () =>
    work.run(async () => {
      const list = await ask('exchangeOut', {
        body: { kinds: [...kinds], since: since?.getTime() ?? null },
      });
      keepBlob(new Blob([JSON.stringify(list, null, 1)], { type: 'application/json' }), 'catpool-exchange.json');
    });
  return (
    <Panel title={t.exchange.out}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void make();
        }}
      >
        {KINDS.map((kind) => (
          <label key={kind} className="check">
            <input
              type="checkbox"
              checked={kinds.includes(kind)}
              onChange={({ target }) =>
                setKinds(KINDS.filter((one) => (one === kind ? target.checked : kinds.includes(one))))
              }
            />{' '}
            {t.exchange.outKinds[kind]}
          </label>
        ))}
        <DateField label={t.fields.from} value={since} onTime={setSince} />
        <button type="submit" className="primary" disabled={work.busy || kinds.length === 0}>
          {t.download}
        </button>
        {work.failure !== null && <FailureBox failure={work.failure} />}
      </form>
    </Panel>
  );
}

function Signers({
  exchange,
  maySign,
  onExchange,
}: {
  exchange: Reply<'exchange'>;
  maySign: boolean;
  onExchange: (exchange: Reply<'exchange'>) => void;
}) {
  const { t, format } = useSpeech();
  const [name, setName] = useState('');
  const [key, setKey] = useState('');
  const work = useWork();
  const add = () =>
    work.run(async () => {
      onExchange(await ask('addSigner', { body: { name, key } }));
      setName('');
      setKey('');
    });
  return (
    <Panel title={t.exchange.signers}>
      <ul className="plain-list">
        {exchange.signers.map((signer) => (
          <li key={signer.id}>
            <bdi>{signer.name}</bdi> · <bdi>{signer.person}</bdi>, {format.time(signer.added)}{' '}
            {maySign && (
              <button
                type="button"
                disabled={work.busy}
                onClick={() =>
                  void work.run(async () => onExchange(await ask('removeSigner', { params: { signer: signer.id } })))
                }
              >
                {t.remove}
              </button>
            )}
            <code className="key-text">{signer.key}</code>
          </li>
        ))}
      </ul>
      {maySign && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void add();
          }}
        >
          <Field label={t.fields.name}>
            <input value={name} required onChange={({ target }) => setName(target.value)} />
          </Field>
          <Field label={t.exchange.key}>
            <input value={key} required onChange={({ target }) => setKey(target.value)} />
          </Field>
          <button type="submit" disabled={work.busy}>
            {t.exchange.addSigner}
          </button>
        </form>
      )}
      {work.failure !== null && <FailureBox failure={work.failure} />}
    </Panel>
  );
}

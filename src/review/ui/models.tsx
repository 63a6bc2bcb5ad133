import { useState } from 'react';
import type { Reply } from '../server/api.ts';
import { ask, send } from './client.ts';
import { FileField } from './parts/file-field.tsx';
import { FailureBox, Head, Nothing, Panel, TableBox, TierBadge, Waiting } from './parts/parts.tsx';
import { useWork } from './parts/use-work.ts';
import { Link } from './router.tsx';
import { useMay } from './session.ts';
import { useReply } from './use-reply.ts';
import { useSpeech, wordOf } from './words/words.tsx';

type Models = Reply<'models'>;

/** Models: which scores now, what another would change, and the way back. */
export function ModelsPage() {
  const { t, format, said } = useSpeech();
  const answer = useReply('models', {}, ({ kind }) => kind === 'model');
  const mayPreview = useMay('approver');
  const maySwitch = useMay('administrator');
  const [previewed, setPreviewed] = useState<string | null>(null);
  const work = useWork();
  const { data, put } = answer;
  if (data === null) return <Waiting answer={answer} />;
  const { version } = data;
  return (
    <>
      <header className="page-head">
        <h1>{t.models.title}</h1>
        {maySwitch && data.before !== null && (
          <div className="buttons">
            <button
              type="button"
              disabled={work.busy}
              onClick={() => void work.run(async () => put(await ask('rollBackModel', { body: { version } })))}
            >
              {t.models.rollBack}
            </button>
          </div>
        )}
      </header>
      {work.failure !== null && <FailureBox failure={work.failure} />}
      <TableBox label={t.models.title}>
        <Head
          columns={[t.fields.name, t.models.rows, t.models.thresholds, t.fields.person, t.fields.at, t.fields.action]}
        />
        <tbody>
          {data.models.map((model) => (
            <tr key={model.id}>
              <td>
                <bdi>{model.name}</bdi> {model.current && <small className="tag">✓ {t.models.current}</small>}
                <br />
                <code>{model.id.slice(0, 12)}</code>
              </td>
              <td>
                {t.lines(model.rows)}
                {model.simulated && <small className="tag">{t.models.simulated}</small>}
              </td>
              <td className="wide">
                <ul className="plain-list">
                  {model.thresholds.map(({ rate, score, reason }) => (
                    <li key={rate}>
                      {t.models.oneIn(format.number(Math.round(1 / rate)))}:{' '}
                      {score === null ? (reason === null ? t.unknown : said(reason)) : format.score(score)}
                    </li>
                  ))}
                </ul>
              </td>
              <td>
                <bdi>{model.person}</bdi>
              </td>
              <td>{format.time(model.added)}</td>
              <td>
                <div className="buttons">
                  {mayPreview && !model.current && (
                    <button type="button" onClick={() => setPreviewed(model.id)}>
                      {t.models.preview}
                    </button>
                  )}
                  {maySwitch && !model.current && (
                    <button
                      type="button"
                      disabled={work.busy}
                      onClick={() =>
                        void work.run(async () =>
                          put(await ask('switchModel', { params: { model: model.id }, body: { version } })),
                        )
                      }
                    >
                      {t.models.switch}
                    </button>
                  )}
                </div>
              </td>
            </tr>
          ))}
        </tbody>
      </TableBox>
      {maySwitch && <BringModel onModels={put} />}
      {previewed !== null && <Preview key={previewed} model={previewed} />}
    </>
  );
}

function BringModel({ onModels }: { onModels: (models: Models) => void }) {
  const { t } = useSpeech();
  const work = useWork();
  return (
    <Panel title={t.models.bring}>
      <FileField
        label={t.models.file}
        accept=".json"
        disabled={work.busy}
        onFile={(file) => void work.run(async () => onModels(await send<Models>('/api/models', file, () => undefined)))}
      />
      {work.failure !== null && <FailureBox failure={work.failure} />}
    </Panel>
  );
}

function Preview({ model }: { model: string }) {
  const { t, format, said } = useSpeech();
  const answer = useReply('previewModel', { params: { model } });
  const { data } = answer;
  return (
    <Panel title={t.models.preview}>
      {data === null && answer.failure === null && <p role="status">{t.models.wait}</p>}
      {answer.failure !== null && <Waiting answer={answer} />}
      {data !== null && (
        <>
          <TableBox label={t.models.preview}>
            <Head
              columns={['', t.overview.strong, t.overview.suspect, t.models.confirmedFound, t.models.clearedMarked]}
            />
            <tbody>
              {(['before', 'after'] as const).map((which) => (
                <tr key={which}>
                  <th scope="row">{t.models[which]}</th>
                  <td className="number">{data[which].strong}</td>
                  <td className="number">{data[which].suspect}</td>
                  <td className="number">
                    {data[which].confirmed_found} / {data[which].confirmed}
                  </td>
                  <td className="number">
                    {data[which].cleared_marked} / {data[which].cleared}
                  </td>
                </tr>
              ))}
            </tbody>
          </TableBox>
          <p>{t.models.heldOut(data.held_out, data.decisions)}</p>
          <h3>{t.models.cannotTell}</h3>
          <ul>
            {data.caveats.map((caveat) => (
              <li key={caveat}>{said(caveat)}</li>
            ))}
          </ul>
          <h3>{t.models.changes}</h3>
          {data.changes.length === 0 ? (
            <Nothing>{t.none}</Nothing>
          ) : (
            <TableBox label={t.models.changes} tall>
              <Head columns={[t.fields.line, t.models.before, t.models.after, t.fields.label]} />
              <tbody>
                {data.changes.map((one) => (
                  <tr key={one.line}>
                    <td>{one.id > 0 ? <Link to={`/lines/${one.id}`}>{one.line}</Link> : <bdi>{one.line}</bdi>}</td>
                    <td>
                      {format.score(one.before.score)} <TierBadge tier={one.before.tier} />
                    </td>
                    <td>
                      {format.score(one.after.score)} <TierBadge tier={one.after.tier} />
                    </td>
                    <td>{one.label === null ? '' : wordOf(t.labels, one.label)}</td>
                  </tr>
                ))}
              </tbody>
            </TableBox>
          )}
        </>
      )}
    </Panel>
  );
}

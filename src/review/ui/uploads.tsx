import { useState } from 'react';
import { send } from './client.ts';
import { FileField } from './parts/file-field.tsx';
import { FailureBox, Head, Nothing, Panel, TableBox, Waiting } from './parts/parts.tsx';
import { useWork } from './parts/use-work.ts';
import { useMay } from './session.ts';
import { useReply } from './use-reply.ts';
import { useSpeech } from './words/words.tsx';

/** Captures brought in through the page, and how far each is. */
export function UploadsPage() {
  const { t, format, said } = useSpeech();
  const answer = useReply('uploads', {}, ({ kind }) => kind === 'upload');
  const mayBring = useMay('investigator');
  const { data } = answer;
  return (
    <>
      <header className="page-head">
        <h1>{t.uploads.title}</h1>
      </header>
      <p className="hint">{t.uploads.hint}</p>
      {mayBring && <Bring onSent={answer.again} />}
      <Waiting answer={answer} />
      {data?.items.length === 0 && <Nothing>{t.uploads.empty}</Nothing>}
      {data !== null && data.items.length > 0 && (
        <TableBox label={t.uploads.title}>
          <Head columns={[t.fields.name, t.fields.state, t.fields.detail, t.fields.person, t.fields.at]} />
          <tbody>
            {data.items.map((upload) => (
              <tr key={upload.id}>
                <td>
                  <bdi>{upload.name}</bdi> <small>{format.bytes(upload.bytes)}</small>
                </td>
                <td>
                  {upload.state === 'failed' && '✕ '}
                  {upload.state === 'done' && '✓ '}
                  {t.uploads.states[upload.state]}{' '}
                  {upload.state !== 'done' && upload.state !== 'failed' && (
                    <progress aria-label={t.uploads.progress(upload.name)} max={1} value={upload.progress} />
                  )}
                </td>
                <td className="wide">
                  {upload.lines !== null && t.uploads.found(upload.lines, upload.marked ?? 0)}{' '}
                  <bdi>{said(upload.message)}</bdi>
                </td>
                <td>
                  <bdi>{upload.person}</bdi>
                </td>
                <td>{format.time(upload.at)}</td>
              </tr>
            ))}
          </tbody>
        </TableBox>
      )}
    </>
  );
}

function Bring({ onSent }: { onSent: () => void }) {
  const { t } = useSpeech();
  const [share, setShare] = useState<number | null>(null);
  const [file, setFile] = useState<File | null>(null);
  const [sent, setSent] = useState(0);
  const work = useWork();
  const submit = async () => {
    if (file === null) return;
    setShare(0);
    await work.run(async () => {
      await send('/api/uploads', file, setShare);
      onSent();
    });
    setShare(null);
    setFile(null);
    setSent((count) => count + 1);
  };
  return (
    <Panel title={t.uploads.send}>
      <form
        className="bar"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <FileField key={sent} label={t.uploads.choose} disabled={work.busy} keeps onFile={setFile} />
        <button type="submit" className="primary" disabled={work.busy || file === null}>
          {t.uploads.send}
        </button>
        {share !== null && <progress aria-label={t.uploads.send} max={1} value={share} />}
      </form>
      {work.failure !== null && <FailureBox failure={work.failure} />}
    </Panel>
  );
}

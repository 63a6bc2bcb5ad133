import { useState } from 'react';
import type { CaseView } from '../../server/api.ts';
import { ask, send } from '../client.ts';
import { Download } from '../parts/download.tsx';
import { FileField } from '../parts/file-field.tsx';
import { Field, Nothing } from '../parts/parts.tsx';
import { useMay } from '../session.ts';
import { useSpeech } from '../words/words.tsx';
import type { CaseDesk } from './use-case.ts';

export function Notes({ view, desk }: { view: CaseView; desk: CaseDesk }) {
  const { t, format } = useSpeech();
  const [text, setText] = useState('');
  const mayWrite = useMay('investigator');
  const submit = async () => {
    const isDone = await desk.run(() =>
      ask('note', { params: { case: view.id }, body: { text, version: view.version } }),
    );
    if (isDone) setText('');
  };
  return (
    <>
      {mayWrite && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void submit();
          }}
        >
          <Field label={t.case.noteText}>
            <textarea rows={2} value={text} required onChange={(event) => setText(event.target.value)} />
          </Field>
          <button type="submit" disabled={desk.busy}>
            {t.case.addNote}
          </button>
        </form>
      )}
      <ul className="plain-list">
        {view.notes.map((note) => (
          <li key={note.id}>
            <p className="note">
              <bdi>{note.text}</bdi>
            </p>
            <small>
              <bdi>{note.author}</bdi>, {format.time(note.at)}
            </small>
          </li>
        ))}
      </ul>
    </>
  );
}

export function Attachments({ view, desk }: { view: CaseView; desk: CaseDesk }) {
  const { t, format } = useSpeech();
  const [share, setShare] = useState<number | null>(null);
  const mayWrite = useMay('investigator');
  const attach = async (file: File) => {
    setShare(0);
    await desk.run(() => send<CaseView>(`/api/cases/${view.id}/attachments`, file, setShare));
    setShare(null);
  };
  return (
    <>
      {view.attachments.length === 0 && <Nothing>{t.none}</Nothing>}
      <ul className="plain-list">
        {view.attachments.map((file) => (
          <li key={file.id}>
            <Download name="attachment" given={{ params: { case: view.id, attachment: file.id } }}>
              <bdi>{file.name}</bdi>
            </Download>{' '}
            <small>
              {format.bytes(file.bytes)} · <bdi>{file.author}</bdi>, {format.time(file.at)}
            </small>
          </li>
        ))}
      </ul>
      {mayWrite && <FileField label={t.case.attach} disabled={desk.busy} onFile={(file) => void attach(file)} />}
      {share !== null && <progress aria-label={t.case.attach} max={1} value={share} />}
    </>
  );
}

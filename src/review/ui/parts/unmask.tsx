import { useState } from 'react';
import { ask } from '../client.ts';
import { useSpeech } from '../words/words.tsx';
import { Dialog, FailureBox, Field } from './parts.tsx';
import { useWork } from './use-work.ts';

/** Asks why whole numbers are to be seen, and shows them. */
export function Unmask({
  lines,
  hint,
  onDone,
  onClose,
}: {
  lines: readonly number[];
  hint?: string;
  onDone: () => void;
  onClose: () => void;
}) {
  const { t } = useSpeech();
  const [reason, setReason] = useState('');
  const work = useWork();
  const submit = async () => {
    const isDone = await work.run(async () => {
      await ask('unmask', { body: { lines: [...lines], reason } });
    });
    if (isDone) onDone();
  };
  return (
    <Dialog title={t.unmask.title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        {hint !== undefined && <p>{hint}</p>}
        <Field label={t.unmask.why}>
          <input value={reason} minLength={3} required onChange={(event) => setReason(event.target.value)} />
        </Field>
        {work.failure !== null && <FailureBox failure={work.failure} />}
        <div className="buttons">
          <button type="submit" className="primary" disabled={work.busy}>
            {t.show}
          </button>
          <button type="button" onClick={onClose}>
            {t.cancel}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

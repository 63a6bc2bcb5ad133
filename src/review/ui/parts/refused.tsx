import { ask } from '../client.ts';
import { useMay } from '../session.ts';
import { useSpeech } from '../words/words.tsx';
import { FailureBox } from './parts.tsx';
import { useWork } from './use-work.ts';

/** What is to be done about an order that its receiver refused: it is sent again, or taken back. */
export function Refused({ order, onDone }: { order: string; onDone: () => void }) {
  const { t } = useSpeech();
  const mayAnswer = useMay('approver');
  const work = useWork();
  const answer = (state: 'ready' | 'withdrawn') =>
    work.run(async () => {
      await ask('orderState', { params: { order }, body: { state } });
      onDone();
    });
  return (
    <>
      <strong className="refused">{t.orderStates.refused}</strong>
      {mayAnswer && (
        <div className="buttons">
          <button type="button" disabled={work.busy} onClick={() => void answer('ready')}>
            {t.lists.sendAgain}
          </button>
          <button type="button" disabled={work.busy} onClick={() => void answer('withdrawn')}>
            {t.lists.takeBack}
          </button>
        </div>
      )}
      {work.failure !== null && <FailureBox failure={work.failure} />}
    </>
  );
}

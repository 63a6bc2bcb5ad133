import type { Failure } from '../client.ts';
import { FailureBox } from '../parts/parts.tsx';
import { useSpeech } from '../words/words.tsx';

export function More({ pages }: { pages: { more: (() => void) | null; busy: boolean; failure: Failure | null } }) {
  const { t } = useSpeech();
  return (
    <>
      {pages.more !== null && (
        <button type="button" disabled={pages.busy} onClick={pages.more}>
          {t.more}
        </button>
      )}
      {pages.failure !== null && <FailureBox failure={pages.failure} />}
    </>
  );
}

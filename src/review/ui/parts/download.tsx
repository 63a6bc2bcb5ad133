import { type ReactNode, useState } from 'react';
import { type Failure, type Known, keep } from '../client.ts';
import { useSpeech } from '../words/words.tsx';
import { FailureBox } from './parts.tsx';
import { Unmask } from './unmask.tsx';
import { useWork } from './use-work.ts';

/** Lines that a refusal names: whoever wants the file must unmask them first. */
function linesOf({ details }: Failure): number[] {
  const { line, lines } = details;
  return typeof line === 'number' ? [line] : Array.isArray(lines) ? (lines as number[]) : [];
}

/** A button that keeps a file, and asks for a reason where it shows whole numbers. */
export function Download<N extends Known>({
  name,
  given,
  onKept,
  children,
}: {
  name: N;
  given: { params?: object; query?: object };
  onKept?: () => void;
  children: ReactNode;
}) {
  const { t } = useSpeech();
  const work = useWork();
  const [isAsked, setAsked] = useState(false);
  const fetchFile = async () => {
    const isDone = await work.run(() => keep(name, given));
    if (isDone) onKept?.();
    else setAsked(true);
  };
  const lines = work.failure === null ? [] : linesOf(work.failure);
  return (
    <>
      <button type="button" disabled={work.busy} onClick={() => void fetchFile()}>
        {children}
      </button>
      {work.failure !== null && lines.length === 0 && <FailureBox failure={work.failure} />}
      {isAsked && lines.length > 0 && (
        <Unmask
          lines={lines}
          hint={t.unmask.needed}
          onClose={() => setAsked(false)}
          onDone={() => {
            setAsked(false);
            void fetchFile();
          }}
        />
      )}
    </>
  );
}

import { type ReactNode, useEffect, useId, useRef } from 'react';
import { Failure } from '../client.ts';
import type { Tier } from '../kinds.ts';
import { useSpeech } from '../words/words.tsx';

const MARKS: Readonly<Record<Tier, string>> = { none: '○', suspect: '◆', strong: '▲' };

/** A tier by shape and word; colour only repeats it. */
export function TierBadge({ tier }: { tier: Tier }) {
  const { t } = useSpeech();
  return (
    <span className={`badge tier-${tier}`}>
      <span aria-hidden="true">{MARKS[tier]}</span> {t.tiers[tier]}
    </span>
  );
}

/** A part of a page under a heading of its own. */
export function Panel({
  title,
  hint,
  tools,
  children,
  className = '',
}: {
  title: string;
  hint?: string | undefined;
  tools?: ReactNode;
  children: ReactNode;
  className?: string;
}) {
  const id = useId();
  return (
    <section className={`panel ${className}`} aria-labelledby={id}>
      <div className="panel-head">
        <h2 id={id}>{title}</h2>
        {hint !== undefined && <p className="hint">{hint}</p>}
        {tools !== undefined && <div className="tools">{tools}</div>}
      </div>
      {children}
    </section>
  );
}

/** Says what went wrong, in the reader's language, then in the desk's own words. */
export function FailureBox({ failure, again }: { failure: Failure; again?: (() => void) | undefined }) {
  const { t, said } = useSpeech();
  return (
    <div className="failure" role="alert">
      <strong>{failure.code === null ? t.unreachable : t.errors[failure.code]}</strong>
      {failure.message !== '' && <span> {said(failure.message)}</span>}
      {again !== undefined && (
        <button type="button" onClick={again}>
          {t.again}
        </button>
      )}
    </div>
  );
}

/** What an answer looks like before it is there, and where it did not come. */
export function Waiting({ answer }: { answer: { data: unknown; failure: Failure | null; again: () => void } }) {
  const { t } = useSpeech();
  if (answer.failure?.code === 'reading')
    return (
      <p className="loading" role="status">
        {t.errors.reading}
      </p>
    );
  if (answer.failure !== null) return <FailureBox failure={answer.failure} again={answer.again} />;
  return answer.data === null ? (
    <p className="loading" role="status">
      {t.loading}
    </p>
  ) : null;
}

export function Nothing({ children }: { children: ReactNode }) {
  return <p className="nothing">{children}</p>;
}

export function Field({ label, hint, children }: { label: string; hint?: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is what stands inside
    <label className="field">
      <span>{label}</span>
      {children}
      {hint !== undefined && <small>{hint}</small>}
    </label>
  );
}

export function Choice<T extends string>({
  label,
  value,
  options,
  onChoose,
}: {
  label: string;
  value: T;
  options: readonly (readonly [T, string])[];
  onChoose: (value: T) => void;
}) {
  return (
    <Field label={label}>
      <select value={value} onChange={(event) => onChoose(event.target.value as T)}>
        {options.map(([key, text]) => (
          <option key={key} value={key}>
            {text}
          </option>
        ))}
      </select>
    </Field>
  );
}

/** A window over the page; Escape and the button close it. */
export function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  const { t } = useSpeech();
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby={id} onClose={onClose}>
      <div className="dialog-head">
        <h2 id={id}>{title}</h2>
        <button type="button" className="plain" aria-label={t.close} onClick={onClose}>
          ×
        </button>
      </div>
      {children}
    </dialog>
  );
}

/** A list that opens below a button. */
export function Menu({
  label,
  children,
  align = 'left',
}: {
  label: ReactNode;
  children: ReactNode;
  align?: 'left' | 'right';
}) {
  const menu = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = (event: Event) => {
      const { current } = menu;
      if (current === null || !current.open) return;
      if (event instanceof KeyboardEvent) {
        if (event.key !== 'Escape') return;
        current.querySelector('summary')?.focus();
      } else if (current.contains(event.target as Node)) return;
      current.open = false;
    };
    document.addEventListener('pointerdown', close);
    document.addEventListener('keydown', close);
    return () => {
      document.removeEventListener('pointerdown', close);
      document.removeEventListener('keydown', close);
    };
  }, []);
  return (
    <details ref={menu} className={`menu menu-${align}`}>
      <summary>{label}</summary>
      <div className="menu-body">{children}</div>
    </details>
  );
}

/** Tabs as links of the address; the arrows go from one to the next. */
export function Tabs<T extends string>({
  label,
  tabs,
  current,
  onChoose,
}: {
  label: string;
  tabs: readonly (readonly [T, string])[];
  current: T;
  onChoose: (tab: T) => void;
}) {
  const bar = useRef<HTMLDivElement>(null);
  const step = (by: number) => {
    const at = tabs.findIndex(([key]) => key === current);
    const next = tabs[(at + by + tabs.length) % tabs.length]!;
    onChoose(next[0]);
    bar.current?.querySelector<HTMLElement>(`[data-tab="${next[0]}"]`)?.focus();
  };
  return (
    <div
      ref={bar}
      className="tabs"
      role="tablist"
      aria-label={label}
      onKeyDown={({ key }) => {
        if (key === 'ArrowRight') step(1);
        if (key === 'ArrowLeft') step(-1);
      }}
    >
      {tabs.map(([key, text]) => (
        <button
          key={key}
          type="button"
          role="tab"
          data-tab={key}
          aria-selected={key === current}
          tabIndex={key === current ? 0 : -1}
          onClick={() => onChoose(key)}
        >
          {text}
        </button>
      ))}
    </div>
  );
}

/** A table in a box that scrolls sideways, where it must, and by the keyboard. */
export function TableBox({ label, children, tall = false }: { label: string; children: ReactNode; tall?: boolean }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section className={tall ? 'table-box tall' : 'table-box'} aria-label={label} tabIndex={0}>
      <table>{children}</table>
    </section>
  );
}

export function Head({ columns }: { columns: readonly string[] }) {
  return (
    <thead>
      <tr>
        {columns.map((column) => (
          <th key={column} scope="col">
            {column}
          </th>
        ))}
      </tr>
    </thead>
  );
}

/** What was thrown, as a failure. */
export function failureOf(error: unknown): Failure {
  return error instanceof Failure ? error : new Failure(0, null, String(error));
}

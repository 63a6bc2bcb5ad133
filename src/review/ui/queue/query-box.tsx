import { useEffect, useRef, useState } from 'react';
import type { Failure } from '../client.ts';
import { FailureBox } from '../parts/parts.tsx';
import { useReply } from '../use-reply.ts';
import { useSpeech } from '../words/words.tsx';
import { isNegated, termOf, termsOf, turned, without, withTerm } from './terms.ts';

/** The one box that says which lines are shown; the chips below write into it. */
export function QueryBox({
  query,
  failure,
  onQuery,
}: {
  query: string;
  failure: Failure | null;
  onQuery: (query: string) => void;
}) {
  const { t } = useSpeech();
  const [text, setText] = useState(query);
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => setText(query), [query]);
  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof HTMLElement && event.target.matches('input, textarea, select');
      if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      box.current?.focus();
    };
    document.addEventListener('keydown', focus);
    return () => document.removeEventListener('keydown', focus);
  }, []);
  return (
    <search className="query">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onQuery(text.trim());
        }}
      >
        <input
          ref={box}
          type="search"
          aria-label={t.queue.box}
          aria-describedby="query-help"
          aria-invalid={failure?.code === 'invalid'}
          placeholder={t.queue.placeholder}
          spellCheck={false}
          autoComplete="off"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <button type="submit">{t.queue.search}</button>
      </form>
      <Chips query={query} onQuery={onQuery} />
      <small id="query-help" className="hint">
        {t.queue.help}
      </small>
      {failure !== null && <FailureBox failure={failure} />}
    </search>
  );
}

function Chips({ query, onQuery }: { query: string; onQuery: (query: string) => void }) {
  const { t } = useSpeech();
  const terms = termsOf(query);
  if (terms.length === 0) return null;
  return (
    <ul className="chips" aria-label={t.queue.chips}>
      {terms.map((term, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a term is known by its place, the same one may stand twice
        <li key={`${at} ${term}`} className={isNegated(term) ? 'chip negated' : 'chip'}>
          <button type="button" title={t.queue.negate(term)} onClick={() => onQuery(turned(query, at))}>
            {term}
          </button>
          <button type="button" aria-label={t.queue.dropTerm(term)} onClick={() => onQuery(without(query, at))}>
            ×
          </button>
        </li>
      ))}
    </ul>
  );
}

/** Values of the lines shown, with how many have each: one click narrows the query down. */
export function Facets({ query, onQuery }: { query: string; onQuery: (query: string) => void }) {
  const { t } = useSpeech();
  const { data } = useReply('facets', { query: { q: query } });
  if (data === null) return null;
  const names: Readonly<Record<string, string>> = {
    tier: t.fields.tier,
    gateway: t.fields.gateway,
    cell: t.fields.cell,
    ua: t.fields.userAgent,
    dealer: t.fields.dealer,
    product: t.fields.product,
    state: t.fields.state,
    interface: t.fields.interface,
  };
  const shown = data.facets.filter(({ values }) => values.length > 0);
  return (
    <div className="facets">
      {shown.map(({ key, values }) => (
        <fieldset key={key}>
          <legend>{names[key] ?? key}</legend>
          {values.slice(0, 8).map(({ value, lines }) => (
            <span key={value} className="facet">
              <button type="button" onClick={() => onQuery(withTerm(query, termOf(key, value)))}>
                <bdi>{value}</bdi> <small>{lines}</small>
              </button>
              <button
                type="button"
                aria-label={t.queue.notFacet(key, value)}
                onClick={() => onQuery(withTerm(query, `!${termOf(key, value)}`))}
              >
                !
              </button>
            </span>
          ))}
        </fieldset>
      ))}
    </div>
  );
}

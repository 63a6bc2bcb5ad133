import { useState } from 'react';
import { ask } from '../client.ts';
import { FailureBox, Field, Menu } from '../parts/parts.tsx';
import { useWork } from '../parts/use-work.ts';
import { go } from '../router.tsx';
import { useReply } from '../use-reply.ts';
import type { Words } from '../words/en.ts';
import { useSpeech } from '../words/words.tsx';

const BUILT_IN: Readonly<Record<keyof Words['queue']['builtIn'], string>> = {
  open: '!tier:none !reviewed !allowed',
  mine: 'assignee:me',
  strong: 'tier:strong',
  gateways: 'boxed',
  everything: '',
};

/** A saved view is the query of its address after a `?`; without one it is the query box alone. */
function addressOf(saved: string): string {
  return saved.startsWith('?') ? `/queue${saved}` : `/queue?${new URLSearchParams({ q: saved })}`;
}

/** Views under a name: some come with the desk, the others are the reader's own. */
export function Views({ search }: { search: string }) {
  const { t } = useSpeech();
  const { data, put } = useReply('views', {});
  const [name, setName] = useState('');
  const work = useWork();
  const save = () =>
    work.run(async () => {
      put(await ask('saveView', { body: { name, query: `?${search}` } }));
      setName('');
    });
  const remove = (view: number) => work.run(async () => put(await ask('removeView', { params: { view } })));
  return (
    <Menu label={t.queue.views}>
      <ul className="menu-list">
        {(Object.keys(BUILT_IN) as (keyof typeof BUILT_IN)[]).map((key) => (
          <li key={key}>
            <button type="button" onClick={() => go(addressOf(BUILT_IN[key]))}>
              {t.queue.builtIn[key]}
            </button>
          </li>
        ))}
        {data?.items.map((view) => (
          <li key={view.id}>
            <button type="button" onClick={() => go(addressOf(view.query))}>
              <bdi>{view.name}</bdi>
            </button>
            <button type="button" aria-label={`${t.remove}: ${view.name}`} onClick={() => void remove(view.id)}>
              ×
            </button>
          </li>
        ))}
      </ul>
      {data?.items.length === 0 && <p className="hint">{t.queue.noViews}</p>}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Field label={t.queue.viewName}>
          <input value={name} required maxLength={200} onChange={(event) => setName(event.target.value)} />
        </Field>
        <button type="submit" disabled={work.busy}>
          {t.queue.saveView}
        </button>
        {work.failure !== null && <FailureBox failure={work.failure} />}
      </form>
    </Menu>
  );
}

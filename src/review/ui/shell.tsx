import { type ComponentType, useEffect, useState } from 'react';
import type { DeskEvent, Session } from '../server/api.ts';
import { CallPage } from './call/call-page.tsx';
import { CasePage } from './case/case-page.tsx';
import { CasesPage } from './case/cases-page.tsx';
import { ExchangePage } from './exchange.tsx';
import { GatewayPage } from './gateway/gateway-page.tsx';
import { GatewaysPage } from './gateway/gateways-page.tsx';
import { isAtLeast, type Role } from './kinds.ts';
import { LinePage } from './line/line-page.tsx';
import { ListsPage } from './lists/lists-page.tsx';
import { useDeskEvents, useLive } from './live.ts';
import { ModelsPage } from './models.tsx';
import { OverviewPage } from './overview.tsx';
import { Menu, Nothing } from './parts/parts.tsx';
import { PasswordDialog } from './password.tsx';
import { Preferences } from './preferences.tsx';
import { QueuePage } from './queue/queue-page.tsx';
import { Link, usePlace } from './router.tsx';
import { useSession } from './session.ts';
import { UploadsPage } from './uploads.tsx';
import { useReply } from './use-reply.ts';
import { VictimsPage } from './victims.tsx';
import type { Words } from './words/en.ts';
import { useSpeech } from './words/words.tsx';

interface Entry {
  key: Exclude<keyof Words['nav'], 'label'>;
  role: Role;
  page: ComponentType;
  /** Of one thing, named by the second part of the address. */
  one?: ComponentType<{ id: number }>;
}

const PAGES: readonly Entry[] = [
  { key: 'queue', role: 'viewer', page: QueuePage },
  { key: 'cases', role: 'viewer', page: CasesPage, one: CasePage },
  { key: 'gateways', role: 'viewer', page: GatewaysPage, one: GatewayPage },
  { key: 'overview', role: 'viewer', page: OverviewPage },
  { key: 'victims', role: 'investigator', page: VictimsPage },
  { key: 'lists', role: 'viewer', page: ListsPage },
  { key: 'exchange', role: 'approver', page: ExchangePage },
  { key: 'uploads', role: 'viewer', page: UploadsPage },
  { key: 'models', role: 'viewer', page: ModelsPage },
];

export function Shell({ onSignOut, onSession }: { onSignOut: () => void; onSession: (session: Session) => void }) {
  const { t } = useSpeech();
  const { user, proxy } = useSession();
  const { path } = usePlace();
  const isUp = useDeskEvents();
  const [asksPassword, setAsksPassword] = useState(false);
  const room = path[0] === undefined ? 'queue' : path[0] === 'lines' ? 'queue' : path[0];
  const title = PAGES.find(({ key }) => key === room);
  useEffect(() => {
    document.title = title === undefined ? t.app : `${t.nav[title.key]} · ${t.app}`;
  }, [title, t]);
  return (
    <div className="shell">
      <a className="skip" href="#content">
        {t.skip}
      </a>
      <header className="top">
        <span className="brand">{t.app}</span>
        <span className={isUp ? 'live' : 'live down'} role="status">
          <span aria-hidden="true">{isUp ? '●' : '▲'}</span> {isUp ? t.live.up : t.live.down}
        </span>
        <Menu align="right" label={`${user.display} (${t.roles[user.role]})`}>
          <Preferences />
          {!proxy && (
            <button type="button" onClick={() => setAsksPassword(true)}>
              {t.signIn.changePassword}
            </button>
          )}
          <button type="button" onClick={onSignOut}>
            {t.signIn.out}
          </button>
        </Menu>
      </header>
      <nav aria-label={t.nav.label}>
        {PAGES.filter(({ role }) => isAtLeast(user.role, role)).map(({ key }) => (
          <Link key={key} to={`/${key}`} current={room === key}>
            {t.nav[key]}
          </Link>
        ))}
      </nav>
      <main id="content" tabIndex={-1}>
        <Arriving />
        <Page path={path} />
      </main>
      <News />
      {asksPassword && <PasswordDialog onSession={onSession} onClose={() => setAsksPassword(false)} />}
    </div>
  );
}

function Page({ path }: { path: readonly string[] }) {
  const { t } = useSpeech();
  const [room = 'queue', id, part, other] = path;
  const number = Number(id);
  const isNumber = Number.isSafeInteger(number) && number > 0;
  if (room === 'lines' && isNumber && part === 'calls' && other !== undefined)
    return <CallPage key={other} line={number} event={other} />;
  if (room === 'lines' && isNumber) return <LinePage key={number} id={number} />;
  const entry = PAGES.find(({ key }) => key === room);
  if (entry !== undefined && id === undefined) return <entry.page />;
  if (entry?.one !== undefined && isNumber) return <entry.one key={number} id={number} />;
  if (room === 'lists') return <ListsPage />;
  return <Nothing>{t.noPage}</Nothing>;
}

/** Says so while verdicts are being taken in: what the pages show is not the whole of them yet. */
function Arriving() {
  const { t, format } = useSpeech();
  const { data } = useReply('arriving', {}, ({ kind }) => kind === 'arriving' || kind === 'run');
  const run = data?.run;
  if (run === null || run === undefined) return null;
  const time = (seconds: number): string => format.time(seconds * 1000);
  return (
    <p className="notice arriving" role="status">
      {t.arriving.run(time(run.from), time(run.until), format.number(run.lines), format.number(run.expected))}{' '}
      {run.first ? t.arriving.first : t.arriving.before}
    </p>
  );
}

const SHOWN_MS = 8000;
type NewsEvent = Exclude<DeskEvent, { kind: 'arriving' }>;

/** Tells what happens on the desk, a while, in a corner. */
function News() {
  const { t } = useSpeech();
  const { user } = useSession();
  const [event, setEvent] = useState<NewsEvent | null>(null);
  useLive((next) => {
    if (next.kind === 'arriving') return;
    if (next.kind === 'case' && next.actor === user.name) return;
    if (next.kind === 'upload' && next.upload.state !== 'done' && next.upload.state !== 'failed') return;
    setEvent(next);
  });
  useEffect(() => {
    if (event === null) return;
    const timer = setTimeout(() => setEvent(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [event]);
  return (
    <div className="news" role="status">
      {event !== null && (
        <p>
          {newsOf(event, t)}
          <button type="button" className="plain" aria-label={t.news.dismiss} onClick={() => setEvent(null)}>
            ×
          </button>
        </p>
      )}
    </div>
  );
}

function newsOf(event: NewsEvent, t: Words): string {
  if (event.kind === 'run') return t.news.run(event.lines, event.strong);
  if (event.kind === 'case') return t.news.case(event.case, event.actor, t.states[event.state]);
  if (event.kind === 'upload') return t.news.upload(event.upload.name, t.uploads.states[event.upload.state]);
  return t.news[event.kind];
}

import type { ComponentType } from 'react';
import { isAtLeast, type Role } from '../kinds.ts';
import { Tabs } from '../parts/parts.tsx';
import { go, usePlace } from '../router.tsx';
import { useSession } from '../session.ts';
import type { Words } from '../words/en.ts';
import { useSpeech } from '../words/words.tsx';
import { AllowedList } from './allowed.tsx';
import { AuditList } from './audit.tsx';
import { LabelList } from './labels.tsx';
import { OrderList } from './orders.tsx';
import { SettingsForm } from './settings.tsx';
import { ShiftReport } from './shift.tsx';
import { TokenList } from './tokens.tsx';
import { UserList } from './users.tsx';

type Tab = keyof Words['lists']['tabs'];

const LISTS: readonly { key: Tab; role: Role; list: ComponentType }[] = [
  { key: 'allowed', role: 'viewer', list: AllowedList },
  { key: 'orders', role: 'viewer', list: OrderList },
  { key: 'labels', role: 'viewer', list: LabelList },
  { key: 'audit', role: 'approver', list: AuditList },
  { key: 'users', role: 'viewer', list: UserList },
  { key: 'tokens', role: 'viewer', list: TokenList },
  { key: 'settings', role: 'viewer', list: SettingsForm },
  { key: 'shift', role: 'viewer', list: ShiftReport },
];

/** The lists that the work leads to, and what the desk itself is made of. */
export function ListsPage() {
  const { t } = useSpeech();
  const { path } = usePlace();
  const { user } = useSession();
  const open = LISTS.filter(({ role }) => isAtLeast(user.role, role));
  const current = open.find(({ key }) => key === path[1]) ?? open[0]!;
  return (
    <>
      <header className="page-head">
        <h1>{t.nav.lists}</h1>
      </header>
      <Tabs
        label={t.lists.tabsLabel}
        tabs={open.map(({ key }) => [key, t.lists.tabs[key]] as const)}
        current={current.key}
        onChoose={(key) => go(`/lists/${key}`)}
      />
      <div role="tabpanel" aria-label={t.lists.tabs[current.key]}>
        <current.list />
      </div>
    </>
  );
}

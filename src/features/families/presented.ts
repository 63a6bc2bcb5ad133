import type { FeatureDefinition } from '../definition.ts';
import { Direction, type History, Kind } from '../history/history.ts';
import { INTERFACES } from '../history/rows.ts';
import { tally } from '../measures.ts';
import { counted, figure } from './say.ts';

const SIP = INTERFACES.indexOf('sip');
const SOURCE =
  'From, To, Request-URI: RFC 3261 §8.1.1; whose account it is: digest username §22.4, address registered with REGISTER §10.2';
const COLUMNS = ['kind', 'direction', 'endpoint'] as const;

/** How many numbers stand for one account. */
export const PRESENTED: readonly FeatureDefinition[] = [
  {
    id: 'N16a',
    name: 'presented_numbers',
    family: 'N',
    unit: 'count',
    leaning: 1,
    words: {
      en: 'Different numbers that it presented as the caller in its SIP calls; one where it only calls under its own.',
      zh: '其 SIP 主叫中所显示的不同主叫号码数；只用本号码时为一。',
    },
    formula:
      'distinct numbers presented in own outgoing sip legs with an endpoint, all under its own number or address counting as one; missing without one',
    source: SOURCE,
    columns: COLUMNS,
    reason: {
      en: (value) => `calls under ${counted(value, 'number')} from one account`,
      zh: (value) => `一个账号显示 ${figure(value)} 个主叫号码`,
    },
    compute: (history) => numbersOf(history, Direction.outgoing),
  },
  {
    id: 'N16b',
    name: 'dialled_numbers',
    family: 'N',
    unit: 'count',
    words: {
      en: 'Different dialled numbers whose SIP calls were delivered to it; one where only its own was dialled.',
      zh: '送达该账号的 SIP 来话中被拨的不同号码数；只拨本号码时为一。',
    },
    formula:
      'distinct numbers dialled in own incoming sip legs with an endpoint, its own counting as one; missing without one',
    source: SOURCE,
    columns: COLUMNS,
    reason: {
      en: (value) => `calls to ${counted(value, 'number')} are delivered to one account`,
      zh: (value) => `送达一个账号的来话被拨 ${figure(value)} 个号码`,
    },
    compute: (history) => numbersOf(history, Direction.incoming),
  },
];

function numbersOf(history: History, way: number): number {
  const { count, kind, over, direction, endpoint, alias } = history;
  tally.clear(history.texts('alias').length);
  let own = 0;
  for (let i = 0; i < count; i++) {
    // Of calls that others show it is not known whose account they are.
    if (kind[i] !== Kind.leg || over[i] !== SIP || endpoint[i]! < 0 || direction[i] !== way) continue;
    if (alias[i]! < 0) own = 1;
    else tally.add(alias[i]!);
  }
  return tally.distinct + own === 0 ? Number.NaN : tally.distinct + own;
}

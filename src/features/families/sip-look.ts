import type { FeatureContext, FeatureDefinition } from '../definition.ts';
import { KNOWN_FINGERPRINTS } from '../fingerprints.ts';
import type { History } from '../history/history.ts';
import { share, tally } from '../measures.ts';
import { POPULATION_COLUMNS, type PopulationColumn } from '../population.ts';
import { counted, figure, joined, percent } from './say.ts';

const FINGERPRINT = 'User-Agent: RFC 3261 §20.41; Via branch §8.1.1.7; SDP: RFC 8866 §5';
const FINGERPRINT_COLUMNS = ['user_agent', 'id_shape', 'sdp_fingerprint'] as const;

/** What a line looks like on SIP: its software, and how many look the same. */
export const SIP_LOOK: readonly FeatureDefinition[] = [
  {
    id: 'N1a',
    name: 'gateway_fingerprint',
    family: 'N',
    unit: 'weight',
    leaning: 1,
    words: { en: 'Weight of the best match with a known gateway fingerprint.', zh: '与已知网关指纹匹配的最大权重。' },
    formula:
      'max weight of fingerprint entries that a user_agent, id_shape or sdp_fingerprint of the line matches, 0 without a match; missing where none was seen',
    source: FINGERPRINT,
    columns: FINGERPRINT_COLUMNS,
    reason: {
      en: (value, history) => (value === 0 ? 'no known gateway fingerprint' : `looks like ${deviceOf(history)} on SIP`),
      zh: (value, history) => (value === 0 ? '无已知网关指纹' : `SIP 特征与 ${deviceOf(history)} 相似`),
    },
    compute: (history, context) => {
      if (!hasFingerprint(history)) return Number.NaN;
      let most = 0;
      for (const entry of fingerprintsOf(context).matches(history)) most = Math.max(most, entry.weight);
      return most;
    },
  },
  {
    id: 'N1b',
    name: 'gateway_fingerprint_kinds',
    family: 'N',
    unit: 'count',
    leaning: 1,
    words: {
      en: 'Kinds of evidence (User-Agent, identifiers, SDP) that match a known gateway fingerprint.',
      zh: '匹配已知网关指纹的证据种类数（User-Agent、标识格式、SDP）。',
    },
    formula: 'columns among user_agent, id_shape, sdp_fingerprint with a match; missing where none was seen',
    source: FINGERPRINT,
    columns: FINGERPRINT_COLUMNS,
    reason: {
      en: (value) => `${counted(value, 'kind')} of gateway evidence on SIP`,
      zh: (value) => `SIP 上有 ${figure(value)} 类网关证据`,
    },
    compute: (history, context) =>
      hasFingerprint(history) ? fingerprintsOf(context).matches(history).length : Number.NaN,
  },
  linesSharing(
    'N2a',
    'lines_per_sdp_fingerprint',
    'sdp_fingerprint',
    'SDP offer',
    'SDP 特征',
    'SDP: RFC 8866 §5, RFC 3264 §5',
  ),
  distinct(
    'N2b',
    'sdp_fingerprints',
    'sdp_fingerprint',
    'shape of SDP offer',
    'shapes of SDP offer',
    'SDP 特征',
    'SDP: RFC 8866 §5, RFC 3264 §5',
  ),
  linesSharing(
    'N3a',
    'lines_per_header_order',
    'header_order',
    'order of headers',
    '头域顺序',
    'order of header fields: RFC 3261 §7.3.1',
  ),
  distinct(
    'N3b',
    'header_orders',
    'header_order',
    'order of headers',
    'orders of headers',
    '头域顺序',
    'order of header fields: RFC 3261 §7.3.1',
  ),
  {
    id: 'N4a',
    name: 'decimal_identifiers',
    family: 'N',
    unit: 'count',
    words: {
      en: 'How many of branch, tag and Call-ID are plain decimal numbers, on average.',
      zh: 'branch、tag、Call-ID 中为纯十进制数的平均个数。',
    },
    formula:
      'mean over events with an id_shape of the parts among branch (after z9hG4bK), From tag and Call-ID (before @) that are decimal digits alone; missing without one',
    source: 'branch, tag, Call-ID: RFC 3261 §8.1.1',
    columns: ['id_shape'],
    reason: {
      en: (value) =>
        `${figure(value)} of its 3 identifiers ${figure(value) === '1' ? 'is a plain decimal number' : 'are plain decimal numbers'}`,
      zh: (value) => `三个标识中平均 ${figure(value)} 个为纯十进制数`,
    },
    compute: (history) => {
      const texts = history.texts('idShape');
      if (texts.length === 0) return Number.NaN;
      tally.clear(texts.length);
      for (let i = 0; i < history.count; i++) tally.add(history.idShape[i]!);
      let decimal = 0;
      for (let code = 0; code < texts.length; code++) decimal += tally.counts[code]! * decimalParts(texts[code]!);
      return decimal / tally.total;
    },
  },
  linesSharing(
    'N4b',
    'lines_per_id_shape',
    'id_shape',
    'shape of branch, tag and Call-ID',
    'branch/tag/Call-ID 格式',
    'branch, tag, Call-ID: RFC 3261 §8.1.1',
  ),
  distinct(
    'N13a',
    'user_agents',
    'user_agent',
    'User-Agent',
    'User-Agents',
    'User-Agent',
    'User-Agent: RFC 3261 §20.41',
  ),
  {
    id: 'N13b',
    name: 'user_agent_change_share',
    family: 'N',
    unit: 'share',
    leaning: 1,
    words: {
      en: 'Share of requests whose User-Agent differs from the one before.',
      zh: 'User-Agent 与前一请求不同的比例。',
    },
    formula:
      'changes of user_agent between following events that have one / (these events - 1); missing below 5 events',
    source: 'User-Agent: RFC 3261 §20.41',
    columns: ['time', 'user_agent'],
    reason: {
      en: (value) => `User-Agent changes in ${percent(value)} of requests`,
      zh: (value) => `${percent(value)} 的请求更换 User-Agent`,
    },
    compute: (history) => {
      let seen = 0;
      let changes = 0;
      let last = -1;
      for (let i = 0; i < history.count; i++) {
        const agent = history.userAgent[i]!;
        if (agent < 0) continue;
        if (seen++ > 0 && agent !== last) changes++;
        last = agent;
      }
      return share(changes, seen - 1, 4);
    },
  },
];

function fingerprintsOf(context: FeatureContext) {
  return context.fingerprints ?? KNOWN_FINGERPRINTS;
}

/** Parts of `z9hG4bK+d10 d8 d10@ip` that are decimal digits alone. */
function decimalParts(shape: string): number {
  let known = decimalCache.get(shape);
  if (known === undefined) {
    known = shape.split(' ').filter((part) => DECIMAL.test(part)).length;
    if (decimalCache.size >= 20_000) decimalCache.clear();
    decimalCache.set(shape, known);
  }
  return known;
}

const DECIMAL = /^(z9hG4bK\+)?d\d+(@.*)?$/;
const decimalCache = new Map<string, number>();

function hasFingerprint(history: History): boolean {
  return (
    history.texts('userAgent').length + history.texts('idShape').length + history.texts('sdpFingerprint').length > 0
  );
}

function deviceOf(history: History): string {
  let best = null;
  for (const entry of KNOWN_FINGERPRINTS.matches(history))
    if (best === null || entry.weight > best.weight) best = entry;
  return best?.device ?? history.text('userAgent', 0) ?? '?';
}

function linesSharing(
  id: string,
  name: string,
  column: PopulationColumn,
  en: string,
  zh: string,
  source: string,
): FeatureDefinition {
  return {
    id,
    name,
    family: 'N',
    unit: 'lines',
    words: { en: `Lines that show the ${en} it shows most often.`, zh: joined('与其最常见', zh, '相同的号码数。') },
    formula: `lines with the most frequent ${column} of the line, the most over equally frequent ones; missing without one`,
    source,
    columns: [column as (typeof FINGERPRINT_COLUMNS)[number]],
    reason: {
      en: (value) => `${counted(value, 'line')} with the same ${en}`,
      zh: (value) => joined(`${figure(value)} 个号码具有相同`, zh),
    },
    compute: (history, { population }) => {
      const texts = history.texts(POPULATION_COLUMNS[column]);
      if (texts.length === 0) return Number.NaN;
      if (texts.length === 1) return population.lines(column, texts[0]!);
      const codes = history[POPULATION_COLUMNS[column]];
      tally.clear(texts.length);
      for (let i = 0; i < history.count; i++) tally.add(codes[i]!);
      const often = tally.counts[tally.top()]!;
      let most = 0;
      for (let code = 0; code < texts.length; code++) {
        if (tally.counts[code] === often) most = Math.max(most, population.lines(column, texts[code]!));
      }
      return most;
    },
  };
}

function distinct(
  id: string,
  name: string,
  column: PopulationColumn,
  one: string,
  many: string,
  zh: string,
  source: string,
): FeatureDefinition {
  return {
    id,
    name,
    family: 'N',
    unit: 'count',
    words: { en: `Distinct ${many} of the line.`, zh: joined('不同的', zh, '数量。') },
    formula: `distinct ${column}; missing without one`,
    source,
    columns: [column as (typeof FINGERPRINT_COLUMNS)[number]],
    reason: {
      en: (value) => counted(value, one, many),
      zh: (value) => joined(`${figure(value)} 种`, zh),
    },
    compute: (history) => history.texts(POPULATION_COLUMNS[column]).length || Number.NaN,
  };
}

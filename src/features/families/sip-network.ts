import type { FeatureDefinition } from '../definition.ts';
import { durationWords } from '../exposure.ts';
import { type History, Kind, OutcomeCode } from '../history/history.ts';
import { isPrivate } from '../history/own-addresses.ts';
import { type Sample, sample, share } from '../measures.ts';
import { CROWD } from '../population.ts';
import { BOTH_WAYS_COLUMNS } from './calls.ts';
import { counted, figure, joined, percent } from './say.ts';

const CONTACT = 'Contact: RFC 3261 §20.10';
const REGISTER = 'REGISTER: RFC 3261 §10.2, §10.3; Expires §20.19';
const ACCESS = 'P-Access-Network-Info: RFC 7315 §5.4';
const VIA = 'Via sent-by against source address: RFC 3261 §18.2.1';
/** A share over requests needs this many. */
const LEAST_REQUESTS = 3;

/** Features that count who else shows its address. */
const ADDRESS = ['lines_per_endpoint', 'lines_per_contact'] as const;

/** How a line is on the network: its addresses, access and periods. */
export const SIP_NETWORK: readonly FeatureDefinition[] = [
  {
    id: 'N5a',
    name: 'registration_period',
    family: 'N',
    unit: 's',
    words: { en: 'Median time between successful registrations.', zh: '成功注册间隔的中位数。' },
    formula: 'median of time between registrations with outcome registered; missing below 3 intervals',
    source: REGISTER,
    columns: ['kind', 'time', 'outcome'],
    reason: {
      en: (value) => `registers every ${durationWords(value).en}`,
      zh: (value) => `每 ${durationWords(value).zh}注册一次`,
    },
    compute: (history) => {
      const intervals = registrationIntervals(history);
      return intervals.count < 3 ? Number.NaN : intervals.median();
    },
  },
  {
    id: 'N5b',
    name: 'registration_period_variation',
    family: 'N',
    unit: 'ratio',
    words: { en: 'Variation of the time between successful registrations.', zh: '成功注册间隔的变异系数。' },
    formula: 'sample standard deviation / mean of the same; missing below 5 intervals',
    source: REGISTER,
    columns: ['kind', 'time', 'outcome'],
    reason: {
      en: (value) => `time between registrations varies by ${figure(value)} of its mean`,
      zh: (value) => `注册间隔变异系数 ${figure(value)}`,
    },
    compute: (history) => {
      const intervals = registrationIntervals(history);
      return intervals.count < 5 ? Number.NaN : intervals.variation();
    },
  },
  median('N5c', 'registration_expires', 'expires', 'expires_s', 'Expiry of its registrations', '注册有效期', REGISTER),
  linesPerAddress('N6a', 'lines_per_contact', 'contact', 'Contact address', 'Contact 地址', CONTACT),
  linesPerAddress(
    'N6b',
    'lines_per_endpoint',
    'endpoint',
    'source address',
    '源地址',
    'source address of the request; Via received: RFC 3261 §18.2.1',
  ),
  {
    id: 'N6c',
    name: 'sdp_shapes_per_endpoint',
    family: 'N',
    unit: 'count',
    words: {
      en: 'Fewest shapes of SDP offers behind one source address of the line that others share: one box has few, a border controller many.',
      zh: '该线路与他人共用的源地址后，最少出现的 SDP 特征种类数：网关设备很少，边界控制器很多。',
    },
    formula:
      'min over addresses (without port) in endpoint that more than 4 lines showed of the distinct sdp_fingerprint of these lines, 16 at most; missing without one',
    source: 'source address of the request; Via received: RFC 3261 §18.2.1; SDP: RFC 8866 §5',
    columns: ['endpoint', 'sdp_fingerprint'],
    reason: {
      en: (value) => `${counted(value, 'shape')} of SDP offers on its source address, which others share`,
      zh: (value) => `与他人共用的源地址后有 ${figure(value)} 种 SDP 特征`,
    },
    compute: (history, { population }) => {
      let least = Number.NaN;
      for (const text of history.texts('endpoint')) {
        const shapes = population.shapesBehind(text);
        if (shapes > 0 && !(shapes >= least)) least = shapes;
      }
      return least;
    },
  },
  {
    id: 'N7a',
    name: 'concurrent_calls',
    family: 'N',
    unit: 'count',
    words: { en: 'Most calls of the line at the same time.', zh: '同时进行的最大通话数。' },
    formula:
      'max over calls with a known end of the calls that have started and not ended at its start, itself included; missing without one',
    source: 'INVITE, BYE: RFC 3261 §13, §15',
    columns: BOTH_WAYS_COLUMNS,
    reason: {
      en: (value) => `${counted(value, 'call')} at the same time`,
      zh: (value) => `同时进行 ${figure(value)} 个通话`,
    },
    compute: concurrentCalls,
  },
  linesPerAddress(
    'N7b',
    'lines_per_media_address',
    'media',
    'media address',
    '媒体地址',
    'SDP c=, m=: RFC 8866 §5.7, §5.14',
  ),
  {
    id: 'N8a',
    name: 'via_mismatch_share',
    family: 'N',
    unit: 'share',
    words: {
      en: 'Share of requests whose Via names another address than they came from.',
      zh: 'Via 与源地址不一致的请求比例。',
    },
    formula: 'events with via_mismatch true / events with via_mismatch known; missing below 3',
    source: VIA,
    columns: ['via_mismatch'],
    reason: {
      en: (value) => `Via and source address differ in ${percent(value)} of requests`,
      zh: (value) => `${percent(value)} 的请求 Via 与源地址不一致`,
    },
    compute: (history) => {
      let known = 0;
      let differ = 0;
      for (let i = 0; i < history.count; i++) {
        if (history.viaMismatch[i] === 0) continue;
        known++;
        if (history.viaMismatch[i] === 2) differ++;
      }
      return share(differ, known, LEAST_REQUESTS);
    },
  },
  {
    id: 'N8b',
    name: 'private_contact_share',
    family: 'N',
    unit: 'share',
    words: {
      en: 'Share of requests from a public address with a private Contact (behind NAT).',
      zh: '源地址为公网而 Contact 为私网地址的请求比例（位于 NAT 后）。',
    },
    formula: 'events with a private contact and an endpoint that is not private / events with both; missing below 3',
    source: `${CONTACT}; RFC 1918 §3, RFC 6598 §7, RFC 4193 §3`,
    columns: ['contact', 'endpoint'],
    reason: {
      en: (value) => `private Contact behind a public address in ${percent(value)} of requests`,
      zh: (value) => `${percent(value)} 的请求为公网源地址、私网 Contact`,
    },
    compute: privateContactShare,
  },
  {
    id: 'N10a',
    name: 'access_absent_share',
    family: 'N',
    unit: 'share',
    words: {
      en: 'Share of its calls, messages and registrations without access-network information.',
      zh: '不带接入网信息的请求比例。',
    },
    formula:
      'own leg, sms and registration events without access / all of these; missing below 3 or where no line shows one',
    source: ACCESS,
    columns: ['kind', 'access'],
    reason: {
      en: (value) => `${percent(value)} of its requests do not say which network they come from`,
      zh: (value) => `${percent(value)} 的请求未携带接入网信息`,
    },
    compute: (history, { population }) => {
      if (population.accessLines === 0) return Number.NaN;
      const { absent, all } = accesses(history);
      return share(absent, all, LEAST_REQUESTS);
    },
  },
  {
    id: 'N10b',
    name: 'wifi_share',
    family: 'N',
    unit: 'share',
    words: {
      en: 'Share of requests with access-network information that came over Wi-Fi.',
      zh: '经 Wi-Fi 接入的请求比例。',
    },
    formula: 'own leg, sms and registration events with access IEEE-802.11* / those with an access; missing below 3',
    source: ACCESS,
    columns: ['kind', 'access'],
    reason: {
      en: (value) => `${percent(value)} of its requests over Wi-Fi`,
      zh: (value) => `${percent(value)} 的请求经 Wi-Fi`,
    },
    compute: (history) => {
      const { absent, wifi, all } = accesses(history);
      return share(wifi, all - absent, LEAST_REQUESTS);
    },
  },
  median(
    'N14',
    'keep_alive_period',
    'keepAlive',
    'keep_alive_s',
    'Keep-alive period',
    '保活周期',
    'Via keep: RFC 6223 §5; Flow-Timer: RFC 5626 §11.4',
  ),
];

function linesPerAddress(
  id: string,
  name: string,
  column: 'contact' | 'endpoint' | 'media',
  en: string,
  zh: string,
  source: string,
): FeatureDefinition {
  return {
    id,
    name,
    family: 'N',
    unit: 'lines',
    words: { en: `Most lines behind one ${en} of the line.`, zh: joined('与其共用同一', zh, '的最多号码数。') },
    formula: `max over addresses (without port${column === 'endpoint' ? '' : '; a private one with the endpoint, if that is not'}) in ${column} of the lines that showed it; missing without one`,
    source,
    columns: column === 'endpoint' ? [column] : [column, 'endpoint'],
    reason: {
      en: (value) => `${counted(value, 'line')} on one ${en}`,
      zh: (value) => joined(`${figure(value)} 个号码共用一个`, zh),
    },
    compute: (history, { population }) => {
      let most = Number.NaN;
      for (const text of history.texts(column)) {
        const lines = population.lines(column, text);
        if (!(lines <= most)) most = lines;
      }
      return most;
    },
  };
}

function median(
  id: string,
  name: string,
  field: 'expires' | 'keepAlive',
  column: 'expires_s' | 'keep_alive_s',
  en: string,
  zh: string,
  source: string,
): FeatureDefinition {
  return {
    id,
    name,
    family: 'N',
    unit: 's',
    words: { en: `${en}, median.`, zh: `${zh}的中位数。` },
    formula: `median of ${column}; missing without one`,
    source,
    columns: [column],
    reason: {
      en: (value) => `${en.toLowerCase()} ${durationWords(value).en}`,
      zh: (value) => `${zh} ${durationWords(value).zh}`,
    },
    compute: (history) => {
      sample.clear();
      const values = history[field];
      for (let i = 0; i < history.count; i++) sample.add(values[i]!);
      return sample.median();
    },
  };
}

/** Sorted. */
function registrationIntervals(history: History): Sample {
  return sample.load(history, fillRegistrations);
}

function fillRegistrations({ kind, outcome, time, count, kinds }: History, into: Sample): void {
  if (kinds[Kind.registration] === 0) return;
  let last = Number.NaN;
  for (let i = 0; i < count; i++) {
    if (kind[i] !== Kind.registration || outcome[i] !== OutcomeCode.registered) continue;
    into.add(time[i]! - last);
    last = time[i]!;
  }
}

function concurrentCalls(history: History): number {
  const { time, end, kind, direction, repeat, count } = history;
  sample.load(history, fillEnds);
  if (sample.count === 0) return Number.NaN;
  let most = 0;
  let started = 0;
  let ended = 0;
  for (let i = 0; i < count; i++) {
    if (kind[i] !== Kind.leg || direction[i] === 0 || repeat[i] === 1 || Number.isNaN(end[i]!)) continue;
    while (ended < started && sample.at(ended) <= time[i]!) ended++;
    started++;
    most = Math.max(most, started - ended);
  }
  return most;
}

function fillEnds({ end, outgoing, outgoingCount, incoming, incomingCount }: History, into: Sample): void {
  for (let i = 0; i < outgoingCount; i++) into.add(end[outgoing[i]!]!);
  for (let i = 0; i < incomingCount; i++) into.add(end[incoming[i]!]!);
}

function privateContactShare(history: History): number {
  if (history.texts('contact').length === 0 || history.texts('endpoint').length === 0) return Number.NaN;
  let both = 0;
  let hidden = 0;
  let lastContact = -1;
  let lastEndpoint = -1;
  let isHidden = false;
  for (let i = 0; i < history.count; i++) {
    const contact = history.contact[i]!;
    const endpoint = history.endpoint[i]!;
    if (contact < 0 || endpoint < 0) continue;
    if (contact !== lastContact || endpoint !== lastEndpoint) {
      isHidden = isPrivate(history.text('contact', contact)!) && !isPrivate(history.text('endpoint', endpoint)!);
      lastContact = contact;
      lastEndpoint = endpoint;
    }
    both++;
    if (isHidden) hidden++;
  }
  return share(hidden, both, LEAST_REQUESTS);
}

function accesses(history: History): { absent: number; wifi: number; all: number } {
  let absent = 0;
  let wifi = 0;
  let all = 0;
  const texts = history.texts('access');
  const { mirror, kind, access, count } = history;
  for (let i = 0; i < count; i++) {
    const what = kind[i]!;
    if (mirror[i] === 1 || (what !== Kind.leg && what !== Kind.sms && what !== Kind.registration)) continue;
    all++;
    const code = access[i]!;
    if (code < 0) absent++;
    else if (texts[code]!.startsWith('IEEE-802.11')) wifi++;
  }
  return { absent, wifi, all };
}

/**
 * Whether a line is an account on SIP, which signals for itself: it registers, or shows an address; that of a crowd is a switch's, which
 * signals for all of them.
 *
 * @param tell the line's value of a feature
 */
export function isAccount(tell: (name: string) => number): boolean {
  return !Number.isNaN(tell('registration_expires')) || ADDRESS.some((name) => tell(name) <= CROWD.least);
}

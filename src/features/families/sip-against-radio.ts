import type { FeatureContext, FeatureDefinition } from '../definition.ts';
import type { History } from '../history/history.ts';
import { INTERFACES } from '../history/rows.ts';
import { share } from '../measures.ts';
import { knownPlaces } from '../places.ts';
import { LEAST_DISTANCE } from '../sightings.ts';
import { percent } from './say.ts';

const CELL_COLUMNS = ['mcc', 'mnc', 'lac', 'cell'] as const;
const PEER = 'source address of the request; Via received: RFC 3261 §18.2.1; --networks';
const SIP = INTERFACES.indexOf('sip');
/** A share over requests needs this many. */
const LEAST_REQUESTS = 3;
/** A place on the radio tells of one on SIP for this long, s. */
const SAME_TIME = 300;

/** What SIP says of a line against what its address and the other interfaces say. */
export const SIP_AGAINST_RADIO: readonly FeatureDefinition[] = [
  peerShare('N9a', 'hosted_peer_share', 'hosting or anonymous', (name) => name === 'hosting' || name === 'anonymous', [
    'from a data centre, a VPN or a proxy',
    '来自机房、VPN 或代理',
  ]),
  peerShare('N9b', 'unlisted_peer_share', 'none', (name) => name === null, [
    'from no network that is known',
    '来自未登记的网络',
  ]),
  {
    id: 'N10c',
    name: 'sip_place_far_from_radio_share',
    family: 'N',
    unit: 'share',
    words: {
      en: 'Share of its places on SIP that are far from where CAP, MAP or the radio saw it at about that time.',
      zh: 'SIP 上报位置与同一时段 CAP、MAP 或无线侧位置相距很远的比例。',
    },
    formula:
      'sip events in a known cell 50 km or more from the known cell of the last event on another interface up to 300 s before / such events; missing below 3, or without --cells',
    source: 'P-Access-Network-Info: RFC 7315 §5.4; locationInformation: 3GPP TS 29.078 §6.1; --cells',
    columns: ['time', ...CELL_COLUMNS],
    reason: {
      en: (value) => `${percent(value)} of its places on SIP are far from those on the radio`,
      zh: (value) => `${percent(value)} 的 SIP 位置与无线侧相距很远`,
    },
    compute: farFromRadio,
  },
  {
    id: 'N11',
    name: 'sip_imeis_not_on_radio_share',
    family: 'N',
    unit: 'share',
    leaning: 1,
    words: {
      en: 'Share of the IMEIs it gives on SIP that no SS7 interface showed of it.',
      zh: 'SIP 上报的 IMEI 中未在 SS7 侧出现的比例。',
    },
    formula:
      'distinct imei of sip events that no event on another interface has / distinct imei of sip events; missing unless both sides show one',
    source: 'Contact +sip.instance: RFC 7254 §4; Identity Response: 3GPP TS 24.008 §9.2.11; imei: TS 29.078 §6.1',
    columns: ['imei'],
    reason: {
      en: (value) =>
        value === 0 ? 'the same IMEIs on SIP and on SS7' : `${percent(value)} of its IMEIs on SIP are not those on SS7`,
      zh: (value) => (value === 0 ? 'SIP 与 SS7 的 IMEI 一致' : `SIP 上 ${percent(value)} 的 IMEI 与 SS7 不符`),
    },
    compute: imeisNotOnRadio,
  },
];

function peerShare(
  id: string,
  name: string,
  classes: string,
  counts: (name: string | null) => boolean,
  [en, zh]: readonly [string, string],
): FeatureDefinition {
  return {
    id,
    name,
    family: 'N',
    unit: 'share',
    words: { en: `Share of its requests that came ${en}.`, zh: `${zh}的请求比例。` },
    formula: `events with an endpoint in a network of class ${classes} / events with an endpoint; missing below 3, or without --networks`,
    source: PEER,
    columns: ['endpoint'],
    reason: {
      en: (value) => `${percent(value)} of its requests came ${en}`,
      zh: (value) => `${percent(value)} 的请求${zh}`,
    },
    compute: (history, { networks }) => {
      if (networks === undefined || history.texts('endpoint').length === 0) return Number.NaN;
      let known = 0;
      let found = 0;
      let last = -1;
      let isCounted = false;
      for (let i = 0; i < history.count; i++) {
        const endpoint = history.endpoint[i]!;
        if (endpoint < 0) continue;
        if (endpoint !== last) isCounted = counts(networks.classOf(history.text('endpoint', endpoint)!));
        last = endpoint;
        known++;
        if (isCounted) found++;
      }
      return share(found, known, LEAST_REQUESTS);
    },
  };
}

/** Whether a history has events on SIP and on other interfaces. */
function isOnBoth({ interfaces }: History): boolean {
  return (interfaces & (1 << SIP)) !== 0 && (interfaces & ~(1 << SIP)) !== 0;
}

function farFromRadio(history: History, { cells }: FeatureContext): number {
  if (cells === undefined || history.texts('cell').length === 0 || !isOnBoth(history)) return Number.NaN;
  let since = Number.NEGATIVE_INFINITY;
  let radio = -1;
  let compared = 0;
  let far = 0;
  const places = knownPlaces(history, cells);
  for (let i = 0; i < history.count; i++) {
    const cell = history.cell[i]!;
    const place = cell < 0 ? -1 : places[cell]!;
    if (place < 0) continue;
    if (history.over[i] !== SIP) {
      radio = place;
      since = history.time[i]!;
    } else if (radio >= 0 && history.time[i]! - since <= SAME_TIME) {
      compared++;
      if (cells.distance(radio, place) >= LEAST_DISTANCE) far++;
    }
  }
  return share(far, compared, LEAST_REQUESTS);
}

function imeisNotOnRadio(history: History): number {
  const imeis = history.texts('imei').length;
  if (imeis === 0 || !isOnBoth(history)) return Number.NaN;
  const sides = new Uint8Array(imeis);
  for (let i = 0; i < history.count; i++) {
    const imei = history.imei[i]!;
    if (imei >= 0) sides[imei]! |= history.over[i] === SIP ? 1 : 2;
  }
  let sip = 0;
  let other = 0;
  let alone = 0;
  for (const side of sides) {
    if ((side & 1) !== 0) sip++;
    if ((side & 2) !== 0) other++;
    if (side === 1) alone++;
  }
  return sip === 0 || other === 0 ? Number.NaN : alone / sip;
}

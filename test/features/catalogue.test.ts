import { describe, expect, test } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { type CatpoolEvent, EVENT_COLUMNS, EVENT_KINDS, type EventColumn, emptyEvent } from '../../src/events/event.ts';
import { CATALOGUE, computeVector, definitionDigest, featureNames } from '../../src/features/catalogue.ts';
import { FAMILIES, type FeatureContext, type TacClass } from '../../src/features/definition.ts';
import { describeFeatures } from '../../src/features/describe.ts';
import { FINGERPRINT_TABLE } from '../../src/features/fingerprint-table.ts';
import { Fingerprints } from '../../src/features/fingerprints.ts';
import { digitsOf } from '../../src/features/history/dictionary.ts';
import { History } from '../../src/features/history/history.ts';
import { Pairing, type TrunkLeg } from '../../src/features/pairing.ts';
import { Population } from '../../src/features/population.ts';
import { CellPlaces } from '../../src/features/references/cell-places.ts';
import { Networks } from '../../src/features/references/networks.ts';
import { Subscribers } from '../../src/features/references/subscribers.ts';
import { RegisteredLines } from '../../src/features/registered-lines.ts';
import { Sightings } from '../../src/features/sightings.ts';
import { at, START } from './lines.ts';

const DAY = 86_400;
const entry = { device: 'invented', match: 'equals', confidence: 'seen', source: 'this test' } as const;
const FINGERPRINTS = new Fingerprints([
  FINGERPRINT_TABLE,
  {
    version: 1,
    entries: [
      { ...entry, column: 'id_shape', value: 'z9hG4bK+x10 d8 d9@ip', weight: 0.9 },
      { ...entry, column: 'sdp_fingerprint', value: 's1', weight: 0.95 },
    ],
  },
]);
const OUTCOMES = [
  'answered',
  'answered',
  'busy',
  'rejected',
  'no_answer',
  'cancelled',
  'failed',
  'open',
  'redirected',
] as const;
const TACS = ['35693803', '86012304', '99999999'];
const OVER = ['sip', 'sip', 'sip', 'bssap', 'cap', 'isup', 'map'] as const;

const CELLS = new CellPlaces();
for (const [cell, latitude] of [
  [1, 30],
  [2, 30.02],
  [3, 31],
  [4, 30.2],
] as const)
  CELLS.add(`460-00-6151-${cell}`, latitude, 104);

const NETWORKS = new Networks();
NETWORKS.add('10.0.0.1', 32, 'hosting');
NETWORKS.add('10.0.0.2', 32, 'access');

/** A line with every column of every kind of event filled now and then: nothing like a real one, but it feeds every feature. */
function invented(random: Random, line: number, count: number, days: number): CatpoolEvent[] {
  const events: CatpoolEvent[] = [];
  // Some lines sleep for a month first.
  const wake = line % 3 === 0 && days > 40 ? 35 * DAY : 0;
  for (let i = 0; i < count; i++) {
    const second = i === 0 ? 5 : wake + Math.floor(random.between(0, (days * DAY - wake) * (line % 2 === 0 ? 0.3 : 1)));
    const kind = random.chance(line % 4 === 1 ? 0.9 : 0.6)
      ? 'leg'
      : random.pick([...EVENT_KINDS, 'sms', 'registration'] as const);
    const maybe = <T>(value: T): T | null => (random.chance(0.7) ? value : null);
    // Some lines never leave their cell.
    const place = <T>(value: T): T | null => (line % 8 === 1 ? value : maybe(value));
    const talk = random.integer(0, 300);
    const mirrored = (kind === 'leg' || kind === 'sms') && line % 4 !== 1 && random.chance(0.2);
    events.push({
      ...emptyEvent(kind, at(second), 'probe', random.pick(OVER)),
      direction: random.chance(0.05)
        ? null
        : random.chance(line % 4 === 1 ? 0.97 : 0.6)
          ? 'originating'
          : 'terminating',
      msisdn: `861380000${String(line).padStart(4, '0')}`,
      imsi: maybe(String(460_000_000_000_000 + line * (1 + (line % 9)))),
      counterpart: maybe(random.chance(0.2) ? 'alice' : String(8_613_900_000_000 + random.integer(0, 30) * 7)),
      answer_time: maybe(at(second + 7)),
      end_time: maybe(at(second + 7 + talk)),
      setup_ms: maybe(random.integer(100, 9000)),
      ring_ms: maybe(random.integer(100, 9000)),
      talk_ms: maybe(talk * 1000),
      outcome:
        kind === 'registration' || kind === 'presence'
          ? random.pick(['registered', 'registered', 'rejected'])
          : random.pick(OUTCOMES),
      cause: random.chance(0.5) ? random.pick([1, 16, 17, 28]) : null,
      sip_status: maybe(random.pick([200, 404, 480, 486])),
      released_by: maybe(random.pick(['caller', 'called', 'network'])),
      access: maybe(random.pick(['3GPP-E-UTRAN-FDD', 'IEEE-802.11'])),
      mcc: place('460'),
      mnc: place('00'),
      lac: place(6151),
      cell: place(String(line % 8 === 1 ? 2 : random.integer(1, 4))),
      lu_type: maybe(random.pick(['periodic', 'normal', 'attach'])),
      ussd_code: kind === 'ussd' ? maybe(random.pick(['*101#', '*102#'])) : null,
      forwarding: kind === 'forwarding' ? maybe(random.pick(['register busy', 'erase all'])) : null,
      imei: maybe(random.pick(TACS) + String(random.integer(1, 3)).padStart(6, '0')),
      classmark: maybe(String(random.integer(1, 3))),
      latency_ms: maybe(random.integer(5, 500)),
      sms_length: maybe(random.integer(10, 13)),
      endpoint: maybe(`${random.pick(['10.0.0', '203.0.113'])}.${random.integer(1, 3)}:5060`),
      contact: maybe(`${random.pick(['10.0.0', '203.0.113'])}.${random.integer(1, 3)}:5060`),
      via_mismatch: maybe(random.chance(0.3)),
      user_agent: maybe(random.pick(['dble', 'Linphone/5', 'Asterisk PBX'])),
      sdp_fingerprint: maybe(`s${random.integer(1, 3)}`),
      header_order: maybe(`h${random.integer(1, 3)}`),
      id_shape: maybe(`z9hG4bK+${random.pick(['d', 'x'])}10 d8 d${random.integer(8, 10)}@ip`),
      media: maybe(`audio 10.0.0.${random.integer(1, 3)}:4000`),
      keep_alive_s: maybe(random.integer(20, 60)),
      expires_s: maybe(random.integer(60, 3600)),
      event_id: `${line}-${2 * i}${mirrored ? 'mirror' : ''}`,
    });
    // Some calls have a second leg, and some are tried again at once.
    const first = events.at(-1)!;
    if (kind === 'sms' && random.chance(0.5)) {
      events.push({
        ...first,
        interface: random.pick(OVER),
        time: at(second + random.integer(1, 20)),
        sms_length: random.chance(0.5) ? 99 : first.sms_length,
        counterpart: random.chance(0.5) ? String(8_613_900_500_000 + i) : first.counterpart,
        event_id: `${line}-${2 * i + 1}${mirrored ? 'mirror' : ''}`,
      });
    }
    if (kind === 'ussd' || kind === 'forwarding') {
      events.push({
        ...first,
        interface: random.pick(OVER),
        time: at(second + random.integer(1, 20)),
        direction: random.chance(0.3) ? null : first.direction,
        ussd_code: kind === 'ussd' && random.chance(0.3) ? '*103#' : first.ussd_code,
        forwarding: kind === 'forwarding' && random.chance(0.3) ? 'register all' : first.forwarding,
        event_id: `${line}-${2 * i + 1}${mirrored ? 'mirror' : ''}`,
      });
    }
    if (kind !== 'leg' || !random.chance(0.4)) continue;
    const over = random.chance(0.5) ? at(second + 1) : first.end_time;
    events[events.length - 1] = { ...first, end_time: over };
    const again = random.integer(1, 4);
    events.push({
      ...first,
      // Some legs hide the number, some are to another one.
      counterpart:
        i % 3 === 0 ? null : i % 5 === 1 ? String(8_615_500_000_000 + (i % 7) * 1_000_000) : first.counterpart,
      interface: random.chance(0.5) ? random.pick(OVER) : first.interface,
      cell: random.chance(0.5) ? String(line % 8 === 1 ? 2 : random.integer(1, 4)) : first.cell,
      time: at(second + again),
      end_time: maybe(at(second + again + talk)),
      talk_ms: maybe(talk * 500),
      setup_ms: maybe(again * 100),
      ring_ms: maybe(again * 200),
      cause: maybe(17),
      outcome: random.pick(OUTCOMES),
      answer_time: maybe(at(second + again)),
      released_by: maybe('called'),
      event_id: `${line}-${2 * i + 1}${mirrored ? 'mirror' : ''}`,
    });
  }
  if (line === 8) events.push(...whileItTalks());
  return events;
}

/** A call of line 8, and two others that ring it meanwhile: they meet it engaged, and are over when it hangs up. */
function whileItTalks(): CatpoolEvent[] {
  const calls = [
    { begin: 100, end: 900, outcome: 'answered' as const, answer_time: at(105) },
    { begin: 200, end: 800, outcome: 'busy' as const, answer_time: null },
    { begin: 300, end: 700, outcome: 'busy' as const, answer_time: null },
  ];
  return calls.map(({ begin, end, ...rest }, i) => ({
    ...emptyEvent('leg', at(begin), 'probe', 'cap'),
    ...rest,
    direction: 'originating',
    msisdn: '8613800000008',
    counterpart: String(8_613_900_600_000 + i),
    end_time: at(end),
    event_id: `8-engaged-${i}${i === 0 ? '' : 'mirror'}`,
  }));
}

const LINES = 240;
const DAYS = 60;
/** What a few lines do not show that the others do: they are no accounts on SIP, or are by one thing alone. */
const NOT_SHOWN: Readonly<Record<number, readonly EventColumn[]>> = {
  20: ['endpoint', 'contact', 'expires_s'],
  24: ['contact', 'expires_s'],
  28: ['endpoint', 'expires_s'],
  32: ['endpoint', 'contact'],
};

function inventedLines(seed = 1): CatpoolEvent[][] {
  const random = new Random(seed, 'catalogue');
  return Array.from({ length: LINES }, (_, line) => {
    const events = invented(random, line, random.integer(1, [250, 13, 25, 25][line % 4]!), DAYS);
    const without = Object.fromEntries((NOT_SHOWN[line] ?? []).map((column) => [column, null]));
    return events.map((event) => ({ ...event, ...without }));
  });
}

/** Vectors of all lines; some calls and messages are seen as another line's. */
function vectorsOf(lines: readonly (readonly CatpoolEvent[])[]): Float64Array[] {
  const history = new History();
  const fill = (events: readonly CatpoolEvent[], line: number) => {
    history.reset(`861380000${String(line).padStart(4, '0')}`);
    for (const event of events) {
      history.push(event, event.event_id.endsWith('mirror') ? 'mirror' : 'own', event.counterpart);
    }
    history.seal();
  };
  const population = new Population();
  const registered = new RegisteredLines(subscribers());
  for (const [line, events] of lines.entries()) {
    fill(events, line);
    population.add(history, START + (DAYS * DAY) / 2);
    registered.add(history);
  }
  const sightings = new Sightings(CELLS);
  for (const [line, events] of lines.entries()) {
    fill(events, line);
    sightings.add(history, population);
  }
  const context: FeatureContext = {
    from: START,
    until: START + DAYS * DAY,
    observedSeconds: DAYS * DAY,
    population,
    localOffset: () => 28_800,
    fingerprints: FINGERPRINTS,
    pairing: pairing(),
    cells: CELLS,
    sightings,
    networks: NETWORKS,
    registered,
    ownPrefixes: ['86139000000'],
    tacClass: (tac) => (({ 35693803: 'phone', 86012304: 'module' })[tac] as TacClass | undefined) ?? null,
  };
  return lines.map((events, line) => {
    fill(events, line);
    const out = new Float64Array(CATALOGUE.length);
    computeVector(history, context, out);
    return out;
  });
}

/** Legs of other callers on a trunk, shortly before some of the lines' calls, as `inventedLines` has them. */
function trunkLegs(): TrunkLeg[] {
  const random = new Random(5, 'trunk');
  return inventedLines().flatMap((events) =>
    events.flatMap(({ kind, counterpart, time, answer_time, end_time }) => {
      if (kind !== 'leg' || counterpart === null || answer_time === null || end_time === null) return [];
      const lead = random.integer(0, 12);
      const leg = { called: digitsOf(counterpart), caller: 44_000_000, time: time.s - lead };
      return random.chance(0.5) ? [{ ...leg, answer: answer_time.s + 1, end: end_time.s - 1 }] : [];
    }),
  );
}

/** The trunk as an index, for any lines. */
function pairing(): Pairing {
  const index = new Pairing(DAYS * DAY);
  for (let i = 0; i <= 30; i++) index.noteCalled(8_613_900_000_000 + i * 7);
  for (const leg of trunkLegs()) index.noteTrunk(leg);
  index.seal();
  return index;
}

/** A register that has four of five lines. */
function subscribers(): Subscribers {
  const random = new Random(6, 'register');
  const register = new Subscribers();
  for (let line = 0; line < LINES; line++) {
    if (line % 5 === 0) continue;
    register.add({
      msisdn: `861380000${String(line).padStart(4, '0')}`,
      imsi: null,
      id: `id ${line % 50}`,
      activated: START + random.integer(0, 10) * DAY,
      isThing: line % 7 === 0,
      dealer: `dealer ${line % 3}`,
      brand: `brand ${line % 2}`,
    });
  }
  return register;
}

const vectors = vectorsOf(inventedLines());

describe('the catalogue', () => {
  test('has a unique name and number for each feature, and says all there is to say', () => {
    expect(new Set(featureNames).size).toBe(CATALOGUE.length);
    expect(new Set(CATALOGUE.map(({ id }) => id)).size).toBe(CATALOGUE.length);
    for (const definition of CATALOGUE) {
      expect(definition.name).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(definition.id).toMatch(new RegExp(`^${definition.family}\\d+[a-z]?$`));
      expect(definition.words.en).toMatch(/^[A-Z0-9].*\.$/);
      expect(definition.words.zh).toMatch(/\p{Script=Han}.*。$/u);
      for (const text of [definition.formula, definition.unit, definition.source]) expect(text).not.toBe('');
      expect(new Set(definition.columns).size).toBe(definition.columns.length);
      for (const column of definition.columns) expect(EVENT_COLUMNS).toHaveProperty(column);
    }
  });

  test('has every family', () => {
    expect(new Set(CATALOGUE.map(({ family }) => family))).toEqual(new Set(Object.keys(FAMILIES)));
  });

  test('is described row by row', () => {
    const rows = describeFeatures(CATALOGUE);
    expect(rows.map(({ name }) => name)).toEqual(featureNames);
    expect(rows[0]).toMatchObject({
      id: 'D1',
      family: 'Device',
      columns: 'imei',
      digest: definitionDigest(CATALOGUE[0]!),
    });
  });

  test('digests tell definitions apart, and not their words', () => {
    const first = CATALOGUE[0]!;
    expect(definitionDigest(first)).toMatch(/^[0-9a-f]{64}$/);
    expect(definitionDigest({ ...first, words: { en: 'x', zh: 'x' } })).toBe(definitionDigest(first));
    for (const change of [{ formula: 'x' }, { unit: 'x' }, { name: 'x' }, { columns: ['time' as const] }]) {
      expect(definitionDigest({ ...first, ...change })).not.toBe(definitionDigest(first));
    }
    expect(new Set(CATALOGUE.map(definitionDigest)).size).toBe(CATALOGUE.length);
  });
});

describe('vectors', () => {
  test('the invented lines feed every feature', () => {
    const unfed = featureNames.filter((_, i) => vectors.every((vector) => Number.isNaN(vector[i]!)));
    expect(unfed).toEqual([]);
  });

  test('are numbers or missing, shares within 0 and 1, nothing negative but a logarithm', () => {
    for (const vector of vectors) {
      for (const [i, value] of vector.entries()) {
        if (Number.isNaN(value)) continue;
        const { unit, name } = CATALOGUE[i]!;
        expect(Number.isFinite(value), name).toBe(true);
        if (unit !== 'log2 ratio') expect(value, name).toBeGreaterThanOrEqual(0);
        if (unit === 'share') expect(value, name).toBeLessThanOrEqual(1);
      }
    }
  });

  test('are the same whatever the order of events and of lines', () => {
    const random = new Random(2, 'order');
    const shuffled = inventedLines().map((events) => random.shuffle(events));
    expect(vectorsOf(shuffled)).toEqual(vectors);
  });

  test('say themselves as reasons, in English and in Chinese', () => {
    const history = new History();
    for (const [line, events] of inventedLines().entries()) {
      history.reset(`861380000${String(line).padStart(4, '0')}`);
      for (const event of events) history.push(event, 'own');
      history.seal();
      for (const [i, { reason, name }] of CATALOGUE.entries()) {
        const value = vectors[line]![i]!;
        if (Number.isNaN(value)) continue;
        expect(reason.en(value, history), name).toMatch(/^[\x20-\x7e]+$/);
        expect(reason.zh(value, history), name).toMatch(/\p{Script=Han}/u);
        expect(`${reason.en(value, history)}${reason.zh(value, history)}`, name).not.toMatch(
          /NaN|undefined|null|Infinity/,
        );
      }
    }
  });

  test('a line of which nothing is known has nothing but zeros and gaps', () => {
    const history = new History();
    history.reset('8613800000001');
    history.seal();
    const out = new Float64Array(CATALOGUE.length);
    const context = {
      from: START,
      until: START + DAY,
      observedSeconds: DAY,
      population: new Population(),
      localOffset: null,
    };
    computeVector(history, context, out);
    for (const [i, value] of out.entries()) expect(Number.isNaN(value) || value === 0, featureNames[i]).toBe(true);
  });
});

describe('columns', () => {
  const NAMES = /^(event_id|feed|interface|(first|last)_(capture|frame))$/;
  const columns = (Object.keys(EVENT_COLUMNS) as EventColumn[]).filter((column) => !NAMES.test(column));
  const without = new Map(
    columns.map((column) => [column, vectorsOf(inventedLines().map((events) => takeAway(events, column)))]),
  );

  test.each(CATALOGUE.map((definition, i) => [definition.name, definition, i] as const))(
    '%s reads exactly what it says',
    (_name, definition, i) => {
      const reads = columns.filter((column) =>
        without.get(column)!.some((vector, line) => !isSame(vector[i]!, vectors[line]![i]!)),
      );
      expect(reads.sort()).toEqual([...definition.columns].sort());
    },
  );

  /** The events without what a column says. Time and kind cannot be missing: times are exchanged and moved, kinds turn into the next kind. */
  function takeAway(events: readonly CatpoolEvent[], column: EventColumn): CatpoolEvent[] {
    if (column === 'kind') {
      return events.map((event) => ({
        ...event,
        kind: EVENT_KINDS[(EVENT_KINDS.indexOf(event.kind) + 1) % EVENT_KINDS.length]!,
      }));
    }
    if (column !== 'time') return events.map((event) => ({ ...event, [column]: null }));
    const others = new Random(3, column).shuffle([...events]);
    return events.map((event, i) => ({ ...event, time: at((others[i]!.time.s - START) ** 2 / (DAYS * DAY)) }));
  }

  /** Equal but for the order that sums were made in. */
  function isSame(a: number, b: number): boolean {
    return Object.is(a, b) || Math.abs(a - b) <= 1e-9 * Math.abs(a);
  }
});

import { setImmediate } from 'node:timers/promises';
import { Random } from '../base/random.ts';
import { isoMicroseconds as text } from './clock.ts';
import { Catalogue } from './lines/catalogue.ts';
import type { Line } from './lines/line.ts';
import { planOutages } from './lines/outages.ts';
import { populate } from './lines/population.ts';
import { makeCells } from './lines/whereabouts.ts';
import { COUNTRIES, Numbering } from './numbering.ts';
import { PLAIN_LINES, playPlain, type RecordedFrame, recordCalls } from './plain.ts';
import { TaskQueue } from './queue.ts';
import {
  type DrawnScenario,
  drawScenario,
  isSipAlone,
  offsetSeconds,
  type Scenario,
  scenarioText,
} from './scenario.ts';
import type { LabelRecord, SimulationSink, TruthRecord } from './sink.ts';
import { AddressPlan } from './sip/access.ts';
import type { Call, TrueCall } from './sip/call.ts';
import { Core } from './sip/core.ts';
import { expand } from './sip/shapes.ts';
import { type TrunkLeg, Trunks } from './sip/trunk.ts';
import { Wire } from './sip/wire.ts';
import { Signalling } from './ss7/signalling.ts';
import { followed, VisibleSink } from './visibility.ts';
import { World } from './world.ts';

/** What a simulation made. */
export interface SimulationSummary {
  /** Frames in the captures. */
  frames: number;
  /** SIP messages sent, those that the tap missed included. */
  messages: number;
  /** Bytes of the frames. */
  bytes: number;
  calls: number;
  lines: number;
  /** Lines in gateways. */
  gatewayLines: number;
  /** ISO 3166 code of the own network's country, as `--home-country` takes it. */
  homeCountry: string;
  /** What was used, with all that was drawn. */
  scenario: DrawnScenario;
}

const MICROSECONDS = 1_000_000;
/** Steps between two looks at other work of the process. */
const BREATH = 50_000;

/**
 * Simulates a SIP access network, tapped between the subscribers' devices and their proxies: registrations, calls and messages
 * of ordinary lines, hard negatives and gateways, with the truth about each call and line.
 *
 * Both classes draw their numbers, addresses, ports, devices, identifiers and delays from the same generators and are played by
 * the same engine; only habits, the IMEI axis and the sharing of places differ. The same scenario gives the same bytes. Events
 * are made in order of time, so memory depends on the number of lines and of calls going on, not on the length.
 */
export async function simulate(scenario: Scenario, out: SimulationSink): Promise<SimulationSummary> {
  const drawn = drawScenario(scenario);
  out.scenario(scenarioText(drawn));
  if (drawn.megabytes !== undefined) return simulatePlain(drawn, drawn.megabytes, out);
  const start = Date.parse(drawn.start) * 1000;
  const end = start + drawn.hours * 3600 * MICROSECONDS;
  const shown = drawn.visibility === undefined ? out : new VisibleSink(out, drawn, drawn.visibility);
  const wire = new Wire(drawn.network.loss, drawn.seed, (frame, seconds, nanoseconds) =>
    shown.frame(frame, seconds, nanoseconds, 'sip'),
  );
  let calls = 0;
  const active = new Set<string>();
  const world = makeWorld(drawn, wire, shown, ({ truth, legs, trunk }) => {
    calls++;
    active.add(truth.caller);
    out.call({
      ...truthRecord(truth, end),
      ...(legs.length === 0 ? {} : { legs }),
      ...(trunk === null ? {} : { trunk: trunkRecord(trunk, end) }),
    });
  });
  populate(world);
  const { queue } = world;
  planOutages(world);
  for (let steps = 1; queue.nextTime < end; steps++) {
    queue.step();
    if (steps % BREATH === 0) await rest(out);
  }
  for (const { number } of world.texters) active.add(number);
  for (const line of world.lines) out.label(label(line, drawn, start, end, active));
  out.close();
  await rest(out);
  const { frames, messages, bytes } = totals(wire, world);
  return {
    frames,
    messages,
    bytes,
    calls,
    lines: world.lines.length,
    gatewayLines: world.lines.filter((line) => line.box >= 0).length,
    homeCountry: world.core.numbering.home.iso,
    scenario: drawn,
  };
}

/** Plain traffic of a wanted size: no truth about calls, no gateways. */
async function simulatePlain(drawn: DrawnScenario, megabytes: number, out: SimulationSink): Promise<SimulationSummary> {
  const recorded: RecordedFrame[] = [];
  const wire = new Wire(0, drawn.seed, (frame, seconds, nanoseconds) => {
    recorded.push({ time: seconds * MICROSECONDS + nanoseconds / 1000, frame: Buffer.from(frame) });
  });
  // Long enough for the recorded calls to come one after the other; keep-alives would never end.
  const plain = {
    ...drawn,
    hours: 1e6,
    network: { ...drawn.network, tap: 'access' as const, tcp: 0, loss: 0, keepAlive: 0 },
    gateways: [],
  };
  const world = makeWorld(plain, wire, out, () => {});
  const played = await playPlain(recordCalls(world, recorded), world, megabytes * 1e6, out);
  for (const line of world.lines) out.label(label(line, plain, world.start, played.end, new Set()));
  out.close();
  await rest(out);
  const { frames, bytes, calls } = played;
  return {
    frames,
    messages: frames,
    bytes,
    calls,
    lines: world.lines.length,
    gatewayLines: 0,
    homeCountry: world.core.numbering.home.iso,
    scenario: drawn,
  };
}

async function rest(out: SimulationSink): Promise<void> {
  await setImmediate();
  await out.rest?.();
}

/** What all probes saw together. */
function totals(wire: Wire, { core }: World): { frames: number; messages: number; bytes: number } {
  const sum = { frames: wire.frames, messages: wire.messages, bytes: wire.bytes };
  for (const feed of Object.values(core.signalling?.feeds ?? {})) {
    sum.frames += feed.frames;
    sum.messages += feed.messages;
    sum.bytes += feed.bytes;
  }
  return sum;
}

function makeWorld(drawn: DrawnScenario, wire: Wire, out: SimulationSink, report: (call: Call) => void): World {
  const random = new Random(drawn.seed, 'world');
  const home = COUNTRIES.find((country) => country.code === drawn.country)!;
  const lines = drawn.megabytes === undefined ? drawn.subscribers : PLAIN_LINES;
  const total = lines + drawn.gateways.reduce((sum, box) => sum + box.lines, 0);
  const numbering = new Numbering(home, random, total);
  const plan = new AddressPlan(drawn.network.nat, random);
  const domain = expand(
    random.pick([
      `ims.mnc${drawn.mnc.padStart(3, '0')}.mcc${drawn.mcc}.3gppnetwork.org`,
      'sip.{l7}.net',
      'voip.{l6}.com',
      '{l8}.example',
    ]),
    random,
  );
  const core = new Core(drawn.network, numbering, domain, plan, wire, new Random(drawn.seed, 'calls'), drawn.seed);
  const catalogue = new Catalogue(drawn.network.knownMakes, drawn.network.instances, random);
  const cells = makeCells(Math.max(3, Math.ceil(total / drawn.network.cells)), drawn.network.sectors, random);
  const queue = new TaskQueue();
  const offset = offsetSeconds(drawn.timeZoneOffset);
  if (!isSipAlone(drawn)) {
    core.signalling = new Signalling(
      drawn,
      offset,
      { core, queue, cells },
      (frame, seconds, nanoseconds, feed) => out.frame(frame, seconds, nanoseconds, feed),
      (act) => out.act?.(act),
    );
  }
  if (drawn.gateways.some(({ use, radio }) => use === 'bypass' && radio !== undefined))
    core.trunks = new Trunks(core, queue, drawn.seed);
  core.showsSip = drawn.interfaces.includes('sip');
  if (drawn.visibility !== undefined) {
    core.follows = followed(drawn.seed, drawn.visibility.sampling);
    core.showsRegistrations = drawn.visibility.registrations;
  }
  return new World(drawn, offset, { core, queue, catalogue, plan, cells, random }, report);
}

/** The truth as far as the captures go. */
function truthRecord(call: TrueCall, until: number): TruthRecord {
  const over = call.end < until;
  return {
    caller: call.caller,
    called: call.called,
    start: text(call.start),
    answer: call.answer === null || call.answer >= until ? null : text(call.answer),
    end: over ? text(call.end) : null,
    outcome: over ? call.outcome : 'open',
    released_by: over ? call.releasedBy : null,
  };
}

/** The leg from abroad as far as the captures go. */
function trunkRecord({ over, caller, start, answer, end }: TrunkLeg, until: number): NonNullable<TruthRecord['trunk']> {
  return {
    interface: over,
    caller,
    start: text(start),
    answer: answer === null || answer >= until ? null : text(answer),
    end: end < until ? text(end) : null,
  };
}

/** A gateway's line that does nothing can hardly be found: it counts for less. */
function label(line: Line, drawn: DrawnScenario, start: number, end: number, active: ReadonlySet<string>): LabelRecord {
  const gateway = line.box >= 0;
  return {
    line: line.number,
    imsi: line.imsi,
    from: text(start),
    until: text(end),
    label: gateway ? 'gateway' : 'ordinary',
    gateway: gateway ? `box-${line.box + 1}` : '',
    difficulty: gateway ? drawn.gateways[line.box]!.difficulty : '',
    weight: gateway && !active.has(line.number) ? 0.25 : 1,
    kind: line.kind,
  };
}

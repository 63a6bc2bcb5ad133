import { Random } from '../../base/random.ts';
import { tac } from '../lines/catalogue.ts';
import type { Line, Party } from '../lines/line.ts';
import { nextArrival } from '../lines/rhythm.ts';
import { type Cell, type Movement, Whereabouts } from '../lines/whereabouts.ts';
import type { TaskQueue } from '../queue.ts';
import type { DrawnScenario } from '../scenario.ts';
import type { CallSide } from '../side.ts';
import type { ActRecord } from '../sink.ts';
import type { CallOutcome } from '../sip/call.ts';
import type { Core } from '../sip/core.ts';
import { Numbers, newTmsi } from './connection.ts';
import type { Ss7Context } from './context.ts';
import { Feed } from './link.ts';
import { MapTalk } from './map-talk.ts';
import { EquipmentRoom, type Mobile } from './mobile.ts';
import { type GridCell, Nodes } from './nodes.ts';
import { INTERFACES, type InterfaceName } from './parameters.ts';
import { detach, UpdateType, updateLocation } from './presence.ts';
import { RadioSide } from './radio-side.ts';
import { Script } from './script.ts';
import { Services } from './service.ts';
import { TrunkSide } from './trunk-side.ts';

const SECOND = 1_000_000;
const HOUR = 3600 * SECOND;
const NEVER = Number.POSITIVE_INFINITY;
/** Where a phone is can change twice an hour: see {@link Whereabouts}. */
const SLOT = 1800 * SECOND;

/** What is known of a line beyond what people have: of the lines of a box. */
export interface RadioPlan {
  movement?: Movement;
  /** The IMEI that it shows, where its device shows none elsewhere. */
  imei?: () => string;
  /** Type allocation code of the radio part, where the IMEI may say another. */
  modem?: string;
  /** Milliseconds that the SIM's place adds to an authentication. */
  simDelay?: number;
  textsInPerDay?: number;
  /** Hours between service codes; 0: none. */
  balanceHours?: number;
  /** Share of switch-offs in which it says so. */
  detaches?: number;
}

/** The circuit-switched network around the subscribers: every phone in it, and all that the probes on its interfaces see. */
export class Signalling {
  readonly context: Ss7Context;
  readonly feeds: Readonly<Partial<Record<InterfaceName, Feed>>>;
  readonly interfaces: ReadonlySet<InterfaceName>;
  private readonly core: Core;
  private readonly queue: TaskQueue;
  private readonly map: MapTalk;
  private readonly services: Services;
  private readonly mobiles = new Map<Line, Mobile>();
  private readonly plans = new Map<Line, RadioPlan>();
  private readonly scenario: DrawnScenario;
  private readonly offset: number;
  private readonly start: number;
  private readonly onAct: (act: ActRecord) => void;

  constructor(
    scenario: DrawnScenario,
    offset: number,
    parts: { core: Core; queue: TaskQueue; cells: readonly Cell[] },
    onFrame: ConstructorParameters<typeof Feed>[3],
    onAct: (act: ActRecord) => void,
  ) {
    const { seed, ss7 } = scenario;
    this.scenario = scenario;
    this.offset = offset;
    this.core = parts.core;
    this.queue = parts.queue;
    this.onAct = onAct;
    this.start = Date.parse(scenario.start) * 1000;
    this.interfaces = new Set(scenario.interfaces);
    const random = new Random(seed, 'ss7');
    const clocks = { a: ss7.clockA, map: ss7.clockMap, cap: ss7.clockCap, isup: ss7.clockIsup };
    const { loss, retransmissions } = ss7;
    const feeds: Partial<Record<'a' | 'map' | 'cap' | 'isup', Feed>> = {};
    for (const name of INTERFACES) {
      if (name === 'sip' || !this.interfaces.has(name)) continue;
      feeds[name] = new Feed(name, parts.queue, { clock: clocks[name], loss, retransmissions, seed }, onFrame);
    }
    this.feeds = feeds;
    const { numbering } = parts.core;
    const network = { mcc: scenario.mcc, mnc: scenario.mnc };
    this.context = {
      settings: ss7,
      nodes: new Nodes(ss7, numbering.home, network, parts.cells, feeds, random),
      numbers: new Numbers(random),
      numbering,
      equipment: new EquipmentRoom(
        seed,
        Array.from({ length: random.integer(3, 9) }, () => tac(random)),
      ),
      random,
      offset,
    };
    this.map = new MapTalk(this.context);
    this.services = new Services(this.context, this.map);
  }

  /** Takes a line in. @param mobile it has a SIM @param movement how it goes about, where that is said */
  add(line: Line, mobile: boolean, movement: Movement | null, plan: RadioPlan): void {
    if (!mobile) return;
    const ordinary = line.box < 0;
    const { context, start, scenario } = this;
    const { random, settings, nodes, equipment } = context;
    const phase = random.next() * SLOT;
    const moves = plan.movement ?? movement ?? this.movement();
    const whereabouts = new Whereabouts(moves, '', this.offset, random);
    const place = (now: number): GridCell => {
      const strongest = whereabouts.placeAt(now - phase)!;
      const at = nodes.at(strongest);
      const beside = nodes.at(whereabouts.sectorAt(strongest, now));
      // Phones change the area less readily than the cell (3GPP TS 45.008 §6.6.2, cell reselection hysteresis).
      return beside.lac === at.lac ? beside : at;
    };
    const of: Mobile = {
      line,
      circuit: line.circuit,
      equipment: equipment.of(line.device, plan),
      tmsi: random.chance(0.97) ? newTmsi(random) : null,
      attached: line.registered,
      registered: place(start),
      place,
      moves: moves.walk === undefined && moves.away > 0.02,
      busyUntil: 0,
      last: start - random.next() * settings.periodic * HOUR,
      authDelay: settings.authDelay * random.logNormal(1, settings.authSpread) + (plan.simDelay ?? 0),
      dialsPlus: random.chance(0.4),
      camel: random.chance(settings.camel),
      camelTerminating: random.chance(settings.camelTerminating),
      life: 0,
    };
    this.mobiles.set(line, of);
    this.plans.set(line, plan);
    const roams = start + random.next() * SLOT;
    if (of.attached) this.roam(of, roams);
    const perDay = plan.textsInPerDay ?? (ordinary ? settings.textsIn * random.logNormal(0.6, 0.8) : 0);
    if (perDay > 0) this.repeat(of, perDay, (now) => this.textFrom(this.sender(), of, now));
    const codes = plan.balanceHours;
    if (codes !== undefined && codes > 0) this.clock(of, codes * HOUR);
    else if (codes === undefined && ordinary && settings.ussd > 0)
      this.repeat(of, settings.ussd * random.logNormal(0.7, 0.8), (now) => this.dial(of, now));
    if (scenario.megabytes !== undefined) of.last = start;
  }

  /** The phone of a line; null where it has none. */
  mobile(line: Line): Mobile | null {
    return this.mobiles.get(line) ?? null;
  }

  /** A script for what belongs together. @param of the line that it is about, where it is of one */
  script(of: Line | null = null): Script {
    return new Script(of === null || this.core.follows(of));
  }

  play(script: Script): void {
    const first = script.sort();
    if (first < NEVER) this.queue.push(first, script);
  }

  /** A call at the phone of a line of the A interface, or on a trunk where the party is outside; null where neither. */
  side(party: Party, far: Party, calls: boolean, outcome: CallOutcome, script: Script): CallSide | null {
    const { context, map } = this;
    const own = numberOf(party);
    const other = numberOf(far);
    if (typeof party === 'string')
      return new TrunkSide(context, script, calls ? own : other, calls ? other : own, calls, outcome);
    const mobile = this.mobiles.get(party);
    if (!party.circuit || mobile === undefined) return null;
    return new RadioSide(context, map, script, mobile, other, calls, outcome);
  }

  /** A call that comes in from abroad. */
  trunk(caller: string, called: string, outcome: CallOutcome, script: Script): CallSide {
    return new TrunkSide(this.context, script, caller, called, true, outcome);
  }

  /** The device of a line goes off. @param says it takes its leave */
  off(line: Line, now: number, says: boolean): void {
    const mobile = this.mobiles.get(line);
    if (mobile === undefined || !mobile.attached) return;
    const { context } = this;
    mobile.life++;
    mobile.attached = false;
    const { detaches } = this.plans.get(line)!;
    if (mobile.circuit && (detaches === undefined ? says : context.random.chance(detaches))) {
      const script = this.script(line);
      this.tell(detach(context, script, mobile, Math.max(now, mobile.busyUntil + SECOND / 10)));
      this.play(script);
    }
    const { life } = mobile;
    const { exchange } = mobile.registered.controller;
    this.queue.push(now + context.settings.purge * HOUR, {
      run: (time) => {
        if (mobile.life === life && mobile.tmsi !== null) {
          mobile.tmsi = null;
          const script = this.script(line);
          this.map.purge(script, time, line.imsi, exchange);
          this.play(script);
          this.tell({ ...this.record(mobile, time, 'presence', ['map']), update: 'detach' });
        }
        return NEVER;
      },
    });
  }

  /** It comes back, perhaps another one. */
  on(line: Line, now: number): void {
    const mobile = this.mobiles.get(line);
    if (mobile === undefined || mobile.attached) return;
    const { context } = this;
    mobile.life++;
    mobile.attached = true;
    mobile.equipment = context.equipment.of(line.device, this.plans.get(line)!);
    this.update(mobile, Math.max(now, mobile.busyUntil + SECOND / 10), UpdateType.attach);
    this.roam(mobile, now + context.random.next() * SLOT);
  }

  /** A line sends a short message. @returns whether its phone does that here, and not over SIP */
  text(line: Line, to: Party, octets: number, now: number): boolean {
    const mobile = this.mobiles.get(line);
    if (mobile === undefined || !mobile.circuit) return false;
    const script = this.script(line);
    const { act, at } = this.services.submit(script, mobile, numberOf(to), Math.min(140, octets), now);
    this.tell(act);
    this.play(script);
    if (typeof to !== 'string') {
      this.queue.push(at + this.context.random.between(0.1, 2) * SECOND, {
        run: (time) => {
          this.deliver(line.number, to, octets, time);
          return NEVER;
        },
      });
    }
    return true;
  }

  /** A short message for a line, that the service centre has. */
  deliver(from: string, to: Line, octets: number, now: number): void {
    const mobile = this.mobiles.get(to);
    if (mobile?.attached) this.textFrom(from, mobile, now, octets);
  }

  private textFrom(from: string, mobile: Mobile, now: number, octets = this.context.random.integer(12, 140)): void {
    const script = this.script(mobile.line);
    this.tell(this.services.deliver(script, mobile, from, Math.min(140, octets), now));
    this.play(script);
  }

  private dial(mobile: Mobile, now: number): void {
    if (!mobile.circuit) return;
    const { random } = this.context;
    const script = this.script(mobile.line);
    const code = random.pick(['*100#', '*101#', '*123#', '*124#', '*131*1#', '*144#']);
    this.tell(this.services.dial(script, mobile, code, `Balance: ${random.integer(0, 99)}.${random.digits(2)}`, now));
    this.play(script);
  }

  private update(mobile: Mobile, time: number, type: Parameters<typeof updateLocation>[5]): void {
    const script = this.script(mobile.line);
    this.tell(updateLocation(this.context, this.map, script, mobile, time, type));
    this.play(script);
  }

  /** Periodic updates, and those of who moves to another area. */
  private roam(mobile: Mobile, first: number): void {
    const { settings } = this.context;
    const { life } = mobile;
    const period = settings.periodic * HOUR;
    let slot = first;
    this.queue.push(first, {
      run: (now) => {
        if (mobile.life !== life) return NEVER;
        if (mobile.busyUntil > now) return mobile.busyUntil + SECOND;
        const cell = mobile.place(now);
        if (cell.lac !== mobile.registered.lac) this.update(mobile, now, UpdateType.normal);
        else if (now - mobile.last >= period) this.update(mobile, now, UpdateType.periodic);
        while (slot <= now) slot += SLOT / 6;
        return Math.min(slot, Math.max(now + SECOND, mobile.last + period));
      },
    });
  }

  private repeat(mobile: Mobile, perDay: number, act: (now: number) => void): void {
    const { random } = this.context;
    const { rhythm } = mobile.line.habit;
    const next = (now: number): number => nextArrival(rhythm, perDay, now / SECOND, random) * SECOND;
    this.queue.push(next(this.start), {
      run: (now) => {
        if (mobile.attached && mobile.line.registered) act(now);
        return next(now);
      },
    });
  }

  /** A service code by the clock. */
  private clock(mobile: Mobile, every: number): void {
    const { random } = this.context;
    this.queue.push(this.start + random.next() * every, {
      run: (now) => {
        if (mobile.attached && mobile.line.registered) this.dial(mobile, now);
        return now + every * random.between(0.98, 1.02);
      },
    });
  }

  private sender(): string {
    const { random } = this.context;
    return this.core.numbering.outside(random, 0.05, 0.1);
  }

  private movement(): Movement {
    const { random, nodes } = this.context;
    const cell = (): Cell => random.pick(nodes.sources);
    const home = cell();
    const stays = random.chance(0.25);
    return {
      home,
      work: random.chance(0.6) ? cell() : home,
      others: Array.from({ length: random.integer(1, 8) }, cell),
      atWork: stays ? 0 : random.between(0, 0.9),
      away: stays ? random.between(0, 0.03) : random.between(0.02, 0.4),
      wifi: 0,
      wifiNode: '',
      radio: '',
    };
  }

  private record(mobile: Mobile, time: number, kind: ActRecord['kind'], interfaces: string[]): ActRecord {
    const { mcc, mnc, lac, ci } = mobile.registered;
    const { line, equipment } = mobile;
    return {
      kind,
      time,
      line: line.number,
      imsi: line.imsi,
      imei: equipment.imei,
      tmsi: null,
      cell: `${mcc}-${mnc}-${lac}-${ci}`,
      interfaces,
    };
  }

  /** Takes note of what the probes that there are have to show. */
  private tell(act: ActRecord): void {
    const interfaces = act.interfaces.filter((name) => this.shows(name));
    if (interfaces.length > 0) this.onAct({ ...act, interfaces });
  }

  /** Whether a probe shows an interface, as events name it. */
  shows(name: string): boolean {
    return this.interfaces.has(name === 'bssap' ? 'a' : (name as InterfaceName));
  }
}

function numberOf(party: Party): string {
  return typeof party === 'string' ? party : party.number;
}

import { setImmediate } from 'node:timers/promises';
import { Random } from '../base/random.ts';
import { person } from './lines/people.ts';
import { type Task, TaskQueue } from './queue.ts';
import type { SimulationSink } from './sink.ts';
import type { World } from './world.ts';

/** Lines of plain traffic. */
export const PLAIN_LINES = 3000;

/** Calls that are simulated; all others are these with other Call-IDs. */
const RECORDED_CALLS = 2000;
/** Calls a second. */
const RATE = 150;
const SECOND = 1_000_000;
const BREATH = 100_000;

/** Ethernet, IPv4 and UDP headers, as {@link Wire} writes them. */
const UDP_CHECKSUM = 40;
const PAYLOAD = 42;
/** Characters of a Call-ID that are written over. */
const SERIAL = 8;

/** A frame and its time, microseconds since the epoch. */
export interface RecordedFrame {
  time: number;
  frame: Buffer;
}

/** A call as it is played again and again. */
interface RecordedCall {
  /** After the first one, microseconds. */
  times: Float64Array;
  frames: Buffer[];
  /** Where in each frame its Call-ID stands. */
  callIds: Int32Array;
}

/** Simulates ordinary calls one after the other; `recorded` is where the world's frames go. */
export function recordCalls(world: World, recorded: RecordedFrame[]): RecordedCall[] {
  const { catalogue, exchange, queue, core, lines } = world;
  const { random } = core;
  for (let i = 0; i < PLAIN_LINES; i++) {
    const device = catalogue.specimen(catalogue.model('handset'));
    const habit = person(world, { timing: { mode: 'rate', perDay: 0, burst: 0 }, retries: 0, redials: 0, callback: 0 });
    habit.incoming = { ...habit.incoming, perDay: 0, returnsKnown: 0, returnsUnknown: 0 };
    const access = world.alone('mobile', device);
    const never = Number.POSITIVE_INFINITY;
    world.add({
      kind: 'person',
      device,
      access,
      habit,
      movement: world.movement(false),
      restartsPerDay: 0,
      refresh: never,
    });
  }
  const calls: RecordedCall[] = [];
  let now = world.start;
  while (calls.length < RECORDED_CALLS) {
    const caller = random.pick(lines);
    const called = random.chance(0.3) ? random.pick(lines) : exchange.stranger(random);
    exchange.place(caller, called, now, caller.habit.luck, caller.habit);
    for (; queue.nextTime < Number.POSITIVE_INFINITY; queue.step()) now = queue.nextTime;
    now += SECOND;
    // A fragment has no Call-ID of its own to write over.
    const whole = recorded.every(({ frame }) => callIdAt(frame) > PAYLOAD);
    if (recorded.length > 0 && whole) calls.push(recordedCall(recorded));
    recorded.length = 0;
  }
  return calls;
}

function recordedCall(recorded: readonly RecordedFrame[]): RecordedCall {
  const first = recorded[0]!.time;
  return {
    times: Float64Array.from(recorded, ({ time }) => time - first),
    frames: recorded.map(({ frame }) => frame),
    callIds: Int32Array.from(recorded, ({ frame }) => callIdAt(frame)),
  };
}

/** Offset of the value of the Call-ID header field, in either spelling; 0 where there is none. */
function callIdAt(frame: Buffer): number {
  for (const name of ['\r\nCall-ID: ', '\r\ni: ']) {
    const at = frame.indexOf(name, PAYLOAD, 'latin1');
    if (at >= 0) return at + name.length;
  }
  return 0;
}

/** Plays recorded calls, each time with other Call-IDs, until the frames have `bytes` together. */
export async function playPlain(
  calls: readonly RecordedCall[],
  world: World,
  bytes: number,
  out: SimulationSink,
): Promise<{ frames: number; bytes: number; calls: number; end: number }> {
  const random = new Random(world.scenario.seed, 'plain');
  const queue = new TaskQueue();
  const total = { frames: 0, bytes: 0, calls: 0, end: world.start };
  const play = (now: number, call: RecordedCall, index: number, serial: string): void => {
    const frame = call.frames[index]!;
    stamp(frame, call.callIds[index]!, serial);
    const seconds = Math.floor(now / SECOND);
    out.frame(frame, seconds, Math.round(now - seconds * SECOND) * 1000, 'sip');
    total.frames++;
    total.bytes += frame.length;
    total.end = now;
  };
  const arrivals: Task = {
    run: (now) => {
      const call = random.pick(calls);
      const serial = (total.calls++ + 36 ** (SERIAL - 1)).toString(36);
      let next = 0;
      queue.push(now, {
        run: (at) => {
          play(at, call, next++, serial);
          return next < call.times.length ? Math.round(now + call.times[next]!) : Number.POSITIVE_INFINITY;
        },
      });
      return now + Math.ceil(random.exponential(SECOND / RATE));
    },
  };
  queue.push(world.start, arrivals);
  for (let steps = 1; total.bytes < bytes; steps++) {
    queue.step();
    if (steps % BREATH === 0) await setImmediate();
  }
  return total;
}

/** Writes `serial` at `at` in a frame and mends its UDP checksum (RFC 1624, eqn. 3). */
function stamp(frame: Buffer, at: number, serial: string): void {
  let sum = ~((frame[UDP_CHECKSUM]! << 8) | frame[UDP_CHECKSUM + 1]!) & 0xffff;
  for (let i = 0; i < SERIAL; i++) {
    const code = serial.charCodeAt(i);
    const change = code - frame[at + i]!;
    // Bytes at even offsets of the datagram weigh 256. A negative change is added in ones' complement.
    const weighed = ((at + i - PAYLOAD) & 1) === 0 ? change * 256 : change;
    sum += weighed < 0 ? weighed + 0xffff : weighed;
    frame[at + i] = code;
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  const checksum = ~sum & 0xffff || 0xffff;
  frame[UDP_CHECKSUM] = checksum >>> 8;
  frame[UDP_CHECKSUM + 1] = checksum & 0xff;
}

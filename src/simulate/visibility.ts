import { Random } from '../base/random.ts';
import type { Line } from './lines/line.ts';
import type { DrawnScenario } from './scenario.ts';
import type { ActRecord, LabelRecord, SimulationSink, TruthRecord } from './sink.ts';
import type { InterfaceName } from './ss7/parameters.ts';

type Visibility = NonNullable<DrawnScenario['visibility']>;

/** Passes on the frames that the probes see, and the whole truth. */
export class VisibleSink implements SimulationSink {
  private readonly out: SimulationSink;
  private readonly interfaces: ReadonlySet<InterfaceName>;
  private readonly loss: number;
  /** Seconds since the epoch. */
  private readonly from: number;
  private readonly until: number;
  private readonly random: Random;

  constructor(out: SimulationSink, { seed, start, hours, interfaces }: DrawnScenario, visibility: Visibility) {
    this.out = out;
    this.interfaces = new Set(visibility.interfaces ?? interfaces);
    this.loss = visibility.loss;
    const begin = Date.parse(start) / 1000;
    this.from = begin + visibility.from * 3600;
    this.until = begin + (visibility.until ?? hours) * 3600;
    this.random = new Random(seed, 'visibility');
  }

  frame(data: Buffer, seconds: number, nanoseconds: number, feed: InterfaceName): void {
    if (!this.interfaces.has(feed)) return;
    const time = seconds + nanoseconds / 1e9;
    if (time < this.from || time >= this.until) return;
    if (this.loss > 0 && this.random.chance(this.loss)) return;
    this.out.frame(data, seconds, nanoseconds, feed);
  }

  call(record: TruthRecord): void {
    this.out.call(record);
  }

  act(record: ActRecord): void {
    this.out.act?.(record);
  }

  label(record: LabelRecord): void {
    this.out.label(record);
  }

  scenario(text: string): void {
    this.out.scenario(text);
  }

  close(): void {
    this.out.close();
  }
}

/** Which lines the probes follow: the same ones on every interface. */
export function followed(seed: number, sampling: number): (line: Line) => boolean {
  if (sampling === 1) return () => true;
  const known = new Map<string, boolean>();
  return ({ imsi }) => {
    let follows = known.get(imsi);
    if (follows === undefined) {
      follows = new Random(seed, `followed ${imsi}`).chance(sampling);
      known.set(imsi, follows);
    }
    return follows;
  };
}

import { chmodSync, closeSync, openSync, readdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { writing } from '../base/errors.ts';
import { makeFolders } from '../base/folders.ts';
import { PcapWriter } from '../capture/write.ts';
import { isoMicroseconds } from './clock.ts';
import type { CallOutcome } from './sip/call.ts';
import type { InterfaceName } from './ss7/parameters.ts';

/** A call as it truly was; times are ISO 8601 UTC. What comes after the end of the captures is null, and such a call `open`. */
export interface TruthRecord {
  caller: string;
  called: string;
  start: string;
  answer: string | null;
  end: string | null;
  outcome: CallOutcome | 'open';
  /** Who ended it: the one who hung up, gave up or would not; `network` where nobody did. */
  released_by: 'caller' | 'called' | 'network' | null;
  /** Where the scenario has probes on the circuit-switched network: what each capture has to show of the call. */
  legs?: readonly CallLeg[];
  /** The leg from abroad of a call that a box brings in, where a probe is: who really calls, and its times. */
  trunk?: { interface: 'sip' | 'isup'; caller: string; start: string; answer: string | null; end: string | null };
}

/** One call as one interface shows it. */
export interface CallLeg {
  interface: 'sip' | 'bssap' | 'cap' | 'isup';
  direction: 'originating' | 'terminating';
  imsi?: string;
  /** 14 digits. */
  imei?: string;
  tmsi?: string | null;
  /** MCC-MNC-LAC-CI. */
  cell?: string;
  /** OPC-DPC-CIC. */
  trunk?: string;
  /** The line is named by more than a TMSI there. */
  named: boolean;
}

/** What a subscriber did besides calls, where the scenario has probes on the circuit-switched network. */
export interface ActRecord {
  kind: 'presence' | 'sms' | 'ussd';
  /** Microseconds since the epoch: of its first message; of a short message or service code, where the A interface shows it. */
  time: number;
  line: string;
  imsi: string;
  imei: string;
  /** As the phone named itself; null where it had none. */
  tmsi: string | null;
  /** The TMSI that a location update gave it. */
  given?: string | null;
  cell: string;
  /** Interfaces of the captures that show it. */
  interfaces: string[];
  /** Presence: attach, normal, periodic, detach. */
  update?: string;
  direction?: 'originating' | 'terminating';
  counterpart?: string | null;
  /** Octets of a short message. */
  octets?: number;
  /** Service code that was dialled. */
  code?: string;
  /** The A interface names the line by more than a TMSI. */
  named?: boolean;
}

/** A line and what it truly is. */
export interface LabelRecord {
  line: string;
  imsi: string;
  from: string;
  until: string;
  label: 'gateway' | 'ordinary';
  /** Name of the box, '' for none. */
  gateway: string;
  /** What the box hides, '' for an ordinary line. */
  difficulty: string;
  weight: number;
  /** Kind of ordinary line, or `gateway`. */
  kind: string;
}

/** Where a simulation puts what it makes. */
export interface SimulationSink {
  /** One Ethernet frame of a probe, valid during the call only. */
  frame(data: Buffer, seconds: number, nanoseconds: number, feed: InterfaceName): void;
  call(record: TruthRecord): void;
  act?(record: ActRecord): void;
  label(record: LabelRecord): void;
  /** The scenario with all that was drawn, YAML. */
  scenario(text: string): void;
  close(): void;
  /** Awaited now and then, and once closed: what it has to do that takes time. */
  rest?(): Promise<void>;
}

/** Captures that do not stay in the folder. */
export interface PassingCaptures {
  /** Where they are until they have been used. */
  folder: string;
  /** Given each that is finished, in order of time. */
  done: (path: string, feed: InterfaceName) => void;
}

/**
 * Writes a simulation into a folder: `capture-001.pcap` and so on, or `sip-001.pcap`, `a-001.pcap`, ... where there are several probes, `labels.csv`, `lines.csv` (the kind of each line),
 * `truth.ndjson`, `scenario.yaml`. Readable by their owner only.
 */
export class FolderSink implements SimulationSink {
  private readonly folder: string;
  private readonly start: number;
  private readonly span: number;
  private readonly files: number;
  /** The captures are those of a SIP network. */
  private readonly alone: boolean;
  private readonly truth: TextFile;
  private readonly labels: TextFile;
  private readonly lines: TextFile;
  private readonly series = new Map<InterfaceName, Series>();
  private readonly passing: PassingCaptures | undefined;

  /**
   * @param start of the first capture, seconds since the epoch @param hours of all captures together
   * @param interfaces of the probes @param passing absent: the captures stay in the folder
   */
  constructor(
    folder: string,
    start: number,
    hours: number,
    files: number,
    interfaces: readonly InterfaceName[] = ['sip'],
    passing?: PassingCaptures,
  ) {
    this.passing = passing;
    makeEmpty(folder);
    this.folder = folder;
    this.start = start;
    this.files = files;
    this.span = (hours * 3600) / files;
    this.truth = new TextFile(join(folder, 'truth.ndjson'));
    this.labels = new TextFile(join(folder, 'labels.csv'));
    this.lines = new TextFile(join(folder, 'lines.csv'));
    this.labels.line('line,from,until,label,gateway,difficulty,weight,kind');
    this.lines.line('line,kind,gateway');
    this.alone = interfaces.length === 1 && interfaces[0] === 'sip';
    for (const name of interfaces) {
      this.series.set(name, { name: this.alone ? 'capture' : name, writer: null, path: '', index: -1 });
    }
  }

  frame(data: Buffer, seconds: number, nanoseconds: number, feed: InterfaceName = 'sip'): void {
    const series = this.series.get(feed);
    if (series === undefined) return;
    const due = Math.min(
      this.files - 1,
      Math.max(0, Math.floor((seconds + nanoseconds / 1e9 - this.start) / this.span)),
    );
    if (due > series.index) this.open(feed, series, due);
    series.writer!.write(data, seconds, nanoseconds);
  }

  call(record: TruthRecord): void {
    this.truth.line(JSON.stringify(record));
  }

  act({ kind, time, ...record }: ActRecord): void {
    this.truth.line(JSON.stringify({ kind, time: isoMicroseconds(time), ...record }));
  }

  label(record: LabelRecord): void {
    const { line, imsi, from, until, label, gateway, difficulty, weight, kind } = record;
    // Where no capture ties it to a number, its IMSI is its name.
    for (const name of this.alone ? [line] : [line, imsi]) {
      this.labels.line(`${name},${from},${until},${label},${gateway},${difficulty},${weight},${kind}`);
      this.lines.line(`${name},${kind},${gateway}`);
    }
  }

  scenario(text: string): void {
    const path = join(this.folder, 'scenario.yaml');
    writing(path, () => {
      writeFileSync(path, text, { mode: 0o600 });
      chmodSync(path, 0o600);
    });
  }

  close(): void {
    for (const [feed, series] of this.series) {
      this.open(feed, series, this.files - 1);
      this.finish(feed, series);
    }
    for (const file of [this.truth, this.labels, this.lines]) file.close();
  }

  /** Opens captures up to number `index`: one without traffic is an empty capture. */
  private open(feed: InterfaceName, series: Series, index: number): void {
    while (series.index < index) {
      this.finish(feed, series);
      series.index++;
      const number = String(series.index + 1).padStart(3, '0');
      series.path = join(this.passing?.folder ?? this.folder, `${series.name}-${number}.pcap`);
      series.writer = new PcapWriter(series.path);
    }
  }

  private finish(feed: InterfaceName, { writer, path }: Series): void {
    if (writer === null) return;
    writer.close();
    this.passing?.done(path, feed);
  }
}

/** Makes the folder, without the captures of an earlier simulation: their truth is written over. */
function makeEmpty(folder: string): void {
  writing(folder, () => {
    makeFolders(folder);
    const names = readdirSync(folder);
    if (names.includes('truth.ndjson'))
      for (const name of names) if (CAPTURE_NAME.test(name)) rmSync(join(folder, name));
  });
}

const CAPTURE_NAME = /^(capture|sip|a|map|cap|isup)-\d{3,}\.pcap$/;

/** The captures of one probe. */
interface Series {
  name: string;
  writer: PcapWriter | null;
  path: string;
  index: number;
}

/** Lines of text, gathered before they are written. */
class TextFile {
  private readonly path: string;
  private readonly file: number;
  private pending = '';

  constructor(path: string) {
    this.path = path;
    this.file = writing(path, () => openSync(path, 'w', 0o600));
  }

  line(text: string): void {
    this.pending += `${text}\n`;
    if (this.pending.length > 256 * 1024) this.flush();
  }

  close(): void {
    this.flush();
    writing(this.path, () => closeSync(this.file));
  }

  private flush(): void {
    const bytes = Buffer.from(this.pending);
    writing(this.path, () => {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.file, bytes, at);
    });
    this.pending = '';
  }
}

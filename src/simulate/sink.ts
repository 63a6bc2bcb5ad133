import { chmodSync, closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { PcapWriter } from '../capture/write.ts';
import type { CallOutcome } from './call.ts';

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
}

/** A line and what it truly is. */
export interface LabelRecord {
  line: string;
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
  /** One Ethernet frame, valid during the call only. */
  frame(data: Buffer, seconds: number, nanoseconds: number): void;
  call(record: TruthRecord): void;
  label(record: LabelRecord): void;
  /** The scenario with all that was drawn, YAML. */
  scenario(text: string): void;
  close(): void;
}

/**
 * Writes a simulation into a folder: `capture-001.pcap` and so on, `labels.csv`, `lines.csv` (the kind of each line),
 * `truth.ndjson`, `scenario.yaml`. Readable by their owner only.
 */
export class FolderSink implements SimulationSink {
  private readonly folder: string;
  private readonly start: number;
  private readonly span: number;
  private readonly files: number;
  private readonly truth: TextFile;
  private readonly labels: TextFile;
  private readonly lines: TextFile;
  private writer: PcapWriter | null = null;
  private index = -1;

  /** @param start of the first capture, seconds since the epoch @param hours of all captures together */
  constructor(folder: string, start: number, hours: number, files: number) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.folder = folder;
    this.start = start;
    this.files = files;
    this.span = (hours * 3600) / files;
    this.truth = new TextFile(join(folder, 'truth.ndjson'));
    this.labels = new TextFile(join(folder, 'labels.csv'));
    this.lines = new TextFile(join(folder, 'lines.csv'));
    this.labels.line('line,from,until,label,gateway,difficulty,weight');
    this.lines.line('line,kind,gateway');
  }

  frame(data: Buffer, seconds: number, nanoseconds: number): void {
    const due = Math.min(
      this.files - 1,
      Math.max(0, Math.floor((seconds + nanoseconds / 1e9 - this.start) / this.span)),
    );
    if (due > this.index) this.open(due);
    this.writer!.write(data, seconds, nanoseconds);
  }

  call(record: TruthRecord): void {
    this.truth.line(JSON.stringify(record));
  }

  label(record: LabelRecord): void {
    const { line, from, until, label, gateway, difficulty, weight } = record;
    this.labels.line(`${line},${from},${until},${label},${gateway},${difficulty},${weight}`);
    this.lines.line(`${line},${record.kind},${gateway}`);
  }

  scenario(text: string): void {
    const path = join(this.folder, 'scenario.yaml');
    writeFileSync(path, text, { mode: 0o600 });
    chmodSync(path, 0o600);
  }

  close(): void {
    this.open(this.files - 1);
    this.writer?.close();
    for (const file of [this.truth, this.labels, this.lines]) file.close();
  }

  /** Opens captures up to number `index`: one without traffic is an empty capture. */
  private open(index: number): void {
    while (this.index < index) {
      this.writer?.close();
      this.index++;
      this.writer = new PcapWriter(join(this.folder, `capture-${String(this.index + 1).padStart(3, '0')}.pcap`));
    }
  }
}

/** Lines of text, gathered before they are written. */
class TextFile {
  private readonly file: number;
  private pending = '';

  constructor(path: string) {
    this.file = openSync(path, 'w', 0o600);
  }

  line(text: string): void {
    this.pending += `${text}\n`;
    if (this.pending.length > 256 * 1024) this.flush();
  }

  close(): void {
    this.flush();
    closeSync(this.file);
  }

  private flush(): void {
    const bytes = Buffer.from(this.pending);
    for (let at = 0; at < bytes.length; ) at += writeSync(this.file, bytes, at);
    this.pending = '';
  }
}

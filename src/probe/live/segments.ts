import { existsSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { isoTime } from '../../base/time.ts';
import { PcapngWriter, type WrittenPacket } from '../../capture/write-pcapng.ts';
import { systemWords } from '../../delivery/files.ts';

/** A segment of this size ends early, bytes. */
const LARGE = 256 * 1024 * 1024;
/** Packets of as many segments before the newest still go into it: clocks of agents differ. Beyond it time went back. */
const BEHIND = 5;
const PREFIX = 'live-';

/** Cuts live input into captures of so much packet time each, which appear in a folder when they are complete. */
export class Segments {
  /** Packets written, and those that the disk did not take. */
  written = 0;
  lost = 0;
  private readonly folder: string;
  private readonly length: number;
  private readonly now: () => number;
  private readonly report: (words: string) => void;
  private writer: PcapngWriter | null = null;
  private slot = 0;
  /** Milliseconds of the wall clock. */
  private opened = 0;
  private number = 0;
  private trouble: string | null = null;

  /**
   * @param length seconds of packet time
   * @param now milliseconds of the wall clock
   * @param report told once of a disk that takes nothing, and once when it does again
   */
  constructor(folder: string, length: number, now: () => number, report: (words: string) => void) {
    this.folder = folder;
    this.length = length;
    this.now = now;
    this.report = report;
  }

  write(packet: WrittenPacket): void {
    const slot = Math.floor(packet.seconds / this.length);
    const isOver = slot > this.slot || slot < this.slot - BEHIND || (this.writer?.bytes ?? 0) > LARGE;
    if (isOver) this.end();
    this.onDisk(() => {
      this.writer ??= this.open(slot);
      this.writer.write(packet);
      this.written++;
    });
  }

  /** To be called about once a second: puts what is there on the disk, and ends a segment that nothing comes to any more. */
  tick(): void {
    const { writer } = this;
    if (writer === null) return;
    if (this.now() - this.opened > 2000 * this.length) this.end();
    else this.onDisk(() => writer.flush(), 0);
  }

  /** Ends the segment that is open. */
  end(): void {
    const { writer } = this;
    this.writer = null;
    this.onDisk(() => writer?.close(), 0);
  }

  private open(slot: number): PcapngWriter {
    this.slot = slot;
    this.opened = this.now();
    const time = isoTime(slot * this.length, 0)
      .slice(0, 19)
      .replace(/[-:]/g, '');
    // The same minute may come again: after a restart, or where the clock went back.
    const unique = `${this.opened.toString(36)}${(this.number++).toString(36)}`;
    return new PcapngWriter(join(this.folder, `${PREFIX}${time}Z-${unique}.pcapng`));
  }

  private onDisk(work: () => void, packets = 1): void {
    try {
      work();
      if (this.trouble !== null) this.report(`live input is written again; ${this.lost} packets were lost`);
      this.trouble = null;
    } catch (error) {
      this.lost += packets;
      this.writer = null;
      if (this.trouble === null) this.report(`live input cannot be written to ${this.folder}: ${systemWords(error)}`);
      this.trouble = systemWords(error);
    }
  }
}

/** Gives segments their names that a process which was killed had begun: what is in them is read up to the cut. */
export function rescueSegments(folder: string): void {
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    if (!name.startsWith(`.${PREFIX}`)) continue;
    renameSync(join(folder, name), join(folder, name.slice(1).replace(/\.part$/, '')));
  }
}

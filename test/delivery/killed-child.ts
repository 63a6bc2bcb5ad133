import { writeSync } from 'node:fs';
import { systemClock } from '../../src/delivery/clock.ts';
import { type DiskCalls, diskCalls } from '../../src/delivery/files.ts';
import { jsonFile } from '../../src/delivery/json-file.ts';
import { openOutbox } from '../../src/delivery/outbox.ts';
import { webhook } from '../../src/delivery/webhook.ts';

/** What the process is to do, as its only argument, in JSON. */
export interface Errand {
  folder: string;
  url: string;
  /** File of the second sink. */
  log: string;
  /** Findings from this number on, up to that one. */
  from: number;
  to: number;
  /** The process ends itself by SIGKILL in this call of the disk's, counted from 1: a write then is made by half. 0: never. */
  killAt: number;
}

const errand: Errand = JSON.parse(process.argv[2]!);
const say = (words: string) => writeSync(1, `${words}\n`);

let made = 0;
const here = (): boolean => ++made === errand.killAt;
const die = () => process.kill(process.pid, 'SIGKILL');
const calls: DiskCalls = {
  write: (file, data, offset) => {
    if (here()) {
      diskCalls.write(file, data.subarray(0, offset + Math.ceil((data.length - offset) / 2)), offset);
      die();
    }
    return diskCalls.write(file, data, offset);
  },
  fsync: (file) => {
    if (here()) die();
    diskCalls.fsync(file);
  },
  rename: (from, to) => {
    if (here()) die();
    diskCalls.rename(from, to);
  },
};

const kinds = new Set(['drift'] as const);
const key = Buffer.from('correct horse battery staple');
const noc = webhook({ url: errand.url, key, ca: undefined, clock: systemClock });
const setups = [
  { name: 'noc', sink: noc, masked: true, kinds },
  { name: 'log', sink: jsonFile(errand.log, diskCalls), masked: true, kinds },
];
const outbox = openOutbox(errand.folder, setups, systemClock, {
  probe: 'p1',
  window: 3_600_000,
  // So small that files begin and go all the time.
  maxBytes: 200_000,
  report: (words) => say(`report ${words}`),
  calls,
});
outbox.start();
for (let number = errand.from; number < errand.to; number++) {
  outbox.raise([
    {
      kind: 'drift',
      time: new Date(Date.UTC(2026, 2, 1, 0, 0, number)).toISOString(),
      measure: `measure-${number}`,
      value: number,
      low: 0,
      high: 1,
    },
  ]);
  say(`taken ${number}`);
  await outbox.drain(number % 7 === 0 ? 5000 : 0);
}
say(`drained ${await outbox.drain(120_000)}`);
say(`status ${JSON.stringify(outbox.status().sinks)}`);
await outbox.close(1000);

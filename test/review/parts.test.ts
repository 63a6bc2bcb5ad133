import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CatpoolEvent } from '../../src/events/event.ts';
import type { Reply } from '../../src/review/server/api.ts';
import { findFrames } from '../../src/review/server/messages.ts';
import { placesOf } from '../../src/review/server/places.ts';
import { openStore } from '../../src/store/store.ts';
import { cli } from '../support/cli.ts';
import { makeStore, openDesk, SAMPLE, scratch, type TestDesk } from '../support/desk.ts';
import { sampleAsTold } from '../support/sample.ts';
import { sharedCapture } from '../support/shared.ts';

const LINE = sampleAsTold().first;
let folder: ReturnType<typeof scratch>;
const path = (name: string): string => join(folder.path, name);

beforeAll(() => {
  folder = scratch();
});
afterAll(() => folder.remove());

function tshark(file: string, filter: string, ...fields: string[]): string[][] {
  const named = fields.flatMap((field) => ['-e', field]);
  return execFileSync('tshark', ['-r', file, '-Y', filter, '-T', 'fields', ...named], {
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  })
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
}

/** Cuts a capture behind each of these frames. @returns the parts, in order */
function cut(file: string, name: string, frames: readonly number[]): string[] {
  mkdirSync(path(name));
  return [...frames, 0].map((last, index) => {
    const part = path(`${name}/${index + 1}.pcap`);
    const first = (frames[index - 1] ?? 0) + 1;
    execFileSync('editcap', ['-F', 'pcap', '-r', file, part, last === 0 ? `${first}-99999999` : `${first}-${last}`]);
    return part;
  });
}

describe('a SIP call that goes through four captures, of which one holds nothing of it', () => {
  let test: TestDesk;
  let id: string;
  /** Times of its packets, as tshark has them in the capture that was cut. */
  let times: string[];
  let parts: string[];

  beforeAll(async () => {
    execFileSync('sh', ['-c', `gzip -dc "${SAMPLE}" > "${path('sample.pcap')}"`]);
    const whole = path('sample.pcap');
    const calls = tshark(whole, `sip.from.user contains "${LINE}"`, 'frame.number', 'sip.Call-ID', 'sip.Method');
    // A call whose next message after its ACK is its BYE, with others' between them.
    let own: string[][] = [];
    for (const [, call] of calls.filter(([, , method]) => method === 'BYE')) {
      own = tshark(whole, `sip.Call-ID == "${call}"`, 'frame.number', 'sip.Method', 'frame.time_epoch');
      id = call!;
      const [ack, next] = own.slice(own.findIndex(([, method]) => method === 'ACK'));
      if (next?.[1] === 'BYE' && Number(next[0]) - Number(ack![0]) > 3) break;
    }
    times = own.map(([, , time]) => time!);
    const frame = (method: string): number => Number(own.find((row) => row[1] === method)![0]);
    // Its INVITE; what answers it, up to the ACK; the talk, in which nothing of it is sent; its end.
    expect(frame('BYE') - frame('ACK')).toBeGreaterThan(3);
    parts = cut(whole, 'sip', [frame('INVITE'), frame('ACK'), frame('BYE') - 1]);
    await makeStore(path('sip-lake'), parts);
    test = await openDesk(path('sip-lake'), path('sip-lake-desk'));
  });
  afterAll(() => test.close());

  async function theCall(): Promise<CatpoolEvent> {
    const [first, last] = [times[0]!, times.at(-1)!].map(Number) as [number, number];
    const found: CatpoolEvent[] = [];
    for await (const event of test.desk.store.events({ since: first - 1, until: last + 1, line: [LINE] }))
      if (event.first_capture.sha256 !== event.last_capture.sha256) found.push(event);
    const [one] = found.filter(({ time }) => Math.abs(time.s + time.ns / 1e9 - first) < 0.001);
    return one!;
  }

  it('is looked for in three of them', async () => {
    const call = await theCall();
    // A case that rests on it has retention spare all four.
    expect(test.desk.store.between(call.feed)(call)).toHaveLength(4);
    const { spans, missing } = await placesOf(test.desk, [call]);
    expect([spans.map((span) => span.map((place) => place.path)), missing]).toEqual([
      [[parts[0], parts[1], parts[3]]],
      [],
    ]);
  });

  it('has all its messages on its page, and all its packets in the file for Wireshark', async () => {
    const ann = await test.person('ann', 'investigator');
    const { event_id } = await theCall();
    const { id: line } = test.desk.database.get<{ id: number }>('SELECT id FROM lines WHERE line = ?', LINE)!;
    const url = `/api/lines/${line}/calls/${event_id}`;
    const { messages } = await ann.get<Reply<'call'>>(url);
    expect(messages.map(({ time }) => time)).toEqual(times.map((time) => expect.stringContaining(fraction(time))));
    await ann.post('/api/unmask', { lines: [line], reason: 'test' });
    const reply = await ann.request({ method: 'GET', url: `${url}/pcapng` });
    expect(reply.statusCode).toBe(200);
    writeFileSync(path('call.pcapng'), reply.rawPayload);
    const filter = `sip.Call-ID == "${id}"`;
    expect(tshark(path('call.pcapng'), filter, 'frame.time_epoch').flat()).toEqual(times);
    expect(tshark(path('call.pcapng'), `!(${filter})`, 'frame.number')).toEqual([]);
  });

  it('has all its packets in an evidence package', async () => {
    const run = await cli('export', 'evidence', LINE, '--store', path('sip-lake'), '-o', path('sip.zip'));
    expect([run.code, run.stderr]).toEqual([0, expect.not.stringContaining('missing')]);
    execFileSync('unzip', ['-q', path('sip.zip'), 'packets.pcapng', '-d', folder.path]);
    expect(tshark(path('packets.pcapng'), `sip.Call-ID == "${id}"`, 'frame.time_epoch').flat()).toEqual(times);
  });

  it('keeps what is there of it, and names what is not, where one of them is gone', async () => {
    rmSync(parts[1]!);
    const { spans, missing } = await placesOf(test.desk, [await theCall()]);
    expect([spans.map((span) => span.length), missing.length]).toEqual([[2], 1]);
    rmSync(parts[0]!);
    // Without its beginning nothing says which messages are its own.
    expect((await placesOf(test.desk, [await theCall()])).spans).toEqual([[]]);
  });
});

/** The part of a second that a time of tshark names, as an ISO time has it. */
function fraction(epoch: string): string {
  return `${new Date(Math.floor(Number(epoch)) * 1000).toISOString().slice(0, 19)}.${epoch.split('.')[1]}`;
}

describe('a call on a circuit that goes through four captures', () => {
  it('has the packets that tshark shows of its circuit', async () => {
    const file = sharedCapture('ss7', 'ajbanjara+Wireshark', 'isup_load_generator.pcap');
    const rows = tshark(file, 'isup', 'frame.number', 'isup.message_type', 'isup.cic', 'mtp3.opc', 'mtp3.dpc');
    const isOf = (circuit: string[]) => (row: string[]) =>
      row[2] === circuit[2] && row.slice(3).sort().join() === circuit.slice(3).sort().join();
    /** The first call that was answered (ANM, 9) with nothing of its circuit before its IAM (1) and up to its RLC (16). */
    const call = rows
      .filter(([, type]) => type === '1')
      .map((iam) => rows.filter(isOf(iam)))
      .find(
        (all) =>
          all[0]![1] === '1' &&
          all
            .slice(0, 5)
            .map(([, type]) => type)
            .join() === '1,6,9,12,16',
      )!;
    const frames = call.slice(0, 5).map(([frame]) => Number(frame));
    const parts = cut(file, 'isup', [frames[0]!, frames[2]!, frames[3]! - 1]);
    expect((await cli('events', ...parts, '--store', path('isup-lake'), '--output', path('events.txt'))).code).toBe(0);
    const store = openStore(path('isup-lake'), false);
    const found: CatpoolEvent[] = [];
    for await (const event of store.events())
      if (event.first_capture.sha256 !== event.last_capture.sha256) found.push(event);
    const trunk = `${call[0]![3]}-${call[0]![4]}-${call[0]![2]}`;
    const [one] = found.filter((event) => event.trunk === trunk);
    const trail = store.trails([one!]).get(one!.event_id)!;
    const paths = new Map([...store.named(new Set(trail))].map(({ result }) => [result.sha256, result.path]));
    await store.close();
    expect(trail.map((sha256) => paths.get(sha256))).toEqual([parts[0], parts[1], parts[3]]);
    const span = trail.map((sha256, at) => ({
      path: paths.get(sha256)!,
      sha256,
      first: at === 0 ? one!.first_frame : 1,
      last: at === trail.length - 1 ? one!.last_frame : Number.MAX_SAFE_INTEGER,
    }));
    const { wanted } = await findFrames([span]);
    // Frames of a part count from where it was cut.
    const before = new Map([
      [parts[0], 0],
      [parts[1], frames[0]!],
      [parts[3], frames[3]! - 1],
    ]);
    expect(wanted.flatMap((part) => part.frames.map((frame) => frame + before.get(part.path)!))).toEqual(frames);
  });
});

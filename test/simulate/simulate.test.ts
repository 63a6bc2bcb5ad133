import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseScenario } from '../../src/simulate/scenario.ts';
import { type SimulationSummary, simulate } from '../../src/simulate/simulate.ts';
import { FolderSink, type LabelRecord, type SimulationSink, type TruthRecord } from '../../src/simulate/sink.ts';

const HOURS = 2;
/** Everything that a small network can have, on UDP and in whole packets, so that each frame is one message. */
const BASE = {
  seed: 21,
  subscribers: 120,
  gateways: 4,
  hours: HOURS,
  start: '2024-03-05T09:00:00Z',
  country: '44',
  everyGateway: { lines: 6 },
  network: {
    tap: 'access',
    tcp: 0,
    loss: 0,
    keepAlive: 0,
    proxies: 2,
    natExpires: 300,
    retransmissions: 0.02,
    challenge: 0.3,
    reliable: 0.5,
  },
  population: { oneRegistration: 0, dormitory: 0.1, messages: 0.6, callCentre: 0.05, probe: 0.03, phoneChange: 0.05 },
};

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

async function run(changes: Record<string, unknown>): Promise<{ folder: string; summary: SimulationSummary }> {
  const folder = mkdtempSync(join(tmpdir(), 'catpool-simulate-'));
  folders.push(folder);
  const scenario = parseScenario('', { ...BASE, ...changes });
  const sink = new FolderSink(folder, Date.parse(scenario.start) / 1000, scenario.hours, scenario.files);
  return { folder, summary: await simulate(scenario, sink) };
}

/** What a simulation gives, without files. */
async function gather(changes: Record<string, unknown>) {
  const digest = createHash('sha256');
  const truth: TruthRecord[] = [];
  const labels: LabelRecord[] = [];
  let scenarioText = '';
  const sink: SimulationSink = {
    frame: (data, seconds, nanoseconds) => {
      digest.update(`${seconds}.${nanoseconds} `);
      digest.update(data);
    },
    call: (record) => truth.push(record),
    label: (record) => labels.push(record),
    scenario: (text) => {
      scenarioText = text;
    },
    close: () => {},
  };
  const summary = await simulate(parseScenario('', { ...BASE, ...changes }), sink);
  return { digest: digest.digest('hex'), truth, labels, scenarioText, summary };
}

/** tshark's view of a capture: the fields of each packet that `filter` lets through. Ports that it takes for other protocols are SIP here. */
function tshark(file: string, filter: string, fields: readonly string[]): string[][] {
  const out = execFileSync(
    'tshark',
    [
      '-r',
      file,
      '--disable-all-protocols',
      ...['frame', 'eth', 'ip', 'udp', 'tcp', 'sip', 'sdp', 'data-text-lines'].flatMap((name) => [
        '--enable-protocol',
        name,
      ]),
      ...['ip', 'udp', 'tcp'].flatMap((name) => ['-o', `${name}.check_checksum:TRUE`]),
      '-Y',
      filter,
      '-T',
      'fields',
      '-E',
      'occurrence=f',
      ...fields.flatMap((field) => ['-e', field]),
    ],
    { maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] },
  ).toString('latin1');
  return out === ''
    ? []
    : out
        .trimEnd()
        .split('\n')
        .map((line) => line.split('\t'));
}

describe('a simulated capture, as tshark reads it', () => {
  let folder: string;
  let capture: string;
  let summary: SimulationSummary;
  let truth: TruthRecord[];

  beforeAll(async () => {
    ({ folder, summary } = await run({}));
    capture = join(folder, 'capture-001.pcap');
    truth = readFileSync(join(folder, 'truth.ndjson'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as TruthRecord);
  });

  it('holds SIP in every frame, or a fragment of it', () => {
    const all = tshark(capture, 'frame', ['frame.number', 'sip.CSeq', 'ip.flags.mf']);
    expect(all).toHaveLength(summary.frames);
    expect(summary.frames).toBeGreaterThan(5000);
    expect(all.filter(([, cseq, more]) => cseq === '' && more !== '1' && more !== 'True')).toEqual([]);
    expect(all.filter(([, cseq]) => cseq !== '')).toHaveLength(summary.messages);
  });

  it('is well formed, with right checksums and times that never go back', () => {
    expect(tshark(capture, '_ws.malformed or _ws.expert.severity >= 0x400000', ['frame.number'])).toEqual([]);
    expect(
      tshark(capture, 'udp.checksum.status == 0 or ip.checksum.status == 0', ['frame.number', 'udp.checksum.status']),
    ).toEqual([]);
    expect(tshark(capture, 'frame.time_delta < 0', ['frame.number'])).toEqual([]);
  });

  it('holds each call that the truth tells of, from and to whom it says, answered and ended when it says', () => {
    const digits = (user: string): string =>
      user.startsWith('+')
        ? user.slice(1)
        : user.startsWith('00')
          ? user.slice(2)
          : user.startsWith('0')
            ? `44${user.slice(1)}`
            : user;
    const key = (caller: string, called: string): string => `${caller}>${called}`;
    const messages = tshark(capture, 'sip.CSeq.method == "INVITE" or sip.CSeq.method == "BYE"', [
      'frame.time_epoch',
      'sip.Method',
      'sip.Status-Code',
      'sip.CSeq.method',
      'sip.from.user',
      'sip.to.user',
    ]).map(([time, method, status, of, from, to]) => ({
      time: Number(time),
      method,
      status,
      of,
      pair: key(digits(from!), digits(to!)),
      back: key(digits(to!), digits(from!)),
    }));
    const near = (pair: string, at: string, wanted: (message: (typeof messages)[number]) => boolean): boolean =>
      (byPair.get(pair) ?? []).some(
        (message) => Math.abs(message.time - Date.parse(at) / 1000) < 0.002 && wanted(message),
      );
    const byPair = new Map<string, typeof messages>();
    for (const message of messages) {
      for (const pair of [message.pair, message.back]) byPair.set(pair, [...(byPair.get(pair) ?? []), message]);
    }
    const over = truth.filter((call) => call.outcome !== 'open');
    expect(over.length).toBeGreaterThan(200);
    expect(over.length).toBeLessThan(truth.length);
    for (const call of over) {
      const pair = key(call.caller, call.called);
      expect(
        near(pair, call.start, (m) => m.method === 'INVITE'),
        `start of ${JSON.stringify(call)}`,
      ).toBe(true);
      if (call.answer !== null) {
        expect(
          near(pair, call.answer, (m) => m.status === '200' && m.of === 'INVITE'),
          `answer of ${JSON.stringify(call)}`,
        ).toBe(true);
        const byWhom = (m: (typeof messages)[number]): boolean => (m.pair === pair) === (call.released_by === 'caller');
        expect(
          near(pair, call.end!, (m) => m.method === 'BYE' && byWhom(m)),
          `end of ${JSON.stringify(call)}`,
        ).toBe(true);
      }
    }
    // And no other: INVITEs that open a call come from these callers to these people.
    const known = new Set(truth.map((call) => key(call.caller, call.called)));
    expect(messages.filter((m) => m.method === 'INVITE' && !known.has(m.pair) && !known.has(m.back))).toEqual([]);
  });

  it('shows the devices of lines: IMEIs as RFC 7254 writes them, cells, challenges answered', () => {
    const instances = tshark(capture, 'sip.Method == "REGISTER" and sip.contact.parameter contains "imei"', [
      'sip.Contact',
    ]);
    for (const [contact] of instances) expect(contact).toMatch(/\+sip\.instance="<urn:gsma:imei:\d{8}-\d{6}-\d>"/);
    const places = tshark(capture, 'sip.P-Access-Network-Info', ['sip.P-Access-Network-Info']);
    expect(places.length).toBeGreaterThan(100);
    for (const [place] of places) {
      expect(place).toMatch(
        /^(3GPP-[A-Z-]+;utran-cell-id-3gpp=234\d{2}[0-9a-f]{11}|IEEE-802\.11;i-wlan-node-id=[0-9a-f]{12})$/,
      );
    }
    expect(tshark(capture, 'sip.Status-Code == 401', ['frame.number']).length).toBeGreaterThan(50);
    expect(tshark(capture, 'sip.Status-Code == 407', ['frame.number']).length).toBeGreaterThan(50);
  });

  it('is readable by its owner only, and so is the truth', () => {
    const files = readdirSync(folder).sort();
    expect(files).toEqual(['capture-001.pcap', 'labels.csv', 'lines.csv', 'scenario.yaml', 'truth.ndjson']);
    for (const file of files) expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
  });

  it('comes with a label for every line, and the boxes it was asked for', () => {
    const rows = readFileSync(join(folder, 'labels.csv'), 'utf8')
      .trim()
      .split('\n')
      .map((row) => row.split(','));
    expect(rows.shift()).toEqual(['line', 'from', 'until', 'label', 'gateway', 'difficulty', 'weight', 'kind']);
    expect(rows).toHaveLength(120 + 4 * 6);
    expect(new Set(rows.map(([line]) => line)).size).toBe(rows.length);
    const boxes = new Map<string, number>();
    for (const [line, from, until, label, gateway, difficulty, weight, kind] of rows) {
      expect(line).toMatch(/^44\d{9,10}$/);
      expect([from, until]).toEqual(['2024-03-05T09:00:00.000000000Z', '2024-03-05T11:00:00.000000000Z']);
      expect((gateway === '') === (label === 'ordinary') && (difficulty === '') === (label === 'ordinary')).toBe(true);
      expect(Number(weight)).toBeGreaterThan(0);
      expect(kind).toMatch(/^[a-z]+$/i);
      if (label === 'gateway') boxes.set(gateway!, (boxes.get(gateway!) ?? 0) + 1);
    }
    expect([...boxes.values()]).toEqual([6, 6, 6, 6]);
    const numbers = new Set(rows.map(([line]) => line));
    const registered = tshark(capture, 'sip.Method == "REGISTER"', ['sip.to.user', 'sip.to.host']);
    for (const [user] of registered)
      expect([...numbers].some((line) => line!.endsWith(user!.replace(/^\+|^0+/, '')))).toBe(true);
  });
});

describe('the same scenario', () => {
  it('gives the same bytes, also from the scenario as used', async () => {
    const small = { subscribers: 60, hours: 1 };
    const first = await gather(small);
    expect((await gather(small)).digest).toBe(first.digest);
    const again = await gather({});
    expect(again.digest).not.toBe(first.digest);
    const digest = createHash('sha256');
    await simulate(parseScenario(first.scenarioText), {
      frame: (data, seconds, nanoseconds) => digest.update(`${seconds}.${nanoseconds} `).update(data),
      call: () => {},
      label: () => {},
      scenario: () => {},
      close: () => {},
    });
    expect(digest.digest('hex')).toBe(first.digest);
  });

  it('gives other bytes from another seed', async () => {
    const small = { subscribers: 30, hours: 0.5 };
    expect((await gather({ ...small, seed: 1 })).digest).not.toBe((await gather({ ...small, seed: 2 })).digest);
  });
});

describe('a simulation', () => {
  it('spreads its captures over files by time', async () => {
    const { folder, summary } = await run({ files: 4, subscribers: 60 });
    const files = readdirSync(folder)
      .filter((name) => name.endsWith('.pcap'))
      .sort();
    expect(files).toEqual(['capture-001.pcap', 'capture-002.pcap', 'capture-003.pcap', 'capture-004.pcap']);
    const start = Date.parse(BASE.start) / 1000;
    let frames = 0;
    for (const [index, file] of files.entries()) {
      const times = tshark(join(folder, file), 'frame', ['frame.time_epoch']).map(([time]) => Number(time));
      frames += times.length;
      expect(times[0]).toBeGreaterThanOrEqual(start + index * 1800);
      expect(times.at(-1)).toBeLessThan(start + (index + 1) * 1800);
    }
    expect(frames).toBe(summary.frames);
  });

  it('loses the share of packets it was told to, and tells the truth all the same', async () => {
    const whole = await gather({ subscribers: 60 });
    const lossy = await gather({ subscribers: 60, network: { ...BASE.network, loss: 0.2 } });
    expect(lossy.truth).toEqual(whole.truth);
    expect(lossy.summary.frames / whole.summary.frames).toBeCloseTo(0.8, 1);
  });

  it('carries SIP over TCP where told to, in streams that tshark can follow', async () => {
    const { folder, summary } = await run({
      subscribers: 40,
      gateways: 1,
      network: { ...BASE.network, tcp: 1, keepAlive: 1 },
    });
    const capture = join(folder, 'capture-001.pcap');
    const messages = tshark(capture, 'tcp and sip.CSeq', ['frame.number']);
    const alive = tshark(capture, 'tcp.payload == 0d:0a:0d:0a', ['frame.number']);
    expect(messages.length + alive.length).toBe(summary.messages);
    expect(alive.length).toBeGreaterThan(0);
    expect(
      tshark(capture, 'tcp.analysis.lost_segment or tcp.analysis.retransmission or tcp.checksum.status == 0', [
        'frame.number',
      ]),
    ).toEqual([]);
    expect(tshark(capture, 'tcp.flags.syn == 1', ['frame.number']).length).toBeGreaterThan(0);
  });

  it('of plain traffic has the size asked for and one call for each Call-ID', async () => {
    // Keep-alives, which never end, do not keep it from ending.
    const { folder, summary } = await run({ megabytes: 6, network: { nat: 1, keepAlive: 1 } });
    const capture = join(folder, 'capture-001.pcap');
    expect(summary.bytes).toBeGreaterThanOrEqual(6e6);
    expect(summary.bytes).toBeLessThan(6.01e6);
    expect(tshark(capture, 'udp.checksum.status == 0 or _ws.malformed or not sip', ['frame.number'])).toEqual([]);
    const opening = tshark(capture, 'sip.Method == "INVITE" and not sip.to.tag', [
      'sip.Call-ID',
      'sip.CSeq',
      'sip.from.tag',
    ]);
    const attempts = new Map<string, Set<string>>();
    for (const [id, , tag] of opening) attempts.set(id!, (attempts.get(id!) ?? new Set()).add(tag!));
    expect(attempts.size).toBeGreaterThanOrEqual(summary.calls * 0.9);
    for (const tags of attempts.values()) expect(tags.size).toBe(1);
  });
});

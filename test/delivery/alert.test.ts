import { describe, expect, it } from 'vitest';
import { ALERT_KINDS, type Alert, type Finding } from '../../src/delivery/alert.ts';
import type { Message } from '../../src/delivery/sink.ts';
import { open, Receiver, scratch, setup, suspect } from './bench.ts';
import { ManualClock } from './manual-clock.ts';

const TIME = '2026-03-01T00:00:00.000000001Z';
const LINE = {
  line: '8613812345678',
  msisdn: '8613812345678',
  imsi: '460001234567890',
  score: 0.997,
  gateway: '460-00-6151-1',
  reasons: ['14 IMEIs in 24 h', 'calls 8613900000001', 'never left cell 460-00-6151-1'],
  reasons_zh: ['24 小时内 14 个 IMEI', '呼叫 8613900000001'],
};

/** One of each kind: its severity by RFC 5424 §6.2.1, and what it says. */
const FINDINGS: readonly [Finding, number, string, string][] = [
  [
    { kind: 'new_suspect', time: TIME, tier: 'suspect', ...LINE },
    5,
    'Line 86138******78 is suspect (score .997): 14 IMEIs in 24 h · calls 86139******01 · never left cell 460-00-6151-1',
    '线路 86138******78 可疑（得分 .997）：24 小时内 14 个 IMEI；呼叫 86139******01',
  ],
  [
    { kind: 'tier_changed', time: TIME, from: 'suspect', to: 'strong', ...LINE, reasons: [], reasons_zh: [] },
    4,
    'Line 86138******78 went from suspect to strong (score .997)',
    '线路 86138******78 由可疑变为高度可疑（得分 .997）',
  ],
  [
    {
      kind: 'new_gateway',
      time: TIME,
      gateway: '460-00-6151-1',
      score: 1,
      line_count: 31,
      lines: ['8613812345678'],
      evidence: ['one TAC, 212 serials'],
      evidence_zh: ['同一 TAC，212 个序列号'],
    },
    4,
    'Gateway 460-00-6151-1 (score 1.000, 31 lines): one TAC, 212 serials',
    '网关 460-00-6151-1（得分 1.000，31 条线路）：同一 TAC，212 个序列号',
  ],
  [
    { kind: 'feed_lost', time: TIME, feed: 'beijing-2', protocol: 'isup', minutes: 15, last: '2026-02-28T23:45:00Z' },
    3,
    'No isup packets from beijing-2 for 15 minutes, the last at 2026-02-28T23:45:00Z',
    'beijing-2 已 15 分钟没有 isup 数据包，最后一个在 2026-02-28T23:45:00Z',
  ],
  [
    { kind: 'clock_jump', time: TIME, feed: 'beijing-2', seconds: -3600, capture: 'spool/20260301000000.pcap' },
    4,
    'The clock of beijing-2 went back by 3600 seconds',
    'beijing-2 的时钟后退了 3600 秒',
  ],
  [
    { kind: 'disk_nearly_full', time: TIME, path: '/var/lib/catpool/20260301', free_bytes: 1.5e9, total_bytes: 100e9 },
    3,
    'The disk of /var/lib/catpool/20260301 is nearly full: 1.5 % of it is free, 1.50 GB',
    '/var/lib/catpool/20260301 所在磁盘将满：剩余 1.5 %，1.50 GB',
  ],
  [
    { kind: 'drift', time: TIME, measure: 'calls_per_hour', value: 9.5, low: 0.1, high: 4 },
    4,
    'calls_per_hour is 9.5, out of the 0.1 to 4 that the model was trained on',
    'calls_per_hour 为 9.5，超出模型训练时的范围 0.1 至 4',
  ],
];

/** What a sink gets of findings. */
async function told(findings: readonly Finding[], masked: boolean): Promise<Message[]> {
  const clock = new ManualClock();
  const receiver = new Receiver(clock);
  const { outbox } = open(scratch(), [setup(receiver, { masked })], clock);
  outbox.raise(findings);
  await outbox.pump();
  return receiver.got;
}

describe('an alert', () => {
  it('there is of every kind', () => {
    expect(FINDINGS.map(([{ kind }]) => kind).sort()).toEqual(Object.keys(ALERT_KINDS).sort());
  });

  it.each(FINDINGS.map((row) => [row[0].kind, ...row] as const))(
    '%s says in English and Chinese what was found, numbers starred',
    async (_, finding, severity, text, text_zh) => {
      const [alert] = await told([finding], true);
      expect(alert).toMatchObject({
        schema: 'catpool.alert/1',
        id: expect.stringMatching(/^[0-9a-f]{32}$/),
        kind: finding.kind,
        severity,
        probe: 'p1',
        time: TIME,
        raised: '2026-03-01T00:00:00.000Z',
        repeats: 0,
        previous: null,
        text,
        text_zh,
      });
      expect(JSON.stringify(alert)).not.toMatch(/8613812345678|8613900000001|460001234567890/);
    },
  );

  it('masks numbers and nothing else; to a sink that is told so it says them whole', async () => {
    const findings = FINDINGS.map(([finding]) => finding);
    const masked = await told(findings, true);
    const whole = await told(findings, false);
    findings.forEach((finding, index) => {
      expect(whole[index]).toMatchObject(finding);
    });
    expect(masked[0]).toMatchObject({
      subject: '86138******78',
      line: '86138******78',
      msisdn: '86138******78',
      imsi: '46000********90',
      gateway: '460-00-6151-1',
      reasons: ['14 IMEIs in 24 h', 'calls 86139******01', 'never left cell 460-00-6151-1'],
    });
    expect(masked[2]).toMatchObject({ lines: ['86138******78'] });
    for (const index of [3, 4, 5, 6]) expect(masked[index]).toMatchObject(findings[index]!);
  });

  it('is on one line, without anything that controls a terminal or a log, and of bounded length', async () => {
    const evil = `a\r\nFAKE\u0000\u001b[31m\u009b2J\u2028\u2029\u202e\u2066\ufeff\ud800${'x'.repeat(10_000)}`;
    const [alert] = (await told(
      [suspect(evil, 0, { reasons: Array(5000).fill(evil), reasons_zh: [evil], gateway: evil })],
      false,
    )) as Alert[];
    const json = JSON.stringify(alert);
    expect(json).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    // JSON would escape what is left of them.
    expect(json).not.toMatch(/\\u|\\r|\\n/);
    expect(json.length).toBeLessThan(60_000);
    expect(alert?.subject).toMatch(/^a FAKE \[31m 2J x+…$/);
  });

  it('of a number that is none is refused, and nothing of the call is taken', () => {
    const clock = new ManualClock();
    const { outbox } = open(scratch(), [setup(new Receiver(clock))], clock);
    expect(() => outbox.raise([suspect('a'), suspect('b', 0, { score: Number.NaN })])).toThrow(
      'alert new_suspect: score: expected a number, not NaN',
    );
    expect(() => outbox.raise([suspect('a', 0, { time: 'yesterday' })])).toThrow(
      'alert new_suspect: time: expected ISO 8601',
    );
    expect(outbox.status().sinks[0]).toMatchObject({ queued: 0 });
  });
});

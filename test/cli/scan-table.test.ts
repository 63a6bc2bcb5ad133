import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { Counters } from '../../src/base/counters.ts';
import { TIERS } from '../../src/cli/chinese.ts';
import { notRead } from '../../src/cli/not-read.ts';
import { printTable } from '../../src/cli/scan-table.ts';
import type { Gateway } from '../../src/gateways/boxes.ts';
import { INCOMPLETE } from '../../src/network/fragments.ts';
import { cli, records } from '../support/cli.ts';
import { SAMPLE } from '../support/desk.ts';
import { sampleAsTold } from '../support/sample.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const told = sampleAsTold();

describe('the table of a scan', () => {
  test('says in either language the same lines, with the reasons of that language', async () => {
    const [verdict] = records((await cli('scan', SAMPLE, '--format', 'ndjson')).stdout);
    const reasons = verdict!.reasons as { text: string; text_zh: string }[];
    const { rests_on, rests_on_zh } = verdict!.exposure as Record<string, string>;
    const english = (await cli('scan', SAMPLE)).stdout;
    const chinese = (await cli('scan', SAMPLE, '--language', 'zh')).stdout;
    const rowOf = (table: string) => table.split('\n').find((row) => row.startsWith(`  ${told.first}`))!;
    expect(rowOf(english)).toContain([...reasons.slice(0, 3).map(({ text }) => text), rests_on].join(' · '));
    expect(rowOf(chinese)).toContain([...reasons.slice(0, 3).map(({ text_zh }) => text_zh), rests_on_zh].join(' · '));
    expect(rowOf(chinese)).toContain(` ${TIERS[told.tier]} `);
    const numbers = (table: string) => table.match(/^ {2}\d+(?= )/gm);
    expect(numbers(chinese)).toEqual(numbers(english));
    expect(english).toMatch(/^Gateways\n[\s\S]*^Suspected lines\n {2}line +score +tier +box +why$/m);
    expect(chinese).toMatch(/^网关\n[\s\S]*^可疑线路\n {2}线路 +得分 +等级 +网关 +原因$/m);
    expect(english).toMatch(
      /^\d+ lines strong, \d+ suspect, \d+ not\. (?:\d+ more [^)]*\)\. )?Next: catpool explain /m,
    );
    expect(chinese).toMatch(
      /^\d+ 条高度可疑，\d+ 条可疑，\d+ 条未见可疑。(?:另有 [^）]*）。)?下一步：catpool explain .* --language zh$/m,
    );
  });

  test('leaves nothing in English to whoever reads Chinese, but names and what to type', async () => {
    const { stdout } = await cli('scan', SAMPLE, '--threshold', '0', '--language', 'zh');
    expect(stdout).toMatch(/^全部线路$/m);
    const plain = stdout.replace(/catpool explain .*$/m, '').replace(/\b(?:branch|tag|classmark)\b/g, '');
    expect(plain.match(/\b[a-z]{3,}\b/g)).toBeNull();
  });

  test('says in both languages how many lines of a gateway are not marked', async () => {
    const gateway = records((await cli('scan', SAMPLE, '--format', 'ndjson')).stdout).find(
      ({ record }) => record === 'gateway',
    ) as unknown as Gateway;
    const many = gateway.lines.length;
    const tiers = { none: many, suspect: 0, strong: 0 };
    const result = { verdicts: [], tiers, nearest: null, close: null, counters: new Counters() };
    const table = (language: 'en' | 'zh'): string => {
      const output = join(folder, `${language}.txt`);
      printTable({ ...result, gateways: [gateway] }, { language, output });
      return readFileSync(output, 'utf8');
    };
    expect(table('en')).toContain(`  ${many} lines, ${many} not marked  `);
    expect(table('zh')).toContain(`  ${many} 条线路，其中 ${many} 条未标记  `);
  });

  test('records have both languages whichever is asked for', async () => {
    const { stdout } = await cli('scan', SAMPLE, '--format', 'csv');
    expect((await cli('scan', SAMPLE, '--format', 'csv', '--language', 'zh')).stdout).toBe(stdout);
  });
});

describe('on a terminal', () => {
  const { isTTY, columns } = process.stdout;
  afterEach(() => Object.assign(process.stdout, { isTTY, columns }));

  test.each(['en', 'zh'])('reasons are folded to its width and nothing of them is cut: %s', async (language) => {
    const whole = (await cli('scan', SAMPLE, '--language', language)).stdout;
    Object.assign(process.stdout, { isTTY: true, columns: 80 });
    const { stdout } = await cli('scan', SAMPLE, '--language', language);
    const bare = (text: string) => text.replace(/\s|\p{Cc}\[\d+m/gu, '');
    const tableOf = (text: string) => text.split(/^(?:Suspected lines|可疑线路)$/m)[1]!.replace(/\n[^\n]*\n$/, '');
    const width = (row: string) => row.replace(/\p{Cc}\[\d+m/gu, '').replace(/[\u1100-\uffe6]/g, '--').length;
    expect(Math.max(...tableOf(stdout).split('\n').map(width))).toBeLessThanOrEqual(80);
    expect(bare(tableOf(stdout))).toBe(bare(tableOf(whole)));
  });
});

test('what was not read is said in both languages', () => {
  const counters = new Counters();
  expect([notRead(counters), notRead(counters, 'zh')]).toEqual(['', '']);
  counters.encrypted.set('tls', 1);
  counters.encrypted.set('esp', 2);
  counters.packets.set('cut', 3);
  counters.packets.set('link type 147', 1200);
  counters.packets.set(INCOMPLETE, 4);
  counters.messages.set('not decoded s1ap', 5);
  counters.dropped.set('tcpStreams', 6);
  expect(notRead(counters)).toBe(
    'Not read: 1 encrypted SIP flow; 2 ciphered ESP flows; 3 packets cut short; the end of 4 datagrams of which fragments are missing; 1,200 packets of link type 147; 5 s1ap messages; 6 dropped by limit tcpStreams.',
  );
  expect(notRead(counters, 'zh')).toBe(
    '未读取：1 条加密的 SIP 流；2 条加密的 ESP 流；3 个被截断的数据包；4 个缺少分片的数据报的后半部分；1,200 个链路类型为 147 的数据包；5 条 s1ap 消息；6 项超出限制 tcpStreams。',
  );
});

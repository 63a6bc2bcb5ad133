import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configJsonSchema, defaultConfig, nextRun, parseConfig } from '../../src/probe/config.ts';
import { untaken } from '../../src/review/server/notices.ts';
import { root } from '../support/sources.ts';

const example = readFileSync(join(root, 'scripts/probe.yaml'), 'utf8');

describe('the example configuration', () => {
  test('says what holds without it, besides where its folders are', () => {
    const { folder, store, ...rest } = parseConfig(example, 'probe.yaml');
    expect([folder, store]).toEqual(['/var/spool/catpool', '/var/lib/catpool/store']);
    expect(rest).toEqual(defaultConfig());
  });

  test('is right with every line that is commented out in it', () => {
    // A comment that begins with a key, or with an item of a list, is an example of it.
    const all = example
      .split('\n')
      .filter((line) => !/^ *(?:sinks|hep): \[\]$/.test(line))
      .map((line) => line.replace(/^( *)# ((?: *(?:- |[a-z_]+: )|[a-z_]+:$).*)$/, '$1$2'))
      .join('\n');
    const config = parseConfig(all, 'probe.yaml');
    expect(config.delivery.sinks.map(({ name }) => name)).toEqual(['log', 'siem', 'desk', 'provisioning', 'night']);
    // What the desk hands over, it hands over somewhere.
    expect(untaken(config.delivery)).toEqual([]);
    expect(config.live.hep).toHaveLength(2);
    expect(config).toMatchObject({
      home_country: 'CN',
      threshold: 0.9,
      retention: { age: '90d', size: '500GB' },
      limits: { sipDialogs: 200_000 },
      metrics: '127.0.0.1:9464',
    });
  });
});

describe('the published JSON Schema', () => {
  test('is what the program checks', () => {
    expect(JSON.parse(readFileSync(join(root, 'scripts/config.schema.json'), 'utf8'))).toEqual(configJsonSchema());
  });
});

describe('a wrong configuration', () => {
  test.each([
    ['feed: a b', 'feed: expected letters, digits, dots, dashes and underscores, at most 64'],
    ['settle: 30', 'settle: expected a duration such as 30s, 10m, 24h or 7d'],
    ['schedule: hourly', "schedule: expected a cron expression such as '*/10 * * * *', or an interval such as 10m"],
    [
      "schedule: '0 0 30 2 *'",
      "schedule: expected a cron expression such as '*/10 * * * *', or an interval such as 10m",
    ],
    ['windows: [0s]', 'windows[0]: expected a duration such as 30s, 10m, 24h or 7d'],
    ['live: { segment: 0s }', 'live.segment: expected a duration such as 30s, 10m, 24h or 7d'],
    ['windows: [1h, 2x]', 'windows[1]: expected a duration such as 30s, 10m, 24h or 7d'],
    ['windows: []', 'windows: expected at least one duration'],
    ['threshold: 2', 'threshold: expected a number from 0 to 1'],
    ['home_country: china', 'home_country: expected two capital letters such as CN'],
    ['own_prefixes: [86]', 'own_prefixes[0]: expected digits in quotes, at most 15'],
    ['time_zone: Beijing', 'time_zone: expected a time zone such as Asia/Shanghai'],
    ['limits: { sipDialogs: 0 }', 'limits.sipDialogs: expected a whole number from 1 on'],
    ['retention: { size: 5 }', 'retention.size: expected a size such as 500MB or 2TB'],
    ["live: { hep: ['9060'] }", 'live.hep[0]: expected udp:PORT, tcp:PORT, or with an address udp:192.0.2.1:9060'],
    ['metrics: 9464', 'metrics: expected an address and a port such as 127.0.0.1:9464'],
    ['alerts: { disk_free: 0.05 }', 'alerts.disk_free: expected a share such as 5%'],
    ['delivery: { sinks: [{ type: file, name: x }] }', 'delivery.sinks[0].path: expected the path of a file'],
    ['windos: [1h]', 'no key windos is known here'],
    ['alerts: { feed_los: 1m }', 'alerts: no key feed_los is known here'],
  ])('is told by key and what was expected: %s', (text, complaint) => {
    expect(() => parseConfig(text, 'x.yaml')).toThrow(new RegExp(`^x.yaml: ${escaped(complaint)}$`));
  });

  test('is told all at once, in one line', () => {
    expect(() => parseConfig('feed: a b\nsettle: 1\n', 'x.yaml')).toThrow(/^x\.yaml: feed: [^\n]+; settle: [^\n]+$/);
    expect(() => parseConfig('a: [\n', 'x.yaml')).toThrow(/^x\.yaml: not YAML: [^\n]+$/);
  });
});

describe('a schedule', () => {
  const at = (text: string) => Date.parse(text);

  test('by cron goes by the local time of the lines', () => {
    const config = { ...defaultConfig(), schedule: '30 2 * * *', time_zone: 'Asia/Shanghai' };
    expect(nextRun(config, at('2024-03-05T00:00:00Z'))).toBe(at('2024-03-05T18:30:00Z'));
    expect(nextRun(config, at('2024-03-05T18:30:00Z'))).toBe(at('2024-03-06T18:30:00Z'));
  });

  test('by interval counts from the last time', () => {
    expect(nextRun({ ...defaultConfig(), schedule: '10m' }, 1000)).toBe(601_000);
  });
});

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sampleAsTold } from '../support/sample.ts';
import { root } from '../support/sources.ts';

let folder: string;
let drop: string;
let child: ChildProcess | null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
  drop = join(folder, 'drop');
  mkdirSync(drop);
  child = null;
});
afterEach(async () => {
  if (child !== null && child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
  rmSync(folder, { recursive: true, force: true });
});

type Line = Record<string, unknown> & { msg: string };

/** A running `catpool watch`, and what it logs. */
class Service {
  readonly lines: Line[] = [];
  readonly process: ChildProcess;
  private read = 0;
  private waiting: () => void = () => undefined;

  /** @param where the folder and the store, as the command line names them */
  constructor(config: string, where = [drop, '--store', join(folder, 'lake')]) {
    const path = join(folder, 'probe.yaml');
    writeFileSync(path, config);
    const main = join(root, 'src/cli/main.ts');
    const args = ['watch', ...where, '--config', path];
    this.process = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), main, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child = this.process;
    let text = '';
    this.process.stderr!.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const lines = text.split('\n');
      text = lines.pop()!;
      this.lines.push(...lines.map((line) => (line.startsWith('{') ? JSON.parse(line) : { msg: line })));
      this.waiting();
    });
    this.process.once('close', () => this.waiting());
  }

  /** The next line with these words. */
  async next(words: string): Promise<Line> {
    for (;;) {
      while (this.read < this.lines.length) {
        const line = this.lines[this.read++]!;
        if (line.msg === words) return line;
      }
      if (this.process.exitCode !== null)
        throw new Error(`ended without saying ${words}: ${JSON.stringify(this.lines)}`);
      await new Promise<void>((resolve) => {
        this.waiting = resolve;
      });
    }
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    const closed = once(this.process, 'close');
    this.process.kill(signal);
    return (await closed)[0];
  }
}

const CONFIG = 'settle: 0s\nsweep: 1s\nschedule: 1h\nwindows: [24h]\n';

describe('a probe that runs as a service', () => {
  test('takes what comes, answers /metrics and /health, says its status, and ends when told to', async () => {
    const service = new Service(`${CONFIG}metrics: 127.0.0.1:0\n`);
    const { port } = await service.next('metrics answer');
    await service.next('ready');
    copyFileSync(join(root, 'captures/sample.pcap.gz'), join(drop, '.sample'));
    copyFileSync(join(drop, '.sample'), join(drop, 'sample.pcap.gz'));
    writeFileSync(join(drop, 'x.pcap'), 'text, no capture');
    await service.next('capture taken');
    await service.next('window scored');
    const get = async (path: string, method = 'GET') => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
      return { status: response.status, text: await response.text() };
    };
    await expect
      .poll(async () => (await get('/metrics')).text)
      .toMatch(new RegExp(`^catpool_suspects\\{tier="${sampleAsTold().tier}",feed="local"\\} [1-9]`, 'm'));
    // The other file may be looked at after the scoring.
    await expect
      .poll(async () => (await get('/metrics')).text)
      .toMatch(/^catpool_captures_quarantined\{feed="local"\} 1$/m);
    const { text } = await get('/metrics');
    // As tshark counts the packets of the sample.
    expect(text).toMatch(/^# TYPE catpool_packets_total counter$/m);
    expect(text).toMatch(/^catpool_packets_total\{kind="read",feed="local"\} 24695$/m);
    expect(text).toContain(`\ncatpool_messages_total{protocol="sip",feed="local"} ${sampleAsTold().messages}\n`);
    expect(text).toMatch(/^catpool_captures_total\{outcome="taken",feed="local"\} 1$/m);
    for (const name of ['lag_seconds', 'store_bytes', 'scan_seconds', 'events_total', 'disk_free_bytes', 'trouble'])
      expect(text).toMatch(new RegExp(`^catpool_${name}(?:\\{[^}]*\\})? [\\d.e+]+$`, 'm'));
    const health = await get('/health');
    expect([health.status, JSON.parse(health.text)]).toEqual([
      200,
      expect.objectContaining({ healthy: true, trouble: null, quarantined: 1 }),
    ]);
    expect((await get('/')).status).toBe(404);
    expect((await get('/metrics', 'POST')).status).toBe(405);
    service.process.kill('SIGUSR1');
    expect(await service.next('status')).toMatchObject({
      status: { captures: { taken: 1, refused: 1 }, trouble: null },
    });
    expect(await service.end('SIGTERM')).toBe(0);
    const state = readdirSync(join(folder, 'lake/probes/local'));
    expect(state.filter((name) => /lock|tmp|part/.test(name))).toEqual([]);
    // Numbers of the sample's lines begin with 86 and have 13 digits.
    const said = JSON.stringify(service.lines.filter(({ msg }) => msg !== 'status'));
    expect(said).not.toMatch(/(?<!\d)86\d{11}(?!\d)/);
  });

  test('takes a new configuration at SIGHUP, and keeps the one before where that is wrong', async () => {
    const service = new Service(CONFIG);
    await service.next('ready');
    writeFileSync(join(folder, 'probe.yaml'), 'settle: soon\n');
    service.process.kill('SIGHUP');
    const refused = await service.next('the configuration was not taken; the one before stays');
    expect(refused.error).toMatch(/settle: expected a duration/);
    writeFileSync(join(folder, 'probe.yaml'), `${CONFIG}feed: other\n`);
    service.process.kill('SIGHUP');
    const kept = await service.next('the configuration was not taken; the one before stays');
    expect(kept.error).toBe('feed cannot change while it runs: restart');
    writeFileSync(join(folder, 'probe.yaml'), `${CONFIG}own_prefixes: ['86']\n`);
    service.process.kill('SIGHUP');
    await service.next('configuration read again');
    expect(await service.end('SIGTERM')).toBe(0);
  });

  test('takes another folder or store at SIGHUP only where the command line names them', async () => {
    const config = (names: string[]) =>
      `${CONFIG}folder: ${join(folder, names[0]!)}\nstore: ${join(folder, names[1]!)}\n`;
    const again = (...names: string[]) => {
      writeFileSync(join(folder, 'probe.yaml'), config(names));
      service.process.kill('SIGHUP');
    };
    let service = new Service(config(['drop', 'lake']), []);
    await service.next('ready');
    for (const [key, names] of [
      ['folder', ['other', 'lake']],
      ['store', ['drop', 'other']],
    ] as const) {
      again(...names);
      const { error } = await service.next('the configuration was not taken; the one before stays');
      expect(error).toBe(`${key} cannot change while it runs: restart`);
    }
    again('drop', 'lake');
    await service.next('configuration read again');
    expect(await service.end('SIGTERM')).toBe(0);
    service = new Service(config(['drop', 'lake']));
    await service.next('ready');
    again('other', 'other');
    await service.next('configuration read again');
    expect(await service.end('SIGTERM')).toBe(0);
  });

  test('takes another log level and priority at SIGHUP', async () => {
    const service = new Service(CONFIG);
    await service.next('ready');
    writeFileSync(join(folder, 'probe.yaml'), `${CONFIG}log_level: error\nnice: 12\n`);
    service.process.kill('SIGHUP');
    await expect.poll(() => getPriority(service.process.pid!), { timeout: 60_000 }).toBe(12);
    writeFileSync(join(folder, 'probe.yaml'), 'settle: soon\n');
    service.process.kill('SIGHUP');
    await service.next('the configuration was not taken; the one before stays');
    expect(service.lines.map(({ msg }) => msg)).not.toContain('configuration read again');
    expect(await service.end('SIGTERM')).toBe(0);
  });

  test('abandons the capture it reads when told to end, and takes it at the next start', async () => {
    copyFileSync(join(root, 'captures/sample.pcap.gz'), join(drop, 'sample.pcap.gz'));
    const first = new Service(CONFIG);
    await first.next('ready');
    expect(await first.end('SIGTERM')).toBe(0);
    const second = new Service(CONFIG);
    const { captures } = await second.next('ready');
    if (captures === 0) await second.next('capture taken');
    expect(await second.end('SIGTERM')).toBe(0);
  });

  test('refuses wrong arguments in one line', async () => {
    const service = new Service('windows: 1h\n');
    const [code] = await once(service.process, 'close');
    expect(code).toBe(1);
    expect(service.lines.map(({ msg }) => msg)).toEqual([
      `catpool: ${join(folder, 'probe.yaml')}: windows: expected a list of durations`,
    ]);
  });
});

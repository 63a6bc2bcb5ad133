import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { en } from '../../../src/review/ui/words/en.ts';
import { buildPages, openBrowser, Visitor } from '../../support/browser.ts';
import { PASSWORD, scratch } from '../../support/desk.ts';
import { root } from '../../support/sources.ts';

const README = readFileSync(join(root, 'README.md'), 'utf8');
/** The part of README that a new user of the desk reads. */
const DESK = /^## At the desk$([\s\S]*?)^## /m.exec(README)![1]!;
/** Its commands, as they stand there. */
const COMMANDS = /^```\n([\s\S]*?)^```$/m
  .exec(DESK)![1]!
  .trim()
  .split('\n')
  .map((line) => line.replace(/ +#.*$/, ''));
/** What it says to press, one after the other. */
const STEPS = [...DESK.replaceAll('\n', ' ').matchAll(/\b(?:Queue|Cases) → [^;.]*/g)].map(([way]) => way.split(' → '));

let folder: ReturnType<typeof scratch>;
let browser: Browser;
let desk: ChildProcess | null = null;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  buildPages();
  folder = scratch();
  cpSync(join(root, 'captures'), join(folder.path, 'captures'), { recursive: true });
  mkdirSync(join(folder.path, 'bin'));
  const main = [process.execPath, '--import', import.meta.resolve('tsx'), join(root, 'src/cli/main.ts')];
  writeFileSync(join(folder.path, 'bin/catpool'), `#!/bin/sh\nexec ${main.join(' ')} "$@"\n`, { mode: 0o755 });
  env = { ...process.env, PATH: `${join(folder.path, 'bin')}:${process.env.PATH}` };
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  if (desk !== null) {
    const gone = new Promise((resolve) => desk!.once('close', resolve));
    desk.kill('SIGINT');
    await gone;
  }
  folder?.remove();
});

/** Runs a command as a shell does. */
function run(command: string, input = ''): string {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
    cwd: folder.path,
    env,
    input,
    encoding: 'utf8',
  });
  expect([command, status, stderr]).toEqual([command, 0, expect.not.stringContaining('catpool:')]);
  return stdout;
}

/** Starts the desk. @returns the address that it prints */
async function start(command: string): Promise<URL> {
  // Any port: somebody may have a desk open on the one that it takes by itself.
  desk = spawn('sh', ['-c', `exec ${command} --port 0`], {
    cwd: folder.path,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  for await (const chunk of desk.stdout!) {
    text += chunk;
    if (text.includes('\n')) break;
  }
  return new URL(text.trim());
}

describe('whoever has read README alone', () => {
  it('comes from a scan of the sample to a line that is confirmed and exported', async () => {
    const began = performance.now();
    expect(COMMANDS.map((command) => command.split(' ')[1])).toEqual(['scan', 'review', 'user', 'export']);
    const [scan, review, user, removal] = COMMANDS as [string, string, string, string];
    const [order, approval] = STEPS as [string[], string[]];
    run(scan);
    const address = await start(review);

    // The first user, by the address that was printed.
    const ann = await Visitor.come(browser, address.origin, 'en');
    await ann.open(`${address.pathname}${address.search}`);
    await ann.page.getByLabel(en.signIn.name, { exact: true }).fill('ann');
    await ann.page.getByLabel(en.signIn.display).fill('Ann');
    await ann.page.getByLabel(en.signIn.password).fill(PASSWORD);
    await ann.page.getByRole('button', { name: en.signIn.create }).click();
    await ann.page.locator('nav a').first().waitFor();

    const [queue, line, open, suspend, record] = order as [string, string, string, string, string];
    expect([line, approval[2]]).toEqual(['a line', 'the case']);
    await ann.page.getByRole('link', { name: queue, exact: true }).click();
    await ann.page.locator('.lines tbody tr[id]').first().locator('td').nth(2).click();
    await ann.page.locator('.detail').getByRole('button', { name: open }).click();
    await ann.page.getByRole('radio', { name: suspend }).check();
    await ann.page.getByRole('button', { name: record }).click();
    await ann.page.locator('.pending').waitFor();
    const path = new URL(ann.page.url()).pathname;

    // The second person.
    run(user, `${PASSWORD}\n`);
    const ben = await Visitor.come(browser, address.origin, 'en');
    await ben.signIn('ben');
    const [cases, mine, , approve] = approval as [string, string, string, string];
    await ben.page.getByRole('link', { name: cases, exact: true }).click();
    await ben.page.getByLabel(mine).check();
    await ben.page.locator(`a[href="${path}"]`).click();
    await ben.page.getByRole('button', { name: approve, exact: true }).click();
    await ben.page.locator('h1 .badge', { hasText: en.states.suspended }).waitFor();
    await ben.open('/lists/labels');
    await ben.page.locator(`tr:has(a[href="${path}"])`, { hasText: en.labels.confirmed }).waitFor();

    const orders: Record<string, string>[] = parse(run(removal), { columns: true });
    expect(orders).toEqual([
      expect.objectContaining({ line: expect.stringMatching(/^86\d{10,11}$/), action: 'suspend' }),
    ]);
    console.log(`from the scan to the exported line: ${((performance.now() - began) / 1000).toFixed(0)} s`);
    for (const visitor of [ann, ben]) {
      expect(visitor.complaints).toEqual([]);
      await visitor.leave();
    }
  });
});

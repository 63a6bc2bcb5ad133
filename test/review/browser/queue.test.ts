import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { en } from '../../../src/review/ui/words/en.ts';
import { zh } from '../../../src/review/ui/words/zh.ts';
import { buildPages, type Language, openBrowser, Visitor } from '../../support/browser.ts';
import { makeStore, openDesk, SAMPLE, scratch, type TestDesk } from '../../support/desk.ts';

let folder: ReturnType<typeof scratch>;
let test: TestDesk;
let browser: Browser;
let address: string;

beforeAll(async () => {
  buildPages();
  folder = scratch();
  await makeStore(`${folder.path}/lake`, [SAMPLE]);
  test = await openDesk(`${folder.path}/lake`, `${folder.path}/desk`, { timeZone: 'Asia/Shanghai' });
  await test.person('root', 'administrator');
  await test.app.listen({ host: '127.0.0.1', port: 0 });
  address = `http://localhost:${(test.app.server.address() as AddressInfo).port}`;
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await test?.close();
  folder?.remove();
});

async function come(language: Language = 'en'): Promise<Visitor> {
  const visitor = await Visitor.come(browser, address, language);
  await visitor.signIn('root');
  return visitor;
}

/** Width of the window, the least that reasons have of it without and with a line chosen, and whether its detail stands beside the list. */
const WIDTHS = [
  [390, 340, 340, false],
  [768, 190, 190, false],
  [1024, 290, 290, false],
  [1280, 500, 220, true],
  [1600, 800, 440, true],
] as const;

/** Things of a page that are cut off sideways. */
const CUT = `[document.documentElement, ...document.querySelectorAll('main, nav, .top, .lines, .detail, .panel')]
  .filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) => box.className || box.tagName)`;

describe.each(['en', 'zh'] as const)('the queue, in %s', (language) => {
  const words = language === 'en' ? en : zh;

  it.each(WIDTHS)('has room at %i pixels', async (width, alone, chosen, beside) => {
    const visitor = await come(language);
    const { page } = visitor;
    await page.setViewportSize({ width, height: 800 });
    await visitor.open('/queue');
    const row = page.locator('.lines tbody tr[id]').first();
    const boxOf = async (name: string) => (await page.locator(name).first().boundingBox())!;
    await row.waitFor();
    expect(await page.evaluate(CUT)).toEqual([]);
    expect(await page.locator('.detail').count()).toBe(0);
    expect((await boxOf('td.col-why')).width).toBeGreaterThan(alone);
    expect((await boxOf('.lines')).height).toBeGreaterThan(250);
    // Hints are lines of words, not a column of characters.
    expect((await boxOf('#query-help')).height).toBeLessThan(60);
    const badge = await boxOf('.lines .badge');
    expect(badge.x + badge.width).toBeLessThan(width);
    await row.locator('.badge').click();
    await page.locator('.detail h2').waitFor();
    expect(await page.evaluate(CUT)).toEqual([]);
    expect((await boxOf('td.col-why')).width).toBeGreaterThan(chosen);
    const lines = await boxOf('.lines');
    const detail = await boxOf('.detail');
    expect(detail.width).toBeGreaterThan(280);
    if (beside) expect(detail.x).toBeGreaterThan(lines.x + lines.width);
    else expect(detail.y).toBeGreaterThan(lines.y + lines.height);
    await page.locator('.detail').getByRole('button', { name: words.close }).click();
    await page.locator('.detail').waitFor({ state: 'detached' });
    // A menu opens within the window.
    await page.getByText(words.queue.columns, { exact: true }).click();
    const menu = await boxOf('.menu[open] .menu-body');
    expect(menu.x).toBeGreaterThanOrEqual(0);
    expect(menu.x + menu.width).toBeLessThanOrEqual(width);
    expect(await visitor.problems()).toEqual([]);
    await visitor.leave();
  });
});

const PAGES = [
  '/lines/1',
  '/lines/1?tab=activity',
  '/lines/1?tab=calls',
  '/lines/1?tab=devices',
  '/gateways',
  '/gateways/1',
  '/cases',
  '/overview',
  '/victims',
  '/lists/settings',
  '/lists/users',
  '/exchange',
  '/uploads',
  '/models',
];

describe('every other page', () => {
  it.each([390, 768])('is not cut off at %i pixels', async (width) => {
    const visitor = await come('zh');
    await visitor.page.setViewportSize({ width, height: 844 });
    const cut: string[] = [];
    for (const path of PAGES) {
      await visitor.open(path);
      cut.push(...((await visitor.page.evaluate(CUT)) as string[]).map((box) => `${path}: ${box}`));
    }
    expect(cut).toEqual([]);
    await visitor.leave();
  });
});

describe('the overview of a new desk', () => {
  it.each(['en', 'zh'] as const)('has no heading without what it heads, in %s', async (language) => {
    const visitor = await come(language);
    const words = language === 'en' ? en : zh;
    await visitor.open('/overview');
    await visitor.page.getByRole('heading', { name: words.overview.model }).waitFor();
    expect(await visitor.page.getByRole('heading', { name: words.overview.states }).count()).toBe(0);
    expect(await visitor.page.getByText(words.overview.drift('100%', '100%')).count()).toBe(0);
    await visitor.leave();
  });
});

describe('the keys that the queue names', () => {
  it('work as soon as it is there, whatever has the focus but a field', async () => {
    const visitor = await come();
    const { page } = visitor;
    await visitor.open('/queue');
    const rows = page.locator('.lines tbody tr[id]');
    await rows.first().waitFor();
    expect(await page.evaluate('document.activeElement === document.body')).toBe(true);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    expect(await rows.nth(1).getAttribute('data-current')).toBe('true');
    await page.keyboard.press('Space');
    await page.getByText('1 selected').waitFor();
    // In a field, they are the field's.
    await page.keyboard.press('/');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Home');
    expect(await rows.nth(1).getAttribute('data-current')).toBe('true');
    // A link that has the focus is what Enter opens; the arrows leave it for the list.
    await page.locator('nav a', { hasText: 'Queue' }).click();
    await page.keyboard.press('ArrowDown');
    const id = await rows.first().getAttribute('id');
    await page.keyboard.press('Enter');
    await page.waitForURL(new RegExp(`/lines/${id!.slice('line-'.length)}$`));
    await visitor.leave();
  });
});

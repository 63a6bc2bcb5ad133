import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { PASSWORD } from './desk.ts';
import { root, textFiles } from './sources.ts';

const CHROMIUM = '/usr/bin/chromium';

/** Bundles the pages where a source of them is newer than what was bundled. */
export function buildPages(): void {
  const built = join(root, 'dist/review/ui/index.html');
  const newest = Math.max(...textFiles('src/review/ui').map(({ path }) => statSync(join(root, path)).mtimeMs));
  if (existsSync(built) && statSync(built).mtimeMs >= newest) return;
  const run = spawnSync(join(root, 'node_modules/.bin/vite'), ['build', '--logLevel', 'warn'], {
    cwd: root,
    encoding: 'utf8',
    // Tests look at what is shipped: for tests, React bundles its slow half.
    env: { ...process.env, NODE_ENV: 'production' },
  });
  if (run.status !== 0) throw new Error(`the pages could not be built: ${run.stderr}`);
}

/** Debian's Chromium, with no window. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
}

export type Language = 'en' | 'zh';
export type Theme = 'light' | 'dark';

/** Somebody at a browser of his own. */
export class Visitor {
  readonly page: Page;
  /** What the browser complained about: errors of scripts, and what the content policy refused. */
  readonly complaints: string[] = [];
  private readonly address: string;

  private constructor(page: Page, address: string) {
    this.page = page;
    this.address = address;
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      // A refusal that the page itself shows is no complaint.
      if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) this.complaints.push(message.text());
    });
    page.on('dialog', (dialog) => {
      this.complaints.push(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
  }

  static async come(browser: Browser, address: string, language: Language, theme: Theme = 'light'): Promise<Visitor> {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 720 },
      locale: language === 'zh' ? 'zh-CN' : 'en-GB',
      timezoneId: 'Asia/Shanghai',
      colorScheme: theme,
      acceptDownloads: true,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    return new Visitor(page, address);
  }

  /** Goes to an address of the desk, and waits until nothing is loading any more. */
  async open(path: string): Promise<void> {
    await this.page.goto(`${this.address}${path}`);
    await this.settle();
  }

  async settle(): Promise<void> {
    await this.page.locator('main h1').first().waitFor({ state: 'attached' });
    await this.page.locator('main:not(:has(.loading))').waitFor({ state: 'attached' });
  }

  /** Signs in by the form, as a person does. */
  async signIn(name: string): Promise<void> {
    await this.open('/');
    const { page } = this;
    await page.locator('input[autocomplete="username"]').fill(name);
    await page.locator('input[type="password"]').fill(PASSWORD);
    await page.locator('button[type="submit"]').click();
    await page.locator('nav a').first().waitFor();
  }

  /** Problems that axe calls serious or critical, one a line. */
  async problems(): Promise<string[]> {
    await this.page.evaluate(axe.source);
    const found = (await this.page.evaluate(
      `axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] })
        .then(({ violations }) => violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
          .map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map(({ html, failureSummary }) => html.slice(0, 160) + ' ' + failureSummary.slice(0, 220)).join(' | ')))`,
    )) as string[];
    return found;
  }

  async leave(): Promise<void> {
    await this.page.context().close();
  }
}

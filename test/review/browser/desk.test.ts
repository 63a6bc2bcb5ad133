import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import type { Browser, Download } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { en } from '../../../src/review/ui/words/en.ts';
import { zh } from '../../../src/review/ui/words/zh.ts';
import { openStore } from '../../../src/store/store.ts';
import { buildPages, type Language, openBrowser, type Theme, Visitor } from '../../support/browser.ts';
import { makeStore, openDesk, SAMPLE, scratch, type TestDesk, verdictRow } from '../../support/desk.ts';
import { sampleAsTold } from '../../support/sample.ts';

let folder: ReturnType<typeof scratch>;
let test: TestDesk;
let browser: Browser;
let address: string;

/** What a page would run, were it put there as it is. */
const SCRIPT = `<img src=x onerror=alert(1)>"'</script><script>alert(2)</script>`;
const HOSTILE = '8613800000001';

beforeAll(async () => {
  buildPages();
  folder = scratch();
  const lake = `${folder.path}/lake`;
  await makeStore(lake, [SAMPLE]);
  const store = openStore(lake, false);
  const reasons = [{ feature: 'x', value: 1, contribution: 0.1, rarity: 0.01, text: SCRIPT, text_zh: SCRIPT }];
  await store.writeVerdicts(
    [verdictRow(HOSTILE, { reasons, score: 0.5, tier: 'suspect' })],
    1_699_996_400,
    1_700_003_600,
  );
  await store.close();
  test = await openDesk(lake, `${folder.path}/desk`, { timeZone: 'Asia/Shanghai' });
  await test.person('ann', 'investigator');
  await test.person('ben', 'approver');
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

async function come(name: string | null, language: Language = 'en', theme: Theme = 'light'): Promise<Visitor> {
  const visitor = await Visitor.come(browser, address, language, theme);
  if (name !== null) await visitor.signIn(name);
  return visitor;
}

/** Bytes of a file that a button keeps. */
async function kept(visitor: Visitor, button: string): Promise<{ download: Download; text: string }> {
  const [download] = await Promise.all([
    visitor.page.waitForEvent('download'),
    visitor.page.getByRole('button', { name: button }).first().click(),
  ]);
  return { download, text: readFileSync(await download.path(), 'utf8') };
}

/** Words that the walk presses, as a reader of each language sees them. */
const WORDS = {
  en: {
    openCase: 'Open a case',
    take: 'Take into review',
    suspend: 'Suspend',
    record: (action: string) => `${action}: record it`,
    waits: 'Waits for a second person',
    yours: 'You ordered it: somebody else must approve.',
    mine: 'Waits for me',
    approve: 'Approve',
    suspended: 'Suspended',
    exportList: 'Keep the removal list (CSV)',
    object: 'Record an objection',
    objection: 'Objection',
    restore: 'Restore',
    level: 'Level of restoration',
    shop: 'in a shop',
    restored: 'Restored',
    labels: 'Labels',
    comment: 'Comment',
  },
  zh: {
    openCase: '立案',
    take: '开始研判',
    suspend: '停机',
    record: (action: string) => `确认：${action}`,
    waits: '待第二人审批',
    yours: '由您提出，须由他人审批。',
    mine: '待我审批',
    approve: '同意',
    suspended: '已停机',
    exportList: '保存处置清单（CSV）',
    object: '登记申诉',
    objection: '申诉中',
    restore: '复机',
    level: '复机级别',
    shop: '营业厅',
    restored: '已复机',
    labels: '标签',
    comment: '说明',
  },
} as const;

describe.each([
  ['en', 0],
  ['zh', 1],
] as const)('the whole way of a line, in %s', (language, row) => {
  const words = WORDS[language];
  const badge = (visitor: Visitor, state: string) => visitor.page.locator('h1 .badge', { hasText: state }).waitFor();
  const act = async (visitor: Visitor, action: string) => {
    await visitor.page.getByRole('radio', { name: action }).check();
    await visitor.page.getByLabel(words.comment).first().fill(`${action} ${SCRIPT}`);
    await visitor.page.getByRole('button', { name: words.record(action) }).click();
  };

  it('goes from the queue to a label, through three pairs of hands', async () => {
    const ann = await come('ann', language);
    const ben = await come('ben', language);
    const root = await come('root', language);

    // Flag and review.
    await ann.open(`/queue?q=tier:${sampleAsTold().tier}`);
    await ann.page.locator('.lines tbody tr[id]').nth(row).locator('td').nth(2).click();
    await ann.page.locator('.detail h2').waitFor();
    await ann.page.locator('.detail').getByRole('button', { name: words.openCase }).click();
    await ann.page.waitForURL(/\/cases\/\d+$/);
    const path = new URL(ann.page.url()).pathname;
    await act(ann, words.take);
    await ann.page.getByRole('radio', { name: words.suspend }).waitFor();

    // Order a suspension: it waits, and whoever ordered it cannot approve it.
    await act(ann, words.suspend);
    await ann.page.getByText(words.yours).waitFor();
    expect(await ann.page.getByRole('button', { name: words.approve, exact: true }).count()).toBe(0);

    // A second person finds it, and approves.
    await ben.open('/cases');
    await ben.page.getByLabel(words.mine).check();
    await ben.page.locator(`a[href="${path}"]`).click();
    await ben.page.getByRole('heading', { name: words.waits }).waitFor();
    await ben.page.getByRole('button', { name: words.approve, exact: true }).click();
    await badge(ben, words.suspended);

    // The page of the first person hears of it by itself.
    await badge(ann, words.suspended);

    // Export.
    const { text } = await kept(ben, words.exportList);
    const [head, ...orders] = text.trim().split('\r\n').join('\n').split('\n');
    expect(head).toMatch(/order.*line.*action/);
    expect(orders.filter((line) => /\b86\d{9,11}\b.*suspend/.test(line))).not.toEqual([]);

    // Objection and restoration, at the level that the measure asks for.
    await act(ann, words.object);
    await badge(ann, words.objection);
    await ann.page.getByRole('radio', { name: words.restore }).check();
    expect(await ann.page.getByLabel(words.level).locator('option').allTextContents()).toEqual([words.shop]);
    await act(ann, words.restore);
    await badge(ann, words.restored);

    // The label that training reads, and the log that holds, as a third person sees them.
    await root.open('/lists/labels');
    await root.page.locator(`tr:has(a[href="${path}"])`).first().waitFor();
    await root.open('/lists/audit');
    for (const action of ['case.open', 'case.approve', 'case.suspend', 'case.object', 'case.restore'])
      await root.page
        .locator(`tr:has-text("${action}"):has-text("case:${path.split('/')[2]}")`)
        .first()
        .waitFor();

    for (const visitor of [ann, ben, root]) {
      expect(visitor.complaints).toEqual([]);
      await visitor.leave();
    }
  });
});

describe('a case that another changed meanwhile', () => {
  it('is shown as it stands now, and what was typed stays', async () => {
    const ann = await come('ann');
    const { body } = await (await test.person('dan', 'investigator')).post<{ id: number; version: number }>(
      '/api/cases',
      {
        line: 5,
      },
    );
    await ann.open(`/cases/${body.id}`);
    await ann.page.getByLabel('New note').fill('from ann');
    // The page does not hear of the change before its own is sent.
    await ann.page.route(`**/api/cases/${body.id}/notes`, async (route) => {
      const sent = route.request().postDataJSON() as { text: string; version: number };
      await route.continue({ postData: JSON.stringify({ ...sent, version: body.version - 1 }) });
    });
    await ann.page.getByRole('button', { name: 'Add the note' }).click();
    await ann.page.getByText('Somebody else changed this case meanwhile.').waitFor();
    expect(await ann.page.getByLabel('New note').inputValue()).toBe('from ann');
    await ann.leave();
  });
});

describe('the queue', () => {
  it('is walked by the keyboard, and its address says all that is shown', async () => {
    const ann = await come('ann');
    const { page } = ann;
    await page.keyboard.press('/');
    await page.keyboard.type('gateway:1');
    await page.keyboard.press('Enter');
    const found = `${sampleAsTold().box} lines`;
    await page.getByRole('status').getByText(found).waitFor();
    expect(new URL(page.url()).searchParams.get('q')).toBe('gateway:1');
    await page.locator('.lines').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Space');
    await page.getByText('1 selected').waitFor();
    const second = page.locator('.lines tbody tr[id]').nth(1);
    expect(await second.getAttribute('data-current')).toBe('true');
    await page.reload();
    await ann.settle();
    await page.locator('.lines tr[data-current]').waitFor();
    await page.getByRole('button', { name: 'Take out gateway:1' }).click();
    await page.waitForURL((url) => !url.searchParams.has('q'));
    await page.goBack();
    await page.getByRole('status').getByText(found).waitFor();
    await page.locator('.lines').focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/lines\/\d+$/);
    await ann.leave();
  });

  it('opens where an address ends like the name of a file', async () => {
    const ann = await come('ann');
    await ann.open('/queue?q=score:>0.9');
    expect(await ann.page.getByRole('searchbox').inputValue()).toBe('score:>0.9');
    await ann.leave();
  });

  it('decides for several lines at once, and says what became of each', async () => {
    const ann = await come('ann');
    const { page } = ann;
    await ann.open('/queue');
    for (const at of [10, 11]) await page.locator('.lines tbody tr[id] input').nth(at).check();
    await page.getByRole('button', { name: 'Decide' }).click();
    await page.getByRole('dialog').getByLabel('Action').selectOption('notify');
    await page.getByRole('button', { name: 'Ask for verification: record it' }).click();
    await page.getByText('2 done, 0 not').waitFor();
    expect(await page.locator('.results li', { hasText: 'Asked to verify' }).count()).toBe(2);
    await ann.leave();
  });
});

describe('texts from captures and from people', () => {
  it('are shown as texts, wherever a script could hide', async () => {
    const ann = await come('ann');
    const { page } = ann;
    await ann.open('/queue');
    await page.getByText(SCRIPT).first().waitFor();
    const line = test.desk.database.get<{ id: number }>('SELECT id FROM lines WHERE line = ?', HOSTILE)!.id;
    await ann.open(`/lines/${line}`);
    await page.locator('.sentence', { hasText: SCRIPT }).waitFor();
    await page.getByRole('button', { name: 'Open a case' }).click();
    await page.getByLabel('New note').fill(SCRIPT);
    await page.getByRole('button', { name: 'Add the note' }).click();
    await page.locator('.note', { hasText: SCRIPT }).waitFor();
    await page
      .getByLabel('Attach a file')
      .setInputFiles({ name: `${SCRIPT.replaceAll('/', '')}.txt`, mimeType: 'text/html', buffer: Buffer.from(SCRIPT) });
    await page.getByRole('button', { name: '<img src=x' }).waitFor();
    expect(await page.locator('img, main script').count()).toBe(0);
    expect(ann.complaints).toEqual([]);
    await ann.leave();
  });
});

describe('the calls of a line', () => {
  it('are narrowed down by every outcome that calls have', async () => {
    const ann = await come('ann');
    const id = test.desk.database.get<{ id: number }>('SELECT id FROM lines ORDER BY calls DESC, id LIMIT 1')!.id;
    await ann.open(`/lines/${id}?tab=calls`);
    const { page } = ann;
    await page.locator('tbody tr').first().waitFor();
    const all = await page.locator('tbody tr').count();
    let found = 0;
    for (const outcome of await page.getByLabel('Outcome').locator('option').all()) {
      const value = (await outcome.getAttribute('value')) ?? '';
      if (value === '') continue;
      await page.getByLabel('Outcome').selectOption(value);
      await page
        .locator(`main:not(:has(.loading)) .panel:has(.nothing), main:not(:has(.loading)) tbody tr`)
        .first()
        .waitFor();
      found += await page.locator('tbody tr').count();
    }
    expect(found).toBe(all);
    await ann.leave();
  });
});

describe('a call', () => {
  it('goes down to its messages, its ladder is a file, its packets are given for a reason only', async () => {
    const ann = await come('ann');
    const { page } = ann;
    // The line that made most calls: some of them were answered.
    const line = test.desk.database.get<{ id: number }>('SELECT id FROM lines ORDER BY calls DESC, id LIMIT 1')!.id;
    await ann.open(`/lines/${line}?tab=calls&outcome=answered`);
    await page.locator('tbody tr a').first().click();
    await page.locator('svg.ladder .arrow').first().waitFor();
    const labels = await page.locator('svg.ladder .what').allTextContents();
    expect(labels[0]).toBe('INVITE');
    expect(labels).toEqual(expect.arrayContaining(['ACK', 'BYE']));
    const { text } = await kept(ann, 'Keep as SVG');
    expect(text).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    await page.getByRole('button', { name: 'Open in Wireshark (pcapng)' }).click();
    await page.getByRole('dialog').getByRole('textbox').fill('court order 7');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Show', exact: true }).click(),
    ]);
    // The magic of a section header block (pcapng, section 4.1).
    expect(readFileSync(await download.path()).readUInt32LE(0)).toBe(0x0a0d0d0a);
    await ann.leave();
  });
});

const PAGES = [
  '/queue?line=1',
  '/queue?q=!reviewed+tier:strong',
  '/queue?q=nonsense:1',
  '/lines/1',
  '/lines/1?tab=activity',
  '/lines/1?tab=calls',
  '/lines/1?tab=devices',
  '/lines/1?tab=siblings',
  '/cases',
  '/cases/1',
  '/gateways',
  '/gateways/1',
  '/overview',
  '/victims',
  '/lists/allowed',
  '/lists/orders',
  '/lists/labels',
  '/lists/audit',
  '/lists/users',
  '/lists/tokens',
  '/lists/settings',
  '/lists/shift',
  '/exchange',
  '/uploads',
  '/models',
];

describe.each([
  ['en', 'light'],
  ['zh', 'dark'],
] as const)('every page, in %s and %s', (language, theme) => {
  it('has nothing that axe calls serious, and nothing that the content policy refuses', async () => {
    const visitor = await come(null, language, theme);
    await visitor.open('/');
    expect(await visitor.problems()).toEqual([]);
    await visitor.signIn('root');
    const problems: string[] = [];
    const busy = test.desk.database.get<{ id: number }>('SELECT id FROM lines ORDER BY calls DESC, id LIMIT 1')!.id;
    await visitor.open(`/lines/${busy}?tab=calls`);
    const call = await visitor.page.locator('tbody tr a').first().getAttribute('href');
    for (const path of [...PAGES, call!]) {
      await visitor.open(path);
      problems.push(...(await visitor.problems()).map((problem) => `${path}: ${problem}`));
      // Nothing is cut off sideways at 1280 pixels, on the page or in a table.
      const wide = await visitor.page.evaluate(
        `[document.documentElement, ...document.querySelectorAll('.table-box')].filter((box) => box.scrollWidth > box.clientWidth)
          .map((box) => box.getAttribute('aria-label') ?? 'the page')`,
      );
      problems.push(...(wide as string[]).map((box) => `${path}: ${box} is too wide`));
    }
    expect(problems).toEqual([]);
    // What opens over a page: whole numbers for a reason, a decision on many, a menu.
    const words = language === 'en' ? en : zh;
    await visitor.open('/lines/1');
    await visitor.page.getByRole('button', { name: words.unmask.button }).click();
    await visitor.page.getByRole('dialog').waitFor();
    expect(await visitor.problems()).toEqual([]);
    await visitor.open('/queue');
    await visitor.page.locator('.lines tbody tr[id] input').first().check();
    await visitor.page.getByRole('button', { name: words.queue.decide }).click();
    await visitor.page.getByRole('dialog').waitFor();
    expect(await visitor.problems()).toEqual([]);
    await visitor.page.keyboard.press('Escape');
    await visitor.page.locator('.menu summary').last().click();
    expect(await visitor.problems()).toEqual([]);
    expect(visitor.complaints).toEqual([]);
    await visitor.leave();
  });
});

describe('the printed address of a new desk', () => {
  it('makes the first user, once, also where its page was closed before', async () => {
    const fresh = await openDesk(`${folder.path}/lake`, `${folder.path}/fresh`);
    try {
      await fresh.app.listen({ host: '127.0.0.1', port: 0 });
      const own = `http://localhost:${(fresh.app.server.address() as AddressInfo).port}`;
      const token = fresh.guard.makeToken();
      const closed = await Visitor.come(browser, own, 'zh');
      await closed.open(`/open?token=${token}`);
      await closed.page.getByRole('button', { name: '创建用户' }).waitFor();
      await closed.leave();
      const first = await Visitor.come(browser, own, 'zh');
      await first.open(`/open?token=${token}`);
      // The form is short: nothing is to be scrolled.
      const root = 'document.documentElement';
      expect(await first.page.evaluate(`${root}.scrollHeight - ${root}.clientHeight`)).toBe(0);
      await first.page.getByLabel('用户名').fill('chen');
      await first.page.getByLabel('显示名').fill('陈');
      await first.page.getByLabel('密码').fill('correct horse battery staple');
      await first.page.getByRole('button', { name: '创建用户' }).click();
      await first.page.getByText('陈 (管理员)').waitFor();
      // What a desk of one lacks is somebody who approves: it says so, and offers it.
      await first.open('/queue');
      await first.page.locator('.lines tbody tr[id]').first().locator('td').nth(2).click();
      await first.page.locator('.detail').getByRole('button', { name: '立案' }).click();
      await first.page.getByRole('radio', { name: '停机' }).check();
      await first.page.getByRole('button', { name: '确认：停机' }).click();
      await first.page.getByText('本台没有其他可审批的人').waitFor();
      await first.page.locator('.pending').getByRole('link', { name: '用户' }).click();
      expect(await first.page.locator('form').getByLabel('角色').inputValue()).toBe('approver');
      await first.leave();
      const late = await Visitor.come(browser, own, 'zh');
      await late.open(`/open?token=${token}`);
      await late.page.getByRole('button', { name: '登录' }).waitFor();
      expect(await late.page.getByLabel('显示名').count()).toBe(0);
      await late.leave();
    } finally {
      await fresh.close();
    }
  });
});

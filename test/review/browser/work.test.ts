import { readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CaseView, Reply } from '../../../src/review/server/api.ts';
import { en } from '../../../src/review/ui/words/en.ts';
import { zh } from '../../../src/review/ui/words/zh.ts';
import { DEFAULT_MODEL } from '../../../src/scan/judge/default-model.ts';
import { setOrder } from '../../../src/store/cases/lists.ts';
import { buildPages, openBrowser, Visitor } from '../../support/browser.ts';
import { makeStore, openDesk, type Person, SAMPLE, scratch, type TestDesk } from '../../support/desk.ts';
import { sampleAsTold } from '../../support/sample.ts';
import { Scene } from '../../support/scene.ts';

/** A desk that listens, with the people who work at it. */
interface Place {
  desk: TestDesk;
  address: string;
  ann: Person;
  ben: Person;
}

let folder: ReturnType<typeof scratch>;
let browser: Browser;
let there: Place;
/** Lines of the sample, those that scored highest first; each walk takes its own. */
let lines: number[];

beforeAll(async () => {
  buildPages();
  folder = scratch();
  await makeStore(`${folder.path}/lake`, [SAMPLE]);
  there = await place('there');
  lines = (await there.ann.get<Reply<'queue'>>('/api/lines')).items.map(({ id }) => id);
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await there?.desk.close();
  folder?.remove();
});

/** Two desks on one store: what one is told in a list, the other has in its captures too. */
async function place(name: string): Promise<Place> {
  const desk = await openDesk(`${folder.path}/lake`, `${folder.path}/${name}`, { timeZone: 'Asia/Shanghai' });
  const ann = await desk.person('ann', 'investigator');
  const ben = await desk.person('ben', 'approver');
  await desk.person('eva', 'approver');
  await desk.person('root', 'administrator');
  await desk.app.listen({ host: '127.0.0.1', port: 0 });
  return { desk, address: `http://localhost:${(desk.app.server.address() as AddressInfo).port}`, ann, ben };
}

/** A case of a line that somebody took into review. */
async function caseOf({ ann }: Place, line: number): Promise<CaseView> {
  const { body, status } = await ann.post<CaseView>('/api/cases', { line });
  expect([status, body]).toEqual([200, expect.objectContaining({ state: 'lead' })]);
  return body;
}

async function order(person: Person, view: CaseView, action: string): Promise<CaseView> {
  const step = { action, version: view.version, reason: 'simbox', comment: '' };
  return (await person.post<CaseView>(`/api/cases/${view.id}/actions`, step)).body;
}

async function agree(person: Person, view: CaseView): Promise<CaseView> {
  const answer = { answer: 'approve', version: view.version, comment: '' };
  return (await person.post<CaseView>(`/api/cases/${view.id}/decisions/${view.decisions[0]!.id}`, answer)).body;
}

describe.each([
  ['en', en],
  ['zh', zh],
] as const)('in %s', (language, t) => {
  let here: Place;
  beforeAll(async () => {
    here = await place(`here-${language}`);
  });
  afterAll(() => here?.desk.close());
  const come = async (name: string, at = here): Promise<Visitor> => {
    const visitor = await Visitor.come(browser, at.address, language);
    await visitor.signIn(name);
    return visitor;
  };
  const leave = async (...visitors: Visitor[]): Promise<void> => {
    for (const visitor of visitors) {
      expect(visitor.complaints).toEqual([]);
      await visitor.leave();
    }
  };
  const badge = ({ page }: Visitor, state: string) => page.locator('h1 .badge', { hasText: state }).waitFor();
  const line = (at: number): number => lines[language === 'en' ? at : at + 1]!;

  it('a date is typed the same in every language, and what is none is said in that of the desk', async () => {
    const ben = await come('ben');
    const { page } = ben;
    await ben.open('/lists/allowed');
    const field = page.getByLabel(t.lists.endDate);
    expect([await field.getAttribute('type'), await field.getAttribute('placeholder')]).toEqual(['text', 'YYYY-MM-DD']);
    const number = `86138000000${language === 'en' ? 1 : 2}0`;
    for (const [label, text] of [
      [t.fields.number, number],
      [t.fields.owner, 'care'],
      [t.fields.reason, 'call centre'],
    ] as const)
      await page.locator('form').getByLabel(label).fill(text);
    await page.getByRole('button', { name: t.add }).click();
    expect(await field.evaluate((input) => (input as unknown as { validationMessage: string }).validationMessage)).toBe(
      t.invalid.missing,
    );
    await field.fill('2026-02-30');
    await field.blur();
    const wrong = t.dates.wrong('YYYY-MM-DD');
    await page.getByRole('alert').getByText(wrong).waitFor();
    await page.getByRole('button', { name: t.add }).click();
    expect(await field.evaluate((input) => (input as unknown as { validationMessage: string }).validationMessage)).toBe(
      wrong,
    );
    expect(await ben.problems()).toEqual([]);
    await field.fill('2026/3/1');
    await field.blur();
    expect(await field.inputValue()).toBe('2026-03-01');
    await page.getByRole('button', { name: t.add }).click();
    await page.locator('tbody tr', { hasText: 'call centre' }).waitFor();
    expect(await field.inputValue()).toBe('');
    const { items } = await here.ben.get<Reply<'allowed'>>('/api/allowed');
    // The browser is in Shanghai.
    expect(new Date(items[0]!.until).toISOString()).toBe('2026-03-01T15:59:59.000Z');
    await leave(ben);
  });

  it('what is wrong with a field is said in the language of the desk, and no longer once it is right', async () => {
    const root = await come('root');
    const { page } = root;
    const said = (label: string) =>
      page
        .locator('main form')
        .getByLabel(label)
        .first()
        .evaluate((input) => (input as unknown as { validationMessage: string }).validationMessage);
    await root.open('/lists/users');
    const form = page.locator('main form');
    await form.getByLabel(t.signIn.name, { exact: true }).fill('fay');
    await form.getByLabel(t.signIn.display).fill('Fay');
    // By hand: a field that a program filled is not too short.
    await form.getByLabel(t.signIn.password).pressSequentially('short');
    await form.getByRole('button').click();
    expect(await said(t.signIn.password)).toBe(t.invalid.short(12, 5));
    await form.getByLabel(t.signIn.password).pressSequentially(' but long enough');
    expect(await said(t.signIn.password)).toBe('');
    await root.open('/lists/settings');
    const clock = t.clocks.verify;
    await page.locator('main form').getByLabel(clock).fill('0');
    await page.locator('main form').getByRole('button').last().click();
    expect(await said(clock)).toBe(t.invalid.least('0.1'));
    await leave(root);
  });

  it('an order that its receiver refused is found on the overview, sent again, and taken back', async () => {
    const view = await agree(here.ben, await order(here.ann, await caseOf(here, line(8)), 'suspend'));
    const refuse = () =>
      setOrder(
        here.desk.desk.database,
        'delivery',
        view.orders[0]!.id,
        'refused',
        'provisioning: HTTP 422 no such line',
      );
    refuse();
    const ben = await come('ben');
    const { page } = ben;
    await ben.open('/overview');
    await page.getByRole('link', { name: t.overview.waits.refused }).click();
    const row = page.locator('tbody tr', { hasText: view.orders[0]!.id });
    await row.getByText('provisioning: HTTP 422 no such line').waitFor();
    expect(await ben.problems()).toEqual([]);
    await row.getByRole('button', { name: t.lists.sendAgain }).click();
    await row.waitFor({ state: 'detached' });
    refuse();
    await ben.open(`/cases/${view.id}`);
    await page.getByText('provisioning: HTTP 422 no such line').waitFor();
    await page.getByRole('button', { name: t.lists.takeBack }).click();
    await page.getByRole('cell', { name: t.orderStates.withdrawn }).waitFor();
    await leave(ben);
  });

  it('an order of one desk is applied at another that trusts it, and undone there as it is undone here', async () => {
    const view = await agree(here.ben, await order(here.ann, await caseOf(here, line(0)), 'suspend'));
    expect(view.state).toBe('suspended');
    const ours = await come('ben');
    const root = await come('root', there);
    const theirs = await come('eva', there);

    // The other desk trusts this one by its key.
    await ours.open('/exchange');
    const name =
      (await ours.page.locator('.panel', { hasText: t.exchange.ownHint }).locator('p bdi').textContent()) ?? '';
    const key =
      (await ours.page.locator('.panel', { hasText: t.exchange.ownHint }).locator('code').textContent()) ?? '';
    await root.open('/exchange');
    await root.page.getByLabel(t.fields.name, { exact: true }).fill(name);
    await root.page.getByLabel(t.exchange.key).fill(key);
    await root.page.getByRole('button', { name: t.exchange.addSigner }).click();
    await root.page.locator('.plain-list li', { hasText: name }).waitFor();

    /** A signed list with these kinds alone, as a file. */
    const listOf = async (kind: 'order' | 'undo'): Promise<string> => {
      for (const [one, word] of Object.entries(t.exchange.outKinds))
        await ours.page.getByLabel(word, { exact: true }).setChecked(one === kind);
      const [download] = await Promise.all([
        ours.page.waitForEvent('download'),
        ours.page.getByRole('button', { name: t.download }).click(),
      ]);
      return readFileSync(await download.path(), 'utf8');
    };
    const take = (text: string) =>
      theirs.page
        .getByLabel(t.exchange.file)
        .setInputFiles({ name: 'list.json', mimeType: 'application/json', buffer: Buffer.from(text) });
    const orders = await listOf('order');

    // A list that was changed on its way is refused, in the reader's words.
    await theirs.open('/exchange');
    await take(orders.replace('"suspend"', '"close"'));
    const why = `the signature is not that of ${name}: the list was changed on its way`;
    await theirs.page.getByRole('alert').getByText(t.errors.forbidden).waitFor();
    const said = (await theirs.page.getByRole('alert').textContent()) ?? '';
    expect(said.includes(why)).toBe(language === 'en');
    expect(/签名与 desk-\w+ 不符/.test(said)).toBe(language === 'zh');

    await take(orders);
    await theirs.page.getByText(t.exchange.took(1, 0, 0, 0)).waitFor();
    const row = theirs.page.locator('tbody tr', { hasText: name }).first();
    await row.getByText(t.exchange.kinds.order, { exact: true }).waitFor();
    await row.locator('a').click();
    await badge(theirs, t.states.suspended);
    // Whoever took it in is the second person of the order that follows there.
    await theirs.page.getByText(`${t.case.approve}: eva`).waitFor();

    // What is undone here is undone there.
    await order(here.ann, await here.ann.get<CaseView>(`/api/cases/${view.id}`), 'object');
    const { version } = await here.ann.get<CaseView>(`/api/cases/${view.id}`);
    const restored = await here.ann.post<CaseView>(`/api/cases/${view.id}/actions`, {
      ...{ action: 'restore', version, reason: 'mistake', comment: '', level: 'shop' },
    });
    expect(restored.body.state).toBe('restored');
    const path = new URL(theirs.page.url()).pathname;
    const undone = await listOf('undo');
    await theirs.open('/exchange');
    await take(undone);
    await theirs.page.getByText(t.exchange.took(1, 0, 0, 0)).waitFor();
    await theirs.open(path);
    await badge(theirs, t.states.restored);
    // The same list a second time changes nothing.
    await theirs.open('/exchange');
    await take(undone);
    await theirs.page.getByText(t.exchange.took(0, 1, 0, 0)).waitFor();

    await root.page.getByRole('button', { name: t.remove }).click();
    await root.page.locator('.plain-list li', { hasText: name }).waitFor({ state: 'detached' });
    await leave(ours, root, theirs);
  });

  it('a line is restored at each of the three levels, by whom each asks for', async () => {
    const ann = await come('ann');
    const ben = await come('ben');
    const eva = await come('eva');
    const restore = async (visitor: Visitor, level: string) => {
      await visitor.page.getByRole('radio', { name: t.actions.restore }).check();
      await visitor.page.getByLabel(t.case.level).selectOption({ label: level });
      await visitor.page.getByRole('button', { name: t.case.confirm(t.actions.restore) }).click();
    };
    const levels = (visitor: Visitor) => visitor.page.getByLabel(t.case.level).locator('option').allTextContents();
    let view = await caseOf(here, line(2));

    // Outgoing calls barred: the subscriber restores it online.
    await order(here.ann, view, 'restrict');
    await ann.open(`/cases/${view.id}`);
    await ann.page.getByRole('radio', { name: t.actions.restore }).check();
    expect(await levels(ann)).toEqual([t.levels.online, t.levels.shop]);
    await restore(ann, t.levels.online);
    await badge(ann, t.states.restored);
    await ann.page.getByText(`${t.case.level}: ${t.levels.online}`).waitFor();

    // Suspended: in a shop, not online.
    view = await order(here.ann, await here.ann.get<CaseView>(`/api/cases/${view.id}`), 'reopen');
    view = await agree(here.ben, await order(here.ann, view, 'suspend'));
    await ann.page.getByRole('radio', { name: t.actions.restore }).check();
    expect(await levels(ann)).toEqual([t.levels.shop]);
    await restore(ann, t.levels.shop);
    await badge(ann, t.states.restored);

    // Closed: at the anti-fraud centre alone, by an approver, with a second one.
    view = await order(here.ann, await here.ann.get<CaseView>(`/api/cases/${view.id}`), 'reopen');
    view = await agree(here.ben, await order(here.ann, view, 'close'));
    await badge(ann, t.states.closed);
    expect(await ann.page.getByRole('radio', { name: t.actions.restore }).count()).toBe(0);
    await ben.open(`/cases/${view.id}`);
    await ben.page.getByRole('radio', { name: t.actions.restore }).check();
    expect(await levels(ben)).toEqual([t.levels.centre]);
    await restore(ben, t.levels.centre);
    await ben.page.getByText(t.case.yours).waitFor();
    await eva.open(`/cases/${view.id}`);
    await eva.page.getByRole('button', { name: t.case.approve, exact: true }).click();
    await badge(eva, t.states.restored);
    await eva.page.getByText(`${t.case.level}: ${t.levels.centre}`).waitFor();
    await leave(ann, ben, eva);
  });
});

/** What a page shows in a place while something goes on: each text in order, with the names of bars that say how far it is. */
async function watched(
  { page }: Visitor,
  selector: string,
): Promise<() => Promise<{ texts: string[]; bars: string[] }>> {
  await page.evaluate(`{
    const seen = (window.seen = { texts: [], bars: [] });
    const look = () => {
      const place = document.querySelector(${JSON.stringify(selector)});
      const text = place?.textContent ?? '';
      if (text !== '' && seen.texts.at(-1) !== text) seen.texts.push(text);
      const bar = place?.querySelector('progress')?.getAttribute('aria-label');
      if (bar && !seen.bars.includes(bar)) seen.bars.push(bar);
    };
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true, attributes: true });
  }`);
  return () => page.evaluate('window.seen') as Promise<{ texts: string[]; bars: string[] }>;
}

describe.each([
  ['en', en],
  ['zh', zh],
] as const)('what changes for all, in %s', (language, t) => {
  it('duplicates become one case that has the lines of both', async () => {
    const ann = await Visitor.come(browser, there.address, language);
    await ann.signIn('ann');
    // Of the gateway that the README names first.
    const members = (await there.ann.get<Reply<'queue'>>('/api/lines?q=gateway:1')).items;
    const over = [null, 'restored', 'merged', 'cleared'];
    const free = members.filter(({ state }) => over.includes(state));
    expect(free.length).toBeGreaterThanOrEqual(2);
    const goal = await caseOf(there, free[0]!.id);
    const copy = await caseOf(there, free[1]!.id);
    await ann.open(`/cases/${copy.id}`);
    await ann.page
      .locator('.panel', { hasText: t.case.merge })
      .getByRole('button', { name: t.case.mergeInto(goal.id, goal.subject) })
      .click();
    await ann.page.locator('h1 .badge', { hasText: t.states.merged }).waitFor();
    await ann.page.getByRole('link', { name: t.case.mergedInto(goal.id) }).click();
    await ann.page.locator('h1', { hasText: t.case.title(goal.id) }).waitFor();
    await ann.settle();
    const held = ann.page
      .locator('.panel')
      .filter({ has: ann.page.getByRole('heading', { name: t.case.members, exact: true }) });
    expect(await held.locator('tbody tr').count()).toBe(2);
    await ann.page.locator('tr', { hasText: t.deeds['case.merged']! }).waitFor();
    expect(ann.complaints).toEqual([]);
    await ann.leave();
    // For whoever comes next.
    const view = await there.ann.get<CaseView>(`/api/cases/${goal.id}`);
    expect((await order(there.ann, view, 'clear')).state).toBe('cleared');
  });

  it('another model is previewed, switched to and rolled back', async () => {
    const root = await Visitor.come(browser, there.address, language);
    await root.signIn('root');
    const { page } = root;
    await root.open('/models');
    const path = join(folder.path, `strict-${language}.json`);
    const { items } = await there.ann.get<Reply<'queue'>>('/api/lines?q=tier:strong,suspect');
    // All but the line of the highest score fall below its thresholds; each language brings a file of its own.
    writeFileSync(path, strictModel((items[0]!.score + items[1]!.score) / 2 + (language === 'en' ? 0 : 1e-6)));
    await page.locator('input[type=file]').setInputFiles(path);
    const row = page.locator('tr', { hasText: `strict-${language}.json` });
    await row.getByRole('button', { name: t.models.preview }).click();
    const preview = page.locator('.panel').filter({ has: page.getByRole('heading', { name: t.models.changes }) });
    await preview.waitFor({ timeout: 90_000 });
    // What the current model says is what stands on the desk.
    const { tiers } = await there.ann.get<Reply<'overview'>>('/api/overview');
    const counts = (which: 'before' | 'after') =>
      preview.locator('tr', { has: page.getByRole('rowheader', { name: t.models[which], exact: true }) }).locator('td');
    expect((await counts('before').allTextContents()).slice(0, 2).map(Number)).toEqual([tiers.strong, tiers.suspect]);
    const [strong, suspect] = (await counts('after').allTextContents()).map(Number);
    expect(strong! + suspect!).toBeLessThan(tiers.strong + tiers.suspect);
    expect(await preview.locator('table').nth(1).locator('tbody tr').count()).toBeGreaterThan(0);
    const told = sampleAsTold();
    await preview
      .getByText(
        language === 'en' ? `last window of the store alone: ${told.lines} lines` : `最近时间窗：${told.lines} 条线路`,
      )
      .waitFor();

    await row.getByRole('button', { name: t.models.switch }).click();
    await row.getByText(t.models.current).waitFor();
    await page.getByRole('button', { name: t.models.rollBack }).click();
    await page.locator('tr', { hasText: 'default' }).getByText(t.models.current).waitFor();
    expect(root.complaints).toEqual([]);
    await root.leave();
  });

  it('a capture is brought in, and its page says how far it is', async () => {
    const ann = await Visitor.come(browser, there.address, language);
    await ann.signIn('ann');
    const { page } = ann;
    await ann.open('/uploads');
    const seen = await watched(ann, 'main tbody tr td:nth-child(2)');
    await page.getByLabel(t.uploads.choose).setInputFiles(calls(language === 'en' ? 0 : 1));
    await page.getByRole('button', { name: t.uploads.send }).click();
    const row = page.locator('tr', { hasText: `calls-${language === 'en' ? 0 : 1}.pcap` });
    await row.getByText(t.uploads.states.done).waitFor({ timeout: 90_000 });
    const { texts, bars } = await seen();
    const states = texts.map((text) => text.replace(/^[✓✕] /, '').trim());
    // Another one may have stood there before.
    const own = new Set(states.slice(states.indexOf(t.uploads.states.reading)));
    expect(bars).toEqual([t.uploads.progress(`calls-${language === 'en' ? 0 : 1}.pcap`)]);
    expect([...own]).toEqual([t.uploads.states.reading, t.uploads.states.scoring, t.uploads.states.done]);
    expect(ann.complaints).toEqual([]);
    await ann.leave();
  });
});

/** The shipped model with thresholds that fewer lines reach. */
function strictModel(least: number): string {
  interface Threshold {
    score: number | null;
  }
  const model = JSON.parse(readFileSync(DEFAULT_MODEL, 'utf8')) as {
    thresholds: Threshold[];
    strata: { thresholds: Threshold[] }[];
  };
  for (const one of [...model.thresholds, ...model.strata.flatMap(({ thresholds }) => thresholds)])
    if (one.score !== null) one.score = Math.max(one.score, least);
  return JSON.stringify(model);
}

/** A capture of some calls that no store has yet. */
function calls(number: number): string {
  const scene = new Scene();
  for (let call = 0; call < 200; call++) {
    const headers = (first: string, cseq: string, tag: string): string[] => [
      first,
      `Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK${number}-${call}`,
      `From: <sip:+8613800000${number}${call % 10}0@example.org>;tag=a`,
      `To: <sip:+86139000000${String(call % 100).padStart(2, '0')}@example.org>${tag}`,
      `Call-ID: ${number}-${call}`,
      `CSeq: ${cseq}`,
    ];
    const at = call * 20;
    scene.say(at, '10.0.0.1', '10.0.0.2', headers(`INVITE sip:+8613900000009@example.org SIP/2.0`, '1 INVITE', ''));
    scene.say(at + 3, '10.0.0.2', '10.0.0.1', headers('SIP/2.0 200 OK', '1 INVITE', ';tag=b'));
    scene.say(at + 9, '10.0.0.1', '10.0.0.2', headers(`BYE sip:+8613900000009@example.org SIP/2.0`, '2 BYE', ';tag=b'));
    scene.say(at + 9.1, '10.0.0.2', '10.0.0.1', headers('SIP/2.0 200 OK', '2 BYE', ';tag=b'));
  }
  return scene.write(join(folder.path, `calls-${number}.pcap`));
}

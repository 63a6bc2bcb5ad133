import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Reply } from '../../../src/review/server/api.ts';
import { buildPages, type Language, openBrowser, Visitor } from '../../support/browser.ts';
import { makeStore, openDesk, type Person, SAMPLE, scratch, type TestDesk } from '../../support/desk.ts';

let folder: ReturnType<typeof scratch>;
let plain: TestDesk;
let test: TestDesk;
let ann: Person;
let browser: Browser;
let address: string;
/** The cell that most of the marked lines stay in, and the type of a device of one. */
let cell: string;
let device: Reply<'activity'>['devices'][number];
let line: number;
let gateway: number;

beforeAll(async () => {
  buildPages();
  folder = scratch();
  const lake = `${folder.path}/lake`;
  // So that lines that change their devices in one cell are in a box, whatever the model makes of them beside others.
  await makeStore(lake, [SAMPLE], undefined, 0.85);
  plain = await openDesk(lake, `${folder.path}/plain`);
  const eve = await plain.person('eve', 'investigator');
  const overview = await eve.get<Reply<'overview'>>('/api/overview');
  cell = overview.cells[0]!.cell;
  expect(overview.cells[0]!.place).toBeNull();
  const rows = plain.desk.database.all<{ id: number; gateway: number }>(
    'SELECT id, gateway FROM lines WHERE cell = ? AND gateway IS NOT NULL ORDER BY id',
    cell,
  );
  for (const row of rows) {
    const { devices } = await eve.get<Reply<'activity'>>(`/api/lines/${row.id}/activity`);
    if (devices.length === 0) continue;
    [device] = devices as [typeof device];
    line = row.id;
    gateway = row.gateway;
    break;
  }
  const cells = `${folder.path}/cells.csv`;
  writeFileSync(cells, `cell,lat,lon\n${cell},30.6571,104.0657\n`);
  const tacDb = `${folder.path}/tac.csv`;
  writeFileSync(tacDb, `tac,class,name\n${device.tac},modem,"Wireless & Co <GW-8>"\n00000001,iot,\n`);
  test = await openDesk(lake, `${folder.path}/desk`, { references: { cells, tacDb }, timeZone: 'Asia/Shanghai' });
  ann = await test.person('ann', 'investigator');
  await test.app.listen({ host: '127.0.0.1', port: 0 });
  address = `http://localhost:${(test.app.server.address() as AddressInfo).port}`;
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await test?.close();
  await plain?.close();
  folder?.remove();
});

async function come(language: Language): Promise<Visitor> {
  const visitor = await Visitor.come(browser, address, language);
  await visitor.signIn('ann');
  return visitor;
}

const WORDS = {
  en: { lines: 'lines', east: '104.', map: /^Marked lines in 1 cell$/, where: /^Map of 1 cell/, device: 'Device' },
  zh: { lines: '线路', east: '东经 104.', map: /^1 个小区内的标记线路$/, where: /的地图$/, device: '设备名称' },
} as const;

describe.each(['en', 'zh'] as const)('with --cells and --tac-db, in %s', (language) => {
  const words = WORDS[language];

  it('shows gateways on a map of degrees, on the overview and on their own page', async () => {
    const visitor = await come(language);
    const { page } = visitor;
    await visitor.open('/overview');
    const map = page.getByRole('img', { name: words.map });
    await map.locator('svg.place-map circle').waitFor();
    expect(await map.locator('.marker-label').textContent()).toContain(`#${gateway}`);
    expect((await map.locator('text').allTextContents()).some((text) => text.startsWith(words.east))).toBe(true);
    expect(await map.locator('.scale text').textContent()).toMatch(/^\d+ k?m$/);
    expect(await visitor.problems()).toEqual([]);
    await visitor.open(`/gateways/${gateway}`);
    await page.getByRole('img', { name: words.where }).locator('svg.place-map circle').waitFor();
    expect(await visitor.problems()).toEqual([]);
    expect(visitor.complaints).toEqual([]);
    await visitor.leave();
  });

  it('calls devices by name: those of a line, and those that lines of a gateway share', async () => {
    const visitor = await come(language);
    const { page } = visitor;
    await visitor.open(`/lines/${line}?tab=devices`);
    await page.getByRole('columnheader', { name: words.device }).waitFor();
    await page.getByRole('cell', { name: 'Wireless & Co <GW-8>' }).first().waitFor();
    await visitor.open(`/gateways/${gateway}`);
    await page.locator('td small', { hasText: 'Wireless & Co <GW-8>' }).first().waitFor();
    expect(visitor.complaints).toEqual([]);
    await visitor.leave();
  });
});

describe('what scripts are told', () => {
  it('has the place of each cell that the file knows, and no other', async () => {
    const { cells } = await ann.get<Reply<'overview'>>('/api/overview');
    expect(cells.find((one) => one.cell === cell)?.place).toEqual({ latitude: 30.6571, longitude: 104.0657 });
    expect(cells.filter((one) => one.cell !== cell).map(({ place }) => place)).toEqual(
      cells.filter((one) => one.cell !== cell).map(() => null),
    );
  });

  it('has the features of a line as a scan with the same files has them', async () => {
    const values = async (person: Person) => {
      const { features } = await person.get<Reply<'features'>>(`/api/lines/${line}/features`);
      return features.find(({ name }) => name === 'unknown_tac_share')!.value;
    };
    expect(await values(ann)).not.toBeNull();
    const eve = await plain.person('ewa', 'viewer');
    expect(await values(eve)).toBeNull();
  });
});

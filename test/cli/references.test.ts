import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { cli, records } from '../support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SAMPLE = 'captures/sample.pcap.gz';

function file(name: string, ...lines: string[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines.join('\n'));
  return path;
}

describe('reference files', () => {
  test('of the desk are told likewise, before it makes anything', async () => {
    const tacs = file('wrong-tacs.csv', 'tac,name', '8612345,a phone');
    const run = await cli('review', '--store', folder, '--tac-db', tacs);
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toBe(
      `catpool: --tac-db ${tacs}: row 2, tac: expected the 8 digits of a type allocation code, got 8612345\n`,
    );
    expect(existsSync(`${folder}-desk`)).toBe(false);
  });

  test('give the features that need them, on top of the others', async () => {
    const plain = records((await cli('features', SAMPLE)).stdout);
    const { line } = plain[0]!;
    const files = [
      ['--subscribers', file('subscribers.csv', 'msisdn,id_hash,product', `${line},a,IoT`, '8613000000000,a,')],
      ['--tac-db', file('tac.csv', 'tac,class', '99999999,module')],
      ['--networks', file('networks.csv', 'cidr,class', '0.0.0.0/0,hosting')],
      ['--cells', file('cells.csv', 'cell,lat,lon', '460-00-1-1,30,104')],
      ['--fingerprints', file('fingerprints.json', '{"version": 1, "entries": []}')],
    ].flat();
    const known = records((await cli('features', SAMPLE, ...files)).stdout);
    expect(known.length).toBe(plain.length);
    expect(plain[0]).toMatchObject({ lines_per_identity: null, unknown_tac_share: null, hosted_peer_share: null });
    expect(known[0]).toMatchObject({ line, lines_per_identity: 2, hosted_peer_share: 1 });
    expect(known[0]!.iot_line_calls).toBe(
      Math.round((known[0]!.outgoing_per_hour as number) * (known[0]!.hours as number)),
    );
    for (const name of ['calls', 'imeis', 'talk_mean', 'paired_leg_share']) {
      expect(known.map((record) => record[name])).toEqual(plain.map((record) => record[name]));
    }
  });

  test.each(['scan', 'features', 'explain', 'train', 'evaluate'])(
    '%s takes them, and tells a wrong one in one line',
    async (command) => {
      const cells = file('wrong.csv', 'cell,lat,lon', '460-00-1-1,30,104', '460-00-1-2,x,104');
      const more = command === 'explain' ? ['8613800000001'] : [];
      const labels = file('labels.csv', 'line,label', '1,gateway');
      const learns = command === 'train' || command === 'evaluate';
      const run = await cli(
        command,
        ...more,
        SAMPLE,
        ...(learns ? ['--labels', labels] : []),
        ...(command === 'train' ? ['-o', join(folder, 'model.json')] : []),
        '--cells',
        cells,
      );
      expect(run).toMatchObject({ code: 1, stdout: '' });
      expect(run.stderr).toBe(`catpool: --cells ${cells}: row 3, lat: expected degrees from -90 to 90, got x\n`);
    },
  );
});

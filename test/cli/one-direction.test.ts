import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readCapture } from '../../src/capture/read.ts';
import { PcapWriter } from '../../src/capture/write.ts';
import { cli } from '../support/cli.ts';
import { sharedCapture } from '../support/shared.ts';
import { root } from '../support/sources.ts';

const folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Packets of IPv4 on Ethernet from hosts of lower addresses to hosts of higher ones, and the others: as two fibres carry them. */
async function split(path: string, name: string): Promise<[string, string]> {
  const paths: [string, string] = [join(folder, `${name}-up.pcap`), join(folder, `${name}-down.pcap`)];
  const [up, down] = paths.map((each) => new PcapWriter(each, { nanoseconds: true }));
  await readCapture(
    { path, kind: 'file', bytes: null, first: null },
    ({ data, start, end, seconds, nanoseconds, linkType }) => {
      expect(linkType).toBe(1);
      const bytes = data.subarray(start, end);
      const isUp = bytes.compare(bytes, 30, 34, 26, 30) < 0;
      (isUp ? up! : down!).write(bytes, seconds, nanoseconds);
    },
  );
  up!.close();
  down!.close();
  return paths;
}

test.each([
  ['SIP', join(root, 'captures', 'sample.pcap.gz')],
  ['A', sharedCapture('ss7', 'osmocom-virtual', 'a-interface-main-bsc1.pcap')],
])('%s: the two directions of links in two files, each of them alone, and both in one', async (name, path) => {
  const [up, down] = await split(path, name);
  const both = await cli('events', up, down, '--format', 'ndjson');
  expect(both.stderr).toMatch(/warning: 2 captures of one direction of the links: .*mergecap/);
  const one = await cli('events', up, '--format', 'ndjson');
  expect(one.stderr).toMatch(/warning: 1 capture of one direction/);
  const whole = await cli('events', path, '--format', 'ndjson');
  expect(whole.stderr).not.toMatch(/direction/);
});

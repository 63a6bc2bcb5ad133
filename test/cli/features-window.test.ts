import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cli } from '../support/cli.ts';
import { root } from '../support/sources.ts';

const SAMPLE = join(root, 'captures', 'sample.pcap.gz');

test('features say which window they are of, where the captures show more', async () => {
  // By capinfos, the last packet is of 2024-03-05 09:59:59.318 UTC: the window ends with its second.
  const part = await cli('features', SAMPLE, '--window', '1h');
  expect(part.stderr).toContain('features from 2024-03-05T09:00:00.000Z to 2024-03-05T10:00:00.000Z: the last window');
  const whole = await cli('features', SAMPLE);
  expect(whole.stderr).not.toContain('features from');
});

import { describe, expect, it } from 'vitest';
import { type SourceFile, textFiles } from '../support/sources.ts';

/** What the repository must not speak of: the machine it was written on, and where its packages were fetched. */
const UNWANTED = [
  { pattern: /(?:^|[^\w.*-])\/(?:work|root|home|farm|Users)\/[\w.]/, what: 'path of a machine' },
  { pattern: /(?:^|[^\w.*-])\/tmp\/\w/, what: 'path of a machine' },
  {
    pattern: /\/\/[\w.-]*registry|\bregistry\.(?:npm|yarn)|\bnpmmirror\b|\bnpmjs\.org\b|\bverdaccio\b|\bartifactory\b/i,
    what: 'registry host',
  },
  { pattern: /"resolved":/, what: 'address of a package' },
  { pattern: /\bissue #?\d+\b|\bdevelopers? session\b|\bclaude\b/i, what: 'word of the workshop' },
];

/** One line for each unwanted word in `files`. */
function unwanted(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, index) =>
        UNWANTED.filter(({ pattern }) => pattern.test(line)).map(({ what }) => `${path}:${index + 1}: ${what}`),
      ),
  );
}

describe('the texts of the repository', () => {
  it('speak of the product only', () => {
    const files = textFiles().filter(({ path }) => path !== 'test/house/words.test.ts');
    expect(files.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['package.json', 'src/base/time.ts', '.ci/run']),
    );
    expect(unwanted(files)).toEqual([]);
  });

  it.each([
    ...['work', 'root', 'Users'].map((folder) => `see (/${folder}/.config)`),
    `const path = '/home/me/x.pcap';`,
    `writeFile('/tmp/out.json')`,
    'npm config set registry=https://registry.example.org',
    '"resolved": "https://example.org/a.tgz"',
    `// as issue ${12} says`,
  ])('%s would be found', (line) => {
    expect(unwanted([{ path: 'a.md', text: `\n${line}` }])).toEqual([expect.stringMatching(/^a\.md:2: /)]);
  });

  it.each(['/tmp/', 'https://example.org/home/x', 'src/work/x', 'an issue with 2 lines', '/var/spool/captures'])(
    '%s is well',
    (line) => {
      expect(unwanted([{ path: 'a.md', text: line }])).toEqual([]);
    },
  );
});

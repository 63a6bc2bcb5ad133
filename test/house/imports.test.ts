import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { programFiles, root, type SourceFile, withoutComments } from '../support/sources.ts';

/** The rooms in the order of the house; two that stand in one row do not know each other. */
const ROWS = [
  ['base'],
  ['capture'],
  ['network'],
  ['sip', 'ss7'],
  ['messages'],
  ['events'],
  ['store'],
  ['features'],
  ['forest'],
  ['gateways'],
  ['scan'],
  ['delivery'],
  ['probe', 'review'],
  ['simulate'],
  ['cli'],
];
const SIMULATE_USES = ['base', 'capture', 'network', 'sip', 'ss7', 'events'];

/** Loads a thread from its TypeScript in development; what is published never comes there. */
const DEVELOPMENT_ONLY = 'src/base/thread.ts -> tsx/esm/api: not in dependencies';

const IMPORT = new RegExp(
  [
    String.raw`^\s*(?:import|export)\b[^'"\`;]*?\bfrom\s*['"]([^'"]+)['"]`,
    String.raw`^\s*import\s*['"]([^'"]+)['"]`,
    String.raw`\bimport\(\s*['"]([^'"]+)['"]`,
    String.raw`\bnew URL\(\s*['"]([^'"]+)['"]\s*,\s*import\.meta\.url`,
  ].join('|'),
  'gm',
);

function importsOf(file: SourceFile): string[] {
  return [...withoutComments(file.text).matchAll(IMPORT)].map((match) => match.slice(1).find((name) => name)!);
}

function row(room: string): number {
  return ROWS.findIndex((rooms) => rooms.includes(room));
}

/** Why one room may not import another; null where it may. */
function refusal(from: string, to: string): string | null {
  if (from === to) return null;
  if (row(to) < 0) return `there is no room ${to}`;
  if (row(to) === row(from)) return 'they do not know each other';
  if (row(to) > row(from)) return 'against the order of the house';
  if (from === 'features' && to === 'store') return 'features are given events, whatever store they come from';
  if (from === 'simulate' && !SIMULATE_USES.includes(to)) return 'simulate knows protocols and events only';
  if (to === 'simulate' && from !== 'cli') return 'only cli may simulate';
  return null;
}

const PAGES = 'src/review/ui/';
const TYPES_FOR_PAGES = /^src\/(base\/|review\/server\/api(\/|\.ts$))/;

/** Why a page may not import a file of the program; null where it may: pages know the rest by the types of its answers alone. */
function refusalOfPage(target: string, isTypeOnly: boolean): string | null {
  if (target.startsWith(PAGES)) return null;
  return isTypeOnly && TYPES_FOR_PAGES.test(target) ? null : 'pages take types of the answers only';
}

/** Imports of a file of which nothing is left when it runs. */
function typeImportsOf(file: SourceFile): ReadonlySet<string> {
  const all = importsOf(file);
  const typed = [...withoutComments(file.text).matchAll(/^\s*import\s+type\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm)];
  const names = typed.map(([, name]) => name!);
  return new Set(
    names.filter((name) => all.filter((one) => one === name).length === names.filter((one) => one === name).length),
  );
}

/** One line for each import of `files` that points where it may not. */
function wrongImports(
  files: readonly SourceFile[],
  packages: readonly string[],
  bundled: readonly string[] = [],
): string[] {
  const wrong: string[] = [];
  for (const file of files) {
    const room = file.path.split('/')[1]!;
    if (row(room) < 0) wrong.push(`${file.path}: stands in no room`);
    const isPage = file.path.startsWith(PAGES);
    const typed = typeImportsOf(file);
    for (const name of importsOf(file)) {
      if (name.startsWith('node:')) {
        if (isPage) wrong.push(`${file.path} -> ${name}: not in a browser`);
        continue;
      }
      if (!name.startsWith('.')) {
        const packageName = name.split('/', name.startsWith('@') ? 2 : 1).join('/');
        if (!(isPage ? bundled : packages).includes(packageName))
          wrong.push(`${file.path} -> ${name}: not in dependencies`);
        continue;
      }
      const target = posix.join(posix.dirname(file.path), name);
      const [top, to] = target.split('/');
      const why = isPage
        ? refusalOfPage(target, typed.has(name))
        : top === 'src'
          ? refusal(room, to!)
          : isDataBesideSource(target)
            ? null
            : 'outside src';
      if (why) wrong.push(`${file.path} -> ${target}: ${why}`);
    }
  }
  return wrong;
}

/** Files that are published with the program: read at run time, never compiled. */
function isDataBesideSource(target: string): boolean {
  return target === 'package.json' || /^(models|captures)(\/|$)/.test(target);
}

const OUTSIDE = [
  { pattern: /\bconsole\s*\./, what: 'prints' },
  { pattern: /\bprocess\s*\.\s*(stdout|stderr)\b/, what: 'prints' },
  { pattern: /\bprocess\s*\.\s*argv\b/, what: 'reads argv' },
  { pattern: /\bprocess\s*\.\s*(exitCode\b|exit\s*\()/, what: 'ends the process' },
];

/** One line for each place outside `cli` that does what only `cli` may. */
function talksToTheOutside(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ path }) => !path.startsWith('src/cli/'))
    .flatMap(({ path, text }) =>
      withoutComments(text)
        .split('\n')
        .flatMap((line, index) =>
          OUTSIDE.filter(({ pattern }) => pattern.test(line)).map(({ what }) => `${path}:${index + 1}: ${what}`),
        ),
    );
}

describe('the order of the house', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const packages = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });

  // Bundled into the pages, so needed only where they are built.
  const bundled = Object.keys(manifest.devDependencies);

  it('holds: imports run only from a lower row to a higher one, and to packages that are installed with the program', () => {
    expect(programFiles().length).toBeGreaterThan(20);
    expect(programFiles().flatMap(importsOf).length).toBeGreaterThan(50);
    expect(wrongImports(programFiles(), packages, bundled).filter((line) => line !== DEVELOPMENT_ONLY)).toEqual([]);
  });

  it('leaves printing, argv and the exit code to cli', () => {
    expect(talksToTheOutside(programFiles())).toEqual([]);
  });
});

describe('the check of imports', () => {
  const check = (path: string, text: string) => wrongImports([{ path, text }], ['zod', '@duckdb/node-api'], ['react']);

  it.each([
    ['src/base/a.ts', `import { x } from '../capture/b.ts';`],
    ['src/base/a.ts', `import type { X } from '../capture/b.ts';`],
    ['src/sip/a.ts', `export { x } from '../ss7/b.ts';`],
    ['src/ss7/a.ts', `export * from '../sip/b.ts';`],
    ['src/probe/a.ts', `import {\n  x,\n  y,\n} from '../review/b.ts';`],
    ['src/review/server/a.ts', `const x = await import('../../probe/b.ts');`],
    ['src/features/a.ts', `import '../store/b.ts';`],
    ['src/simulate/a.ts', `import { x } from '../messages/b.ts';`],
    ['src/simulate/a.ts', `import { x } from '../features/b.ts';`],
    ['src/scan/a.ts', `new Worker(new URL('../cli/worker.ts', import.meta.url));`],
    ['src/probe/a.ts', `import { x } from '../simulate/b.ts';`],
    ['src/cli/a.ts', `import { x } from '../../test/support/b.ts';`],
    ['src/cli/a.ts', `import { x } from 'left-pad';`],
    ['src/cli/a.ts', `import { x } from '@duckdb/other';`],
    ['src/cli/a.ts', `import { x } from '../misc/b.ts';`],
    ['src/misc/a.ts', ''],
    ['src/review/ui/a.tsx', `import { ROUTES } from '../server/api.ts';`],
    ['src/review/ui/a.tsx', `import type { Desk } from '../server/desk.ts';`],
    ['src/review/ui/a.tsx', `import type { Action } from '../../store/cases/workflow.ts';`],
    ['src/review/ui/a.tsx', `import { z } from 'zod';`],
    ['src/review/ui/a.tsx', `import { readFileSync } from 'node:fs';`],
  ])('finds the wrong arrow in %s: %s', (path, text) => {
    expect(check(path, text)).toHaveLength(1);
  });

  it('lets the right ones pass', () => {
    expect(check('src/cli/a.ts', `import { x } from '../simulate/b.ts';\nimport z from 'zod/v4';`)).toEqual([]);
    expect(check('src/store/a.ts', `import d from '@duckdb/node-api';\nimport fs from 'node:fs';`)).toEqual([]);
    expect(check('src/simulate/a.ts', `import { x } from '../events/b.ts';\nimport { y } from './c.ts';`)).toEqual([]);
    expect(check('src/base/a.ts', `// import { x } from '../cli/b.ts';\n/* import '../cli/b.ts'; */`)).toEqual([]);
    expect(check('src/review/ui/a.tsx', `import type { Reply } from '../server/api.ts';\nimport 'react';`)).toEqual([]);
    expect(check('src/scan/a.ts', `const model = new URL('../../models/default.json', import.meta.url);`)).toEqual([]);
  });
});

describe('the check of what talks to the outside', () => {
  const check = (path: string, text: string) => talksToTheOutside([{ path, text }]);

  it.each([
    `console.error('x');`,
    `process.stdout.write(text);`,
    `pipe(process.stderr)`,
    `const [, , name] = process.argv;`,
    `process.exitCode = 1;`,
    `process.exit(1);`,
  ])('finds %s outside cli', (line) => {
    expect(check('src/scan/a.ts', `\n${line}`)).toEqual([expect.stringMatching(/^src\/scan\/a\.ts:2: /)]);
    expect(check('src/cli/a.ts', line)).toEqual([]);
    expect(check('src/scan/a.ts', `// ${line}`)).toEqual([]);
  });

  it('is not misled by slashes in strings and expressions', () => {
    expect(withoutComments(`a = 'http://x'; b = /[/"]/; c = d / e; // f`)).toBe(
      `a = 'http://x'; b = /[/"]/; c = d / e; `,
    );
    expect(withoutComments('`a // b` /* c\nd */ + e')).toBe('`a // b` \n + e');
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sayerOf } from '../../src/review/ui/words/answers.ts';
import { en } from '../../src/review/ui/words/en.ts';
import { answers } from '../../src/review/ui/words/zh/answers.ts';
import { zh } from '../../src/review/ui/words/zh.ts';
import { root, textFiles } from '../support/sources.ts';

const say = sayerOf(answers, () => zh);
const SERVER = [...textFiles('src/review/server'), ...textFiles('src/store/cases')].map(({ path }) => ({
  path,
  text: readFileSync(join(root, path), 'utf8'),
}));

/** Where the server puts a text into words that a page shows: from here to there. */
const SAID: readonly (readonly [RegExp, string])[] = [
  [/new (?:Refusal|Unwelcome)\(/g, ';\n'],
  [/\bwrong\(at, /g, ';\n'],
  [/\banswer\(\d+, /g, ';\n'],
  [/\bconst why =\s/g, ';\n'],
  [/\bconst broken =\s/g, ';\n'],
  [/\bconst message = /g, ';\n'],
  [/\bcaveats: \[/g, '],\n'],
  [/\brefusal\(model: /g, '\n  }\n'],
];
/** A text that says something: a code has no spaces, and SQL is in capitals. */
const TEXT = /'([^'`\n]*[a-z] [a-z][^'`\n]*)'|`([^`]*[a-z}] [a-z$][^`]*)`/g;
const SAMPLE = 'x1';

/** Texts in the statement that begins at each of these places, `${…}` filled in. */
function textsOf(source: string): string[] {
  const found: string[] = [];
  for (const [beginning, end] of SAID)
    for (const { index } of source.matchAll(beginning))
      for (const [, plain, filled] of source.slice(index, source.indexOf(end, index)).matchAll(TEXT))
        found.push(plain ?? filled!.replace(/\$\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}/g, SAMPLE));
  return found.filter((text) => /[a-z]{3}/.test(text));
}

describe('what the server says', () => {
  const texts = [...new Set(SERVER.flatMap(({ text }) => textsOf(text)))];

  it('is found in its sources', () => {
    expect(texts).toEqual(
      expect.arrayContaining([
        'there is no such line',
        'case x1 was changed meanwhile: it is x1 now',
        'name or password is wrong',
        'the desk is busy: try again in a while',
        'was in the store before',
        'the current model cannot be read by this build',
        'The new model does not say which decisions it was trained on: those are no test of it.',
        'it was changed',
      ]),
    );
    expect(texts.length).toBeGreaterThan(90);
  });

  it.each(texts)('is said in Chinese to whoever reads Chinese: %s', (text) => {
    expect(say(text)).toMatch(/\p{Script=Han}/u);
  });

  it('keeps what stands in it, with codes in words', () => {
    expect(say('case 12 was changed meanwhile: it is suspended now')).toBe('案件 12 已被他人修改，现为：已停机');
    expect(say('a line is on the allow list (客服 $& 中心): take it off first')).toContain('客服 $& 中心');
    expect(say('automatic suspension stays off: the current model cannot be read by this build')).toBe(
      '自动停机保持关闭：本版本无法读取当前模型',
    );
    expect(say('something that nobody said')).toBe('something that nobody said');
  });
});

describe('what the log says that was done', () => {
  const codes = [
    ...new Set(
      SERVER.flatMap(({ text }) => [
        ...text.matchAll(/\b(?:record|log)\(\s*(?:this\.)?(?:database,\s*)?[\s\S]{0,60}?['`]([a-z]+\.[a-z-]+)['`]/g),
      ]).map(([, code]) => code!),
    ),
  ];

  it('has a name in both languages', () => {
    expect(codes).toEqual(expect.arrayContaining(['case.open', 'user.add', 'export.evidence', 'model.add']));
    for (const code of [...codes, ...Object.keys(en.actions).map((action) => `case.${action}`)]) {
      expect([code, en.deeds[code]]).toEqual([code, expect.stringMatching(/^[a-z]/)]);
      expect([code, zh.deeds[code]]).toEqual([code, expect.stringMatching(/\p{Script=Han}/u)]);
    }
  });
});

describe('the Chinese of the pages', () => {
  const all = (words: object): string[] =>
    Object.values(words).flatMap((word: unknown) =>
      typeof word === 'string'
        ? [word]
        : typeof word === 'function'
          ? [String((word as (...given: unknown[]) => unknown)(1, 2, 3, 4))]
          : all(word as object),
    );

  it('calls a line 线路 and a gateway 网关 as scans and alerts do, and says once what people call it', () => {
    const texts = all(zh);
    expect(texts.filter((text) => text.includes('猫池'))).toEqual(['网关（俗称猫池）']);
    expect(texts.filter((text) => /\d 个号码/.test(text))).toEqual([]);
    expect([zh.fields.line, zh.fields.gateway, zh.nav.gateways]).toEqual(['线路', '网关', '网关']);
  });

  it('leaves nothing in English but names and what is typed', () => {
    const plain = (text: string) =>
      text.replace(
        /\b(?:Catpool|catpool|SIP|English|SIM|Box|GOIP|IMEI|TAC|IMSI|MSISDN|User-Agent|USSD|SMS|CSV|JSON|SVG|SHA|Ed25519|base64|pcap|pcapng|gzip|zstd|Wireshark|scan|store|score|tier|strong|gateway|cell|ua|goip|reviewed|dealer)\b/g,
        '',
      );
    expect(all(zh).filter((text) => /[A-Za-z]{3,}/.test(plain(text)))).toEqual([]);
  });
});

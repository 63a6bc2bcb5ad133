import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Repository root, absolute. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** A file of the repository: path from the root, and its text. */
export interface SourceFile {
  path: string;
  text: string;
}

const NOT_OURS = new Set(['node_modules', 'dist', 'coverage', '.git', 'tmp']);

/** Every text file of the repository under `folder`, sorted by path; files that hold a zero byte are no text. */
export function textFiles(folder = '.'): SourceFile[] {
  return walk(join(root, folder))
    .sort()
    .map((path) => ({ path: relative(root, path), text: readFileSync(path, 'utf8') }))
    .filter(({ text }) => !text.includes('\0'));
}

/** The TypeScript of the program. */
export function programFiles(): SourceFile[] {
  return textFiles('src').filter(({ path }) => /\.tsx?$/.test(path));
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (NOT_OURS.has(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? walk(path) : entry.isFile() ? [path] : [];
  });
}

/** Where a `/` begins a regular expression and is no division: after one of these, or after `return` and its like. */
const BEFORE_EXPRESSION = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|void|delete|yield|await))$/;

/** TypeScript with the text of its comments taken out; lines keep their numbers. Strings and expressions stay as they are. */
export function withoutComments(text: string): string {
  let out = '';
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at, at + 2);
    if (rest === '//') {
      const end = text.indexOf('\n', at);
      at = end < 0 ? text.length : end;
      continue;
    }
    if (rest === '/*') {
      const end = text.indexOf('*/', at + 2);
      const comment = text.slice(at, end < 0 ? text.length : end + 2);
      out += comment.replace(/[^\n]/g, '');
      at += comment.length;
      continue;
    }
    const character = text[at]!;
    const isRegularExpression = character === '/' && BEFORE_EXPRESSION.test(out.slice(-40).trimEnd());
    const end = isRegularExpression || `'"\``.includes(character) ? endOfLiteral(text, at) : at + 1;
    out += text.slice(at, end);
    at = end;
  }
  return out;
}

/** Offset after the string, template or regular expression that begins at `start`. */
function endOfLiteral(text: string, start: number): number {
  const quote = text[start]!;
  let inClass = false;
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at]!;
    if (character === '\\') at++;
    else if (quote === '/' && character === '[') inClass = true;
    else if (quote === '/' && character === ']') inClass = false;
    else if (character === quote && !inClass) return at + 1;
    else if (character === '\n' && quote !== '`') return at;
  }
  return text.length;
}

import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/base/errors.ts';
import { listCaptures } from '../../src/capture/list.ts';
import { PcapngBytes, pcap } from '../support/capture-bytes.ts';
import { makePipe, temporaryFolder, writeBytes } from '../support/read-bytes.ts';

const folder = temporaryFolder();
const data = Buffer.alloc(20, 1);
const at = (seconds: number, fraction = 0) => pcap([{ seconds, fraction, data }]);

/** Makes a folder with these files, by name. */
function made(name: string, files: Record<string, Buffer | string>): string {
  const path = join(folder, name);
  for (const [file, bytes] of Object.entries(files)) {
    mkdirSync(join(path, file, '..'), { recursive: true });
    writeFileSync(join(path, file), bytes);
  }
  return path;
}

const paths = async (...list: string[]) => (await listCaptures(list)).map((input) => input.path);
const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

describe('captures are found', () => {
  test('in folders, however deep, whatever their names; what is no capture is passed over', async () => {
    const root = made('deep', {
      'a/b/c/one': at(3),
      'a/two.pcapng': new PcapngBytes().section().interface().enhanced(0, 2_000_000n, data).build(),
      'three.cap.gz': gzipSync(at(1)),
      'picture.png': PNG,
      'notes.txt': 'not a capture',
      'empty.pcap': '',
      '.hidden.pcap': at(4),
    });
    expect(await listCaptures([root])).toEqual([
      {
        path: join(root, 'three.cap.gz'),
        kind: 'file',
        bytes: gzipSync(at(1)).length,
        first: { s: 1, ns: 0 },
        plain: false,
      },
      {
        path: join(root, 'a/two.pcapng'),
        kind: 'file',
        bytes: expect.any(Number),
        first: { s: 2, ns: 0 },
        plain: true,
      },
      { path: join(root, 'a/b/c/one'), kind: 'file', bytes: at(3).length, first: { s: 3, ns: 0 }, plain: true },
    ]);
  });

  test('in order of first packet, then of name, whatever the order they are named in', async () => {
    const root = made('order', { z: at(1), b: at(2, 5), a: at(2, 5), y: at(2, 4), none: pcap([]), nil: pcap([]) });
    const named = ['a', 'b', 'nil', 'none', 'y', 'z'].map((name) => join(root, name));
    const expected = ['z', 'y', 'a', 'b', 'nil', 'none'].map((name) => join(root, name));
    expect(await paths(...named)).toEqual(expected);
    expect(await paths(...named.reverse())).toEqual(expected);
    expect(await paths(root)).toEqual(expected);
  });

  test('once each, also through folders and links', async () => {
    const root = made('twice', { 'in/a': at(1), 'in/b': at(2) });
    symlinkSync(root, join(root, 'in/loop'));
    symlinkSync(join(root, 'in/nowhere'), join(root, 'in/broken'));
    linkSync(join(root, 'in/b'), join(root, 'in/c'));
    const a = join(root, 'in/a');
    expect(await paths(a, root, a, join(root, 'in'))).toEqual([a, join(root, 'in/b')]);
    expect(await paths(root, root)).toEqual([a, join(root, 'in/b')]);
  });

  test('standard input and named pipes are not looked into', async () => {
    const root = made('pipes', { a: at(1) });
    const pipe = makePipe(root, 'pipe');
    const stream = (path: string) => ({ path, kind: 'stdin', bytes: null, first: null });
    expect((await listCaptures([pipe, '-', join(root, 'a'), '-', pipe])).slice(1)).toEqual([stream('-'), stream(pipe)]);
    // In a folder a pipe is passed over: nobody said that somebody writes to it.
    expect(await paths(root)).toEqual([join(root, 'a')]);
  });

  test('a capture whose head is cut is one', async () => {
    const root = made('cut', { a: at(1).subarray(0, 5), b: gzipSync(at(1)).subarray(0, 11) });
    expect(await paths(join(root, 'a'), join(root, 'b'))).toEqual([join(root, 'a'), join(root, 'b')]);
  });
});

describe('one line says what is wrong', () => {
  const tar = Buffer.alloc(512);
  tar.write('name.pcap');
  tar.write('ustar', 257);
  test.each([
    ['a PNG image', PNG],
    ['a JPEG image', Buffer.from('ffd8ffe000104a464946', 'hex')],
    ['a PDF document', Buffer.from('%PDF-1.7\n%\xe2\xe3', 'latin1')],
    ['an ELF program', Buffer.from('7f454c460201010000', 'hex')],
    ['a ZIP archive', Buffer.from('504b03041400', 'hex')],
    ['a tar archive', tar],
    ['an empty file', Buffer.alloc(0)],
    ['text', Buffer.from('Jun  1 12:00:00 猫池 ☎\r\n')],
    ['text', Buffer.from('cut in a letter: 猫').subarray(0, -1)],
    ['a Microsoft Network Monitor capture', Buffer.from('GMBU\0\x02\x01\x01')],
    ['a NetXRay/Sniffer capture', Buffer.from('XCP\x00002.001\0')],
    ['a snoop capture', Buffer.from('snoop\0\0\0\0\0\0\x02')],
    ['data that begins with 00 ff 01 02', Buffer.from('00ff0102', 'hex')],
    ['data that begins with d4 c3', Buffer.from('d4c3', 'hex')],
    ['a PNG image compressed with gzip', gzipSync(PNG)],
    ['an empty file compressed with gzip', gzipSync('')],
    ['text compressed with gzip', gzipSync('abc')],
    ['gzip data compressed with gzip', gzipSync(gzipSync(at(1)))],
  ])('%s', async (what, bytes) => {
    const path = writeBytes(folder, 'named.file', bytes);
    const error = await listCaptures([path]).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toBe(`${path}: not a pcap or pcapng capture but ${what}`);
  });

  test('a missing file, a path through a file, a folder without captures', async () => {
    const root = made('bad', { 'notes.txt': 'nothing here' });
    const missing = join(root, 'missing.pcap');
    await expect(listCaptures([missing])).rejects.toThrow(new UserError(`${missing}: no such file or folder`));
    const through = join(root, 'notes.txt', 'a');
    await expect(listCaptures([through])).rejects.toThrow(new UserError(`${through}: no such file or folder`));
    await expect(listCaptures([root])).rejects.toThrow(
      new UserError(`${root}: no pcap or pcapng capture in this folder`),
    );
  });

  test('a file that is passed over in a folder is not passed over where it is named', async () => {
    const root = made('both', { 'a.pcap': at(1), 'b.txt': 'text' });
    expect(await paths(root)).toEqual([join(root, 'a.pcap')]);
    await expect(listCaptures([root, join(root, 'b.txt')])).rejects.toThrow(
      /b\.txt: not a pcap or pcapng capture but text/,
    );
  });
});

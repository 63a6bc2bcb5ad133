import { randomBytes } from 'node:crypto';
import { createWriteStream, renameSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UserError } from '../../base/errors.ts';
import { Refusal } from '../../store/cases/refusal.ts';
import type { Upload } from './api.ts';
import type { Desk } from './desk.ts';

/** Uploads that are remembered. */
const MOST_KEPT = 100;

/** A file as the browser sends it. */
export interface Incoming {
  stream: Readable & { truncated?: boolean };
  name: string;
}

/** Captures that come through the page: received, put into the store, scored, one after the other. */
export class Uploads {
  private readonly desk: Desk;
  private readonly folder: string;
  private readonly kept = new Map<string, Upload>();
  private chain: Promise<void> = Promise.resolve();
  private readonly receiving = new Set<Promise<unknown>>();

  constructor(desk: Desk, folder: string) {
    this.desk = desk;
    this.folder = folder;
  }

  list(): Upload[] {
    return [...this.kept.values()].reverse();
  }

  get(id: string): Upload {
    const upload = this.kept.get(id);
    if (upload === undefined) throw new Refusal('not_found', 'there is no such upload');
    return upload;
  }

  /** Receives a capture; what follows goes on by itself. @returns it as received */
  async receive(person: string, actor: string, file: Incoming): Promise<Upload> {
    const id = randomBytes(8).toString('hex');
    const upload: Upload = {
      id,
      name: fileName(file.name),
      bytes: 0,
      person,
      at: this.desk.options.now(),
      state: 'receiving',
      progress: 0,
      message: '',
      lines: null,
      marked: null,
    };
    const path = join(this.folder, `${id}.capture`);
    const work = receiveFile(file, path);
    this.receiving.add(work);
    try {
      upload.bytes = await work;
    } finally {
      this.receiving.delete(work);
    }
    try {
      this.desk.log(actor, 'upload', `upload:${id}`, { name: upload.name, bytes: upload.bytes });
    } catch (error) {
      this.desk.discard(path);
      throw error;
    }
    this.kept.set(id, upload);
    for (const old of this.kept.keys()) {
      if (this.kept.size <= MOST_KEPT) break;
      this.kept.delete(old);
    }
    this.chain = this.chain.then(() => this.work(upload, path));
    return { ...upload };
  }

  /** Resolves when nothing is in work. */
  async idle(): Promise<void> {
    await Promise.allSettled([...this.receiving]);
    await this.chain;
  }

  private async work(upload: Upload, path: string): Promise<void> {
    const { desk } = this;
    const tell = (change: Partial<Upload>): void => {
      Object.assign(upload, change);
      desk.hub.tell({ kind: 'upload', upload: { ...upload } });
    };
    tell({ state: 'reading' });
    try {
      const model = desk.models.path(desk.models.currentId());
      const done = await desk.workers.run({ ...desk.scanSettings, kind: 'upload', model, path }, (news) => {
        if (news.kind !== 'progress') return;
        const { state, bytes } = news;
        tell({ state, progress: state === 'reading' ? Math.min(1, bytes / Math.max(1, upload.bytes)) : 0 });
      });
      await desk.refresh();
      const message = done.repeated
        ? 'was in the store before'
        : done.expired
          ? 'is older than what the store keeps'
          : done.future
            ? 'is dated in the future: a clock was wrong'
            : '';
      tell({ state: 'done', progress: 1, message, lines: done.lines, marked: done.marked });
    } catch (error) {
      desk.discard(path);
      const message = error instanceof UserError ? error.message.replaceAll(path, upload.name) : 'it could not be read';
      tell({ state: 'failed', message });
    }
  }
}

/** Writes what comes to a file that has its name only when it is whole. @returns bytes. @throws Refusal where it is too large */
export async function receiveFile({ stream }: Incoming, path: string): Promise<number> {
  const part = `${path}.part`;
  try {
    await pipeline(stream, createWriteStream(part, { mode: 0o600 }));
    if (stream.truncated === true) throw new Refusal('invalid', 'the file is too large', { field: 'file' });
    renameSync(part, path);
    return statSync(path).size;
  } finally {
    rmSync(part, { force: true });
  }
}

/** A name without folders and control characters, of one to 120 characters: for people, never a path of ours. */
export function fileName(text: string): string {
  const name = basename(text.replaceAll('\\', '/'))
    .replace(/[\0-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
    .trim()
    .slice(-120);
  return name === '' || name === '.' || name === '..' ? 'file' : name;
}

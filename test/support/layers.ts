import { spawnSync } from 'node:child_process';

/** One layer of a packet as tshark, the independent decoder, takes it apart. */
export interface Layer {
  frame: number;
  seconds: number;
  /** Bytes of the layer. */
  bytes: Buffer;
  /** Values of a field inside the layer, `hop` levels of trees deep as they may be, in order. */
  values(field: string): string[];
  /** Values of a field in the layer of this name that the packet has beside this one (`gsm_a.dtap` beside `bssap`). */
  beside(layer: string, field: string): string[];
}

type Tree = { [key: string]: Tree | Tree[] | string | string[] };

/**
 * Every layer called `name` of the packets that pass `filter`, in order.
 *
 * @param extra more arguments, for instance `['-o', 'mtp3.standard:ANSI', '-c', '1000']`
 */
export function tsharkLayers(file: string, name: string, filter: string, extra: readonly string[] = []): Layer[] {
  const arguments_ = ['-n', '-r', file, '-Y', filter, ...extra, '-T', 'json', '-x', '--no-duplicate-keys'];
  const run = spawnSync('tshark', arguments_, {
    encoding: 'utf8',
    maxBuffer: 1024 * 1024 * 1024,
    env: { ...process.env, LC_ALL: 'C.UTF-8', TZ: 'UTC', WIRESHARK_CONFIG_DIR: '/nonexistent' },
  });
  if (run.error || (run.status !== 0 && run.status !== 2))
    throw new Error(`tshark on ${file}: ${run.error?.message ?? run.stderr}`);
  const layers: Layer[] = [];
  for (const packet of JSON.parse(run.stdout) as { _source: { layers: Tree } }[]) {
    const { layers: tree } = packet._source;
    const { frame } = tree as { frame: Tree };
    const shared = {
      frame: Number(frame['frame.number']),
      seconds: Math.floor(Number(frame['frame.time_epoch'])),
      beside: (layer: string, field: string): string[] => valuesIn(tree[layer], field),
    };
    for (const { bytes, inside } of layersIn(tree, name))
      layers.push({ ...shared, bytes, values: (field) => valuesIn(inside, field) });
  }
  return layers;
}

function layersIn(node: unknown, name: string): { bytes: Buffer; inside: unknown }[] {
  if (Array.isArray(node)) return node.flatMap((item) => layersIn(item, name));
  if (typeof node !== 'object' || node === null) return [];
  const found: { bytes: Buffer; inside: unknown }[] = [];
  const tree = node as Record<string, unknown>;
  for (const [key, value] of Object.entries(tree)) {
    if (key === name) {
      // One: [hex, offset, length, ...]. Several: a list of such.
      const raw = tree[`${name}_raw`] as unknown[];
      const several = Array.isArray(raw[0]);
      const insides = several ? (value as unknown[]) : [value];
      for (const [index, inside] of insides.entries()) {
        const hex = several ? (raw[index] as string[])[0] : raw[0];
        found.push({ bytes: Buffer.from(String(hex), 'hex'), inside });
      }
    } else if (!key.endsWith('_raw')) {
      found.push(...layersIn(value, name));
    }
  }
  return found;
}

function valuesIn(node: unknown, field: string): string[] {
  if (Array.isArray(node)) return node.flatMap((item) => valuesIn(item, field));
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => {
    if (key === field) return Array.isArray(value) ? value.map(String) : [String(value)];
    return key.endsWith('_raw') ? [] : valuesIn(value, field);
  });
}

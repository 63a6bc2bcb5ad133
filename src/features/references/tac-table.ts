import type { TacClass } from '../definition.ts';
import { readCsv } from './csv.ts';

/** What tables of types call devices (GSMA device types and shorter words), by our class. */
const CLASS_WORDS: Record<TacClass, readonly string[]> = {
  phone: [
    'phone',
    'smartphone',
    'feature phone',
    'mobile phone',
    'mobile phone/feature phone',
    'handset',
    'tablet',
    'wearable',
  ],
  module: ['module', 'modules', 'wireless module', 'm2m module'],
  modem: ['modem', 'dongle', 'router', 'wlan router', 'data card', 'fixed wireless terminal', 'gateway'],
  iot: ['iot', 'iot device', 'm2m', 'vehicle', 'meter', 'tracker', 'alarm', 'payment terminal', 'connected computer'],
};
const CLASSES = new Map(
  (Object.keys(CLASS_WORDS) as TacClass[]).flatMap((name) => CLASS_WORDS[name].map((word) => [word, name] as const)),
);

/** Makers of modules and words of other devices in a name, where a table has no class. */
const NAMES: readonly (readonly [RegExp, TacClass])[] = [
  [
    /\b(quectel|simcom|gosuncn|fibocom|neoway|telit|u-?blox|cinterion|sierra wireless|longsung|meig|module)\b/i,
    'module',
  ],
  [/\b(modem|dongle|router|cpe|data ?card|usb stick|gateway|goip)\b/i, 'modem'],
  [/\b(iot|m2m|tracker|meter|telematics|alarm)\b/i, 'iot'],
];

const TAC = /^\d{8}$/;

/**
 * Reads a table of type allocation codes: CSV with the columns tac (8 digits) and class (phone, module, modem, iot, or a word such as
 * smartphone, dongle, m2m) or, where that is empty or left out, name.
 *
 * @returns class of a type allocation code, null where the table has it not
 * @throws UserError naming file, row and column, or two rows that give one code different classes
 */
export async function readTacTable(path: string): Promise<(tac: string) => TacClass | null> {
  const table = new Map<string, TacClass>();
  await eachTac(path, (tac, { kind }) => table.set(tac, kind));
  return (tac) => table.get(tac) ?? null;
}

/** What a type allocation code stands for, to people. */
export interface TacType {
  kind: TacClass;
  /** Maker and model; empty where the table has no name. */
  name: string;
}

/**
 * Reads the same table with the names, for people to read.
 *
 * @throws UserError naming file, row and column
 */
export async function readTacTypes(path: string): Promise<ReadonlyMap<string, TacType>> {
  const table = new Map<string, TacType>();
  await eachTac(path, (tac, type) => table.set(tac, type));
  return table;
}

async function eachTac(path: string, onType: (tac: string, type: TacType) => void): Promise<void> {
  const rows = new Map<string, { kind: TacClass; line: number }>();
  await readCsv(path, '--tac-db', ['tac'], ['class', 'name'], (row) => {
    const tac = row.text('tac');
    if (!TAC.test(tac)) throw row.wrong('tac', 'the 8 digits of a type allocation code');
    const text = row.text('class').toLowerCase();
    const name = row.text('name');
    if (text === '' && name === '') throw row.wrong('class', 'a class or a name');
    const kind = text === '' ? classOfName(name) : CLASSES.get(text);
    if (kind === undefined) throw row.wrong('class', Object.keys(CLASS_WORDS).join(', '));
    // Tables have one type under several names; of two classes nobody knows which it is.
    const before = rows.get(tac);
    if (before !== undefined && before.kind !== kind) throw row.contradicts('tac', before.line);
    rows.set(tac, { kind, line: row.line });
    onType(tac, { kind, name });
  });
}

function classOfName(name: string): TacClass {
  return NAMES.find(([pattern]) => pattern.test(name))?.[1] ?? 'phone';
}

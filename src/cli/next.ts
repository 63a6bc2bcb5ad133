import { DEFAULT_MODEL } from '../scan/judge/default-model.ts';

/** What `explain` has to be told to say the same as `scan`, and what it takes for it where it is told nothing. */
const TOLD: Readonly<Record<string, string | null>> = {
  'pseudonym-key': null,
  'home-country': null,
  feed: null,
  limit: null,
  'ss7-variant': 'auto',
  subscribers: null,
  'tac-db': null,
  cells: null,
  networks: null,
  fingerprints: null,
  allowed: null,
  'own-prefixes': null,
  'own-imsi': null,
  window: '24h',
  since: null,
  until: null,
  'time-zone': null,
  model: DEFAULT_MODEL,
  language: 'en',
};

/** The command line that explains a line of a scan, as a shell reads it. @param args of the scan, by the names of its options */
export function explainCommand(line: string, args: object): string {
  const given = args as Readonly<Record<string, unknown>>;
  const captures = (given.capture ?? []) as string[];
  const { store } = given;
  // Captures are in the store by now, and a scan of a store that was given some is of all its feeds.
  const from = store === undefined ? captures : [];
  const options = Object.entries({ store: null, ...TOLD }).flatMap(([name, standard]) =>
    name === 'feed' && store !== undefined && captures.length > 0
      ? []
      : [given[name] ?? []].flat().flatMap((value) => (value === standard ? [] : [optionText(name, String(value))])),
  );
  const words = [line, ...from];
  const said = words.map(quoted);
  const parts = words.some((word) => /^-./.test(word)) ? [...options, '--', ...said] : [...said, ...options];
  return ['catpool explain', ...parts].join(' ');
}

function optionText(name: string, value: string): string {
  return `--${name}${value.startsWith('-') ? '=' : ' '}${quoted(value)}`;
}

/** A word as shells read it. */
function quoted(word: string): string {
  return /^[\w@%+:,./-][\w@%+:,./=-]*$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

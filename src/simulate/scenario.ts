import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { UserError } from '../base/errors.ts';
import { Random } from '../base/random.ts';
import { GATEWAY, type GatewayValues } from './box-parameters.ts';
import {
  AXES,
  anyDifficulty,
  axesOf,
  boxTable,
  Difficulty,
  MIXED,
  nameOf,
  needsRadio,
  radioTable,
} from './difficulty.ts';
import { COUNTRIES } from './numbering.ts';
import { NETWORK, type NetworkValues, POPULATION, type PopulationValues } from './parameters.ts';
import {
  INTERFACES,
  type InterfaceName,
  RADIO,
  type RadioValues,
  SS7,
  type Ss7Values,
  VISIBILITY,
} from './ss7/parameters.ts';

type Table = Record<string, { schema: z.ZodType; words: string; draw: (random: Random) => unknown }>;
type Optional<T extends Table> = { [K in keyof T]: z.ZodOptional<T[K]['schema']> };

/** An object schema of parameters that may each be left out. */
function parameters<T extends Table>(table: T) {
  const shape = Object.fromEntries(
    Object.entries(table).map(([name, { schema, words }]) => [name, schema.optional().describe(words)]),
  );
  return z.strictObject(shape as Optional<T>);
}

const gateway = parameters(GATEWAY).extend({
  radio: parameters(RADIO)
    .optional()
    .describe('What its radio side does, where the interfaces or what it hides show one.'),
  difficulty: Difficulty.optional().describe("What the box hides: see the scenario's difficulty."),
});

/**
 * What to simulate. Everything that is left out under `network`, `population` and a gateway is drawn for the run from a wide
 * range, from `seed`; `scenario.yaml` beside the captures says what was drawn, and gives the same bytes again.
 */
export const Scenario = z.strictObject({
  seed: z.int().min(0).default(1).describe('Every random number comes from it: same scenario, same bytes.'),
  subscribers: z.int().min(1).max(2_000_000).default(1000).describe('Ordinary lines.'),
  gateways: z
    .union([z.int().min(0).max(10_000), z.array(gateway)])
    .default(2)
    .describe('How many boxes, or a list of them with their parameters.'),
  everyGateway: gateway.default({}).describe('Parameters of every box that does not say its own.'),
  difficulty: z
    .string()
    .refine((text) => text === 'mixed' || text === 'any' || axesOf(text) !== null, {
      error: `expected mixed, any, naive, all, or some of ${Object.keys(AXES).join(', ')} with + between`,
    })
    .default('mixed')
    .describe(
      'What the boxes hide: naive nothing; axes with + between; all those that go together; mixed: each box its own, of imei and traffic; any: each box its own, of all.',
    ),
  hours: z.number().positive().max(1440).default(24).describe('Length of the captures.'),
  start: z.iso
    .datetime({ error: 'expected a time in ISO 8601 UTC, for instance 2024-03-05T00:00:00Z' })
    .default('2024-03-05T00:00:00Z')
    .describe('Time of the beginning.'),
  timeZoneOffset: z
    .string()
    .regex(/^[+-]\d\d:\d\d$/, 'expected an offset from UTC, for instance +08:00')
    .optional()
    .describe("Local time from UTC; the country's where left out."),
  country: z
    .enum(COUNTRIES.flatMap(({ iso, code }) => [iso, code]))
    .transform((given) => COUNTRIES.find(({ iso }) => iso === given)?.code ?? given)
    .optional()
    .describe('Country code of the own network; drawn where left out.'),
  mcc: z
    .string()
    .regex(/^\d{3}$/, 'expected three digits')
    .optional()
    .describe("Mobile country code; the country's where left out."),
  mnc: z
    .string()
    .regex(/^\d{2,3}$/, 'expected two or three digits')
    .optional()
    .describe('Mobile network code.'),
  files: z.int().min(1).max(10_000).default(1).describe('Captures, each of the same span of time.'),
  megabytes: z
    .number()
    .positive()
    .optional()
    .describe('Plain ordinary calls in place of the population, until the captures have this size: for speed tests.'),
  interfaces: z
    .array(z.enum(INTERFACES))
    .min(1)
    .default(['sip'])
    .describe('Probes: sip (access and trunks), a (BSSAP), map, cap, isup; a capture of each.'),
  visibility: z
    .strictObject(VISIBILITY)
    .optional()
    .describe('What of all this the captures show; everything where left out. The truth says what was simulated.'),
  network: parameters(NETWORK).default({}).describe('The network and the place of the tap.'),
  ss7: parameters(SS7).default({}).describe('The circuit-switched network, where a probe is not sip.'),
  population: parameters(POPULATION).default({}).describe('The people, and the shares of hard negatives.'),
});
export type Scenario = z.infer<typeof Scenario>;

/** A box in which nothing is left to draw. */
export type DrawnGateway = GatewayValues & { radio?: RadioValues };

/** A scenario in which nothing is left to draw. */
export interface DrawnScenario extends Omit<Scenario, 'gateways' | 'everyGateway' | 'network' | 'population' | 'ss7'> {
  gateways: DrawnGateway[];
  ss7: Ss7Values;
  network: NetworkValues;
  population: PopulationValues;
  timeZoneOffset: string;
  country: string;
  mcc: string;
  mnc: string;
}

/**
 * Reads a scenario in YAML; an empty text is the scenario of all defaults.
 *
 * @param over keys that win over the text
 * @throws UserError that names the key and what was expected there
 */
export function parseScenario(text: string, over: Readonly<Record<string, unknown>> = {}): Scenario {
  let value: unknown;
  try {
    value = parse(text) ?? {};
  } catch (error) {
    throw new UserError(`scenario: not YAML: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
  }
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new UserError('scenario: the file: expected keys and values');
  }
  const result = Scenario.safeParse({ ...value, ...over });
  if (!result.success) throw new UserError(`scenario: ${wording(result.error.issues[0]!)}`);
  refuseContradictions(result.data);
  return result.data;
}

function refuseContradictions(scenario: Scenario): void {
  const { megabytes, interfaces, visibility } = scenario;
  if (megabytes !== undefined && (!isSipAlone(scenario) || visibility !== undefined))
    throw new UserError('scenario: megabytes: plain calls are of SIP alone, and all of them are seen');
  const unknown = visibility?.interfaces?.find((name) => !interfaces.includes(name));
  if (unknown !== undefined)
    throw new UserError(
      `scenario: visibility.interfaces: ${unknown} is none of the interfaces ${interfaces.join(', ')}`,
    );
}

/** The scenario as YAML that {@link parseScenario} reads back. */
export function scenarioText(scenario: DrawnScenario): string {
  const { interfaces, ss7, ...rest } = scenario;
  return stringify(isSipAlone(scenario) ? rest : { ...rest, interfaces, ss7 });
}

/** Interfaces whose captures are written. */
export function shownInterfaces({
  interfaces,
  visibility,
}: Pick<Scenario, 'interfaces' | 'visibility'>): InterfaceName[] {
  return interfaces.filter((name) => visibility?.interfaces?.includes(name) ?? true);
}

/** Whether there is no probe on the circuit-switched network. */
export function isSipAlone({ interfaces }: Pick<Scenario, 'interfaces'>): boolean {
  return interfaces.every((name) => name === 'sip');
}

/** Draws what the scenario leaves open. Each parameter has a random sequence of its own, so setting one moves no other. */
export function drawScenario(scenario: Scenario): DrawnScenario {
  const { gateways, everyGateway, network, population, ss7, ...rest } = scenario;
  const random = new Random(scenario.seed, 'country');
  const country = COUNTRIES.find(({ code }) => code === scenario.country) ?? random.pick(COUNTRIES);
  const boxes: z.infer<typeof gateway>[] = Array.isArray(gateways)
    ? gateways
    : Array.from({ length: gateways }, () => ({}));
  return {
    ...rest,
    country: country.code,
    mcc: scenario.mcc ?? country.mcc,
    mnc: scenario.mnc ?? new Random(scenario.seed, 'mnc').pick(country.mncs),
    timeZoneOffset: scenario.timeZoneOffset ?? offsetText(country.offsetMinutes),
    network: fill(NETWORK, network, scenario.seed, 'network') as NetworkValues,
    ss7: fill(SS7, ss7, scenario.seed, 'ss7') as Ss7Values,
    population: fill(POPULATION, population, scenario.seed, 'population') as PopulationValues,
    gateways: boxes.map((box, index) =>
      drawGateway(
        everyGateway.radio || box.radio
          ? { ...everyGateway, ...box, radio: { ...everyGateway.radio, ...box.radio } }
          : { ...everyGateway, ...box },
        scenario,
        `gateway ${index}`,
      ),
    ),
  };
}

function drawGateway(said: z.infer<typeof gateway>, scenario: Scenario, stream: string): DrawnGateway {
  const { seed } = scenario;
  const difficulty = nameOf(said.difficulty ?? difficultyOf(scenario, stream));
  const axes = axesOf(difficulty)!;
  const shown = fill(boxTable(axes), said, seed, stream) as Omit<GatewayValues, 'difficulty'>;
  if (isSipAlone(scenario) && !needsRadio(axes) && said.radio === undefined) return { difficulty, ...shown };
  const radio = fill(radioTable(axes), said.radio ?? {}, seed, `${stream}/radio`) as RadioValues;
  return { difficulty, ...shown, radio };
}

function difficultyOf({ difficulty, seed }: Scenario, stream: string): string {
  const random = new Random(seed, `${stream}/difficulty`);
  return difficulty === 'mixed' ? random.pick(MIXED) : difficulty === 'any' ? anyDifficulty(random) : difficulty;
}

function fill(table: Table, said: Record<string, unknown>, seed: number, stream: string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(table).map(([name, { draw }]) => [name, said[name] ?? draw(new Random(seed, `${stream}/${name}`))]),
  );
}

function offsetText(minutes: number): string {
  const of = Math.abs(minutes);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(of / 60))}:${two(of % 60)}`;
}

/** Local time from UTC, seconds. */
export function offsetSeconds(text: string): number {
  const [hours, minutes] = text.slice(1).split(':').map(Number);
  return (text.startsWith('-') ? -1 : 1) * (hours! * 3600 + minutes! * 60);
}

/** One issue in words: the key, and what was expected. */
function wording(issue: z.core.$ZodIssue): string {
  const where = issue.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  const key = where.replace(/^\./, '');
  if (issue.code === 'unrecognized_keys') {
    const name = [...(key === '' ? [] : [key]), issue.keys[0]].join('.');
    return `${name}: no such key`;
  }
  if (issue.code === 'invalid_union') {
    const deeper = issue.errors.flat().find((inner) => inner.path.length > 0);
    if (deeper) return wording({ ...deeper, path: [...issue.path, ...deeper.path] });
    return `${key}: expected ${key === 'gateways' ? 'a whole number or a list' : 'another kind of value'}`;
  }
  if (issue.code === 'invalid_value') return `${key}: expected one of ${issue.values.join(', ')}`;
  return `${key === '' ? 'the file' : key}: ${issue.message.replace(/^Invalid input: |^Too (small|big): /, '')}`;
}

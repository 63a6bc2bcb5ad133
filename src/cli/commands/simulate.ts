import { readFileSync } from 'node:fs';
import type { CommandModule } from 'yargs';
import { troubleOf, UserError } from '../../base/errors.ts';
import { GATEWAY } from '../../simulate/box-parameters.ts';
import { AXES } from '../../simulate/difficulty.ts';
import { NETWORK, POPULATION } from '../../simulate/parameters.ts';
import { isSipAlone, parseScenario, Scenario } from '../../simulate/scenario.ts';
import { simulate } from '../../simulate/simulate.ts';
import { RADIO, SS7, VISIBILITY } from '../../simulate/ss7/parameters.ts';
import { count, say, size } from '../report.ts';
import { folderSink, simulateInto } from '../simulated-store.ts';
import { Sink } from '../sink.ts';

/** Keys of a scenario that are options too. */
const KEYS = [
  'seed',
  'subscribers',
  'gateways',
  'difficulty',
  'hours',
  'start',
  'country',
  'files',
  'megabytes',
  'interfaces',
] as const;

interface Arguments extends Record<Exclude<(typeof KEYS)[number], 'interfaces'>, unknown> {
  interfaces?: string | undefined;
  out?: string | undefined;
  store?: string | undefined;
  scenario?: string | undefined;
  describe: boolean;
}

export const simulateCommand: CommandModule<object, Arguments> = {
  command: 'simulate',
  describe: 'Captures with known truth: a network with subscribers and gateways, on SIP and SS7 interfaces',
  builder: (yargs) =>
    yargs
      .option('out', { describe: 'Folder for captures, labels.csv, truth.ndjson and scenario.yaml', type: 'string' })
      .option('scenario', { describe: 'Scenario file, YAML; options below win over it', type: 'string' })
      .option('store', {
        describe: 'Put what the captures show into a store, each probe a feed of it, and keep no captures',
        type: 'string',
      })
      .option('describe', {
        describe: 'Print every key of a scenario and what it means',
        type: 'boolean',
        default: false,
      })
      .option('seed', {
        type: 'number',
        describe: 'Every random number comes from it: same scenario, same bytes',
        group: 'Scenario:',
      })
      .option('subscribers', { type: 'number', describe: 'Ordinary lines', group: 'Scenario:' })
      .option('gateways', { type: 'number', describe: 'Boxes', group: 'Scenario:' })
      .option('difficulty', {
        type: 'string',
        describe: 'What the boxes hide: naive, axes with + between, all, mixed, any',
        group: 'Scenario:',
      })
      .option('hours', { type: 'number', describe: 'Length of the captures', group: 'Scenario:' })
      .option('start', { type: 'string', describe: 'Time of the beginning, ISO 8601', group: 'Scenario:' })
      .option('country', {
        type: 'string',
        describe: 'Country of the own network, for instance CN',
        group: 'Scenario:',
      })
      .option('files', { type: 'number', describe: 'Captures', group: 'Scenario:' })
      .option('megabytes', {
        type: 'number',
        describe: 'Plain calls of this size instead of a population',
        group: 'Scenario:',
      })
      .option('interfaces', {
        type: 'string',
        describe: 'Probes, with commas between: sip, a, map, cap, isup',
        group: 'Scenario:',
      })
      .example('$0 simulate --out sim --interfaces sip,a,map,cap,isup', 'the same subscribers as five probes see them')
      .example('$0 simulate --out sim --seed 7 --gateways 3', 'a day of a thousand subscribers and three boxes')
      .example(
        '$0 simulate --out sim --interfaces a,cap --difficulty bank+texts',
        'SIM banks that mimic short messages',
      )
      .example(
        '$0 simulate --out truth --store lake --subscribers 100000',
        'a city of lines as events, without captures',
      )
      .example('$0 simulate --describe', 'what a scenario can say') as never,
  handler: simulateHandler,
};

async function simulateHandler(args: Arguments): Promise<void> {
  if (args.describe) {
    describe();
    return;
  }
  if (args.out === undefined) throw new UserError('simulate: name a folder with --out, or --describe');
  const scenario = scenarioOf(args);
  const { out, store } = args;
  const summary =
    store === undefined
      ? await simulate(scenario, folderSink(out, scenario))
      : await simulateInto(store, out, scenario);
  say(
    `${out}: ${count(summary.messages, isSipAlone(scenario) ? 'SIP message' : 'message')} in ${size(summary.bytes)}, ${count(summary.calls, 'call')}, ${count(summary.lines, 'line')} of which ${summary.gatewayLines} in gateways`,
  );
}

function scenarioOf(args: Arguments): Scenario {
  let text = '';
  if (args.scenario !== undefined) {
    try {
      text = readFileSync(args.scenario, 'utf8');
    } catch (error) {
      throw new UserError(`scenario ${args.scenario}: ${troubleOf(error)}`);
    }
  }
  const given = Object.fromEntries(KEYS.filter((key) => args[key] !== undefined).map((key) => [key, args[key]]));
  const { interfaces } = args;
  return parseScenario(text, interfaces === undefined ? given : { ...given, interfaces: interfaces.split(',') });
}

function describe(): void {
  const sink = new Sink(null);
  for (const [key, schema] of Object.entries(Scenario.shape)) sink.write(`${key}: ${schema.description ?? ''}\n`);
  sink.write('\naxes of a difficulty\n');
  for (const [axis, words] of Object.entries(AXES)) sink.write(`  ${axis}: ${words}\n`);
  for (const [name, table] of Object.entries({
    network: NETWORK,
    population: POPULATION,
    ss7: SS7,
    'gateways[] and everyGateway': GATEWAY,
    'gateways[].radio': RADIO,
  })) {
    sink.write(`\n${name}\n`);
    for (const [key, { words }] of Object.entries(table)) sink.write(`  ${key}: ${words}\n`);
  }
  sink.write('\nvisibility\n');
  for (const [key, schema] of Object.entries(VISIBILITY)) sink.write(`  ${key}: ${schema.description ?? ''}\n`);
  sink.end();
}

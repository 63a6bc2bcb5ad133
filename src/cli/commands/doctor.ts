import { fileURLToPath } from 'node:url';
import pc from 'picocolors';
import type { CommandModule } from 'yargs';
import { systemClock } from '../../delivery/clock.ts';
import { defaultConfig, type ProbeConfig, readConfig } from '../../probe/config.ts';
import { type Check, examine } from '../../probe/doctor.ts';
import { keyOption } from '../options.ts';
import { Sink } from '../sink.ts';

interface Arguments {
  config?: string | undefined;
  store?: string | undefined;
  folder?: string | undefined;
  pseudonymKey?: string | undefined;
}

/** The sample that comes with the program. */
const SAMPLE = fileURLToPath(new URL('../../../captures/sample.pcap.gz', import.meta.url));

export const doctorCommand: CommandModule<object, Arguments> = {
  command: 'doctor',
  describe: 'Check an installation: configuration, rights, disk, clock, model, a test decode',
  builder: (yargs) =>
    keyOption(yargs)
      .option('config', { describe: 'Configuration file of catpool watch', type: 'string' })
      .option('store', { describe: 'Folder of the store', type: 'string' })
      .option('folder', { describe: 'Folder that captures are written to', type: 'string' })
      .example('$0 doctor --config probe.yaml', 'a line for each check; exit 1 where one fails') as never,
  handler: doctorHandler,
};

async function doctorHandler(args: Arguments): Promise<void> {
  let config: ProbeConfig | null = null;
  let complaint: string | null = null;
  try {
    config = args.config === undefined ? defaultConfig() : readConfig(args.config);
    if (args.config === undefined) complaint = 'none given: looks at what holds without one';
  } catch (error) {
    complaint = (error as Error).message;
  }
  const checks = await examine({
    config,
    complaint,
    folder: args.folder ?? config?.folder,
    store: args.store ?? config?.store,
    pseudonymKey: args.pseudonymKey,
    sample: SAMPLE,
    clock: systemClock,
    environment: process.env,
    node: process.versions.node,
  });
  const sink = new Sink(null);
  for (const check of checks) sink.write(`${stateText(check)}  ${check.what.padEnd(10)}  ${check.words}\n`);
  sink.end();
  if (checks.some(({ state }) => state === 'fail')) process.exitCode = 1;
}

function stateText({ state }: Check): string {
  const text = state.padEnd(4);
  if (!process.stdout.isTTY || state === 'ok') return text;
  return state === 'fail' ? pc.red(text) : pc.yellow(text);
}

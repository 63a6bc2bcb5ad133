import { existsSync, readdirSync } from 'node:fs';
import { setPriority } from 'node:os';
import pino from 'pino';
import type { CommandModule } from 'yargs';
import { UserError } from '../../base/errors.ts';
import { systemClock } from '../../delivery/clock.ts';
import { complaint } from '../../delivery/config.ts';
import { readReferences } from '../../features/references/references.ts';
import { configSchema, defaultConfig, hostPort, type ProbeConfig, readConfig } from '../../probe/config.ts';
import { referencesOf } from '../../probe/held.ts';
import { MetricsServer } from '../../probe/metrics-server.ts';
import { Probe } from '../../probe/probe.ts';
import { openLog } from '../log.ts';
import { keyOption } from '../options.ts';

interface Arguments {
  folder?: string | undefined;
  store?: string | undefined;
  config?: string | undefined;
  once: boolean;
  settle?: string | undefined;
  schedule?: string | undefined;
  feed?: string | undefined;
  metrics?: string | undefined;
  hep?: string[] | undefined;
  pseudonymKey?: string | undefined;
}

export const watchCommand: CommandModule<object, Arguments> = {
  command: 'watch [folder]',
  describe: 'Scheduled scans on a probe: takes finished captures into a store, scores, tells what is new',
  builder: (yargs) =>
    keyOption(yargs)
      .positional('folder', { describe: 'Folder that captures are written to, or - for a pipe', type: 'string' })
      .option('store', { describe: 'Folder of the store', type: 'string' })
      .option('config', { describe: 'Configuration file (YAML)', type: 'string' })
      .option('once', { describe: 'Take what is complete, score, and end', type: 'boolean', default: false })
      .option('settle', {
        describe: 'A file that has not changed for so long is complete',
        type: 'string',
        defaultDescription: '30s',
      })
      .option('schedule', {
        describe: 'When to score: cron expression, or interval such as 10m',
        type: 'string',
        defaultDescription: '*/10 * * * *',
      })
      .option('feed', { describe: 'Name of this probe', type: 'string', defaultDescription: 'local' })
      .option('hep', {
        describe: 'Take HEP version 3 from capture agents, for instance udp:9060',
        type: 'string',
        array: true,
        nargs: 1,
      })
      .option('metrics', { describe: 'Where /metrics and /health answer, for instance 127.0.0.1:9464', type: 'string' })
      .example('$0 watch spool/ --store lake/', 'takes captures of dumpcap -b or tcpdump -G as they are finished')
      .example('$0 watch spool/ --store lake/ --once', 'for cron and timers')
      .example('tcpdump -i eth1 -w - | $0 watch - --store lake/', 'from a pipe, until it ends')
      .example('$0 watch --hep udp:9060 --store lake/', 'from agents of Homer')
      .example('$0 watch --config probe.yaml', 'all of it from a file; SIGHUP reads it again')
      .epilogue('SIGTERM ends it, SIGHUP reads the configuration again, SIGUSR1 logs its status.') as never,
  handler: watchHandler,
};

async function watchHandler(args: Arguments): Promise<void> {
  const config = configOf(args);
  const pipe = args.folder === '-';
  const { folder = null, store } = config;
  const isLive = pipe || config.live.hep.length > 0;
  if (folder === null && !isLive) throw new UserError('watch: name a folder, in the configuration or here, or --hep');
  if (isLive && args.once) throw new UserError('watch: --once takes files alone: no pipe and no HEP');
  if (store === undefined) throw new UserError('watch: give --store, or store in the configuration');
  // A wrong file is told at once, not at the first scoring.
  await readReferences(referencesOf(config), config.home_country);
  const log = openLog(config.log_level, { feed: config.feed }, pino.destination({ dest: 2, sync: true }));
  prioritise(config.nice, log);
  const probe = new Probe({
    folder,
    pipe,
    store,
    pseudonymKey: args.pseudonymKey,
    config,
    clock: systemClock,
    log,
    environment: process.env,
    onConfig: ({ log_level, nice }) => {
      log.level = log_level;
      prioritise(nice, log);
    },
  });
  const stop = () => probe.stop();
  const reload = () => probe.reload(() => configOf(args));
  const status = () => log.info({ status: statusOf(probe) }, 'status');
  process.on('SIGTERM', stop).on('SIGINT', stop).on('SIGHUP', reload).on('SIGUSR1', status);
  const metrics = config.metrics === undefined || args.once ? null : new MetricsServer(() => probe.status());
  try {
    const at = await metrics?.listen(hostPort(config.metrics!)!);
    if (at !== undefined) log.info(at, 'metrics answer');
    await (args.once ? probe.once() : probe.run());
  } finally {
    await metrics?.close();
    process.off('SIGTERM', stop).off('SIGINT', stop).off('SIGHUP', reload).off('SIGUSR1', status);
    log.flush();
  }
}

/** The configuration with what the command line says in its place. */
function configOf({ config, folder, store, settle, schedule, feed, metrics, hep }: Arguments): ProbeConfig {
  const base = config === undefined ? defaultConfig() : readConfig(config);
  const named = { folder: folder === '-' ? undefined : folder, store, settle, schedule, feed, metrics };
  const given = Object.entries(named).filter(([, value]) => value !== undefined);
  const live = hep === undefined ? base.live : { ...base.live, hep };
  const parsed = configSchema.safeParse({ ...base, live, ...Object.fromEntries(given) });
  if (parsed.success) return parsed.data;
  throw new UserError(parsed.error.issues.map((issue) => `--${complaint(issue.path, issue)}`).join('; '));
}

/** Sets the priority of all threads: on Linux each has its own, which those that it starts take over. */
function prioritise(nice: number, log: pino.Logger): void {
  const threads = '/proc/self/task';
  try {
    for (const thread of existsSync(threads) ? readdirSync(threads) : ['0']) setPriority(Number(thread), nice);
  } catch (error) {
    // Only root may take a nice back, of this program's configuration or of who started it.
    log.warn({ nice, error: (error as Error).message }, 'the priority stays as it was');
  }
}

function statusOf(probe: Probe): Record<string, unknown> {
  const { counters, ...status } = probe.status();
  return { ...status, ...counters.toJSON() };
}

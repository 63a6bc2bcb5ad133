import { readFileSync } from 'node:fs';
import pino from 'pino';
import { parse } from 'yaml';
import type { CommandModule } from 'yargs';
import { troubleOf, UserError } from '../../base/errors.ts';
import { systemClock } from '../../delivery/clock.ts';
import { readDelivery } from '../../delivery/config.ts';
import { buildApp } from '../../review/server/app.ts';
import { Desk } from '../../review/server/desk.ts';
import { type NoticesOptions, untaken } from '../../review/server/notices.ts';
import { readSubscribers } from '../../store/cases/subscribers.ts';
import { homeOfStore } from '../../store/feed-state.ts';
import { deskFolder } from '../desk.ts';
import { openLog } from '../log.ts';
import { durationOf, keyOption, type ReferenceArguments, referenceOptions, referencePathsOf } from '../options.ts';
import { say, warn } from '../report.ts';

interface Arguments extends ReferenceArguments {
  store: string;
  desk?: string | undefined;
  port: number;
  host: string;
  name?: string[] | undefined;
  tlsCert?: string | undefined;
  tlsKey?: string | undefined;
  proxyHeader?: string | undefined;
  proxySecret?: string | undefined;
  captures?: string[] | undefined;
  homeCountry?: string | undefined;
  timeZone?: string | undefined;
  pseudonymKey?: string | undefined;
  window: string;
  largest: number;
  log?: string | undefined;
  delivery?: string | undefined;
}

export const reviewCommand: CommandModule<object, Arguments> = {
  command: 'review',
  describe: 'The web desk on a store: a queue of suspected lines, why, and what is done about them',
  builder: (yargs) =>
    keyOption(referenceOptions(yargs))
      .option('store', {
        describe: 'Store with events and verdicts',
        type: 'string',
        demandOption: true,
        group: 'Input:',
      })
      .option('desk', {
        describe: "Folder of the desk's own state, on a disk of this machine",
        type: 'string',
        defaultDescription: 'beside the store: STORE-desk',
        group: 'Input:',
      })
      .option('captures', {
        describe: 'Folder to look in for original captures that were moved',
        type: 'string',
        array: true,
        nargs: 1,
        group: 'Input:',
      })
      .option('home-country', { describe: 'Of captures brought in through the page', type: 'string', group: 'Input:' })
      .option('time-zone', { describe: 'Local time, for instance Asia/Shanghai', type: 'string', group: 'Input:' })
      .option('window', {
        describe: 'Time that features are taken over',
        type: 'string',
        default: '24h',
        group: 'Input:',
      })
      .option('port', { describe: 'Port to listen on', type: 'number', default: 8470, group: 'Server:' })
      .option('host', { describe: 'Address to listen on', type: 'string', default: '127.0.0.1', group: 'Server:' })
      .option('name', {
        describe: 'Name that browsers call the desk by, besides localhost; others are refused',
        type: 'string',
        array: true,
        nargs: 1,
        group: 'Server:',
      })
      .option('tls-cert', { describe: 'Certificate, PEM', type: 'string', group: 'Server:' })
      .option('tls-key', { describe: 'Its key, PEM', type: 'string', group: 'Server:' })
      .option('proxy-header', {
        describe: 'Header in which a trusted proxy names the user',
        type: 'string',
        group: 'Server:',
      })
      .option('proxy-secret', {
        describe: 'File with the secret that this proxy sends as x-catpool-proxy',
        type: 'string',
        group: 'Server:',
      })
      .option('largest', {
        describe: 'Largest capture to bring in, MB',
        type: 'number',
        default: 4096,
        group: 'Server:',
      })
      .option('delivery', {
        describe: 'YAML file with `delivery`: who gets orders, leads, victims and alerts',
        type: 'string',
        group: 'Server:',
      })
      .option('log', { describe: 'File for the log of requests, JSON', type: 'string', group: 'Server:' })
      .example('$0 review --store lake/', 'prints the address; the first time it makes the first user')
      .example(
        '$0 review --store lake/ --cells cells.csv --tac-db tac.csv',
        'with gateways on a map, and devices by name',
      )
      .example(
        '$0 review --store lake/ --pseudonym-key lake.key',
        'on a pseudonymous store: the desk has the numbers behind its pseudonyms, on its own disk',
      )
      .example(
        '$0 review --store lake/ --host 0.0.0.0 --name desk.example.org --tls-cert cert.pem --tls-key key.pem',
        'for other machines, over TLS',
      ) as never,
  handler: review,
};

async function review(args: Arguments): Promise<void> {
  if (!Number.isInteger(args.port) || args.port < 0 || args.port > 65_535)
    throw new UserError('--port: expected a number from 0 to 65535');
  const tls = tlsOf(args);
  const proxy = proxyOf(args);
  const isLoopback = ['127.0.0.1', '::1', 'localhost'].includes(args.host);
  if (!isLoopback && tls === null && proxy === null)
    throw new UserError(
      `--host ${args.host}: passwords would go over the network in the clear; give --tls-cert and --tls-key`,
    );
  const desk = await Desk.open({
    store: args.store,
    folder: deskFolder(args),
    now: Date.now,
    captures: args.captures ?? [],
    homeCountry: args.homeCountry ?? homeOfStore(args.store) ?? null,
    timeZone: args.timeZone ?? null,
    window: durationOf(args.window, '--window'),
    references: referencePathsOf(args),
    pseudonymKey: args.pseudonymKey,
    ...(args.delivery === undefined ? {} : { notices: noticesOf(args.delivery) }),
  });
  try {
    if (args.subscribers !== undefined) await readSubscribers(desk.database, args.subscribers, desk.plan);
    const { app, guard } = await buildApp(desk, {
      hosts: [...(args.name ?? []), ...(isLoopback || ['0.0.0.0', '::'].includes(args.host) ? [] : [args.host])],
      secure: tls !== null,
      proxy,
      tls,
      rates: { all: 1200, login: 20 },
      patience: 20_000,
      largest: args.largest * 1e6,
      logger:
        args.log === undefined
          ? null
          : openLog('info', {}, pino.destination({ dest: args.log, mode: 0o600, mkdir: false })),
    });
    const stopped = new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    });
    try {
      await app.listen({ host: args.host, port: args.port });
    } catch (error) {
      throw new UserError(`cannot listen on ${args.host} port ${args.port}: ${(error as Error).message}`);
    }
    const address = app.server.address();
    const port = typeof address === 'object' && address !== null ? address.port : args.port;
    const name = args.name?.[0] ?? (isLoopback ? 'localhost' : args.host);
    const token = guard.makeToken();
    process.stdout.write(
      `${tls === null ? 'http' : 'https'}://${name}:${port}/${token === null ? '' : `open?token=${token}`}\n`,
    );
    say(
      token === null
        ? 'Open this address in a browser. Ctrl-C ends.'
        : 'Open this address in a browser to make the first user: it does so once. Ctrl-C ends.',
    );
    desk.watch(warn);
    await stopped;
    desk.hub.close();
    await app.close();
  } finally {
    await desk.close();
  }
}

/** Says what nobody is to be given. @throws UserError, one line, where the file cannot be read or is wrong */
function noticesOf(path: string): NoticesOptions {
  let yaml: unknown;
  try {
    yaml = parse(fileOf(path).toString('utf8'));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${path}: not YAML: ${(error as Error).message.split('\n')[0]}`);
  }
  if (typeof yaml !== 'object' || yaml === null || !('delivery' in yaml))
    throw new UserError(`${path}: expected delivery, as in scripts/probe.yaml`);
  const config = readDelivery(yaml.delivery);
  const nobodys = untaken(config);
  if (nobodys.length > 0)
    say(`${path}: no sink takes ${nobodys.join(', ')}: one with mask: false whose documents name them does`);
  return { config, clock: systemClock, environment: process.env, report: warn };
}

function tlsOf({ tlsCert, tlsKey }: Arguments): { cert: Buffer; key: Buffer } | null {
  if (tlsCert === undefined && tlsKey === undefined) return null;
  if (tlsCert === undefined || tlsKey === undefined) throw new UserError('--tls-cert and --tls-key go together');
  return { cert: fileOf(tlsCert), key: fileOf(tlsKey) };
}

function proxyOf({ proxyHeader, proxySecret }: Arguments): { header: string; secret: string } | null {
  if (proxyHeader === undefined && proxySecret === undefined) return null;
  if (proxyHeader === undefined || proxySecret === undefined)
    throw new UserError('--proxy-header and --proxy-secret go together');
  const secret = fileOf(proxySecret).toString('utf8').trim();
  if (secret.length < 24) throw new UserError(`${proxySecret}: the secret needs 24 characters or more`);
  return { header: proxyHeader.toLowerCase(), secret };
}

function fileOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UserError(`${path}: ${troubleOf(error)}`);
  }
}

import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { rootCertificates } from 'node:tls';
import { UserError } from '../base/errors.ts';
import type { Clock } from './clock.ts';
import type { SecretPlace, SinkConfig } from './config.ts';
import { diskCalls, systemWords } from './files.ts';
import { jsonFile } from './json-file.ts';
import type { SinkSetup } from './lane.ts';
import { mail } from './mail.ts';
import type { Sink } from './sink.ts';
import { syslogStream, syslogUdp } from './syslog.ts';
import { webhook } from './webhook.ts';

/** What sinks need beside their configuration. */
export interface Surroundings {
  clock: Clock;
  /** Where secrets of `{ env: NAME }` are: `process.env`. */
  environment: Readonly<Record<string, string | undefined>>;
}

/** A shorter key could be tried out, bytes. */
const KEY_MIN = 16;
const SYSLOG_PORT = 514;
/** RFC 5425 §4.1. */
const SYSLOG_TLS_PORT = 6514;
/** RFC 6409 §3.1, RFC 8314 §3.3, RFC 5321 §4.5.4.2. */
const MAIL_PORTS = { starttls: 587, tls: 465, none: 25 } as const;

/**
 * The sinks of a configuration, ready to be given to `openOutbox`. Nothing is connected or written yet.
 *
 * @throws UserError where a secret or certificate cannot be read: it names the sink and the file or variable, never the secret
 */
export function openSinks(sinks: readonly SinkConfig[], surroundings: Surroundings): SinkSetup[] {
  return sinks.map((config) => ({
    name: config.name,
    sink: openSink(config, surroundings),
    masked: config.mask,
    kinds: new Set([...config.alerts, ...('documents' in config ? config.documents : [])]),
  }));
}

function openSink(config: SinkConfig, { clock, environment }: Surroundings): Sink {
  const { name } = config;
  switch (config.type) {
    case 'webhook': {
      const key = Buffer.from(secret(name, 'key', config.key, environment));
      if (key.length < KEY_MIN) throw new UserError(`sink ${name}: key: expected at least ${KEY_MIN} bytes`);
      return webhook({ url: config.url, key, ca: authorities(name, config.ca), clock });
    }
    case 'syslog': {
      const { transport, host, facility } = config;
      const options = { facility, hostname: hostname() };
      const port = config.port ?? (transport === 'tls' ? SYSLOG_TLS_PORT : SYSLOG_PORT);
      if (transport === 'udp') return syslogUdp(host, port, options);
      const tls = transport === 'tls' ? { ca: authorities(name, config.ca) } : null;
      return syslogStream({ host, port, tls }, options);
    }
    case 'mail': {
      const { host, security, user, password, from, to } = config;
      const login =
        user === undefined || password === undefined
          ? null
          : { user, password: secret(name, 'password', password, environment) };
      const port = config.port ?? MAIL_PORTS[security];
      return mail({ host, port, security, login, from, to, ca: authorities(name, config.ca) });
    }
    case 'file':
      return jsonFile(config.path, diskCalls);
  }
}

/** A secret, without the line feed that editors put at the end of a file. */
function secret(sink: string, key: string, place: SecretPlace, environment: Surroundings['environment']): string {
  const value = 'env' in place ? environment[place.env] : read(sink, key, place.file).replace(/\r?\n$/, '');
  if (value !== undefined && value !== '') return value;
  throw new UserError(
    `sink ${sink}: ${key}: ${'env' in place ? `environment variable ${place.env} is not set` : `${place.file} is empty`}`,
  );
}

/** The certificates of a file beside those that come with Node; undefined where none are named. */
function authorities(sink: string, path: string | undefined): string[] | undefined {
  if (path === undefined) return undefined;
  const pem = read(sink, 'ca', path);
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) {
    throw new UserError(`sink ${sink}: ca: ${path}: expected certificates in PEM`);
  }
  return [...rootCertificates, pem];
}

function read(sink: string, key: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError(`sink ${sink}: ${key}: cannot read ${path}: ${systemWords(error)}`);
  }
}

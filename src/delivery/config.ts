import { z } from 'zod';
import { UserError } from '../base/errors.ts';
import { ALERT_KINDS, type AlertKind } from './alert.ts';
import { DOCUMENT_KINDS } from './document.ts';

/** Says what was expected, whatever was found instead. */
const expected = (what: string) => ({ error: `expected ${what}` });
const text = (what: string) => z.string(expected(what)).regex(/^[^\p{Cc}]+$/u, expected(what));

const NAME = 'a name of letters, digits, - and _, at most 64';
const name = z.string(expected(NAME)).regex(/^[\w-]{1,64}$/, expected(NAME));

const HOST = 'the name or address of a host';
const host = z.string(expected(HOST)).regex(/^[\w.:-]{1,253}$/, expected(HOST));
const PORT = 'a port from 1 to 65535';
const port = z.int(expected(PORT)).min(1, expected(PORT)).max(65_535, expected(PORT));
const path = text('the path of a file').describe('Path of a file.');

const SECRET = '{ file: PATH } or { env: NAME }: a secret is never written here itself';
const VARIABLE = 'the name of an environment variable';
const secret = z.union(
  [
    z.strictObject({ file: path }),
    z.strictObject({ env: z.string(expected(VARIABLE)).regex(/^[A-Za-z_]\w*$/, expected(VARIABLE)) }),
  ],
  expected(SECRET),
);
/** Where a secret is to be found. */
export type SecretPlace = z.infer<typeof secret>;

const alertKinds = Object.keys(ALERT_KINDS) as [AlertKind, ...AlertKind[]];
const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, expected(`one of ${values.join(', ')}`));

const common = {
  name: name.describe('What was not delivered before a restart is delivered to the sink of this name.'),
  mask: z.boolean(expected('true or false')).default(true).describe('Star the numbers of subscribers in alerts.'),
  alerts: z
    .array(oneOf(alertKinds), expected('a list of kinds of alerts'))
    .default(alertKinds)
    .describe('Kinds of alerts it gets; all, where it is not said.'),
};
const documents = z
  .array(oneOf(DOCUMENT_KINDS), expected('a list of kinds of documents'))
  .default([])
  .describe('Kinds of documents of the desk it gets. They arrive as they are, so mask must be false.');

const URL_WORDS = 'an http:// or https:// address without user and password';
const webhook = z.strictObject({
  type: z.literal('webhook'),
  ...common,
  documents,
  url: z.string(expected(URL_WORDS)).refine(isWebAddress, expected(URL_WORDS)),
  key: secret.describe('Key of the HMAC-SHA256 in X-Catpool-Signature, at least 16 bytes.'),
  ca: path.optional().describe('Certificates (PEM) to trust beside those of the system.'),
});

const syslog = z.strictObject({
  type: z.literal('syslog'),
  ...common,
  transport: oneOf(['udp', 'tcp', 'tls']),
  host,
  port: port.optional().describe('514, or 6514 for tls, where it is not said.'),
  facility: z
    .int(expected('a facility of RFC 5424 from 0 to 23'))
    .min(0, expected('a facility of RFC 5424 from 0 to 23'))
    .max(23, expected('a facility of RFC 5424 from 0 to 23'))
    .default(16)
    .describe('RFC 5424 §6.2.1: 16 is local0.'),
  ca: path.optional().describe('Certificates (PEM) to trust beside those of the system; for tls.'),
});

const ADDRESS = 'a mail address';
const address = z.string(expected(ADDRESS)).regex(/^[^\s@<>,;:"\p{Cc}]+@[\w.-]+$/u, expected(ADDRESS));
const mail = z
  .strictObject({
    type: z.literal('mail'),
    ...common,
    documents,
    host,
    port: port.optional().describe('587 for starttls, 465 for tls, 25 for none, where it is not said.'),
    security: oneOf(['starttls', 'tls', 'none']).default('starttls'),
    user: text('a user name').optional(),
    password: secret.optional(),
    from: address,
    to: z.array(address, expected('a list of mail addresses')).min(1, expected('at least one mail address')),
    ca: path.optional().describe('Certificates (PEM) to trust beside those of the system.'),
  })
  .refine(({ user, password }) => (user === undefined) === (password === undefined), {
    path: ['password'],
    error: 'expected where there is a user, and only there',
  })
  .refine(({ user, security }) => user === undefined || security !== 'none', {
    path: ['security'],
    error: 'expected starttls or tls: a password is not sent in clear',
  });

const file = z.strictObject({
  type: z.literal('file'),
  ...common,
  documents,
  path: path.describe('File that lines of JSON are appended to.'),
});

const TYPES = 'one of webhook, syslog, mail, file';
const sink = z
  .discriminatedUnion('type', [webhook, syslog, mail, file], {
    error: ({ code }) =>
      code === 'invalid_union' ? `expected ${TYPES}` : 'expected a sink: type, name and what it needs',
  })
  .refine((it) => !('documents' in it) || it.documents.length === 0 || !it.mask, {
    path: ['mask'],
    error: 'expected false where documents are delivered: an order with starred numbers cannot be carried out',
  });
export type SinkConfig = z.infer<typeof sink>;

const DURATION = 'a duration such as 30m, 24h or 7d';
const SIZE = 'a size such as 64MB, at least 1MB';

/** The `delivery` part of a configuration: where alerts and documents go. */
export const deliverySchema = z.strictObject(
  {
    window: z
      .string(expected(DURATION))
      .regex(/^[1-9]\d{0,5}[smhd]$/, expected(DURATION))
      .default('24h')
      .describe('A subject is told once within it; what repeats is counted.'),
    max_size: z
      .string(expected(SIZE))
      .regex(/^[1-9]\d{0,4} ?[MG]B$/, expected(SIZE))
      .default('64MB')
      .describe('Largest size of what waits for receivers; beyond it the oldest are dropped.'),
    sinks: z
      .array(sink, expected('a list of sinks'))
      .default([])
      .refine(
        (sinks) => new Set(sinks.map((it) => it.name)).size === sinks.length,
        expected('a name of its own for each sink'),
      ),
  },
  expected('window, max_size and sinks'),
);
export type DeliveryConfig = z.infer<typeof deliverySchema>;

/**
 * Reads the `delivery` part of a configuration that is not part of a larger schema.
 *
 * @throws UserError, one line, that names every key that is wrong and what was expected
 */
export function readDelivery(value: unknown): DeliveryConfig {
  const parsed = deliverySchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new UserError(parsed.error.issues.map((issue) => complaint(['delivery', ...issue.path], issue)).join('; '));
}

/** One trouble of a configuration in words: `delivery.sinks[0].port: expected a port from 1 to 65535`. */
export function complaint(path: readonly PropertyKey[], issue: z.core.$ZodIssue): string {
  const key = path.reduce<string>(
    (before, part) =>
      typeof part === 'number' ? `${before}[${part}]` : before === '' ? String(part) : `${before}.${String(part)}`,
    '',
  );
  if (issue.code === 'unrecognized_keys') return `${key}: no key ${issue.keys.join(', ')} is known here`;
  return `${key}: ${issue.message}`;
}

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** Milliseconds of `24h`. */
export function windowOf(config: DeliveryConfig): number {
  const unit = config.window.slice(-1) as keyof typeof SECONDS;
  return Number(config.window.slice(0, -1)) * SECONDS[unit] * 1000;
}

/** Bytes of `64MB`. */
export function maxBytesOf(config: DeliveryConfig): number {
  return Number.parseInt(config.max_size, 10) * (config.max_size.endsWith('GB') ? 1e9 : 1e6);
}

function isWebAddress(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return /^https?:$/.test(protocol) && username === '' && password === '';
}

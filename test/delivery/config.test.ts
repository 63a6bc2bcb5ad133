import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { ALERT_KINDS } from '../../src/delivery/alert.ts';
import { systemClock } from '../../src/delivery/clock.ts';
import { deliverySchema, maxBytesOf, readDelivery, windowOf } from '../../src/delivery/config.ts';
import { openSinks } from '../../src/delivery/open-sinks.ts';

const EXAMPLE = `
window: 12h
max_size: 2GB
sinks:
  - type: webhook
    name: noc
    url: https://noc.example.com/catpool?team=fraud
    key: { env: CATPOOL_WEBHOOK_KEY }
    mask: false
    alerts: [new_suspect, new_gateway]
    documents: [removal]
  - type: syslog
    name: siem
    transport: tls
    host: siem.example.com
  - type: mail
    name: post
    host: mail.example.com
    user: catpool
    password: { env: CATPOOL_MAIL_PASSWORD }
    from: catpool@example.com
    to: [noc@example.com]
  - type: file
    name: log
    path: alerts.jsonl
`;

const WEBHOOK = { type: 'webhook', name: 'noc', url: 'https://noc.example.com/', key: { env: 'KEY' } };
const SYSLOG = { type: 'syslog', name: 'siem', transport: 'udp', host: 'siem.example.com' };
const MAIL = { type: 'mail', name: 'post', host: 'mail.example.com', from: 'a@example.com', to: ['b@example.com'] };
const FILE = { type: 'file', name: 'log', path: 'alerts.jsonl' };
const withSink = (sink: unknown) => ({ sinks: [sink] });

describe('the configuration of delivery', () => {
  it('is read, with what is not said filled in: numbers are masked, all alerts go everywhere, no documents', () => {
    const config = readDelivery(parse(EXAMPLE));
    expect(windowOf(config)).toBe(12 * 3_600_000);
    expect(maxBytesOf(config)).toBe(2e9);
    const [webhook, syslog, mail, file] = config.sinks;
    expect(webhook).toMatchObject({ mask: false, alerts: ['new_suspect', 'new_gateway'], documents: ['removal'] });
    expect(syslog).toMatchObject({ mask: true, alerts: Object.keys(ALERT_KINDS), facility: 16 });
    expect(mail).toMatchObject({ mask: true, security: 'starttls', documents: [] });
    expect(file).toMatchObject({ mask: true });
    const environment = { CATPOOL_WEBHOOK_KEY: 'sixteen bytes or more', CATPOOL_MAIL_PASSWORD: 'p' };
    const sinks = openSinks(config.sinks, { clock: systemClock, environment });
    expect(sinks.map(({ name, masked, kinds }) => [name, masked, kinds.size])).toEqual([
      ['noc', false, 3],
      ['siem', true, 7],
      ['post', true, 7],
      ['log', true, 7],
    ]);
  });

  it('that says nothing delivers nothing', () => {
    const config = readDelivery({});
    expect(config.sinks).toEqual([]);
    expect([windowOf(config), maxBytesOf(config)]).toEqual([24 * 3_600_000, 64e6]);
  });

  it.each([
    ['nothing', null, 'delivery: expected window, max_size and sinks'],
    ['a window', { window: 24 }, 'delivery.window: expected a duration such as 30m, 24h or 7d'],
    ['a size', { max_size: '12' }, 'delivery.max_size: expected a size such as 64MB, at least 1MB'],
    ['sinks', { sinks: {} }, 'delivery.sinks: expected a list of sinks'],
    ['an unknown key', { sink: [] }, 'delivery: no key sink is known here'],
    [
      'an unknown type',
      withSink({ ...FILE, type: 'pager' }),
      'delivery.sinks[0].type: expected one of webhook, syslog, mail, file',
    ],
    ['a sink', withSink('noc'), 'delivery.sinks[0]: expected a sink: type, name and what it needs'],
    ['no type', withSink({ name: 'x' }), 'delivery.sinks[0].type: expected one of webhook, syslog, mail, file'],
    ['an unknown key of a sink', withSink({ ...FILE, paht: 'x' }), 'delivery.sinks[0]: no key paht is known here'],
    [
      'a name',
      withSink({ ...FILE, name: 'a b' }),
      'delivery.sinks[0].name: expected a name of letters, digits, - and _, at most 64',
    ],
    ['no name', withSink({ ...FILE, name: undefined }), 'delivery.sinks[0].name: expected a name of letters'],
    [
      'one name twice',
      { sinks: [FILE, { ...SYSLOG, name: 'log' }] },
      'delivery.sinks: expected a name of its own for each sink',
    ],
    ['mask', withSink({ ...FILE, mask: 'no' }), 'delivery.sinks[0].mask: expected true or false'],
    [
      'an alert',
      withSink({ ...FILE, alerts: ['new_suspect', 'fire'] }),
      'delivery.sinks[0].alerts[1]: expected one of new_suspect, ',
    ],
    [
      'documents with starred numbers',
      withSink({ ...WEBHOOK, documents: ['removal'] }),
      'delivery.sinks[0].mask: expected false where documents are delivered',
    ],
    [
      'documents over syslog',
      withSink({ ...SYSLOG, documents: ['removal'] }),
      'delivery.sinks[0]: no key documents is known here',
    ],
    [
      'a url',
      withSink({ ...WEBHOOK, url: 'ftp://x/' }),
      'delivery.sinks[0].url: expected an http:// or https:// address',
    ],
    ['a password in a url', withSink({ ...WEBHOOK, url: 'https://u:p@x/' }), 'without user and password'],
    [
      'a key that is written there',
      withSink({ ...WEBHOOK, key: 'hunter2hunter2hunter2' }),
      'delivery.sinks[0].key: expected { file: PATH } or { env: NAME }: a secret is never written here itself',
    ],
    ['a variable', withSink({ ...WEBHOOK, key: { env: 'A B' } }), 'delivery.sinks[0].key'],
    [
      'a transport',
      withSink({ ...SYSLOG, transport: 'carrier' }),
      'delivery.sinks[0].transport: expected one of udp, tcp, tls',
    ],
    ['a host', withSink({ ...SYSLOG, host: 'a b' }), 'delivery.sinks[0].host: expected the name or address of a host'],
    ['a port', withSink({ ...SYSLOG, port: 70_000 }), 'delivery.sinks[0].port: expected a port from 1 to 65535'],
    ['a port as text', withSink({ ...SYSLOG, port: '514' }), 'delivery.sinks[0].port: expected a port from 1 to 65535'],
    [
      'a facility',
      withSink({ ...SYSLOG, facility: 24 }),
      'delivery.sinks[0].facility: expected a facility of RFC 5424 from 0 to 23',
    ],
    [
      'an address',
      withSink({ ...MAIL, to: ['b@example.com\nBcc: c@example.com'] }),
      'delivery.sinks[0].to[0]: expected a mail address',
    ],
    ['no address', withSink({ ...MAIL, to: [] }), 'delivery.sinks[0].to: expected at least one mail address'],
    [
      'a user without a password',
      withSink({ ...MAIL, user: 'u' }),
      'delivery.sinks[0].password: expected where there is a user, and only there',
    ],
    [
      'a password in clear',
      withSink({ ...MAIL, user: 'u', password: { env: 'P' }, security: 'none' }),
      'delivery.sinks[0].security: expected starttls or tls: a password is not sent in clear',
    ],
  ])('that is wrong in %s is refused in one line that names the key and what was expected', (_, value, words) => {
    let message = '';
    try {
      readDelivery(value);
    } catch (error) {
      message = (error as Error).message;
      expect((error as Error).name).toBe('UserError');
    }
    expect(message).toContain(words);
    expect(message).not.toContain('\n');
    expect(message).not.toContain('hunter2');
  });

  it('names everything that is wrong at once', () => {
    expect(() => readDelivery({ window: 1, sinks: [{ ...SYSLOG, port: 0, host: 7 }] })).toThrow(
      /^delivery\.window: .*; delivery\.sinks\[0\]\.host: .*; delivery\.sinks\[0\]\.port: [^;]*$/,
    );
  });

  it('can be published as JSON Schema', () => {
    expect(z.toJSONSchema(deliverySchema, { io: 'input' })).toMatchObject({
      properties: { window: { default: '24h' }, sinks: { items: { oneOf: expect.any(Array) } } },
    });
  });
});

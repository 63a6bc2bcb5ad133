import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { readDelivery } from '../../src/delivery/config.ts';
import { openSinks } from '../../src/delivery/open-sinks.ts';
import { HOUR, open, order, scratch, setup, suspect } from './bench.ts';
import { ManualClock } from './manual-clock.ts';
import { certificate, deadPort, listen } from './servers.ts';
import { type SmtpBehaviour, SmtpServer } from './smtp-server.ts';

const LOGIN = { user: 'catpool', password: 'p4ss word' };

function mailOutbox(port: number, more: object = { security: 'none' }) {
  const clock = new ManualClock();
  const config = {
    type: 'mail',
    name: 'post',
    host: 'localhost',
    port,
    from: 'catpool@example.com',
    to: ['noc@example.com'],
    ...more,
  };
  const { sinks } = readDelivery({ sinks: [config] });
  const { sink } = openSinks(sinks, { clock, environment: { PASSWORD: LOGIN.password } })[0]!;
  return { clock, ...open(scratch(), [setup(sink, { masked: true })], clock) };
}

async function serve(behaviour: SmtpBehaviour = {}) {
  const smtp = new SmtpServer(behaviour);
  return { smtp, port: await listen(smtp.server, 'localhost') };
}

/** Header and body of a mail with one part, its encoding undone (RFC 2045 §6, RFC 2047). */
function read(mail: string): { header: (name: string) => string | undefined; body: string } {
  const [head = '', ...rest] = mail.split('\r\n\r\n');
  const unfolded = head.replace(/\r\n[ \t]/g, ' ');
  const body = rest.join('\r\n\r\n');
  const encoding = /^Content-Transfer-Encoding: (.*)$/im.exec(unfolded)?.[1];
  return {
    header: (name) => new RegExp(`^${name}: (.*)$`, 'im').exec(unfolded)?.[1],
    body: encoding === 'base64' ? Buffer.from(body, 'base64').toString('utf8') : quoted(body),
  };
}

function quoted(text: string): string {
  const joined = text.replace(/=\r\n/g, '');
  return Buffer.from(
    joined.replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString('utf8');
}

describe('mail', () => {
  it('carries all alerts that wait in one letter, in both languages, with their ids and repeats', async () => {
    const { smtp, port } = await serve();
    const { outbox, clock } = mailOutbox(port);
    outbox.raise([suspect('8613800000001'), suspect('8613800000001', 1)]);
    await outbox.pump();
    await clock.advance(24 * HOUR);
    outbox.raise([suspect('8613800000001', 25), suspect('8613900000002')]);
    expect(await outbox.pump()).toBeNull();
    expect(smtp.recipients).toEqual(['noc@example.com', 'noc@example.com']);
    const [first, second] = smtp.mails.map(read);
    expect(first!.header('Subject')).toBe('[Catpool] Line 86138******01 is suspect (score .910): 14 IMEIs in 24 h');
    expect(first!.body).toContain('线路 86138******01 可疑（得分 .910）：24 小时内 14 个 IMEI');
    expect(second!.header('Subject')).toMatch(/^\[Catpool\] 2 messages: Line 86138/);
    expect(second!.body).toContain('Found 1 more times since 2026-03-01T00:00:00.000Z');
    const ids = second!.header('X-Catpool-Id')!.split(' ');
    expect(ids).toHaveLength(2);
    for (const id of ids) expect(second!.body).toContain(id);
    expect(outbox.status().sinks[0]).toMatchObject({ sent: 3, queued: 0 });
  });

  it('has no header and no line that a name put there', async () => {
    const { smtp, port } = await serve();
    const { outbox } = mailOutbox(port);
    outbox.raise([suspect('sip:x\r\nBcc: victim@example.com\r\n\r\n.\r\nMAIL FROM:<a@b>\r\n@example.com')]);
    expect(await outbox.pump()).toBeNull();
    expect(smtp.recipients).toEqual(['noc@example.com']);
    expect(smtp.mails).toHaveLength(1);
    expect(smtp.mails[0]).not.toMatch(/^(Bcc|MAIL)/im);
    expect(smtp.commands.filter((command) => command.startsWith('MAIL'))).toHaveLength(1);
  });

  it('brings a document as an attachment of JSON', async () => {
    const { smtp, port } = await serve();
    const { outbox } = mailOutbox(port);
    outbox.post(order('order-1'));
    expect(await outbox.pump()).toBeNull();
    const mail = smtp.mails[0]!;
    const part = /filename=removal-order-1\.json\r\n\r\n([A-Za-z0-9+/=\r\n]+)\r\n--/.exec(mail);
    expect(JSON.parse(Buffer.from(part![1]!, 'base64').toString('utf8'))).toMatchObject(order('order-1'));
  });

  it('goes encrypted only, with a login, where starttls or tls is asked for', async () => {
    const made = certificate('localhost');
    const login = { user: LOGIN.user, password: { env: 'PASSWORD' }, ca: made.path };
    for (const security of ['starttls', 'tls'] as const) {
      const { smtp, port } = await serve({ [security]: made, login: LOGIN });
      const { outbox } = mailOutbox(port, { security, ...login });
      outbox.raise([suspect('a')]);
      expect(await outbox.pump()).toBeNull();
      expect(smtp.mails).toHaveLength(1);
      expect(smtp.commands.filter((command) => /AUTH|MAIL/.test(command)).every((it) => it.startsWith('tls '))).toBe(
        true,
      );
    }
  });

  it.each([
    ['has no STARTTLS', {}, { security: 'starttls' }],
    ['is not trusted', { starttls: 'own' }, { security: 'starttls' }],
    ['is not trusted', { tls: 'own' }, { security: 'tls' }],
  ])('is not sent to a server that %s', async (_, behaviour: object, more) => {
    const made = Object.fromEntries(Object.keys(behaviour).map((key) => [key, certificate('localhost')]));
    const { smtp, port } = await serve(made);
    const { outbox } = mailOutbox(port, more);
    outbox.raise([suspect('a')]);
    expect(await outbox.pump()).toBeGreaterThan(0);
    expect(smtp.mails).toEqual([]);
    expect(smtp.commands.some((command) => /MAIL|AUTH/.test(command))).toBe(false);
    expect(outbox.status().sinks[0]).toMatchObject({ queued: 1, dead: 0 });
  });

  it.each([
    ['the recipient for good', { RCPT: '550 no such user' }, { dead: 1, queued: 0 }],
    ['the text for good', { '.': '554 spam' }, { dead: 1, queued: 0 }],
    ['the recipient for now', { RCPT: '450 greylisted' }, { dead: 0, queued: 1 }],
    ['the text for now', { '.': '451 try later' }, { dead: 0, queued: 1 }],
    ['to talk', { EHLO: '421 busy', HELO: '421 busy' }, { dead: 0, queued: 1 }],
  ])('that refuses %s', async (_, answers, expected) => {
    const { port } = await serve({ answers });
    const { outbox } = mailOutbox(port);
    outbox.raise([suspect('a')]);
    await outbox.pump();
    expect(outbox.status().sinks[0]).toMatchObject({ sent: 0, ...expected });
  });

  it('that one of two recipients cannot get goes to the other, and that is said once', async () => {
    const { smtp, port } = await serve({ answers: { 'RCPT TO:<gone@example.com>': '550 no such user' } });
    const { outbox, reports } = mailOutbox(port, { security: 'none', to: ['gone@example.com', 'noc@example.com'] });
    for (const line of ['a', 'b']) {
      outbox.raise([suspect(line)]);
      expect(await outbox.pump()).toBeNull();
    }
    expect(smtp.recipients).toEqual(['noc@example.com', 'noc@example.com']);
    expect(reports).toEqual(['delivery: noc: not to gone@example.com: the server refused']);
  });

  it('is tried again where the login is refused: the mail is not to blame; the password is in no word of it', async () => {
    const made = certificate('localhost');
    const { port } = await serve({ starttls: made, login: { user: LOGIN.user, password: 'other' } });
    const more = { security: 'starttls', user: LOGIN.user, password: { env: 'PASSWORD' }, ca: made.path };
    const { outbox, reports } = mailOutbox(port, more);
    outbox.raise([suspect('a')]);
    await outbox.pump();
    expect(outbox.status().sinks[0]).toMatchObject({ dead: 0, queued: 1, trouble: expect.stringMatching('535') });
    expect(reports.join()).not.toContain(LOGIN.password);
  });

  it('is given up where the server says nothing: the connection is ended', async () => {
    const { smtp, port } = await serve({ mute: true });
    const { outbox, clock } = mailOutbox(port);
    const connected = once(smtp.server, 'connection');
    outbox.raise([suspect('a')]);
    const pumped = outbox.pump();
    const [socket] = (await connected) as [Socket];
    const ended = new Promise((resolve) => socket.once('close', resolve));
    await clock.advance(30_000);
    await pumped;
    await ended;
    expect(outbox.status().sinks[0]).toMatchObject({ queued: 1, failed: 1 });
  });

  it('is tried again where nobody listens', async () => {
    const { outbox } = mailOutbox(await deadPort());
    outbox.raise([suspect('a')]);
    await outbox.pump();
    expect(outbox.status().sinks[0]).toMatchObject({ queued: 1, trouble: expect.stringMatching('ECONNREFUSED') });
  });
});

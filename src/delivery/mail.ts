import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { createTransport } from 'nodemailer';
import { printable } from './printable.ts';
import { failed, type Message, type Outcome, refused, SENT, type Sink } from './sink.ts';

export interface MailOptions {
  host: string;
  port: number;
  /** `starttls`: nothing is sent before the connection is encrypted. */
  security: 'starttls' | 'tls' | 'none';
  /** null: no login. */
  login: { user: string; password: string } | null;
  from: string;
  to: readonly string[];
  /** Certificates trusted, PEM; undefined: those of the system. */
  ca: string[] | undefined;
}

/** Messages of one mail. */
const BATCH = 50;
const SUBJECT_MAX = 150;
/** A server that says nothing for so long is gone, milliseconds. */
const SILENCE = 25_000;
/** What a server said of the mail itself, for which it will not take it (RFC 5321 §4.2.1): not of the login. */
const OF_THE_MAIL: ReadonlySet<string | undefined> = new Set(['EENVELOPE', 'EMESSAGE']);

/** One mail for all messages that wait, in English and Chinese; each with its id, documents as JSON attached. */
export function mail(options: MailOptions): Sink {
  return { batch: BATCH, send: (messages, signal) => submit(options, messages, signal) };
}

async function submit(options: MailOptions, messages: readonly Message[], signal: AbortSignal): Promise<Outcome> {
  const { host, port, security, login, ca } = options;
  let socket: Socket | undefined;
  const transport = createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    ...(login === null ? {} : { auth: { user: login.user, pass: login.password } }),
    tls: { minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) },
    greetingTimeout: SILENCE,
    socketTimeout: SILENCE,
    disableFileAccess: true,
    disableUrlAccess: true,
    // The socket is ours, so that giving up ends it.
    getSocket: (_, callback) => {
      socket = connect({ host, port, signal });
      const fail = (error: Error) => callback(error, false);
      socket.on('error', () => undefined);
      socket.once('error', fail);
      socket.once('connect', () => {
        socket?.off('error', fail);
        callback(null, { connection: socket });
      });
    },
  });
  const abort = () => socket?.destroy();
  signal.addEventListener('abort', abort, { once: true });
  try {
    const { rejected } = await transport.sendMail(letter(options, messages));
    return rejected.length === 0 ? SENT : { outcome: 'sent', but: `not to ${rejected.join(', ')}: the server refused` };
  } catch (error) {
    const { code, responseCode = 0, message } = error as Error & { code?: string; responseCode?: number };
    return OF_THE_MAIL.has(code) && responseCode >= 500 ? refused(message) : failed(message);
  } finally {
    signal.removeEventListener('abort', abort);
    transport.close();
    socket?.destroy();
  }
}

function letter({ from, to }: MailOptions, messages: readonly Message[]) {
  const [first] = messages;
  const ids = messages.map(({ id }) => id);
  const title = messages.length === 1 ? `${first?.text}` : `${messages.length} messages: ${first?.text}`;
  const digest = createHash('sha256').update(ids.join(' ')).digest('hex').slice(0, 32);
  return {
    from,
    to: [...to],
    subject: printable(`[Catpool] ${title}`, SUBJECT_MAX),
    messageId: `<${digest}@${from.slice(from.lastIndexOf('@') + 1)}>`,
    headers: { 'X-Catpool-Id': ids.join(' '), 'Auto-Submitted': 'auto-generated' },
    text: messages.map(paragraph).join('\n\n'),
    attachments: messages
      .filter((message) => message.schema === 'catpool.document/1')
      .map((message) => ({
        filename: `${message.kind}-${message.id.replace(/[^\w.-]/g, '_')}.json`,
        content: JSON.stringify(message, null, 2),
        contentType: 'application/json',
      })),
  };
}

function paragraph(message: Message): string {
  const lines = [message.text, message.text_zh, `${message.kind} · ${message.subject} · ${message.probe}`];
  if (message.schema === 'catpool.alert/1') {
    lines.push(`${message.time} · ${message.id}`);
    if (message.repeats > 0) {
      lines.push(
        `Found ${message.repeats} more times since ${message.previous} · 自 ${message.previous} 起又发现 ${message.repeats} 次`,
      );
    }
  } else lines.push(`${message.posted} · ${message.id}`);
  return lines.join('\n');
}

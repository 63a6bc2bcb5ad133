import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { printable } from './printable.ts';
import { failed, type Message, type Outcome, SENT, type Sink } from './sink.ts';
import { openStream, type StreamTarget, sendWhole } from './stream.ts';

export interface SyslogOptions {
  /** RFC 5424 §6.2.1, 0..23. */
  facility: number;
  /** Of this machine, as the messages say it. */
  hostname: string;
}

/** Receivers over UDP should take this many bytes (RFC 5426 §3.2), over TCP and TLS 8192 (RFC 5425 §4.3.1). */
const UDP_MAX = 2048;
const STREAM_MAX = 8192;
/** Messages of one connection. */
const BATCH = 100;
/** Marks the text as UTF-8 (RFC 5424 §6.4). */
const BOM = '\ufeff';
/** The number for examples (RFC 5612), since Catpool has no enterprise number of its own. */
const ELEMENT = 'catpool@32473';
/** Longest parameter, in characters. */
const PARAMETER_MAX = 200;

/**
 * A message in RFC 5424 §6: `<PRI>1 TIMESTAMP HOSTNAME catpool - KIND [catpool@32473 id="..." ...] text`, its text cut to fit
 * into `longest` bytes.
 */
function syslogLine(message: Message, { facility, hostname }: SyslogOptions, longest: number): Buffer {
  const time = message.schema === 'catpool.alert/1' ? message.raised : message.posted;
  const parameters: [string, string][] = [
    ['id', message.id],
    ['subject', message.subject],
    ['probe', message.probe],
  ];
  if (message.schema === 'catpool.alert/1')
    parameters.push(['time', message.time], ['repeats', String(message.repeats)]);
  const element = parameters.map(([name, value]) => ` ${name}="${escaped(value)}"`).join('');
  const priority = facility * 8 + message.severity;
  const head = `<${priority}>1 ${time} ${headerName(hostname)} catpool - ${message.kind} [${ELEMENT}${element}] ${BOM}`;
  return cut(Buffer.from(head + printable(message.text, longest)), longest);
}

/** HOSTNAME: printable ASCII, at most 255 (RFC 5424 §6). */
function headerName(name: string): string {
  return name.replace(/[^\x21-\x7e]/g, '').slice(0, 255) || '-';
}

/** PARAM-VALUE: quote, backslash and closing bracket are escaped (RFC 5424 §6.3.3). */
function escaped(value: string): string {
  return printable(value, PARAMETER_MAX).replace(/["\\\]]/g, '\\$&');
}

/** Cut before a character that does not fit whole. */
function cut(data: Buffer, longest: number): Buffer {
  if (data.length <= longest) return data;
  let end = longest;
  while (end > 0 && (data[end]! & 0xc0) === 0x80) end--;
  return data.subarray(0, end);
}

/**
 * Over UDP (RFC 5426), one datagram a message. Nothing says whether it arrives: a host that answers that nobody listens there is
 * tried again, and a datagram that is lost on the way is lost. A name is looked up for IPv4.
 */
export function syslogUdp(host: string, port: number, options: SyslogOptions): Sink {
  return {
    batch: 1,
    send: ([message], signal) =>
      message === undefined
        ? Promise.resolve(SENT)
        : datagram(host, port, syslogLine(message, options, UDP_MAX), signal),
  };
}

/** The answer that nobody listens comes at once from the own machine, and within a round trip from another, milliseconds. */
const REFUSAL_WAIT = 100;

function datagram(host: string, port: number, data: Buffer, signal: AbortSignal): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
    let ended = false;
    let wait: NodeJS.Timeout | undefined;
    const end = (outcome: Outcome) => {
      if (ended) return;
      ended = true;
      clearTimeout(wait);
      socket.close();
      resolve(outcome);
    };
    signal.addEventListener('abort', () => end(failed('given up')), { once: true });
    socket.on('error', (error) => end(failed(error.message)));
    // Not as an argument of connect, where it would be called on an error too.
    socket.once('connect', () => {
      if (ended) return;
      socket.send(data, (error) => {
        if (error) end(failed(error.message));
        // What came meanwhile is heard first, also where this process was held up.
        else wait = setTimeout(() => setImmediate(() => end(SENT)), REFUSAL_WAIT);
      });
    });
    socket.connect(port, host);
  });
}

/** Over TCP (RFC 6587 §3.4.1) or TLS (RFC 5425), octet counting: `LENGTH SP MESSAGE`, a connection for each batch. */
export function syslogStream(target: StreamTarget, options: SyslogOptions): Sink {
  return {
    batch: BATCH,
    send: (messages, signal) => {
      const frames = messages.flatMap((message) => {
        const line = syslogLine(message, options, STREAM_MAX);
        return [Buffer.from(`${line.length} `), line];
      });
      return sendWhole(openStream(target), Buffer.concat(frames), signal);
    },
  };
}

import { createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';

interface Certificate {
  key: string;
  cert: string;
}

/** How a server of mail behaves, RFC 5321. */
export interface SmtpBehaviour {
  /** Has STARTTLS. */
  starttls?: Certificate;
  /** Speaks TLS from the first byte. */
  tls?: Certificate;
  /** Wants a login with this user and password. */
  login?: { user: string; password: string };
  /** Answers to commands other than the usual, by the whole or its first word: `{ RCPT: '550 no such user' }`; `.` is the end of a mail. */
  answers?: Record<string, string>;
  /** Says nothing at all. */
  mute?: boolean;
}

/** A small server of mail that keeps what it is given. */
export class SmtpServer {
  readonly server: Server;
  /** Mails that it took, as they were sent. */
  readonly mails: string[] = [];
  readonly recipients: string[] = [];
  /** Commands, those under TLS with `tls ` before them. */
  readonly commands: string[] = [];
  private readonly behaviour: SmtpBehaviour;

  constructor(behaviour: SmtpBehaviour = {}) {
    this.behaviour = behaviour;
    this.server = createServer((socket) => {
      if (behaviour.mute) socket.resume();
      else if (behaviour.tls !== undefined) this.serve(secure(socket, behaviour.tls), true, true);
      else this.serve(socket, false, true);
    });
  }

  private serve(socket: Socket, encrypted: boolean, greet: boolean): void {
    const say = (line: string) => socket.write(`${line}\r\n`);
    let buffered = '';
    let inData = false;
    socket.on('error', () => undefined);
    const take = (data: Buffer) => {
      buffered += data.toString('utf8');
      for (;;) {
        const mark = inData ? '\r\n.\r\n' : '\r\n';
        const end = buffered.indexOf(mark);
        if (end < 0) return;
        const piece = buffered.slice(0, end);
        buffered = buffered.slice(end + mark.length);
        if (inData) {
          inData = false;
          const answer = this.behaviour.answers?.['.'] ?? '250 taken';
          if (answer.startsWith('250')) this.mails.push(piece);
          say(answer);
        } else if (/^STARTTLS$/i.test(piece) && this.behaviour.starttls !== undefined) {
          socket.off('data', take);
          say('220 go ahead');
          this.serve(secure(socket, this.behaviour.starttls), true, false);
          return;
        } else {
          this.commands.push((encrypted ? 'tls ' : '') + piece);
          inData = this.answer(piece, encrypted, say);
        }
      }
    };
    socket.on('data', take);
    if (greet) say('220 localhost ESMTP');
  }

  /** Answers a command; true where a mail follows. */
  private answer(command: string, encrypted: boolean, say: (line: string) => void): boolean {
    const [verb = '', argument = ''] = command.toUpperCase().split(' ', 2);
    const { login, starttls, answers } = this.behaviour;
    const other = answers?.[command] ?? answers?.[verb];
    if (other !== undefined) say(other);
    else if (verb === 'EHLO') {
      say('250-localhost');
      if (starttls !== undefined && !encrypted) say('250-STARTTLS');
      if (login !== undefined) say('250-AUTH PLAIN');
      say('250 SMTPUTF8');
    } else if (verb === 'AUTH') {
      const given = Buffer.from(command.split(' ')[2] ?? '', 'base64').toString('utf8');
      say(given === `\0${login?.user}\0${login?.password}` ? '235 welcome' : '535 wrong user or password');
    } else if (verb === 'DATA') {
      say('354 go on');
      return true;
    } else if (verb === 'STARTTLS') say('502 not known here');
    else {
      if (verb === 'RCPT') this.recipients.push(/<(.*)>/.exec(argument.toLowerCase())?.[1] ?? '');
      say(verb === 'QUIT' ? '221 bye' : '250 well');
    }
    return false;
  }
}

function secure(socket: Socket, certificate: Certificate): TLSSocket {
  return new TLSSocket(socket, { isServer: true, secureContext: createSecureContext(certificate) });
}

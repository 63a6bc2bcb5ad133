import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  callId,
  contact,
  expires,
  fromTag,
  fromUser,
  headerText,
  headerTexts,
  methodText,
  readOrigin,
  requestUri,
  requestUser,
  toTag,
  toUser,
  Vias,
} from '../../src/sip/fields.ts';
import { Header, Method } from '../../src/sip/message.ts';
import { findBody, findSdp } from '../../src/sip/multipart.ts';
import { createSipMessage, scanSip } from '../../src/sip/scan.ts';
import { readSdp } from '../../src/sip/sdp.ts';
import { createVia } from '../../src/sip/via.ts';
import { tortureMessages } from '../support/shared.ts';
import { addressReader, scanned, slice } from './read.ts';

/**
 * RFC 4475: what each section asks of an element that receives the message, as far as one that only listens is concerned. A server
 * would answer many with an error; a listener must say what they were, and stop where the RFC finds bytes that nobody can know.
 */
interface Expected {
  section: string;
  /** Method, on a response that of CSeq. */
  method: string;
  status?: number;
  uri?: string;
  cseq: number;
  from: string | null;
  fromTag: string | null;
  to: string | null;
  toTag?: string;
  body: number;
  /** Reason of the stop; none where absent. */
  stop?: string;
  /** Addresses that are not by the letter. */
  anomalies?: number;
}

const messages = tortureMessages();
const user = 'sip:user@example.com';

const TABLE: Record<string, Expected> = {
  // 3.1.1: valid
  wsinv: {
    section: '3.1.1.1',
    method: 'INVITE',
    uri: 'sip:vivekg@chair-dnrc.example.com;unknownparam',
    cseq: 9,
    from: 'jdrosen',
    fromTag: '98asjd8',
    to: 'vivekg',
    toTag: '1918181833n',
    body: 150,
  },
  intmeth: {
    section: '3.1.1.2',
    method: "!interesting-Method0123456789_*+`.%indeed'~",
    uri: "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com",
    cseq: 139122385,
    from: 'mundane',
    fromTag: "_token~1'+`*%!-.",
    to: "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*",
    body: 0,
  },
  esc01: {
    section: '3.1.1.3',
    method: 'INVITE',
    uri: 'sip:sips%3Auser%40example.com@example.net',
    cseq: 234234,
    from: 'I have spaces',
    fromTag: '938',
    to: 'user',
    body: 150,
  },
  escnull: {
    section: '3.1.1.4',
    method: 'REGISTER',
    uri: 'sip:example.com',
    cseq: 14398234,
    from: 'null-\0-null',
    fromTag: '839923423',
    to: 'null-\0-null',
    body: 0,
  },
  esc02: {
    section: '3.1.1.5',
    method: 'RE%47IST%45R',
    uri: 'sip:registrar.example.com',
    cseq: 29344,
    from: 'resource',
    fromTag: 'f232jadfj23',
    to: 'resource',
    body: 0,
  },
  lwsdisp: {
    section: '3.1.1.6',
    method: 'OPTIONS',
    uri: user,
    cseq: 60,
    from: 'caller',
    fromTag: '323',
    to: 'user',
    body: 0,
  },
  longreq: {
    section: '3.1.1.7',
    method: 'INVITE',
    uri: user,
    cseq: 3882340,
    from: 'amazinglylongcallername'.repeat(5),
    fromTag: `12982${'982'.repeat(49)}424`,
    to: 'user',
    body: 150,
  },
  dblreq: {
    section: '3.1.1.8',
    method: 'REGISTER',
    uri: 'sip:example.com',
    cseq: 8,
    from: 'j.user',
    fromTag: '43251j3j324',
    to: 'j.user',
    body: 0,
  },
  semiuri: {
    section: '3.1.1.9',
    method: 'OPTIONS',
    uri: 'sip:user;par=u%40example.net@example.com',
    cseq: 8,
    from: 'caller',
    fromTag: '33242',
    to: 'j_user',
    body: 0,
  },
  transports: {
    section: '3.1.1.10',
    method: 'OPTIONS',
    uri: user,
    cseq: 60,
    from: 'caller',
    fromTag: '323',
    to: 'user',
    body: 0,
  },
  mpart01: {
    section: '3.1.1.11',
    method: 'MESSAGE',
    uri: 'sip:kumiko@example.org',
    cseq: 1,
    from: 'fluffy',
    fromTag: '2fb0dcc9',
    to: 'kumiko',
    body: 553,
  },
  unreason: {
    section: '3.1.1.12',
    method: 'INVITE',
    status: 200,
    cseq: 35,
    from: 'user',
    fromTag: '11141343',
    to: 'user',
    toTag: '2229',
    body: 154,
  },
  noreason: {
    section: '3.1.1.13',
    method: 'INVITE',
    status: 100,
    cseq: 35,
    from: 'user',
    fromTag: '39ansfi3',
    to: 'user',
    toTag: '902jndnke3',
    body: 0,
  },
  // 3.1.2: invalid
  badinv01: {
    section: '3.1.2.1',
    method: 'INVITE',
    uri: user,
    cseq: 8,
    from: 'caller',
    fromTag: '134161461246',
    to: 'j.user',
    body: 152,
    anomalies: 1,
  },
  clerr: {
    section: '3.1.2.2',
    method: 'INVITE',
    uri: user,
    cseq: 8,
    from: 'caller',
    fromTag: '93942939o2',
    to: 'j.user',
    body: 154,
    stop: 'Content-Length',
  },
  ncl: {
    section: '3.1.2.3',
    method: 'INVITE',
    uri: user,
    cseq: 0,
    from: 'caller',
    fromTag: '32394234',
    to: 'j.user',
    body: 152,
    stop: 'Content-Length',
  },
  scalar02: {
    section: '3.1.2.4',
    method: 'REGISTER',
    uri: 'sip:example.com',
    cseq: -1,
    from: 'user',
    fromTag: '239232jh3',
    to: 'user',
    body: 0,
    stop: 'CSeq',
  },
  scalarlg: {
    section: '3.1.2.5',
    method: 'OPTIONS',
    status: 503,
    cseq: -1,
    from: 'other',
    fromTag: '2easdjfejw',
    to: 'user',
    body: 0,
    stop: 'CSeq',
  },
  quotbal: {
    section: '3.1.2.6',
    method: 'INVITE',
    uri: user,
    cseq: 8,
    from: 'caller',
    fromTag: '93334',
    to: 'j.user',
    body: 152,
    anomalies: 1,
  },
  ltgtruri: {
    section: '3.1.2.7',
    method: 'INVITE',
    uri: '<sip:user@example.com>',
    cseq: 1,
    from: 'caller',
    fromTag: '39291',
    to: 'user',
    body: 159,
  },
  lwsruri: {
    section: '3.1.2.8',
    method: 'INVITE',
    uri: 'sip:user@example.com; lr',
    cseq: 2130706432,
    from: 'caller',
    fromTag: '231413434',
    to: 'user',
    toTag: '3xfe-9921883-z9f',
    body: 159,
  },
  lwsstart: {
    section: '3.1.2.9',
    method: 'INVITE',
    uri: user,
    cseq: 1893884,
    from: 'caller',
    fromTag: '8814',
    to: 'user',
    body: 150,
  },
  trws: {
    section: '3.1.2.10',
    method: 'OPTIONS',
    uri: 'sip:remote-target@example.com',
    cseq: 238923,
    from: 'local-resource',
    fromTag: '329429089',
    to: 'remote-target',
    body: 0,
  },
  escruri: {
    section: '3.1.2.11',
    method: 'INVITE',
    uri: 'sip:user@example.com?Route=%3Csip:example.com%3E',
    cseq: 149209342,
    from: 'caller',
    fromTag: '341518',
    to: 'user',
    body: 150,
  },
  baddate: {
    section: '3.1.2.12',
    method: 'INVITE',
    uri: user,
    cseq: 1392934,
    from: 'caller',
    fromTag: '2234923',
    to: 'user',
    body: 150,
  },
  regbadct: {
    section: '3.1.2.13',
    method: 'REGISTER',
    uri: 'sip:example.com',
    cseq: 1,
    from: 'user',
    fromTag: '998332',
    to: 'user',
    body: 0,
    anomalies: 1,
  },
  badaspec: {
    section: '3.1.2.14',
    method: 'OPTIONS',
    uri: 'sip:user@example.org',
    cseq: 3923239,
    from: 'a.g.bell',
    fromTag: '433423',
    to: 't.watson',
    body: 0,
    anomalies: 1,
  },
  // The file has lost the blank line that ends the RFC's message, so that its header block counts as cut.
  baddn: {
    section: '3.1.2.15',
    method: 'OPTIONS',
    uri: 'sip:t.watson@example.org',
    cseq: 3923239,
    from: 'a.g.bell',
    fromTag: '43',
    to: 't.watson',
    body: 0,
    anomalies: 2,
    stop: 'header block',
  },
  badvers: {
    section: '3.1.2.16',
    method: 'OPTIONS',
    uri: 'sip:t.watson@example.org',
    cseq: 1,
    from: 'a.g.bell',
    fromTag: 'qweoiqpe',
    to: 't.watson',
    body: 0,
  },
  mismatch01: {
    section: '3.1.2.17',
    method: 'OPTIONS',
    uri: user,
    cseq: 8,
    from: 'caller',
    fromTag: '34525',
    to: 'j.user',
    body: 0,
  },
  mismatch02: {
    section: '3.1.2.18',
    method: 'NEWMETHOD',
    uri: user,
    cseq: 8,
    from: 'caller',
    fromTag: '34525',
    to: 'j.user',
    body: 138,
  },
  bigcode: {
    section: '3.1.2.19',
    method: 'INVITE',
    status: -1,
    cseq: 353494,
    from: 'user',
    fromTag: '39ansfi3',
    to: 'user',
    toTag: '902jndnke3',
    body: 0,
    stop: 'Status-Code',
  },
  // 3.2: transaction layer
  badbranch: {
    section: '3.2.1',
    method: 'OPTIONS',
    uri: user,
    cseq: 8,
    from: 'caller',
    fromTag: '33242',
    to: 'user',
    body: 0,
  },
  // 3.3: application layer
  insuf: {
    section: '3.3.1',
    method: 'INVITE',
    uri: user,
    cseq: 193942,
    from: null,
    fromTag: null,
    to: null,
    body: 152,
  },
  unkscm: {
    section: '3.3.2',
    method: 'OPTIONS',
    uri: 'nobodyKnowsThisScheme:totallyopaquecontent',
    cseq: 3923423,
    from: 'caller',
    fromTag: '384',
    to: 'user',
    body: 0,
  },
  novelsc: {
    section: '3.3.3',
    method: 'OPTIONS',
    uri: 'soap.beep://192.0.2.103:3002',
    cseq: 3923423,
    from: 'caller',
    fromTag: '384',
    to: 'user',
    body: 0,
  },
  unksm2: {
    section: '3.3.4',
    method: 'REGISTER',
    uri: 'sip:example.com',
    cseq: 234902,
    from: null,
    fromTag: '3234233',
    to: null,
    body: 0,
  },
  bext01: {
    section: '3.3.5',
    method: 'OPTIONS',
    uri: user,
    cseq: 8,
    from: 'caller',
    fromTag: '242etr',
    to: 'j_user',
    body: 0,
  },
  invut: {
    section: '3.3.6',
    method: 'INVITE',
    uri: user,
    cseq: 235448,
    from: 'caller',
    fromTag: '8392034',
    to: 'j.user',
    body: 40,
  },
  regaut01: {
    section: '3.3.7',
    method: 'REGISTER',
    uri: 'sip:example.com',
    cseq: 9338,
    from: 'j.user',
    fromTag: '87321hj23128',
    to: 'j.user',
    body: 0,
  },
  multi01: {
    section: '3.3.8',
    method: 'INVITE',
    uri: 'sip:user@company.com',
    cseq: 5,
    from: 'caller',
    fromTag: '3413415',
    to: 'user',
    body: 154,
  },
  mcl01: {
    section: '3.3.9',
    method: 'OPTIONS',
    uri: user,
    cseq: 15932,
    from: 'other',
    fromTag: '3923942',
    to: 'user',
    body: 67,
    stop: 'Content-Length',
  },
  bcast: {
    section: '3.3.10',
    method: 'INVITE',
    status: 200,
    cseq: 35,
    from: 'user',
    fromTag: '11141343',
    to: 'user',
    toTag: '2229',
    body: 154,
  },
  zeromf: {
    section: '3.3.11',
    method: 'OPTIONS',
    uri: user,
    cseq: 39234321,
    from: 'caller',
    fromTag: '3ghsd41',
    to: 'user',
    body: 0,
  },
  cparam01: {
    section: '3.3.12',
    method: 'REGISTER',
    uri: 'sip:example.com',
    cseq: 2,
    from: 'watson',
    fromTag: 'DkfVgjkrtMwaerKKpe',
    to: 'watson',
    body: 0,
  },
  cparam02: {
    section: '3.3.13',
    method: 'REGISTER',
    uri: 'sip:example.com',
    cseq: 3,
    from: 'watson',
    fromTag: '838293',
    to: 'watson',
    body: 0,
  },
  regescrt: {
    section: '3.3.14',
    method: 'REGISTER',
    uri: 'sip:example.com',
    cseq: 14398234,
    from: 'user',
    fromTag: '8',
    to: 'user',
    body: 0,
  },
  sdp01: {
    section: '3.3.15',
    method: 'INVITE',
    uri: user,
    cseq: 8,
    from: 'caller',
    fromTag: '234',
    to: 'j_user',
    body: 150,
  },
  // 3.4: backward compatibility
  inv2543: {
    section: '3.4.1',
    method: 'INVITE',
    uri: 'sip:UserB@example.com',
    cseq: 56,
    from: '+13035551111',
    fromTag: null,
    to: '+16505552222',
    body: 105,
  },
};

function read(name: string) {
  return readFileSync(messages.get(name)!);
}

describe('the 49 torture messages of RFC 4475', () => {
  it('are all in the table', () => {
    expect(Object.keys(TABLE).sort()).toEqual([...messages.keys()].sort());
  });

  it.each(Object.entries(TABLE))('%s', (name, expected) => {
    const m = scanned(read(name));
    const { reader, counters } = addressReader();
    expect(methodText(m)).toBe(expected.method);
    expect(m.status).toBe(expected.status ?? 0);
    expect(requestUri(m)).toBe(expected.uri ?? null);
    expect(m.cseq).toBe(expected.cseq);
    expect(fromUser(m, reader)).toBe(expected.from);
    expect(toUser(m, reader)).toBe(expected.to);
    contact(m, reader);
    expect(fromTag(m)).toBe(expected.fromTag);
    expect(toTag(m)).toBe(expected.toTag ?? null);
    expect(m.end - m.bodyStart).toBe(expected.body);
    expect(m.stop?.reason).toBe(expected.stop);
    expect(counters.anomalies.get('sip address')).toBe(expected.anomalies);
    if (name !== 'insuf') expect(callId(m)).toMatch(name === 'mpart01' ? /^3d9485ad/ : new RegExp(`^${name}\\.`));
  });

  it('dblreq: octets after the message are noise, wherever they end', () => {
    const data = read('dblreq');
    const m = createSipMessage();
    const used = scanSip(data, 0, data.length, m, { stream: false, maxBytes: 65_536 });
    expect(data.toString('latin1', used, used + 40).trimStart()).toMatch(/^INVITE /);
  });

  it('wsinv: white space and folds leave the values as they were', () => {
    const m = scanned(read('wsinv'));
    const via = createVia();
    expect(readOrigin(m, via)).toBe(Vias.passedOn);
    expect(slice(m, via.hostStart, via.hostEnd)).toBe('192.168.255.111');
    expect(slice(m, via.branchStart, via.branchEnd)).toBe('z9hG4bK30239');
    expect(headerTexts(m, Header.Via)).toHaveLength(2);
    expect(headerText(m, Header.Subject)).toBe('');
    expect(headerText(m, Header.MaxForwards)).toBe('0068');
    expect(contact(m, addressReader().reader)).toBe('example.com');
    expect(m.cseqMethod).toBe(Method.INVITE);
  });

  it('esc01: what is escaped in a user is no delimiter', () => {
    expect(requestUser(scanned(read('esc01')), addressReader().reader)).toBe('sips:user@example.com');
    expect(requestUser(scanned(read('semiuri')), addressReader().reader)).toBe('user;par=u@example.net');
  });

  it('transports: every transport of a Via is read', () => {
    const m = scanned(read('transports'));
    expect(headerTexts(m, Header.Via).map((value) => /^SIP\/2\.0\/(\S+)/.exec(value)![1])).toEqual([
      'UDP',
      'SCTP',
      'TLS',
      'UNKNOWN',
      'TCP',
    ]);
  });

  it('mpart01: a part is found in a binary multipart body', () => {
    const m = scanned(read('mpart01'));
    const part = { start: 0, end: 0 };
    expect(findBody(m, 'text/plain', part)).toBe(true);
    expect(slice(m, part.start, part.end)).toBe('Hello');
    expect(findSdp(m, part)).toBe(false);
  });

  it('scalar02: a number beyond all bounds is none', () => {
    expect(expires(scanned(read('scalar02')))).toBeNull();
  });

  it('mismatch01: the methods of the request and of CSeq are both there to be compared', () => {
    const m = scanned(read('mismatch01'));
    expect([m.method, m.cseqMethod]).toEqual([Method.OPTIONS, Method.INVITE]);
  });

  it('cparam01: a parameter behind a bare URI belongs to the header, not to the URI', () => {
    const { reader } = addressReader();
    expect(contact(scanned(read('cparam01')), reader)).toBe('gw1.example.net');
    expect(contact(scanned(read('cparam02')), reader)).toBe('gw1.example.net');
  });

  it('longreq and unreason: long and non-ASCII text comes whole', () => {
    const m = scanned(read('unreason'));
    expect(m.data.toString('utf8', m.reasonStart, m.reasonEnd)).toBe('= 2**3 * 5**2 но сто девяносто девять - простое');
    expect(headerTexts(scanned(read('longreq')), Header.Via)).toHaveLength(34);
  });

  it('the session descriptions are found', () => {
    const part = { start: 0, end: 0 };
    for (const name of ['wsinv', 'esc01', 'inv2543', 'clerr', 'multi01', 'bcast']) {
      const m = scanned(read(name));
      expect(findSdp(m, part), name).toBe(true);
      expect(readSdp(m.data, part.start, part.end)?.media?.port, name).toBe(49217);
    }
  });

  it('cut at every length, they give a message, a reason to wait, or nothing; and never throw', () => {
    const m = createSipMessage();
    const stream = { stream: true, maxBytes: 65_536 };
    const datagram = { stream: false, maxBytes: 65_536 };
    for (const path of messages.values()) {
      const data = readFileSync(path);
      const whole = scanSip(data, 0, data.length, m, datagram);
      const isWhole = m.contentLength >= 0 && m.stop === null;
      for (let end = 0; end < data.length; end++) {
        // What is beyond the end must not be looked at.
        const cut = Buffer.from(data.subarray(0, end));
        const used = scanSip(cut, 0, end, m, stream);
        expect(used).toBeLessThanOrEqual(end);
        if (isWhole && end < whole) expect(used, `${path} ${end}`).toBe(0);
        if (scanSip(cut, 0, end, m, datagram) > 0) {
          expect(m.end).toBeLessThanOrEqual(end);
          // A blank line without its LF is blank enough.
          if (isWhole && end < whole && cut[end - 1] !== 0x0d) expect(m.stop, `${path} ${end}`).not.toBeNull();
        }
      }
    }
  });
});

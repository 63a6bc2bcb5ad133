import { describe, expect, it } from 'vitest';
import { createNameAddr, nextElement } from '../../src/sip/address.ts';
import { encodeSip } from '../../src/sip/encode.ts';
import {
  addressOfRecord,
  assertedUser,
  branchRange,
  contact,
  contactIsStar,
  expires,
  fromTag,
  fromUser,
  headerNumberValue,
  headerText,
  headerTexts,
  hostPort,
  instance,
  numberText,
  readAddress,
  readOrigin,
  requestUri,
  requestUser,
  toTag,
  toUser,
  userAgent,
  userText,
  Vias,
} from '../../src/sip/fields.ts';
import { Header } from '../../src/sip/message.ts';
import { textOf, unescapedText } from '../../src/sip/text.ts';
import { createVia, parseVia } from '../../src/sip/via.ts';
import { addressReader, request, scanned, slice } from './read.ts';

const { reader } = addressReader();

function addressOf(value: string) {
  const address = createNameAddr();
  const m = request([`P-Asserted-Identity: ${value}`]);
  return readAddress(m, Header.PAssertedIdentity, reader, address) ? address : null;
}

describe('texts of a message', () => {
  it('are null where the header is missing, and for responses where only requests have them', () => {
    const m = scanned('SIP/2.0 200 OK\r\n\r\n');
    for (const get of [fromTag, toTag, userAgent, instance, expires, requestUri]) expect(get(m)).toBeNull();
    for (const get of [requestUser, fromUser, toUser, assertedUser, contact]) expect(get(m, reader)).toBeNull();
    expect(contactIsStar(m)).toBe(false);
    expect(branchRange(m, { start: 0, end: 0 })).toBe(false);
    expect(readAddress(m, Header.From, reader, createNameAddr())).toBe(false);
  });

  it('are UTF-8, else Latin-1', () => {
    expect(headerText(request(['Subject: 猫池 é']), Header.Subject)).toBe('猫池 é');
    const latin1 = Buffer.from('INVITE sip:h SIP/2.0\r\nSubject: caf\xe9\r\n\r\n', 'latin1');
    expect(headerText(scanned(latin1), Header.Subject)).toBe('café');
    expect(textOf(Buffer.from([0xff, 0x41]), 0, 2)).toBe('ÿA');
  });

  it('unescape what is escaped, and leave a broken escape as it is', () => {
    const text = (value: string) => unescapedText(Buffer.from(value), 0, value.length);
    expect(text('%E7%8C%AB%e6%B1%a0')).toBe('猫池');
    expect(text('100%')).toBe('100%');
    expect(text('%zz%4')).toBe('%zz%4');
    expect(text('%41%4x')).toBe('A%4x');
  });

  it('come with every line of a header', () => {
    const m = request(['Via: SIP/2.0/UDP a', 'To: <sip:x>', 'v: SIP/2.0/UDP b,\r\n SIP/2.0/UDP c']);
    expect(headerTexts(m, Header.Via)).toEqual(['SIP/2.0/UDP a', 'SIP/2.0/UDP b, SIP/2.0/UDP c']);
  });

  it('User-Agent goes before Server', () => {
    expect(userAgent(request(['Server: s', 'User-Agent: dble']))).toBe('dble');
    expect(userAgent(request(['Server: s']))).toBe('s');
  });

  it('numbers are numbers or nothing', () => {
    const value = (text: string) => headerNumberValue(request([`Expires: ${text}`]), Header.Expires);
    expect(value('3600')).toBe(3600);
    expect(value(' 120 (two minutes)')).toBe(120);
    for (const text of ['', 'soon', '12x', '4294967296', '-1']) expect(value(text), text).toBeNull();
  });
});

describe('tags', () => {
  it.each([
    ['<sip:a@b>;tag=x1', 'x1'],
    ['"q;tag=no" <sip:a@b>;tag=yes', 'yes'],
    ['<sip:a@b;tag=no>', null],
    ['<sip:a@b;tag=no>;tag=yes;x=1', 'yes'],
    ['sip:a@b;TAG=yes', 'yes'],
    ['<sip:a@b> ; tag = yes', 'yes'],
    ['<sip:a@b>;x="a;tag=no"', null],
    ['<sip:a@b>;x=";tag=no";tag=yes', 'yes'],
    ['<sip:a@b>;tag=', null],
    ['<sip:a@b>;tag', null],
    ['<sip:a@b>;xtag=no', null],
    ['"open <sip:a@b>;x=1', null],
    ['<sip:a@b', null],
  ])('%s', (value, tag) => {
    expect(fromTag(request([`From: ${value}`]))).toBe(tag);
    expect(toTag(request([`t: ${value}`]))).toBe(tag);
  });
});

describe('addresses', () => {
  it('give user, address of record, host and port', () => {
    const address = addressOf('"A" <sip:+8613812345678:secret@IMS.mnc000.MCC460.3gppnetwork.org:5060;user=phone>')!;
    expect(numberText(address)).toBe('+8613812345678');
    expect(addressOfRecord(address)).toBe('+8613812345678@ims.mnc000.mcc460.3gppnetwork.org');
    expect(hostPort(address)).toBe('IMS.mnc000.MCC460.3gppnetwork.org:5060');
    expect(addressOfRecord(addressOf('<sip:host.only>')!)).toBeNull();
    expect(addressOfRecord(addressOf('<tel:+86138>')!)).toBeNull();
    expect(hostPort(addressOf('<tel:+86138>')!)).toBeNull();
    expect(hostPort(addressOf('sip:[2001:db8::1]:5061')!)).toBe('[2001:db8::1]:5061');
  });

  it('of tel URIs keep the context that a local number needs (RFC 3966 §5.1.5)', () => {
    expect(numberText(addressOf('<tel:13812345678;phone-context=+86>')!)).toBe('13812345678;phone-context=+86');
    expect(numberText(addressOf('<tel:+1-201-555-0123;isub=1>')!)).toBe('+1-201-555-0123');
  });

  // RFC 3966 §5.1.5: another context is another number; RFC 4694 §4.
  it('of record keep all of a number but how it is routed', () => {
    const aor = (user: string) => addressOfRecord(addressOf(`<sip:${user}@H.example>`)!);
    expect(aor('1001;phone-context=+86')).toBe('1001;phone-context=+86@h.example');
    expect(aor('1001;RN=1370;phone-context=x.example;NPDI;ext=7')).toBe('1001;phone-context=x.example;ext=7@h.example');
    expect(aor('1001;rnx=1;cic-context=+86;cic=5')).toBe('1001;rnx=1@h.example');
  });

  // RFC 5031 §3: names of services are the same in either case; §4 gives the form.
  it('of services are their names', () => {
    expect(numberText(addressOf('<urn:service:sos>')!)).toBe('urn:service:sos');
    expect(numberText(addressOf('<URN:Service:SOS.Police>;tag=x')!)).toBe('urn:service:sos.police');
    expect(numberText(addressOf('<urn:service:counseling.suicide>')!)).toBe('urn:service:counseling.suicide');
    expect(numberText(addressOf('<urn:service:>')!)).toBeNull();
    expect(numberText(addressOf('<urn:gsma:imei:35693803-567890-0>')!)).toBeNull();
  });

  it('of schemes that name no subscriber have no user', () => {
    const user = (uri: string) => requestUser(scanned(`INVITE ${uri} SIP/2.0\r\n\r\n`), reader);
    expect(user('urn:service:sos')).toBeNull();
    expect(user('http://a/b')).toBeNull();
    expect(user('tel:10086')).toBe('10086');
    expect(user('SIPS:a%20b@h')).toBe('a b');
    expect(user('<sip:a@h>')).toBe('a');
  });

  it('are the first of a list, and of all lines', () => {
    const lines = ['P-Asserted-Identity: "a, b" <sip:one@h,x>, <tel:+2>', 'P-Asserted-Identity: <tel:+3>'];
    expect(assertedUser(request(lines), reader)).toBe('one');
    const list = Buffer.from('"a, b" <sip:one@h?x=1,2>, <tel:+2>,"open, x');
    const ends: number[] = [];
    for (let at = 0; at <= list.length; at = nextElement(list, at, list.length) + 1) ends.push(at);
    expect(ends.map((at) => list.toString('latin1', at, at + 8).trim())).toEqual(['"a, b" <', '<tel:+2', '"open, x']);
  });

  it('that nobody could have written are read as well as can be, and counted', () => {
    const { reader: lenient, counters } = addressReader();
    const read = (value: string) => {
      const address = createNameAddr();
      if (!readAddress(request([`From: ${value}`]), Header.From, lenient, address)) return null;
      const part = (start: number, end: number) => (start < 0 ? null : address.data.toString('utf8', start, end));
      return [
        part(address.displayStart, address.displayEnd),
        part(address.userStart, address.userEnd),
        hostPort(address),
        part(address.tagStart, address.tagEnd),
        part(address.uriParamsStart, address.uriParamsEnd),
      ];
    };
    expect(read('Bell, Alexander <sip:bell@h>;tag=1')).toEqual(['Bell, Alexander', 'bell', 'h', null, null]);
    expect(read('"unbalanced <sip:u@h:5060;x=1?y=z>')).toEqual(['unbalanced', 'u', 'h:5060', null, ';x=1']);
    expect(read('"q" < sip:u@h >')).toEqual(['q', 'u', 'h', null, null]);
    expect(read('张三 <sip:z:pw@my_host.a_b>')).toEqual(['张三', 'z', 'my_host.a_b', null, null]);
    expect(read('"q" x <sip:u@h')).toEqual(['q" x', 'u', 'h', null, null]);
    expect(read('sip:u s@h,sip:v@h')).toEqual([null, null, 'u', null, null]);
    expect(read('<sip:u@[::1>')).toEqual([null, 'u', '[::1', null, null]);
    expect(read('<sip:u@h:999999;a>')).toEqual([null, 'u', 'h', null, ';a']);
    expect(read('<tel:+86 138;x>')).toEqual([null, '+86 138', null, null, ';x']);
    expect(counters.anomalies.get('sip address')).toBe(9);
    expect(read('12345')).toBeNull();
    expect(read('<:x>')).toBeNull();
    expect(read('')).toBeNull();
  });

  it('that sip.js settles are by the letter afterwards', () => {
    const { reader: strict, counters } = addressReader();
    const address = createNameAddr();
    const value = '"q" <sip:u%20v:pw@h:;lr;x=1>;tag=7;y="z"';
    expect(readAddress(request([`From: ${value}`]), Header.From, strict, address)).toBe(true);
    const part = (start: number, end: number) => address.data.toString('utf8', start, end);
    expect([
      userText(address),
      hostPort(address),
      part(address.displayStart, address.displayEnd),
      part(address.tagStart, address.tagEnd),
    ]).toEqual(['u v', 'h', 'q', '7']);
    expect(part(address.paramsStart, address.paramsEnd)).toBe(';y="z";tag=7');
    expect(readAddress(request(['From: <sip:h:>']), Header.From, strict, address)).toBe(true);
    expect([userText(address), hostPort(address)]).toEqual([null, 'h']);
    expect(counters.anomalies.size).toBe(0);
    const long = `<sip:${'u'.repeat(3000)}@h:>`;
    expect(readAddress(request([`From: ${long}`]), Header.From, strict, address)).toBe(true);
    expect(counters.anomalies.get('sip address')).toBe(1);
  });

  it('ask sip.js 64 times a capture, and once more each 10,000 messages', () => {
    const { reader: budgeted, counters } = addressReader();
    const m = request(['From: Bell, A <sip:bell@h>']);
    for (let i = 0; i < 70; i++) expect(fromUser(m, budgeted)).toBe('bell');
    expect(counters.anomalies.get('sip grammar budget')).toBe(6);
    for (let i = 0; i < 20_000; i++) budgeted.message();
    for (let i = 0; i < 3; i++) fromUser(m, budgeted);
    expect(counters.anomalies.get('sip grammar budget')).toBe(7);
  });
});

describe('Contact', () => {
  it('has instance, expiry and address', () => {
    const line =
      'Contact: "a, b" <sip:u@192.0.2.1:5062;ob>;+sip.instance="<urn:gsma:imei:35693803-567890-0>";expires=600,<sip:x>;expires=1';
    const m = request([line, 'Expires: 3600']);
    expect(instance(m)).toBe('urn:gsma:imei:35693803-567890-0');
    expect(expires(m)).toBe(600);
    expect(contact(m, reader)).toBe('192.0.2.1:5062');
    expect(expires(request(['Contact: <sip:u@h>;expires=x', 'Expires: 3600']))).toBe(3600);
    expect(contactIsStar(request(['Contact: *']))).toBe(true);
    expect(contact(request(['Contact: *']), reader)).toBeNull();
    expect(instance(request(['m: <sip:u@h>;+sip.instance=plain']))).toBe('plain');
  });
});

describe('Via', () => {
  const read = (value: string) => {
    const via = createVia();
    const data = Buffer.from(value);
    const part = (start: number, end: number) => (start < 0 ? null : data.toString('latin1', start, end));
    return parseVia(data, 0, data.length, via)
      ? [
          part(via.transportStart, via.transportEnd),
          part(via.hostStart, via.hostEnd),
          via.port,
          part(via.branchStart, via.branchEnd),
          part(via.receivedStart, via.receivedEnd),
          via.rport,
        ]
      : null;
  };

  it('is read past what nobody could have written', () => {
    expect(read('SIP/2.0/UDP 192.0.2.15;;,;,,')).toEqual(['UDP', '192.0.2.15', -1, null, null, -1]);
    expect(read('SIP/2.0/TLS my_host:5061;branch="q";rport=x;received=')).toEqual([
      'TLS',
      'my_host',
      5061,
      '"q"',
      '',
      -1,
    ]);
    expect(read('SIP/2.0/UDP [2001:db8::1]:70000 (comment);rport;branch = b')).toEqual([
      'UDP',
      '[2001:db8::1]',
      -1,
      'b',
      null,
      0,
    ]);
    expect(read('SIP/2.0/UDP h;x="a;branch=no";branch=yes')).toEqual(['UDP', 'h', -1, 'yes', null, -1]);
    expect(read('SIP/2.0/UDP h;x="open;branch=b')).toEqual(['UDP', 'h', -1, 'b', null, -1]);
    for (const value of [
      '',
      'SIP',
      'SIP/2.0',
      'SIP/2.0/UDP',
      'SIP/2.0/UDP ',
      'SIP/2.0/ h',
      'SIP/2.0/UDP;x',
      'SIP/2.0/UDP :5060',
    ]) {
      expect(read(value), value).toBeNull();
    }
  });

  it('of the sender is the bottom one, and has the branch that the sender made up', () => {
    const m = request([
      'Via: SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/UDP b;branch=z9hG4bK2',
      'Via: SIP/2.0/UDP c;branch=z9hG4bK3',
    ]);
    const range = { start: 0, end: 0 };
    expect(branchRange(m, range)).toBe(true);
    expect(slice(m, range.start, range.end)).toBe('z9hG4bK3');
    const via = createVia();
    expect(readOrigin(m, via)).toBe(Vias.passedOn);
    expect(slice(m, via.hostStart, via.hostEnd)).toBe('c');
    const inOne = request(['Via: SIP/2.0/UDP a;branch=z9hG4bK1 , SIP/2.0/UDP b;x="q,";branch=z9hG4bK2']);
    expect(readOrigin(inOne, via)).toBe(Vias.passedOn);
    expect(slice(inOne, via.hostStart, via.hostEnd)).toBe('b');
    expect(readOrigin(request(['Via: SIP/2.0/UDP a;branch=z9hG4bK1,']), via)).toBe(Vias.own);
    expect(readOrigin(request([]), via)).toBe(Vias.none);
    const branch = (value: string) => {
      const other = request([`Via: SIP/2.0/UDP ${value}`]);
      return branchRange(other, range) ? slice(other, range.start, range.end) : null;
    };
    expect(branch('h;rport; BRANCH = b ;x')).toBe('b');
    expect(branch('h;x="a;branch=no";branch=yes')).toBe('yes');
    expect(branch('h;x="q"')).toBeNull();
    for (const value of ['h', 'h;rport', 'h;branch', 'h;brand=x', 'h;branch=x, SIP/2.0/UDP b'])
      expect(branch(value), value).toBeNull();
  });
});

describe('a message that is written', () => {
  it('is read again as it was', () => {
    const body = 'v=0\r\ns=猫\r\n';
    const m = scanned(
      encodeSip({
        method: 'INVITE',
        uri: 'sip:b@h',
        headers: [
          ['To', '<sip:b@h>'],
          ['CSeq', '7 INVITE'],
        ],
        body,
      }),
    );
    expect([requestUri(m), m.cseq, m.contentLength, m.data.toString('utf8', m.bodyStart)]).toEqual([
      'sip:b@h',
      7,
      Buffer.byteLength(body),
      body,
    ]);
    const response = scanned(
      encodeSip({ status: 180, reason: 'Ringing', headers: [['L', '0']], body: Buffer.from([1, 2]) }),
    );
    expect([response.status, response.contentLength, response.end - response.bodyStart]).toEqual([180, 0, 0]);
    expect(encodeSip({ status: 200, headers: [] }).toString()).toBe('SIP/2.0 200 \r\nContent-Length: 0\r\n\r\n');
    expect(encodeSip({ method: 'BYE', uri: 'sip:h', headers: [['content-length', '5']] }).toString()).not.toContain(
      'Content-Length',
    );
  });
});

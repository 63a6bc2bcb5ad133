import { describe, expect, it } from 'vitest';
import { headerText } from '../../src/sip/fields.ts';
import { Header, Method, ROW } from '../../src/sip/message.ts';
import { createSipMessage, findStartLine, looksLikeSip, scanSip, startsMessage } from '../../src/sip/scan.ts';
import { request, scanned, slice } from './read.ts';

const datagram = { stream: false, maxBytes: 65_536 };

function scan(text: string, options = datagram) {
  const data = Buffer.from(text, 'latin1');
  const m = createSipMessage();
  return { used: scanSip(data, 0, data.length, m, options), m };
}

describe('a start line', () => {
  it.each([
    'OPTIONS rtsp://h RTSP/1.0\r\n\r\n',
    'GET sip:h HTTP/1.1\r\n\r\n',
    'HTTP/1.1 200 OK\r\n\r\n',
    'SIP/2.0\r\n\r\n',
    'SIP/2.0 OK\r\n\r\n',
    'SIP/2 200 OK\r\n\r\n',
    'SIP/2.0 200x\r\n\r\n',
    'SIPS/2.0 200 OK\r\n\r\n',
    'INVITE sip:h\r\n\r\n',
    'INVITE sip:h SIP/2.\r\n\r\n',
    'INVITE sip:hSIP/2.0\r\n\r\n',
    'INVITE : SIP/2.0\r\n\r\n',
    'INVITE 1sip:h SIP/2.0\r\n\r\n',
    'INVITE sip SIP/2.0\r\n\r\n',
    `INVITE ${'s'.repeat(40)}:h SIP/2.0\r\n\r\n`,
    `${'M'.repeat(32_769)} sip:h SIP/2.0\r\n\r\n`,
    'M'.repeat(70),
    '\x80\x60 sip:h SIP/2.0\r\n\r\n',
    '   \r\n',
    '',
  ])('is none: %.60j', (text) => {
    expect(scan(text).used).toBe(-1);
    if (text !== '' && !/^\s*$/.test(text))
      expect(looksLikeSip(Buffer.from(text, 'latin1'), 0, text.length)).toBe(false);
  });

  it('may have any method, case of SIP, version and spacing, after blank lines', () => {
    const text = ' \r\n\r\nNEWMETHOD \t tel:+1-201 \tsip/3.14 \r\nTo: <sip:a>\r\n\r\n';
    const { used, m } = scan(text);
    expect(used).toBe(text.length);
    expect([m.method, m.status, slice(m, m.methodStart, m.methodEnd), slice(m, m.uriStart, m.uriEnd)]).toEqual([
      Method.Other,
      0,
      'NEWMETHOD',
      'tel:+1-201',
    ]);
  });

  it.each(Object.entries(Method).filter(([name]) => name !== 'Other'))(
    'knows %s, and not by its looks alone',
    (name, number) => {
      expect(scan(`${name} sip:h SIP/2.0\r\nCSeq: 1 ${name}\r\n\r\n`).m).toMatchObject({
        method: number,
        cseqMethod: number,
        cseq: 1,
      });
      for (let i = 0; i < name.length; i++) {
        const other = `${name.slice(0, i)}X${name.slice(i + 1)}`;
        expect(scan(`${other} sip:h SIP/2.0\r\n\r\n`).m.method, other).toBe(0);
      }
      // Against RFC 3261 §7.1, as servers do.
      expect(scan(`${name.toLowerCase()} sip:h SIP/2.0\r\n\r\n`).m.method).toBe(number);
    },
  );

  it('of a response has a code of three digits and any reason', () => {
    const { m } = scan('SIP/2.0  486   Busy  Here \r\n\r\n');
    expect([m.status, m.method, slice(m, m.reasonStart, m.reasonEnd)]).toEqual([486, 0, 'Busy  Here']);
    expect(scan('SIP/2.0 200\r\n\r\n').m.status).toBe(200);
    expect(scan('SIP/2.0 99 x\r\n\r\n').m).toMatchObject({ status: -1, stop: { reason: 'Status-Code' } });
    expect(scan('SIP/2.0 099 x\r\n\r\n').m).toMatchObject({ status: -1, stop: { reason: 'Status-Code' } });
  });

  it('cut by the snap length is still a request where nothing else can be', () => {
    const { used, m } = scan('INVITE sip:+8613812345678@ims.mnc000.mcc46');
    expect(used).toBe(42);
    expect(m).toMatchObject({ method: Method.INVITE, stop: { layer: 'sip', reason: 'start line' }, rowCount: 0 });
    expect(slice(m, m.uriStart, m.uriEnd)).toBe('sip:+8613812345678@ims.mnc000.mcc46');
    expect(scan('FOO sip:a@b').used).toBe(-1);
    expect(scan('INVITE http://a').used).toBe(-1);
  });

  it('is found again in a stream', () => {
    const text = 'v=0\r\nINVITE sip:no\r\n\r\nSIP/2.0 200 OK\r\nX: y\nBYE sip:h SIP/2.0\r';
    const data = Buffer.from(text);
    const first = findStartLine(data, 0, data.length);
    expect(first).toBe(text.indexOf('SIP/2.0 200'));
    expect(findStartLine(data, first, data.length)).toBe(text.indexOf('BYE'));
    expect(findStartLine(data, text.indexOf('BYE'), data.length)).toBe(-1);
    expect(findStartLine(Buffer.from('a\r\nINV'), 0, 6)).toBe(3);
  });

  it('with a method we know begins a message for sure, its tail does not', () => {
    const starts = (text: string) => startsMessage(Buffer.from(text), 0, text.length);
    expect(starts('BYE sip:h SIP/2.0\r\n')).toBe(1);
    expect(starts('SIP/2.0 200 OK\r\n')).toBe(1);
    for (const text of ['B', 'BYE', 'BYE sip', 'SI', 'SIP/2.', 'INVITE sip:a']) expect(starts(text), text).toBe(0);
    for (const text of ['YE sip:h SIP/2.0\r\n', 'YE sip:h', 'X', 'BYES', 'v=0', 'a: b'])
      expect(starts(text), text).toBe(-1);
  });
});

describe('header lines', () => {
  // RFC 3261 §7.3.3 and §20, RFC 3265, 3515, 3892
  const compact: [string, string, number][] = [
    ['v', 'Via', Header.Via],
    ['f', 'From', Header.From],
    ['t', 'To', Header.To],
    ['i', 'Call-ID', Header.CallId],
    ['m', 'Contact', Header.Contact],
    ['c', 'Content-Type', Header.ContentType],
    ['e', 'Content-Encoding', Header.ContentEncoding],
    ['k', 'Supported', Header.Supported],
    ['s', 'Subject', Header.Subject],
    ['o', 'Event', Header.Event],
    ['r', 'Refer-To', Header.ReferTo],
  ];

  it.each(compact)('%s is %s, in either case', (short, long, header) => {
    for (const name of [
      short,
      short.toUpperCase(),
      long,
      long.toUpperCase(),
      long.toLowerCase(),
      `${long} `,
      `${short}\t`,
    ]) {
      expect(headerText(request([`${name}: value`]), header), name).toBe('value');
    }
  });

  it('of every name are told from names that only look alike', () => {
    const names = Object.keys(Header).filter((name) => name !== 'Other');
    // The name in the message: words of the key joined by hyphens, with the acronyms RFCs spell in capitals.
    const spelled = (name: string) =>
      name === 'CSeq' || name === 'RSeq' || name === 'RAck' ? name : name.replace(/(?<!^)([A-Z])/g, '-$1');
    for (const key of names) {
      const header = Header[key as keyof typeof Header];
      const name = spelled(key);
      expect(request([`${name}: 1`]).first[header], name).toBe(1);
      expect(request([`${name.toUpperCase()}:1`]).first[header], name).toBe(1);
      for (let i = 0; i < name.length; i++) {
        const other = `${name.slice(0, i)}${name[i] === 'x' ? 'y' : 'x'}${name.slice(i + 1)}`;
        if (!/^Xia|^ro$/i.test(other)) expect(request([`${other}: 1`]).first[header], other).toBe(0);
      }
      expect(request([`${name}x: 1`]).first[header]).toBe(0);
      // 0x0d with the bit of lower case is a hyphen, and is a line end all the same.
      if (name.includes('-')) expect(request([`${name.replace('-', '\r')}: 1`]).first[header]).toBe(0);
    }
  });

  it('may be folded, end in LF or CR alone, lack or have blanks', () => {
    const m = scanned(
      'INVITE sip:h SIP/2.0\nA:1\rSubject:\r\n \r\n\tone\r\n  two  \nTo :\t<sip:a>\nFrom:\r\nCall-ID: x\n\nbody',
    );
    expect(headerText(m, Header.Subject)).toBe('one two');
    expect(headerText(m, Header.To)).toBe('<sip:a>');
    expect(headerText(m, Header.From)).toBe('');
    expect(headerText(m, Header.CallId)).toBe('x');
    expect(slice(m, m.bodyStart, m.end)).toBe('body');
    expect(m.rowCount).toBe(5);
    expect(m.stop).toBeNull();
  });

  it('without a colon are passed over, with their folds', () => {
    const m = request(['no colon here', ' To: <sip:folded>', 'To: <sip:a>', '=x: 1', ': 2', 'a b: 3', 'Call-ID: y']);
    expect(headerText(m, Header.To)).toBe('<sip:a>');
    expect(headerText(m, Header.CallId)).toBe('y');
    expect(m.rowCount).toBe(2);
    expect(m.stop).toMatchObject({ reason: 'header line', offset: 36 });
  });

  it('beyond the limit are passed over, but for the first of each that is known', () => {
    const data = Buffer.from(`BYE sip:h SIP/2.0\r\n${'X: y\r\n'.repeat(5)}l: 2\r\nl: 3\r\nX: z\r\n\r\nab`);
    const m = createSipMessage(4);
    expect(scanSip(data, 0, data.length, m, datagram)).toBe(data.length);
    expect(m).toMatchObject({ rowCount: 5, stop: { reason: 'sipHeaders' }, contentLength: 2 });
  });

  it('of one message do not show in the next', () => {
    const m = createSipMessage();
    const first = Buffer.from('BYE sip:h SIP/2.0\r\nTo: <sip:a>\r\nCSeq: 3 BYE\r\nX: 1\r\nl: 9\r\n\r\n');
    const second = Buffer.from('SIP/2.0 200 OK\r\nFrom: <sip:b>\r\n\r\n');
    scanSip(first, 0, first.length, m, { ...datagram, stream: true });
    scanSip(second, 0, second.length, m, datagram);
    expect([...m.first].flatMap((row, header) => (row === 0 ? [] : [header]))).toEqual([Header.From]);
    expect(m).toMatchObject({ cseq: -1, cseqMethod: 0, contentLength: -1, stop: null, method: 0 });
  });
});

describe('CSeq and Content-Length', () => {
  it.each([
    ['1 INVITE', 1, Method.INVITE, undefined],
    ['0001\t\r\n ACK', 1, Method.ACK, undefined],
    ['4294967295 BYE', 4_294_967_295, Method.BYE, undefined],
    ['4294967296 BYE', -1, Method.BYE, 'CSeq'],
    ['BYE', -1, Method.BYE, 'CSeq'],
    ['7', -1, 0, 'CSeq'],
    ['-1 BYE', -1, 0, 'CSeq'],
    ['', -1, 0, 'CSeq'],
  ])('CSeq: %j', (value, cseq, method, stop) => {
    const m = request([`CSeq: ${value}`]);
    expect([m.cseq, m.cseqMethod, m.stop?.reason]).toEqual([cseq, method, stop]);
  });

  it.each([
    ['4', 4, 'body', undefined],
    ['0', 0, '', undefined],
    ['00002', 2, 'bo', undefined],
    ['9', 9, 'body', 'Content-Length'],
    ['-4', -2, 'body', 'Content-Length'],
    ['4 bytes', -2, 'body', 'Content-Length'],
    ['99999999999999999999', -2, 'body', 'Content-Length'],
    ['', -2, 'body', 'Content-Length'],
  ])('Content-Length: %j of 4', (value, length, body, stop) => {
    const m = request([`Content-Length: ${value}`], 'body');
    expect([m.contentLength, slice(m, m.bodyStart, m.end), m.stop?.reason]).toEqual([length, body, stop]);
  });

  it('said twice must agree', () => {
    expect(request(['l: 2', 'Content-Length: 2'], 'body').contentLength).toBe(2);
    expect(request(['l: 2', 'Content-Length: 3'], 'body')).toMatchObject({
      contentLength: -2,
      stop: { reason: 'Content-Length' },
    });
  });

  it('on a stream says how many bytes are to come', () => {
    const head = 'BYE sip:h SIP/2.0\r\nl: 10\r\n\r\n';
    const { used, m } = scan(`${head}abc`, { stream: true, maxBytes: 1000 });
    expect([used, m.end]).toEqual([0, head.length + 10]);
    const tooLong = scan(`${head.replace('10', '2000')}abc`, { stream: true, maxBytes: 1000 });
    expect(tooLong.used).toBe(head.length + 2);
    expect(tooLong.m.stop).toMatchObject({ reason: 'Content-Length', need: 2000, have: 3 });
  });
});

it('bytes beyond the limit are never looked at', () => {
  const text = 'INVITE sip:h SIP/2.0\r\nTo: <sip:a>\r\nContent-Length: 4\r\n\r\nbody';
  const data = Buffer.from(`\r\n${text}`);
  const m = createSipMessage();
  for (let end = 0; end <= data.length; end++) {
    const alone = Buffer.from(data.subarray(0, end));
    const other = createSipMessage();
    for (const stream of [true, false]) {
      const options = { stream, maxBytes: 65_536 };
      const used = scanSip(data, 0, end, m, options);
      expect(used).toBe(scanSip(alone, 0, end, other, options));
      if (used > 0) {
        expect({ ...m, data: 0, rows: [...m.rows.subarray(0, m.rowCount * ROW)] }).toEqual({
          ...other,
          data: 0,
          rows: [...other.rows.subarray(0, other.rowCount * ROW)],
        });
      }
    }
  }
});

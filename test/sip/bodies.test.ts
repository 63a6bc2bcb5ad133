import { describe, expect, it } from 'vitest';
import { parseAccessNetwork } from '../../src/sip/access-network.ts';
import { credentials } from '../../src/sip/credentials.ts';
import { Header } from '../../src/sip/message.ts';
import { findSdp } from '../../src/sip/multipart.ts';
import { qValueCause, reasonCause } from '../../src/sip/reason.ts';
import { mediaText, readSdp } from '../../src/sip/sdp.ts';
import { headerOrder, idShape } from '../../src/sip/shapes.ts';
import { request, slice } from './read.ts';

/** The description of a DBL GoIP as its firmware writes it. */
const goip =
  'v=0\r\no=userX 20000001 20000001 IN IP4 192.0.2.9\r\ns=DBL Session\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 16384 RTP/AVP 8 0 18 4 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n';

const sdp = (text: string) => readSdp(Buffer.from(text), 0, Buffer.byteLength(text));
const fingerprint = (text: string) => sdp(text)?.fingerprint;
const media = (text: string) => sdp(text)?.media;

describe('a session description', () => {
  it('has one fingerprint for all devices of a make', () => {
    const other = goip.replaceAll('192.0.2.9', '198.51.100.7').replaceAll('20000001', '31').replace('16384', '40000');
    expect(fingerprint(goip)).toMatch(/^[0-9a-f]{13}$/);
    expect(fingerprint(other)).toBe(fingerprint(goip));
    expect(fingerprint(goip.replace('userX', 'someY'))).toBe(fingerprint(goip));
    expect(fingerprint(goip.replace('telephone-event', 'TELEPHONE-EVENT'))).toBe(fingerprint(goip));
    expect(fingerprint(`${goip}a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0\r\na=ice-ufrag:F7gI\r\n`)).toBe(
      fingerprint(goip),
    );
  });

  it.each([
    ['user of o=', (text: string) => text.replace('userX', '-')],
    ['session name', (text: string) => text.replace('DBL Session', 'session')],
    ['order of codecs', (text: string) => text.replace('8 0 18', '0 8 18')],
    ['rtpmap names', (text: string) => text.replace('PCMA', 'G729')],
  ])('has another where the %s is another', (_, change) => {
    expect(fingerprint(change(goip))).not.toBe(fingerprint(goip));
  });

  it('is none without lines of its kind', () => {
    expect(sdp('')).toBeNull();
    expect(sdp('hello\r\nworld')).toBeNull();
    expect(media('v=0\r\n')).toBeNull();
  });

  it('tells media and the address of the first stream', () => {
    expect(media(goip)).toEqual({ kinds: 'audio', address: '192.0.2.9', port: 16384 });
    expect(
      media(
        'c=IN IP4 192.0.2.1/127\nm=audio 0 RTP/AVP 0\nm=video 5004/2 RTP/AVP 31\nc=IN IP6 2001:db8::1\nm=audio 6000 RTP/AVP 0\nc=IN IP4 192.0.2.2\nm=video 7000 RTP/AVP 31\n',
      ),
    ).toEqual({ kinds: 'video+audio', address: '[2001:db8::1]', port: 5004 });
    expect(media('m=audio 0 RTP/AVP 0\r\nm=image 70000 udptl t38\r\nm=text x RTP/AVP 0')).toEqual({
      kinds: 'audio+image+text',
      address: null,
      port: 0,
    });
    expect(media('c=IN IP6 2001:0DB8:0:0:1:0:9E0B:BAEA\nm=audio 8 RTP/AVP 0')).toEqual({
      kinds: 'audio',
      address: '[2001:db8::1:0:9e0b:baea]',
      port: 8,
    });
    // RFC 4007 §11.2: a zone.
    expect(media('c=IN IP6 fe80::1%eth0\nm=audio 8 RTP/AVP 0')?.address).toBe('[fe80::1]');
    expect(media('c=IN IP4\r\nm=audio 4 RTP/AVP 0')).toEqual({ kinds: 'audio', address: null, port: 4 });
  });

  it('writes media as kinds, address and port', () => {
    for (const address of ['192.0.2.9', '[2001:db8::1]', 'h'.repeat(255), 'm\u00fcller'])
      for (const port of [0, 7, 10, 99, 16384, 65535])
        expect(mediaText({ kinds: 'audio+video', address, port })).toBe(`audio+video ${address}:${port}`);
    expect(mediaText({ kinds: 'audio', address: null, port: 4 })).toBe('audio');
  });
});

describe('a multipart body (RFC 2046)', () => {
  const sdpOf = (type: string, body: string) => {
    const m = request([`Content-Type: ${type}`], body);
    const range = { start: 0, end: 0 };
    return findSdp(m, range) ? slice(m, range.start, range.end) : null;
  };

  it('is searched for the session description', () => {
    const body =
      'preamble\r\n--b 1\r\nContent-Type: application/isup;version=itu-t92+\r\n\r\n\x01\x00\x02\r\n--b 1 \r\nContent-ID: <x>\r\ncontent-type:\r\n Application/SDP\r\n\r\nv=0\r\ns=-\r\n--b 1--\r\nepilogue';
    expect(sdpOf('multipart/mixed; x=1; boundary="b 1"', body)).toBe('v=0\r\ns=-');
    expect(sdpOf('MULTIPART/Mixed;boundary=b', '--b\nc : application/sdp\n\nv=0\n--bx\n--b--')).toBe('v=0\n--bx');
  });

  it('may hold another, and lack its end', () => {
    const inner = '--in\r\nContent-Type: text/plain\r\n\r\nx\r\n--in\r\nContent-Type: application/sdp\r\n\r\nv=0';
    expect(
      sdpOf(
        'multipart/mixed;boundary=out',
        `--out\r\nContent-Type: multipart/alternative;boundary=in\r\n\r\n${inner}\r\n--out--`,
      ),
    ).toBe('v=0');
    expect(sdpOf('multipart/mixed;boundary=in', inner)).toBe('v=0');
    let deep = inner;
    for (let i = 0; i < 5; i++)
      deep = `--o${i}\r\nContent-Type: multipart/mixed;boundary=${i === 0 ? 'in' : `o${i - 1}`}\r\n\r\n${deep}`;
    expect(sdpOf('multipart/mixed;boundary=o4', deep)).toBeNull();
  });

  it('is left alone where it is none, or has no description', () => {
    expect(sdpOf('application/sdp', 'v=0')).toBe('v=0');
    for (const [type, body] of [
      ['application/sdp', ''],
      ['text/plain', 'v=0'],
      ['multipart/mixed', '--b'],
      ['multipart/mixed;boundary=', '--\r\n'],
      [`multipart/mixed;boundary=${'b'.repeat(300)}`, 'x'],
      ['multipart/mixed;boundary=b', '--b\r\n\r\nv=0\r\n--b--'],
      ['multipart/mixed;boundary=b', '--b\r\nX: y'],
      ['multipart/mixed;boundary=b', '--b'],
    ] as const) {
      expect(sdpOf(type, body), type).toBeNull();
    }
    expect(findSdp(request([], 'v=0'), { start: 0, end: 0 })).toBe(false);
  });
});

describe('P-Access-Network-Info (RFC 7315 §5.4, 3GPP TS 24.229 §7.2A.4)', () => {
  it.each([
    [
      '3GPP-GERAN;cgi-3gpp=46000180700FF',
      { access: '3GPP-GERAN', mcc: '460', mnc: '00', lac: 0x1807, cell: '460-00-6151-255' },
    ],
    [
      '3GPP-GERAN; cgi-3gpp="310410180700FF"',
      { access: '3GPP-GERAN', mcc: '310', mnc: '410', lac: 0x1807, cell: '310-410-6151-255' },
    ],
    [
      '3gpp-e-utran-fdd;utran-cell-id-3gpp=4600118070000001',
      { access: '3GPP-E-UTRAN-FDD', mcc: '460', mnc: '01', lac: 0x1807, cell: '460-01-6151-1' },
    ],
    [
      '3GPP-E-UTRAN-TDD; utran-cell-id-3gpp=31026018070ABCDEF;network-provided',
      { access: '3GPP-E-UTRAN-TDD', mcc: '310', mnc: '260', lac: 0x1807, cell: `310-260-6151-${0x0abcdef}` },
    ],
    // A service area: where a phone is served by 3G, by the network's word.
    [
      '3GPP-UTRAN;utran-sai-3gpp=46001180700FF;network-provided',
      { access: '3GPP-UTRAN', mcc: '460', mnc: '01', lac: 0x1807, cell: '460-01-6151-255' },
    ],
    [
      'IEEE-802.11;i-wlan-node-id=ffffffffffff, 3GPP-UTRAN-FDD; utran-sai-3gpp="310410180700FF"',
      { access: '3GPP-UTRAN-FDD', mcc: '310', mnc: '410', lac: 0x1807, cell: '310-410-6151-255' },
    ],
    [
      '3GPP-NR-FDD;utran-cell-id-3gpp=46000001807000000010',
      { access: '3GPP-NR-FDD', mcc: '460', mnc: '00', lac: 0x1807, cell: '460-00-6151-16' },
    ],
    [
      '3GPP-NR-TDD;utran-cell-id-3gpp=310260001807FFFFFFFFF',
      { access: '3GPP-NR-TDD', mcc: '310', mnc: '260', lac: 0x1807, cell: `310-260-6151-${2 ** 36 - 1}` },
    ],
    [
      'IEEE-802.11;i-wlan-node-id=00-11-22-33-44-55',
      { access: 'IEEE-802.11', mcc: null, mnc: null, lac: null, cell: null },
    ],
    [
      'IEEE-802.11;x="a,b", 3GPP-GERAN;cgi-3gpp=4600018070001',
      { access: '3GPP-GERAN', mcc: '460', mnc: '00', lac: 0x1807, cell: '460-00-6151-1' },
    ],
    // A length that fits no MNC: the country decides.
    [
      '3GPP-GERAN;cgi-3gpp=31041018070F',
      { access: '3GPP-GERAN', mcc: '310', mnc: '410', lac: 0x1807, cell: '310-410-6151-15' },
    ],
    ['3GPP-GERAN;cgi-3gpp=4600A18070001', { access: '3GPP-GERAN', mcc: null, mnc: null, lac: null, cell: null }],
    ['3GPP-GERAN;cgi-3gpp=46000', { access: '3GPP-GERAN', mcc: null, mnc: null, lac: null, cell: null }],
  ])('%s', (value, expected) => {
    expect(parseAccessNetwork(value)).toEqual(expected);
  });

  it('without an access type says nothing', () => {
    for (const value of ['', ' , ', '"x"', ';cgi-3gpp=4600018070001'])
      expect(parseAccessNetwork(value), value).toBeNull();
  });
});

describe('Reason (RFC 3326)', () => {
  it('gives the Q.850 cause, of whichever value has it', () => {
    expect(qValueCause(request(['Reason: Q.850;cause=16;text="Normal, clearing"']))).toBe(16);
    expect(qValueCause(request(['Reason: SIP ;cause=200 ;text="a;cause=1", q.850 ; cause = "17"']))).toBe(17);
    expect(qValueCause(request(['Reason: SIP;cause=600', 'To: <sip:a>', 'Reason: Q.850;cause=21']))).toBe(21);
    expect(reasonCause(request(['Reason: SIP;cause=600']), 'sip')).toBe(600);
    for (const value of ['Q.850', 'Q.850;cause=', 'Q.850;cause=x', 'Q.850;cause=1000', 'Q.8501;cause=1']) {
      expect(qValueCause(request([`Reason: ${value}`])), value).toBeNull();
    }
    expect(qValueCause(request([]))).toBeNull();
  });
});

describe('credentials', () => {
  it('are scheme, user and realm, and no secret', () => {
    const m = request([
      'Authorization: Digest username="460001234567890@ims.mnc000.mcc460.3gppnetwork.org", realm="ims", nonce="realm=x", response="0"',
      'WWW-Authenticate: Digest\r\n realm=plain,nonce="n"',
      'Proxy-Authorization: NoOneKnows',
    ]);
    expect(credentials(m, Header.Authorization)).toEqual({
      scheme: 'Digest',
      user: '460001234567890@ims.mnc000.mcc460.3gppnetwork.org',
      realm: 'ims',
    });
    expect(credentials(m, Header.WwwAuthenticate)).toEqual({ scheme: 'Digest', user: null, realm: 'plain' });
    expect(credentials(m, Header.ProxyAuthorization)).toEqual({ scheme: 'NoOneKnows', user: null, realm: null });
    expect(credentials(m, Header.ProxyAuthenticate)).toBeNull();
  });
});

describe('the shape of identifiers', () => {
  const shape = (branch: string, tag: string, call: string) =>
    idShape(request([`Via: SIP/2.0/UDP h;branch=${branch}`, `From: <sip:a>;tag=${tag}`, `Call-ID: ${call}`]));

  it('shows the decimal numbers of a GoIP', () => {
    expect(shape('z9hG4bK4159338721', '48213377', '1234567890@192.0.2.9')).toBe('z9hG4bK+d10 d8 d10@ip');
  });

  it.each([
    [
      'z9hG4bK-524287-1---a0b1c2d3e4f5a6b7',
      'as7d0f',
      'f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
      'z9hG4bK+-d6-d1---x16 m6 uuid',
    ],
    ['b1', 'Tag', 'abcdef@[2001:db8::1]', 'x2 a3 x6@ip'],
    ['z9hG4bK', 'x.y~z!w%v', 'q@a.example', 'z9hG4bK+ a1.a1~a1!a1%a1 a1@name'],
    [
      'z9hG4bK',
      '1.2.3.4.5.6.7.8.9',
      '..........................',
      'z9hG4bK+ d1.d1.d1.d1.d1.d1.d1.d1.~ ................~',
    ],
    ['z9hG4bKg', '1', 'g81d4fae-7dec-11d0-a765-00a0c91e6bf6@1.2.3', 'z9hG4bK+a1 d1 m8-x4-x4-x4-x12@name'],
    ['z9hG4bK1', '2', 'f81d4fae-7dec-11d0-a765x00a0c91e6bf6', 'z9hG4bK+d1 d1 x8-x4-x4-m17'],
    ['z9hG4', '1234567890'.repeat(30), 'a', 'm5 d300 x1'],
    ['z9hG4bK1', '2', 'é', 'z9hG4bK+d1 d1 ??'],
  ])('%s %s %s', (branch, tag, call, expected) => {
    expect(shape(branch, tag, call)).toBe(expected);
  });

  it('says what is missing', () => {
    expect(idShape(request(['Call-ID: 12']))).toBe('- - d2');
    expect(idShape(request([]))).toBeNull();
  });
});

describe('the order of headers', () => {
  const lines = ['Via: a', 'From: <sip:a>', 'To: <sip:b>', 'X-ACrypt: 1', 'CSeq: 1 INVITE'];
  const order = (changed: readonly string[]) => headerOrder(request(changed));

  it('is the same whatever the values, the hops and the challenge', () => {
    expect(order(lines)).toMatch(/^[0-9a-f]{13}$/);
    expect(
      order(['Via: b', 'Via: a', 'From: <sip:c>', 'To: x', 'Authorization: y', 'X-ACrypt:2', 'CSeq: 2 INVITE']),
    ).toBe(order(lines));
  });

  it('is another where names change places or spelling', () => {
    expect(order([...lines].reverse())).not.toBe(order(lines));
    expect(order(lines.map((line) => line.replace('Via', 'v')))).not.toBe(order(lines));
    expect(order(lines.map((line) => line.replace('CSeq', 'Cseq')))).not.toBe(order(lines));
    expect(order([...lines, 'X-Other: 1'])).not.toBe(order(lines));
  });
});

export const A = '10.0.0.1';
export const B = '10.0.0.2';
export const CALLER = 'From: <sip:+8613800000001@example.com>;tag=a1';
export const CALLED = 'To: <sip:+8613900000002@example.com>';

export function request(
  method: string,
  cseq: number,
  more: readonly string[] = [],
  to = CALLED,
  from = CALLER,
): string[] {
  return [
    `${method} sip:+8613900000002@example.com SIP/2.0`,
    'Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKabc',
    from,
    to,
    'Call-ID: one@10.0.0.1',
    `CSeq: ${cseq} ${method}`,
    ...more,
  ];
}

export function response(
  status: string,
  method: string,
  cseq: number,
  tag = '',
  more: readonly string[] = [],
  from = CALLER,
): string[] {
  return [
    `SIP/2.0 ${status}`,
    'Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKabc',
    from,
    tag === '' ? CALLED : `${CALLED};tag=${tag}`,
    'Call-ID: one@10.0.0.1',
    `CSeq: ${cseq} ${method}`,
    ...more,
  ];
}

export const COLUMNS = [
  'kind',
  'outcome',
  'msisdn',
  'counterpart',
  'setup_ms',
  'ring_ms',
  'talk_ms',
  'sip_status',
  'cause',
  'released_by',
];

export const ordinary = { kind: 'leg', msisdn: '8613800000001', counterpart: '8613900000002' };

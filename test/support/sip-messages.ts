/** Header lines of SIP messages of one dialog (RFC 3261 §7), for a {@link Scene}. */
export interface DialogParts {
  callId?: string;
  /** `From` and `To` of the caller's requests, without tags. */
  from?: string;
  to?: string;
  fromTag?: string;
  /** '' where the message has none yet. */
  toTag?: string;
  uri?: string;
  more?: readonly string[];
}

const DEFAULTS = {
  callId: 'one@10.0.0.1',
  from: '<sip:+8613800000001@example.com>',
  to: '<sip:+8613900000002@example.com>',
  fromTag: 'a1',
  toTag: '',
  uri: 'sip:+8613900000002@example.com',
  more: [],
} as const;

/** A request of the caller. */
export function request(method: string, cseq: number, parts: DialogParts = {}): string[] {
  const { uri } = { ...DEFAULTS, ...parts };
  return [`${method} ${uri} SIP/2.0`, ...common(cseq, method, parts)];
}

/** A request of the called side in the dialog: From and To change places (RFC 3261 §12.2.1.1). */
export function requestBack(method: string, cseq: number, parts: DialogParts): string[] {
  const { from, to, fromTag, toTag } = { ...DEFAULTS, ...parts };
  const back = { ...parts, from: to, to: from, fromTag: toTag, toTag: fromTag };
  return request(method, cseq, { uri: 'sip:+8613800000001@10.0.0.1', ...back });
}

/** The answer to a request of the caller. @param status code and reason */
export function response(status: string, method: string, cseq: number, parts: DialogParts = {}): string[] {
  return [`SIP/2.0 ${status}`, ...common(cseq, method, parts)];
}

function common(cseq: number, method: string, parts: DialogParts): string[] {
  const { callId, from, to, fromTag, toTag, more } = { ...DEFAULTS, ...parts };
  return [
    'Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKabc',
    `From: ${from};tag=${fromTag}`,
    toTag === '' ? `To: ${to}` : `To: ${to};tag=${toTag}`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} ${method}`,
    ...more,
  ];
}

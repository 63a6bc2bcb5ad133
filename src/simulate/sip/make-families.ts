import type { Make, MakeKind } from './make.ts';

export const USUAL = 'Via From To Call-ID CSeq Contact Max-Forwards User-Agent';
export const ROUTED = 'Via Route Max-Forwards From To Call-ID CSeq Contact';
const LATE_MAX = 'Via From To Call-ID CSeq Contact Authorization Proxy-Authorization Max-Forwards';
export const ALLOW_PLAIN = 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK';
export const ALLOW_LONG = 'INVITE, ACK, OPTIONS, CANCEL, BYE, SUBSCRIBE, NOTIFY, INFO, REFER, UPDATE, MESSAGE';
export const AMR_WIDE = '104 102 105 100';
const QOS = ['a=curr:qos local none', 'a=des:qos mandatory local sendrecv'];

export function radio(userAgent: string, rest: Partial<Make> & Pick<Make, 'branch' | 'tag' | 'callId'>): Make {
  return {
    kind: 'handset',
    userAgent,
    order: ROUTED,
    allow: 'INVITE,ACK,CANCEL,BYE,UPDATE,PRACK,MESSAGE,REFER,NOTIFY,INFO,OPTIONS',
    supported: '100rel,timer,replaces,path,gruu',
    expires: [600_000, 600_000, 7200, 3600],
    sdp: {
      user: '-',
      id: '{d10}',
      version: 'same',
      name: '-',
      codecs: AMR_WIDE,
      mapAll: true,
      attributes: ['a=ptime:20', 'a=maxptime:240', ...QOS, 'a=sendrecv'],
    },
    radio: true,
    // Ports of an IPsec association are anywhere (3GPP TS 33.203).
    port: '{5060|5060-5064|5060-6100|1024-65535|1024-65535}',
    userPhone: true,
    ...rest,
  };
}

export function pjsip(kind: MakeKind, userAgent: string, expires: readonly number[]): Make {
  return {
    kind,
    userAgent,
    branch: 'z9hG4bKPj{x32}',
    tag: '{x32}',
    callId: '{x32}',
    order: 'Via Max-Forwards From To Contact Call-ID CSeq Allow Supported Session-Expires Min-SE User-Agent',
    allow: 'PRACK, INVITE, ACK, BYE, CANCEL, UPDATE, INFO, SUBSCRIBE, NOTIFY, REFER, MESSAGE, OPTIONS',
    supported: 'replaces, 100rel, timer, norefersub',
    expires,
    sdp: {
      user: '-',
      id: '39{d8}',
      version: 'same',
      name: 'pjmedia',
      codecs: '8 0 101',
      mapAll: true,
      attributes: ['a=sendrecv'],
    },
    port: '{5060|49152-65535}',
  };
}

export function dahdi(userAgent: string): Make {
  return {
    kind: 'exchange',
    userAgent,
    server: true,
    branch: 'z9hG4bK{x8}',
    tag: 'as{x8}',
    callId: '{x32}@{h}:5060',
    order:
      'Via Max-Forwards From To Contact Call-ID CSeq User-Agent Authorization Proxy-Authorization Date Allow Supported',
    allow: 'INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, SUBSCRIBE, NOTIFY, INFO, PUBLISH, MESSAGE',
    supported: 'replaces, timer',
    expires: [120, 300, 600, 3600],
    sdp: {
      user: 'root',
      id: '{d9}',
      version: 'same',
      name: 'Asterisk PBX {13|16|18}.{1-30}.0',
      codecs: '8 0 18 101',
      mapAll: true,
      attributes: ['a=ptime:20', 'a=maxptime:150', 'a=sendrecv'],
    },
    port: '5060',
  };
}

export function yealink(kind: MakeKind, userAgent: string): Make {
  return {
    kind,
    userAgent,
    branch: 'z9hG4bK{d9-10}',
    tag: '{d9-10}',
    callId: '0_{d9-10}@{h}',
    order: `${LATE_MAX} User-Agent Supported Allow-Events`,
    allow:
      'INVITE, INFO, PRACK, ACK, BYE, CANCEL, OPTIONS, NOTIFY, REGISTER, SUBSCRIBE, REFER, PUBLISH, UPDATE, MESSAGE',
    supported: 'replaces',
    expires: [600, 1800, 3600],
    sdp: {
      user: '-',
      id: '20{d3}',
      version: 'same',
      name: 'SDP data',
      codecs: '0 8 18 9 101',
      mapAll: true,
      attributes: ['a=ptime:20', 'a=sendrecv'],
    },
    port: '{5060|5062|5065}',
  };
}

export function grandstream(kind: MakeKind, userAgent: string): Make {
  return {
    kind,
    userAgent,
    branch: 'z9hG4bK{d9-10}',
    tag: '{d9-10}',
    callId: '{d9-10}-5060-{1-99}@BJC.BGI.B.{l2}',
    order: 'Via From To Call-ID CSeq Contact Authorization Proxy-Authorization Max-Forwards Supported User-Agent Allow',
    allow: 'INVITE, ACK, OPTIONS, CANCEL, BYE, SUBSCRIBE, NOTIFY, INFO, REFER, UPDATE, MESSAGE',
    supported: 'replaces, path, timer, eventlist',
    expires: [60, 600, 3600],
    sdp: {
      user: '{d7}',
      id: '8000',
      version: 'same',
      name: 'SIP Call',
      codecs: '0 8 4 18 2 101',
      mapAll: true,
      attributes: ['a=sendrecv', 'a=ptime:20'],
    },
    port: '{5060-5068}',
    keepAlive: 20,
  };
}

export function ciscoSmall(kind: MakeKind, userAgent: string): Make {
  return {
    kind,
    userAgent,
    branch: 'z9hG4bK-{x8}',
    tag: '{x16}o{0-3}',
    callId: '{x8}-{x8}@{h}',
    order:
      'Via From To Call-ID CSeq Max-Forwards Proxy-Authorization Authorization Contact Expires User-Agent Allow Supported',
    allow: 'ACK, BYE, CANCEL, INFO, INVITE, NOTIFY, OPTIONS, REFER',
    supported: 'replaces',
    expires: [300, 3600],
    sdp: {
      user: '-',
      id: '{d7}',
      version: 'same',
      name: '-',
      codecs: '0 2 4 8 18 96 97 98 101',
      mapAll: true,
      attributes: ['a=ptime:30', 'a=sendrecv'],
    },
    port: '{5060-5064}',
    keepAlive: 15,
  };
}

export function goip(kind: 'goip' | 'hybertone', userAgent: string): Make {
  return {
    kind,
    userAgent,
    branch: 'z9hG4bK{n}',
    tag: '{d8}',
    callId: '{d10}@{h}',
    order: 'Via From To Call-ID CSeq Contact Max-Forwards User-Agent X-ACrypt Expires Allow',
    lengthPad: ' {|  |    }',
    allow: 'INVITE, ACK, CANCEL, BYE, NOTIFY, REFER, OPTIONS, INFO, SUBSCRIBE',
    supported: 'replaces',
    expires: [60, 120],
    sdp: {
      user: 'userX',
      id: '20000001',
      version: 'same',
      name: 'DBL Session',
      codecs: '8 0 18 4 101',
      mapAll: true,
      attributes: ['a=ptime:20', 'a=sendrecv'],
    },
    port: '{5060-6060}',
    keepAlive: 30,
    extra: [['X-ACrypt', '0']],
    busy: [480, 'Remote Busy'],
  };
}

export const sofia: Omit<Make, 'kind' | 'userAgent'> = {
  branch: 'z9hG4bK{a13}',
  tag: '{a13}',
  callId: '{u}',
  order: 'Via Max-Forwards From To Call-ID CSeq Contact User-Agent Allow Supported Allow-Events',
  allow: 'INVITE, ACK, BYE, CANCEL, OPTIONS, MESSAGE, INFO, UPDATE, REGISTER, REFER, NOTIFY',
  supported: 'timer, path, replaces',
  expires: [300, 600, 3600],
  sdp: {
    user: 'FreeSWITCH',
    id: '17{d8}',
    version: 'next',
    name: 'FreeSWITCH',
    codecs: '8 0 101',
    mapAll: true,
    attributes: ['a=ptime:20'],
  },
  port: '{5060|5080}',
};

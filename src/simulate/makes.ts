/** What a make of device puts into its messages. Patterns are those of `shapes.ts`. */
export interface Make {
  kind: MakeKind;
  userAgent: string;
  branch: string;
  tag: string;
  callId: string;
  /** Header names in the order the device writes them; those left out come in a usual order, Content-Length last. */
  order: string;
  /** Compact header names (RFC 3261 §7.3.3). */
  compact?: boolean;
  /** Text after `Content-Length:`, where it is not one blank. */
  lengthPad?: string;
  allow: string;
  supported: string;
  /** Registration times it asks for, seconds. */
  expires: readonly number[];
  sdp: SdpMake;
  /** A phone of the radio network: IMEI, access information, preferred identity, preconditions. */
  radio?: boolean;
  /** Its own port. */
  port: string;
  /** Seconds between keep-alives, where it sends some. */
  keepAlive?: number;
  /** Addresses have `;user=phone`. */
  userPhone?: boolean;
  /** Header fields of its own: name and value. */
  extra?: readonly (readonly [name: string, value: string])[];
  /** Its responses say what it is in `Server`, not in `User-Agent`. */
  server?: boolean;
  /** What it says where others say `486 Busy Here`. */
  busy?: readonly [status: number, reason: string];
}

export type MakeKind = 'handset' | 'softphone' | 'desk' | 'adapter' | 'exchange' | 'module' | 'goip' | 'hybertone';

/** Session descriptions of a make (RFC 8866). */
export interface SdpMake {
  user: string;
  id: string;
  /** Version equals the id at first (else it is 1 or a number of its own). */
  version: 'same' | 'one' | 'next';
  name: string;
  codecs: string;
  /** Static payload types have an rtpmap line too. */
  mapAll: boolean;
  /** Attribute lines after the maps. */
  attributes: readonly string[];
}

const USUAL = 'Via From To Call-ID CSeq Contact Max-Forwards User-Agent';
const ROUTED = 'Via Route Max-Forwards From To Call-ID CSeq Contact';
const LATE_MAX = 'Via From To Call-ID CSeq Contact Authorization Proxy-Authorization Max-Forwards';
const ALLOW_PLAIN = 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK';
const ALLOW_LONG = 'INVITE, ACK, OPTIONS, CANCEL, BYE, SUBSCRIBE, NOTIFY, INFO, REFER, UPDATE, MESSAGE';
const AMR_WIDE = '104 102 105 100';
const QOS = ['a=curr:qos local none', 'a=des:qos mandatory local sendrecv'];

function radio(userAgent: string, rest: Partial<Make> & Pick<Make, 'branch' | 'tag' | 'callId'>): Make {
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

function pjsip(kind: MakeKind, userAgent: string, expires: readonly number[]): Make {
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

function dahdi(userAgent: string): Make {
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

function yealink(kind: MakeKind, userAgent: string): Make {
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

function grandstream(kind: MakeKind, userAgent: string): Make {
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

function ciscoSmall(kind: MakeKind, userAgent: string): Make {
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

function goip(kind: 'goip' | 'hybertone', userAgent: string): Make {
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

const sofia: Omit<Make, 'kind' | 'userAgent'> = {
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

/** Makes as their messages are known from traces and documentation. Values are typical, not exhaustive. */
export const MAKES: readonly Make[] = [
  radio('iOS/1{6|7|8}.{0-6}.{0-2} (2{0-2}{A|B|C|D|E}{20-400}) iPhone', {
    branch: 'z9hG4bK{x40}',
    tag: '{a10}',
    callId: '{a22}@{h}',
    order: 'Via Max-Forwards Route From To Call-ID CSeq Contact P-Preferred-Identity P-Access-Network-Info',
  }),
  radio('{SM-S908B|SM-G991B|SM-A525F|SM-A145R|SM-S911U}-{X3}{1-9} Samsung IMS 6.0', {
    branch: 'z9hG4bK-{x24}smg',
    tag: '{d10}',
    callId: '{x32}@{h}',
  }),
  radio('Xiaomi_{M2101K9G|2201117TG|23049PCD8G|21091116AC}_Android{11-14}', {
    branch: 'z9hG4bK{d10}',
    tag: '{d10}',
    callId: '{d10}@{h}',
    order: 'Via From To Call-ID CSeq Max-Forwards Contact Route',
  }),
  radio('HUAWEI-{EVR-L29|ELS-NX9|NOH-AN00|ANA-AN00}/{10-12}.0 IMS-client', {
    branch: 'z9hG4bK{a32}',
    tag: '{a16}',
    callId: '{a24}@{h}',
    expires: [3600, 7200, 600_000],
  }),
  radio('OPPO_CPH{2127|2325|2481}_{11-14}_A.{10-60}', { branch: 'z9hG4bK{x24}', tag: '{x12}', callId: '{x24}' }),
  radio('vivo_V{2036|2145|2206}A_PD{2050-2399}', { branch: 'z9hG4bK-{d9-10}', tag: '{d9}', callId: '{d9}-{d9}@{h}' }),
  radio('Pixel {6|7|8} - Android {13|14|15}', { branch: 'z9hG4bK{X24}', tag: '{a8}', callId: '{u}' }),
  radio('IM-client/OMA1.0 MTK/{6765|6785|6833} v{1-3}.{0-9}', {
    branch: 'z9hG4bKmtk{x16}',
    tag: 'mtk{x8}',
    callId: '{x28}@{h}',
    order: 'Via Max-Forwards From To Contact Call-ID CSeq Route',
  }),
  pjsip('softphone', 'MicroSIP/3.{19-21}.{0-7}', [300, 600]),
  pjsip('softphone', 'Groundwire/{5-6}.{0-9} (build {1600000-2100000}; {iOS|Android})', [600]),
  {
    kind: 'softphone',
    userAgent: 'Zoiper rv2.10.{5-20}.{1-9}',
    branch: 'z9hG4bK-524287-1---{x16}',
    tag: '{x8}',
    callId: '{a22}..',
    order: 'Via Max-Forwards Contact To From Call-ID CSeq Allow Content-Type User-Agent Allow-Events',
    allow: ALLOW_LONG,
    supported: 'replaces, norefersub, extended-refer, timer',
    expires: [60, 600],
    sdp: {
      user: 'Z',
      id: '0',
      version: 'one',
      name: 'Z',
      codecs: '0 8 3 101',
      mapAll: false,
      attributes: ['a=sendrecv'],
    },
    port: '{5060|49152-65535}',
  },
  {
    kind: 'softphone',
    userAgent: 'Linphone{Android|iOS|-Desktop}/{4-5}.{0-9}.{0-4} (belle-sip/{4-5}.{0-3}.0)',
    branch: 'z9hG4bK.{a9}',
    tag: '{a9}',
    callId: '{a10}',
    order: 'Via From To CSeq Call-ID Max-Forwards Supported Allow Content-Type Content-Length Contact User-Agent',
    allow: 'INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, MESSAGE, SUBSCRIBE, INFO, PRACK, UPDATE',
    supported: 'replaces, outbound, gruu',
    expires: [600, 3600],
    sdp: {
      user: '{l6}',
      id: '{d3-4}',
      version: 'next',
      name: 'Talk',
      codecs: '96 97 98 0 8 101',
      mapAll: false,
      attributes: [],
    },
    port: '{5060|49152-65535}',
    keepAlive: 10,
  },
  {
    kind: 'softphone',
    userAgent: 'Bria {5-6} release {1-6}.{0-5} stamp {80000-110000}',
    branch: 'z9hG4bK-d8754z-{x16}-1---d8754z-',
    tag: '{x8}',
    callId: '{a43}.',
    order: 'Via Max-Forwards Contact To From Call-ID CSeq Allow Content-Type Proxy-Authorization Supported User-Agent',
    allow: ALLOW_LONG,
    supported: 'replaces, timer',
    expires: [3600],
    sdp: {
      user: '-',
      id: '{d16}',
      version: 'one',
      name: 'CounterPath Bria',
      codecs: '9 8 0 101',
      mapAll: false,
      attributes: ['a=sendrecv'],
    },
    port: '{49152-65535}',
    keepAlive: 30,
  },
  yealink('desk', 'Yealink SIP-T{21P_E2|23G|27G|42S|46G|46U|54W} {28-108}.{80-86}.0.{15-140}'),
  {
    ...yealink('desk', 'Fanvil {X3U|X4|X5S|V62} 2.{4-12}.{1-9}'),
    callId: '{d9}@{h}',
    tag: '{d8}',
    order: USUAL,
    sdp: {
      user: '-',
      id: '{d9}',
      version: 'same',
      name: '-',
      codecs: '8 0 18 9 101',
      mapAll: true,
      attributes: ['a=ptime:20', 'a=sendrecv'],
    },
  },
  grandstream('desk', 'Grandstream GXP{1625|1630|2135|2160} 1.0.{9-11}.{10-150}'),
  ciscoSmall('desk', 'Cisco/SPA50{2|4|8}G-7.{4-6}.{2-9}'),
  {
    kind: 'desk',
    userAgent: 'PolycomVVX-VVX_{250|411|501}-UA/{5-6}.{4-9}.{0-5}.{1000-9999}',
    branch: 'z9hG4bK{x8}{X8}',
    tag: '{X8}-{X8}',
    callId: '{x8}-{x8}-{x8}@{h}',
    order: 'Via From To CSeq Call-ID Contact Allow User-Agent Supported Allow-Events Max-Forwards',
    allow: 'INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, MESSAGE, SUBSCRIBE, NOTIFY, PRACK, UPDATE, REFER',
    supported: '100rel,replaces',
    expires: [300, 3600],
    sdp: {
      user: '-',
      id: '{d10}',
      version: 'same',
      name: 'Polycom IP Phone',
      codecs: '9 0 8 18 127',
      mapAll: true,
      attributes: ['a=sendrecv'],
    },
    port: '5060',
  },
  {
    kind: 'desk',
    userAgent: 'snom{D345|D725|870}/8.9.3.{20-90}',
    branch: 'z9hG4bK-{a12}',
    tag: '{a10}',
    callId: '{x12}-{a12}',
    order: 'Via From To Call-ID CSeq Max-Forwards User-Agent Contact',
    allow: 'INVITE, ACK, CANCEL, BYE, REFER, OPTIONS, NOTIFY, SUBSCRIBE, PRACK, MESSAGE, INFO, UPDATE',
    supported: 'timer, 100rel, replaces, from-change',
    expires: [3600],
    sdp: {
      user: 'root',
      id: '{d9}',
      version: 'same',
      name: 'call',
      codecs: '9 8 0 3 18 101',
      mapAll: true,
      attributes: ['a=ptime:20', 'a=sendrecv'],
    },
    port: '{1024-4096}',
    keepAlive: 20,
  },
  grandstream('adapter', 'Grandstream HT{701|801|802|812|814} 1.0.{10-50}.{1-9}'),
  ciscoSmall('adapter', 'Cisco/SPA1{12|22}-1.4.{0-1}'),
  ciscoSmall('adapter', 'Linksys/PAP2T-5.1.{5-6}(LS)'),
  {
    ...ciscoSmall('adapter', 'OBIHAI/OBi{200|202|302}-3.2.{1-2}.{5000-6000}'),
    tag: '{X16}',
    sdp: {
      user: '-',
      id: '{d6}',
      version: 'one',
      name: '-',
      codecs: '0 8 18 104 101',
      mapAll: true,
      attributes: ['a=sendrecv', 'a=ptime:20', 'a=xg726bitorder:big-endian'],
    },
  },
  {
    kind: 'adapter',
    userAgent: 'FRITZ!OS',
    branch: 'z9hG4bK{X16}',
    tag: '{X16}',
    callId: '{X16}@{h}',
    order: 'Via Route From To Call-ID CSeq Contact Max-Forwards Expires User-Agent Supported Allow-Events Allow',
    allow: 'INVITE,ACK,OPTIONS,CANCEL,BYE,UPDATE,PRACK,INFO,SUBSCRIBE,NOTIFY,REFER,MESSAGE,PUBLISH',
    supported: '100rel,replaces,timer',
    expires: [300, 1800],
    sdp: {
      user: 'user',
      id: '{d7}',
      version: 'same',
      name: 'call',
      codecs: '9 8 0 2 102 100 101',
      mapAll: true,
      attributes: ['a=sendrecv', 'a=ptime:20', 'a=rtcp-xr'],
    },
    port: '5060',
  },
  {
    kind: 'adapter',
    userAgent: 'HUAWEI-{HG8245H|HG8546M|EchoLife}/V{3-5}R0{13-20}',
    branch: 'z9hG4bK{a22}',
    tag: '{a16}',
    callId: '{a24}@{h}',
    order: 'Via Call-ID From To CSeq Max-Forwards User-Agent Contact',
    allow: ALLOW_PLAIN,
    supported: '100rel,timer,histinfo',
    expires: [600, 3600],
    sdp: {
      user: '-',
      id: '{d6}',
      version: 'same',
      name: 'SBC call',
      codecs: '8 0 18 97',
      mapAll: true,
      attributes: ['a=ptime:20', 'a=sendrecv'],
    },
    port: '{5060|5060-6100|1024-65535}',
    userPhone: true,
  },
  {
    kind: 'adapter',
    userAgent: 'ZTE {F660|F670L|F6600}/V{5-9}.0.{1-10}',
    branch: 'z9hG4bK-*{1-9}-{x8}',
    tag: '{x8}-{x4}',
    callId: 'zte-{x16}@{h}',
    order: 'Via To From Call-ID CSeq Contact Max-Forwards',
    allow: ALLOW_PLAIN,
    supported: '100rel,replaces,timer',
    expires: [1800, 3600],
    sdp: {
      user: 'ZTE',
      id: '{d5}',
      version: 'one',
      name: 'phone-call',
      codecs: '8 0 18 101',
      mapAll: true,
      attributes: ['a=ptime:20'],
    },
    port: '{5060|5060-6100|1024-65535}',
    userPhone: true,
  },
  dahdi('Asterisk PBX {11|13|16|18}.{0-38}.{0-2}'),
  dahdi('FPBX-1{3|4|5|6}.0.{1-40}({13|16|18}.{10-29}.1)'),
  pjsip('exchange', 'Asterisk PBX {16|18|20}.{2-20}.{0-2}', [300, 3600]),
  {
    ...pjsip('exchange', 'Yeastar-{S20|S50|P550}-30.{7-15}.0.{10-60}', [120, 1800]),
    sdp: {
      user: 'root',
      id: '{d9}',
      version: 'next',
      name: 'Asterisk',
      codecs: '8 0 18 101',
      mapAll: true,
      attributes: ['a=ptime:20', 'a=sendrecv'],
    },
  },
  {
    ...dahdi('OpenVox {IPPBX|VS-GW1600|UC300}'),
    order: 'Via Max-Forwards From To Contact Call-ID CSeq User-Agent Allow Supported',
  },
  grandstream('exchange', 'Grandstream UCM6{202|208|302} 1.0.{10-20}.{10-40}'),
  { kind: 'exchange', userAgent: 'FreeSWITCH-mod_sofia/1.10.{3-11}-release', ...sofia },
  {
    kind: 'exchange',
    userAgent: '3CXPhoneSystem {16|18}.0.{1-9}.{100-999}',
    ...sofia,
    branch: 'z9hG4bK-524287-1---{x16}',
    tag: '{x8}',
    callId: '{a22}..',
    sdp: {
      user: '3cxPS',
      id: '{d15}',
      version: 'one',
      name: '3cxPS Audio call',
      codecs: '8 0 18 101',
      mapAll: true,
      attributes: ['a=sendrecv'],
    },
  },
  {
    kind: 'module',
    userAgent: 'Quectel-{EC20|EC25|EG91}/1.0',
    branch: 'z9hG4bK{x24}',
    tag: '{x12}',
    callId: '{x24}@{h}',
    order: ROUTED,
    allow: ALLOW_PLAIN,
    supported: '100rel,timer',
    expires: [600_000, 3600],
    sdp: {
      user: '-',
      id: '{d10}',
      version: 'same',
      name: '-',
      codecs: AMR_WIDE,
      mapAll: true,
      attributes: ['a=ptime:20', 'a=sendrecv'],
    },
    radio: true,
    port: '{5060|5060-6100|1024-65535}',
    userPhone: true,
  },
  {
    kind: 'module',
    userAgent: 'SIMCom-SIM7{600|672}/V{1-3}.0',
    branch: 'z9hG4bK{d10}',
    tag: '{d9}',
    callId: '{d10}@{h}',
    order: ROUTED,
    allow: ALLOW_PLAIN,
    supported: '100rel,timer,path',
    expires: [600_000, 7200],
    sdp: {
      user: '-',
      id: '{d9}',
      version: 'same',
      name: 'SS VOIP',
      codecs: '102 100',
      mapAll: true,
      attributes: ['a=ptime:20', 'a=sendrecv'],
    },
    radio: true,
    port: '{5060-5062|5060-6100|1024-65535}',
    userPhone: true,
  },
  goip('goip', '{dble|dble|pak}'),
  goip('hybertone', 'HYBERTONE'),
];

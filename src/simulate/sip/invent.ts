import type { Random } from '../../base/random.ts';
import type { Make, MakeKind } from './make.ts';
import { expand } from './shapes.ts';

const BRANCHES = [
  '{n}',
  '{d9-10}',
  '{x8}',
  '{x16}',
  '{x24}',
  '{x32}',
  '{X16}',
  '-{x16}',
  '{a13}',
  '{a22}',
  '-{d8}-{x8}',
  '.{a9}',
  'Pj{x32}',
];
const TAGS = ['{n}', '{d8}', '{d10}', '{x8}', '{x16}', '{X8}', '{a8}', '{a12}', '{x32}', 'as{x8}', '{d9}-{d4}'];
const CALL_IDS = [
  '{n}@{h}',
  '{d10}@{h}',
  '{d9}',
  '{x32}',
  '{x32}@{h}',
  '{u}',
  '{u}@{h}',
  '{a22}',
  '{a24}@{h}',
  '{x8}-{x8}@{h}',
  '{d10}-{1-99}@{h}',
];
const ORDERED = [
  'Max-Forwards',
  'From',
  'To',
  'Call-ID',
  'CSeq',
  'Contact',
  'User-Agent',
  'Allow',
  'Supported',
  'Expires',
  'Authorization',
  'Proxy-Authorization',
  'Route',
];
const METHODS = ['INFO', 'OPTIONS', 'UPDATE', 'PRACK', 'REFER', 'NOTIFY', 'SUBSCRIBE', 'MESSAGE'];
const EXTENSIONS = ['100rel', 'timer', 'replaces', 'path', 'gruu', 'outbound', 'norefersub'];
const WIRED_CODECS = [
  '8 0 101',
  '0 8 101',
  '8 0 18 101',
  '8 0 18 4 101',
  '18 8 0 101',
  '9 8 0 101',
  '0 8 3 101',
  '8 101',
  '0 8 9 18 97 101',
  '8 0 2 18 101',
];
const RADIO_CODECS = ['104 102 105 100', '102 100', '104 110 102 105 100', '104 102 8 0 105 100', '102 8 100'];
const USERS = ['-', 'user', 'root', '{l6}', 'sip', 'phone', '{d4}', 'userX'];
const IDS = ['{d10}', '{d9}', '{d6}', '{n}', '0', '1', '20000001', '{d4}'];
const NAMES = ['-', 'call', 'session', 'Session SDP', 'SIP Call', 'VoIP', '{l6}', 'Phone {l5}'];

/**
 * A make that nobody knows, for one run: name, header order and the shapes of identifiers are drawn from the same lists
 * whatever the device is for. So a model can learn that many unlike things share a shape, but no shape by heart.
 */
export function inventMake(kind: MakeKind, random: Random): Make {
  const radio = kind === 'handset' || kind === 'module';
  const word = expand('{l5}', random);
  const name = word[0]!.toUpperCase() + word.slice(1);
  const shuffled = ORDERED.slice();
  // Most stacks keep about the usual order: a few fields change places.
  for (let swaps = random.integer(0, 6); swaps > 0; swaps--) {
    const i = random.integer(0, shuffled.length - 2);
    [shuffled[i], shuffled[i + 1]] = [shuffled[i + 1]!, shuffled[i]!];
  }
  if (random.chance(0.15)) random.shuffle(shuffled);
  return {
    kind,
    userAgent: random.pick([
      `${name}/{1-9}.{0-20}.{0-9}`,
      `${name} {1-9}.{0-9}`,
      `${name.toUpperCase()}-${expand('{X2}{1-9}00', random)} V{1-4}.{0-9}.{0-30}`,
      `${name} SIP UA`,
      word,
      'eXosip/3.6.0',
      'SIPUA',
    ]),
    branch: `z9hG4bK${random.pick(BRANCHES)}`,
    tag: random.pick(TAGS),
    callId: random.pick(CALL_IDS),
    order: `Via ${shuffled.join(' ')}`,
    ...(random.chance(0.06) ? { compact: true } : {}),
    ...(random.chance(0.06) ? { lengthPad: random.pick(['', '  ', '     ']) } : {}),
    allow: `INVITE, ACK, BYE, CANCEL, ${subset(METHODS, random).join(', ')}`,
    supported: subset(EXTENSIONS, random).join(random.pick([',', ', '])),
    expires: [random.pick([60, 120, 180, 300, 600, 900, 1800, 3600, 7200])],
    sdp: {
      user: random.pick(USERS),
      id: random.pick(IDS),
      version: random.pick(['same', 'one', 'next']),
      name: random.pick(NAMES),
      codecs: random.pick(radio ? RADIO_CODECS : WIRED_CODECS),
      mapAll: random.chance(0.7),
      attributes: subset(
        ['a=ptime:20', 'a=maxptime:150', 'a=sendrecv', 'a=silenceSupp:off - - - -', 'a=rtcp-mux'],
        random,
      ),
    },
    ...(radio ? { radio: true, userPhone: random.chance(0.6) } : {}),
    port: random.pick([
      ...(radio ? [] : ['5060', '5060']),
      '5060',
      '{5060-5080}',
      '{5060-6060}',
      '{1024-65535}',
      '{49152-65535}',
    ]),
    ...(random.chance(0.3) ? { keepAlive: random.pick([15, 20, 30, 45, 60]) } : {}),
    ...(random.chance(0.1)
      ? {
          busy: random.pick([
            [480, 'Busy'],
            [486, 'Busy'],
            [600, 'Busy Everywhere'],
          ] as const),
        }
      : {}),
  };
}

function subset(items: readonly string[], random: Random): string[] {
  return items.filter(() => random.chance(0.55));
}

import { describe, expect, test } from 'vitest';
import type { CatpoolEvent } from '../../../src/events/event.ts';
import { Naming, OwnLines, type OwnOptions } from '../../../src/features/naming/naming.ts';
import { call, callFrom, event, registration, START, sms } from '../lines.ts';

function namingOf(...events: CatpoolEvent[]): Naming {
  const naming = new Naming();
  for (const each of events) naming.learn(each);
  return naming;
}

const identified = (second: number, columns: Partial<CatpoolEvent>) =>
  event('registration', second, { msisdn: null, ...columns });

describe('naming a line', () => {
  test('by MSISDN, else IMSI, else address of record', () => {
    const naming = namingOf();
    expect(naming.lineOf(identified(0, { msisdn: '861', imsi: '46000', aor: 'a@b' }))).toBe('861');
    expect(naming.lineOf(identified(0, { imsi: '46000', aor: 'a@b' }))).toBe('46000');
    expect(naming.lineOf(identified(0, { aor: 'a@b' }))).toBe('a@b');
    expect(naming.lineOf(identified(0, {}))).toBeNull();
  });

  test('with what other events show, over two steps', () => {
    const naming = namingOf(
      identified(5, { aor: '460001234567890@ims', imsi: '460001234567890' }),
      identified(9, { aor: '460001234567890@ims', msisdn: '8613800000001' }),
      identified(9, { aor: 'other@ims', imsi: '460009999999999' }),
    );
    expect(naming.lineOf(identified(0, { imsi: '460001234567890' }))).toBe('8613800000001');
    expect(naming.lineOf(identified(0, { aor: '460001234567890@ims' }))).toBe('8613800000001');
    expect(naming.lineOf(identified(0, { aor: 'other@ims' }))).toBe('460009999999999');
    expect(naming.imsiOf('460009999999999', 0)).toBe('460009999999999');
  });

  test('a recycled number goes to whom it was last given before the event, in any order of learning', () => {
    const pairs = [
      identified(100, { imsi: '460001111111111', msisdn: '8613800000001' }),
      identified(500, { imsi: '460001111111111', msisdn: '8613800000002' }),
      identified(600, { imsi: '460001111111111', msisdn: '8613800000002' }),
    ];
    for (const order of [pairs, [...pairs].reverse()]) {
      const naming = namingOf(...order);
      const at = (second: number) => naming.lineOf(identified(second, { imsi: '460001111111111' }));
      expect([at(0), at(100), at(499), at(500), at(9000)]).toEqual([
        '8613800000001',
        '8613800000001',
        '8613800000001',
        '8613800000002',
        '8613800000002',
      ]);
    }
  });

  test('a number that came back goes to whom it was with at that time', () => {
    const pairs = [
      identified(100, { imsi: '460001111111111', msisdn: '8613800000001' }),
      identified(900, { imsi: '460001111111111', msisdn: '8613800000001' }),
      identified(300, { imsi: '460001111111111', msisdn: '8613800000002' }),
      identified(400, { imsi: '460001111111111', msisdn: '8613800000002' }),
    ];
    for (const order of [pairs, [...pairs].reverse()]) {
      const naming = namingOf(...order);
      const at = (second: number) => naming.lineOf(identified(second, { imsi: '460001111111111' }))!.at(-1);
      // From 300 to 400 both are possible: the later one was new in between. After all, the one seen last.
      expect([at(200), at(350), at(500), at(950)]).toEqual(['1', '2', '1', '1']);
    }
  });

  test('the spans of all events that show the same may come at once', () => {
    const naming = new Naming();
    const first = identified(100, { imsi: '460001111111111', msisdn: '8613800000001' });
    naming.learn(first, false, START + 900);
    naming.learn(identified(300, { imsi: '460001111111111', msisdn: '8613800000002' }), false, START + 400);
    expect(naming.lineOf(identified(500, { imsi: '460001111111111' }))).toBe('8613800000001');
  });

  test('a register says what no event does, and events know better', () => {
    const register = {
      msisdnOf: (imsi: string) => (imsi.startsWith('46000') ? '8613800000007' : null),
      imsiOf: (msisdn: string) => (msisdn === '8613800000007' ? '460001234567890' : null),
    };
    const naming = new Naming(register);
    naming.learn(identified(0, { imsi: '460009999999999', msisdn: '8613800000009' }));
    expect(naming.lineOf(identified(5, { imsi: '460001234567890' }))).toBe('8613800000007');
    expect(naming.lineOf(identified(5, { imsi: '460009999999999' }))).toBe('8613800000009');
    expect(naming.lineOf(identified(5, { imsi: '262011234567890' }))).toBe('262011234567890');
    expect(naming.imsiOf('8613800000007', 0)).toBe('460001234567890');
    expect(naming.imsiOf('8613800000009', 0)).toBe('460009999999999');
  });

  test('one subscriber on the radio, MAP, CAP, ISUP and SIP is one line', () => {
    const [imsi, msisdn, aor] = ['460001234567890', '8613800000001', '+8613800000001@ims.example'];
    const over = (interface_: CatpoolEvent['interface'], columns: Partial<CatpoolEvent>) =>
      call(10, '8613900000002', 5, { msisdn: null, interface: interface_, ...columns });
    const events = [
      over('bssap', { imsi, tmsi: '0000beef' }),
      over('map', { imsi }),
      over('cap', { imsi, msisdn }),
      over('isup', { msisdn }),
      over('sip', { aor, msisdn }),
      over('sip', { aor }),
    ];
    for (const order of [events, [...events].reverse()]) {
      const naming = namingOf(...order);
      expect(new Set(order.map((each) => naming.lineOf(each)))).toEqual(new Set([msisdn]));
    }
  });

  test('what enquiries are answered counts where nothing else tells', () => {
    const pair = (second: number, imsi: string, msisdn: string) => identified(second, { imsi, msisdn });
    const told = pair(100, '460001111111111', '8613800000001');
    // Home routing: an IMSI for each message (3GPP TR 23.840).
    const madeUp = ['460009000000001', '460009000000002', '460009000000003'];
    const answers = madeUp.map((imsi, i) => pair(200 + 100 * i, imsi, '8613800000001'));
    for (const order of [
      [told, ...answers],
      [...answers, told],
    ]) {
      const naming = new Naming();
      for (const each of order) naming.learn(each, each !== told);
      expect(naming.imsiOf('8613800000001', START + 900)).toBe('460001111111111');
      for (const imsi of ['460001111111111', ...madeUp])
        expect(naming.lineOf(identified(600, { imsi }))).toBe('8613800000001');
    }
    const asked = new Naming();
    for (const each of answers) asked.learn(each, true);
    expect(asked.imsiOf('8613800000001', START + 900)).toBeNull();
    expect(asked.lineOf(identified(600, { imsi: madeUp[0]! }))).toBe('8613800000001');
    asked.learn(pair(10, '460002222222222', '8613800000002'), true);
    expect(asked.imsiOf('8613800000002', START + 900)).toBe('460002222222222');
    // A register of ported numbers answers alike for all of them (3GPP TS 23.066).
    for (const number of ['8613800000003', '8613800000004']) asked.learn(pair(20, '460003333333333', number), true);
    expect(asked.imsiOf('8613800000003', START + 900)).toBeNull();
  });

  test('partners of the same instant: the smaller text, in any order of learning', () => {
    const pairs = ['8613800000009', '8613800000003'].map((msisdn) =>
      identified(7, { imsi: '460001111111111', msisdn }),
    );
    for (const order of [pairs, [...pairs].reverse()]) {
      expect(namingOf(...order).lineOf(identified(8, { imsi: '460001111111111' }))).toBe('8613800000003');
    }
  });

  test('an address shared by many names none of them', () => {
    const pairs = Array.from({ length: 17 }, (_, i) =>
      identified(i, { aor: 'trunk@pbx', msisdn: String(8_613_800_000_000 + i) }),
    );
    expect(namingOf(...pairs).lineOf(identified(99, { aor: 'trunk@pbx' }))).toBe('trunk@pbx');
    expect(namingOf(...pairs.slice(0, 16)).lineOf(identified(99, { aor: 'trunk@pbx' }))).toBe('8613800000015');
  });

  test('who hides is nobody', () => {
    const naming = namingOf(identified(0, { aor: 'anonymous@anonymous.invalid', msisdn: '8613800000001' }));
    expect(naming.lineOf(identified(1, { aor: 'Anonymous@anonymous.invalid' }))).toBeNull();
    expect(naming.lineOfCounterpart(callFrom(0, 'anonymous', 1))).toBeNull();
  });

  // 3GPP TS 23.003 §13.7; TS 29.163 has the gateway's host in its place.
  test.each(['unavailable@unknown.invalid', 'Unavailable@mgcf.example', 'notavailable@unknown.invalid'])(
    '%s is no line: callers whose number a network does not tell are not one',
    (aor) => {
      const naming = namingOf(identified(0, { aor, msisdn: '8613800000001' }));
      expect(naming.lineOf(identified(1, { aor }))).toBeNull();
      expect(naming.lineOfCounterpart(callFrom(0, 'unavailable', 1))).toBeNull();
      expect(naming.lineOfCounterpart(callFrom(0, aor, 1))).toBeNull();
    },
  );

  test('the counterpart gets the name its own events have', () => {
    const naming = namingOf(
      identified(0, { aor: 'alice@example.com', msisdn: '8613800000001' }),
      identified(0, { aor: 'bob@example.com' }),
      identified(0, { aor: 'carol@a.example' }),
      identified(0, { aor: 'carol@b.example' }),
    );
    const name = (counterpart: string | null) => naming.lineOfCounterpart({ ...call(9, '', 1), counterpart });
    expect(name('8613900000002')).toBe('8613900000002');
    expect(name('alice@example.com')).toBe('8613800000001');
    expect(name('alice')).toBe('8613800000001');
    expect(name('bob')).toBe('bob@example.com');
    // Two hosts have a carol: not known which.
    expect(name('carol')).toBe('carol');
    expect(name(null)).toBeNull();
  });
});

describe('own lines', () => {
  const ownOf = (events: CatpoolEvent[], options: OwnOptions = {}) => {
    const own = new OwnLines(namingOf(...events), options);
    for (const each of events) own.see(each);
    return own;
  };

  test('without prefixes: who did something', () => {
    const own = ownOf([
      call(0, '8613900000002', 1, { msisdn: '861' }),
      callFrom(0, '8613900000003', 1, { msisdn: '862' }),
      sms(0, '8613900000004', 1, { msisdn: '863' }),
      registration(0, { msisdn: '864' }),
    ]);
    expect(['861', '862', '863', '864', '8613900000002', '8613900000004'].map((line) => own.has(line))).toEqual([
      true,
      false,
      true,
      true,
      false,
      false,
    ]);
  });

  test('a number that networks only ask about is none, unless something else shows it at home', () => {
    const asked = event('presence', 0, { msisdn: '861', direction: 'terminating', interface: 'map' });
    const name = { msisdn: '861', imsi: '460001234567890', interface: 'map' } as const;
    expect(ownOf([asked]).has('861')).toBe(false);
    expect(ownOf([asked], { prefixes: ['86'] }).has('861')).toBe(true);
    for (const act of [
      event('presence', 9, { ...name, outcome: 'registered' }),
      // A roaming number that the register of the area gave, subscriber data.
      event('presence', 9, name),
      event('auth', 9, name),
    ]) {
      expect(ownOf([asked, act]).has('861')).toBe(true);
      expect(ownOf([act, asked]).has('861')).toBe(true);
    }
  });

  test('on a trunk every other number is a counterpart where the captures show who is at home', () => {
    const trunk = call(0, '8613900000002', 1, { msisdn: '442071838750', interface: 'isup' });
    const home = call(9, '8613900000003', 1, { msisdn: '8613800000001', interface: 'bssap' });
    const both = call(9, '8613900000003', 1, { msisdn: '8613800000001', interface: 'isup' });
    const has = (events: CatpoolEvent[], options?: OwnOptions) =>
      ['442071838750', '8613800000001', '8613900000002'].map((line) => ownOf(events, options).has(line));
    expect(has([trunk, both, home])).toEqual([false, true, false]);
    expect(has([home, both, trunk])).toEqual([false, true, false]);
    // Nothing but a trunk: who calls there is all there is.
    expect(has([trunk, both])).toEqual([true, true, false]);
    expect(has([trunk, both], { prefixes: ['86'] })).toEqual([false, true, true]);
  });

  test('strangers that call through an exchange are counterparts where anybody else is seen', () => {
    const own = new OwnLines(namingOf());
    own.seeStranger('442071838750');
    expect(own.has('442071838750')).toBe(true);
    own.seeCaller('8613800000001');
    expect(['442071838750', '8613800000001'].map((line) => own.has(line))).toEqual([false, true]);
    expect([...own.settled]).toEqual(['8613800000001']);
    const beside = ownOf([call(9, '8613900000003', 1, { msisdn: '8613800000001', interface: 'bssap' })]);
    beside.seeStranger('442071838750');
    expect(beside.has('442071838750')).toBe(false);
  });

  test('a prefix of numbers is none of the IMSIs that begin so', () => {
    const visitor = event('presence', 0, { msisdn: null, imsi: '234301234567890', interface: 'bssap' });
    const own = ownOf([visitor], { prefixes: ['234'] });
    expect(own.has('234301234567890')).toBe(false);
    expect([...own.unnumbered]).toEqual(['234301234567890']);
  });

  test('a number of 15 digits is no IMSI where no country of IMSIs begins so', () => {
    const machine = call(0, '8613900000002', 1, { msisdn: '861064812345678' });
    const naming = namingOf(machine);
    expect(naming.imsiOf('861064812345678', 0)).toBeNull();
    expect(ownOf([machine], { prefixes: ['86'] }).has('861064812345678')).toBe(true);
    expect(['460001234567890', '001010000000001', '901701234567890'].map((imsi) => naming.imsiOf(imsi, 0))).toEqual([
      '460001234567890',
      '001010000000001',
      '901701234567890',
    ]);
  });

  test('with number prefixes: only those, called or calling', () => {
    const own = ownOf([call(0, '8613900000002', 1), call(0, '1', 1, { msisdn: '4420' })], { prefixes: ['86', '4420'] });
    expect(['8613800000001', '8613900000002', '4420', '4421', '86@example.com'].map((line) => own.has(line))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  test('with number prefixes: also accounts that register and have no number', () => {
    const registers = (aor: string) => event('registration', 0, { msisdn: null, aor });
    const own = ownOf(
      [
        registers('goip0114@sip.example'),
        registers('4420@sip.example'),
        registers('262011234567890@ims.mnc001.mcc262.3gppnetwork.org'),
        call(0, '8613900000002', 1, { msisdn: null, aor: 'trunk@peer.example' }),
      ],
      { prefixes: ['86'] },
    );
    expect(own.has('goip0114@sip.example')).toBe(true);
    for (const other of ['4420@sip.example', '262011234567890@ims.mnc001.mcc262.3gppnetwork.org', 'trunk@peer.example'])
      expect(own.has(other), other).toBe(false);
  });

  test('with IMSI prefixes: lines whose IMSI is known to have one', () => {
    const own = ownOf(
      [
        registration(0, { msisdn: '8613800000001', imsi: '460001234567890' }),
        registration(0, { msisdn: '8613800000002', imsi: '460011234567890' }),
        call(5, '8613800000001', 1, { msisdn: '8613800000003' }),
        registration(0, { msisdn: null, imsi: '460009999999999' }),
      ],
      { imsiPrefixes: ['46000'] },
    );
    expect(['8613800000001', '8613800000002', '8613800000003', '460009999999999'].map((line) => own.has(line))).toEqual(
      [true, false, false, true],
    );
  });
});

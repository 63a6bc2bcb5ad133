import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/base/limits.ts';
import type { History } from '../../../src/features/history/history.ts';
import { collect } from '../../../src/scan/collect.ts';
import { type Account, tell } from '../../../src/scan/naming/account-numbers.ts';
import { Lines } from '../../../src/scan/rows/lines.ts';
import { SpoolStore } from '../../../src/scan/spool.ts';
import { context, feature } from '../../features/lines.ts';
import { Scene } from '../../support/scene.ts';

/** The provider's registrar and switch, the device, and a border controller. */
const SWITCH = '192.0.2.1';
const BOX = '198.51.100.7';
const CONTROLLER = '198.51.100.9';
const DOMAIN = 'voip.example';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'catpool-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let serial = 0;

/** Registrations and calls, whose messages are written in order of time. */
class Traffic {
  private readonly messages: [number, ...Parameters<Scene['say']>][] = [];

  /** The messages as a scene. */
  get scene(): Scene {
    const scene = new Scene();
    for (const [, ...message] of this.messages.sort((a, b) => a[0] - b[0])) scene.say(...message);
    return scene;
  }

  private say(...message: Parameters<Scene['say']>): this {
    this.messages.push([message[0], ...message]);
    return this;
  }

  /** RFC 3261 §10.2: the account in To, the device in Contact. */
  register(time: number, from: string, user: string, expires: number, agent = 'Device/1'): this {
    const id = `r${serial++}`;
    const headers = (first: string, contact: string) => [
      first,
      `Via: SIP/2.0/UDP ${from}:5060;branch=z9hG4bK${id}`,
      `From: <sip:${user}@${DOMAIN}>;tag=${id}`,
      `To: <sip:${user}@${DOMAIN}>`,
      `Call-ID: ${id}`,
      'CSeq: 1 REGISTER',
      contact,
      `User-Agent: ${agent}`,
      `Expires: ${expires}`,
    ];
    const contact = `Contact: <sip:${user}@${from}:5060>`;
    this.say(time, from, SWITCH, headers(`REGISTER sip:${DOMAIN} SIP/2.0`, contact));
    return this.say(time + 0.05, SWITCH, from, headers('SIP/2.0 200 OK', `${contact};expires=${expires}`));
  }

  /** A call of 10 s. */
  call(
    time: number,
    from: string,
    to: string,
    said: { request: string; caller: string; called: string; more?: readonly string[]; agent?: string; ask?: boolean },
  ): this {
    const id = `c${serial++}`;
    const headers = (first: string, cseq: string, more: readonly string[] = []) => [
      first,
      `Via: SIP/2.0/UDP ${from}:5060;branch=z9hG4bK${id}${cseq.slice(0, 1)}`,
      `From: <sip:${said.caller}>;tag=${id}`,
      `To: <sip:${said.called}>${first.startsWith('INVITE') ? '' : ';tag=z'}`,
      `Call-ID: ${id}`,
      `CSeq: ${cseq}`,
      `Contact: <sip:${from}:5060>`,
      `User-Agent: ${said.agent ?? 'Device/1'}`,
      ...more,
    ];
    const invite = `INVITE sip:${said.request} SIP/2.0`;
    if (said.ask === true) {
      this.say(time, from, to, headers(invite, '1 INVITE'));
      this.say(time + 0.02, to, from, headers('SIP/2.0 407 Proxy Authentication Required', '1 INVITE'));
    }
    this.say(time + 0.1, from, to, headers(invite, '2 INVITE', said.more));
    this.say(time + 2, to, from, headers('SIP/2.0 200 OK', '2 INVITE'));
    this.say(time + 12, from, to, headers(`BYE sip:${said.request} SIP/2.0`, '3 BYE'));
    return this.say(time + 12.1, to, from, headers('SIP/2.0 200 OK', '3 BYE'));
  }

  /** The device calls, and presents a number. */
  presents(time: number, from: string, number: string, called: string, user?: string, more: readonly string[] = []) {
    const paid = `Proxy-Authorization: Digest username="${user}",realm="${DOMAIN}",nonce="1",uri="sip:x",response="2"`;
    return this.call(time, from, SWITCH, {
      request: `${called}@${DOMAIN}`,
      caller: `${number}@${DOMAIN}`,
      called: `${called}@${DOMAIN}`,
      more: user === undefined ? more : [paid, ...more],
    });
  }

  /** The switch sends a call to the device. @param host in To */
  delivers(time: number, to: string, caller: string, dialled: string, host: string): this {
    return this.call(time, SWITCH, to, {
      request: `${dialled}@${to}:5060`,
      caller: `${caller}@${SWITCH}`,
      called: `${dialled}@${host}`,
      agent: 'Switch/9',
    });
  }
}

const measure = (name: string, history: History) => feature(name).compute(history, context());

interface Seen {
  /** Called, and the number presented where it is not the line's. */
  out: [string | null, string | null][];
  /** Caller, and the number dialled. */
  in: [string | null, string | null][];
  /** N16: numbers presented, and dialled. */
  numbers: [number, number];
}

/** What each line did, as its history has it. */
async function linesOf(paths: readonly string[], budget = 1e9, workers = 1): Promise<Record<string, Seen>> {
  const store = new SpoolStore(budget);
  try {
    const collected = await collect(paths, store, {
      feed: 't',
      homeCountry: null,
      limits: DEFAULT_LIMITS,
      workers,
      keep: 'rows',
    });
    const lines = new Lines(collected.table, store, { from: 0, until: 4e9 });
    const found: Record<string, Seen> = {};
    lines.each((history) => {
      const say = (rows: Int32Array): [string | null, string | null][] =>
        [...rows].map((row) => [
          history.text('counterpart', history.counterpart[row]!),
          history.text('alias', history.alias[row]!),
        ]);
      found[history.line] = {
        out: say(history.outgoing.subarray(0, history.outgoingCount)),
        in: say(history.incoming.subarray(0, history.incomingCount)),
        numbers: [measure('presented_numbers', history), measure('dialled_numbers', history)],
      };
    });
    return found;
  } finally {
    store.close();
  }
}

/** Addresses that each line is seen at. */
async function endpointsOf({ scene }: Traffic, name: string): Promise<Record<string, string[]>> {
  const store = new SpoolStore(1e9);
  const collected = await collect([scene.write(join(folder, name))], store, {
    ...{ feed: 't', homeCountry: null, limits: DEFAULT_LIMITS, workers: 1, keep: 'rows' },
  });
  const found: Record<string, string[]> = {};
  new Lines(collected.table, store, { from: 0, until: 4e9 }).each((history) => {
    found[history.line] = [...history.texts('endpoint')];
  });
  store.close();
  return found;
}

const seen = ({ scene }: Traffic, name: string) => linesOf([scene.write(join(folder, `${name}.pcap`))]);

/** Numbers all over a country, and abroad. */
const mobile = (n: number) => `8613${String(500_000_000 + n * 7_919_993).slice(0, 9)}`;
const abroad = (n: number) => `4479${String(11_000_000 + n * 1_299_709).slice(0, 8)}`;
const desk = (n: number) => `8621556600${String(10 + n).padStart(2, '0')}`;
const NOTHING = { out: [], in: [], numbers: [Number.NaN, Number.NaN] };
const many = Array.from({ length: 12 }, (_, n) => n);

describe('calls that an account places under many numbers', () => {
  test('are the account’s by the credentials they carry', async () => {
    const scene = new Traffic().register(0, BOX, 'trunk1', 3600);
    for (const n of many) scene.presents(10 + 30 * n, BOX, abroad(n), mobile(n), 'trunk1');
    const lines = await seen(scene, 'credentials');
    expect(Object.keys(lines)).toEqual([`trunk1@${DOMAIN}`]);
    expect(lines[`trunk1@${DOMAIN}`]).toEqual({
      out: many.map((n) => [mobile(n), abroad(n)]),
      in: [],
      numbers: [12, Number.NaN],
    });
  });

  test('also where it never registered, but answered a challenge', async () => {
    const scene = new Traffic();
    const more = [`Proxy-Authorization: Digest username="trunk1",realm="${DOMAIN}",nonce="1",uri="s",response="2"`];
    for (const n of many) {
      scene.call(10 + 30 * n, BOX, SWITCH, {
        request: `${mobile(n)}@${DOMAIN}`,
        caller: `${abroad(n)}@${DOMAIN}`,
        called: `${mobile(n)}@${DOMAIN}`,
        ask: true,
        more,
      });
    }
    const lines = await seen(scene, 'challenged');
    expect(Object.keys(lines)).toEqual([`trunk1@${DOMAIN}`]);
    expect(lines[`trunk1@${DOMAIN}`]?.out).toEqual(many.map((n) => [mobile(n), abroad(n)]));
  });

  test('are the account’s by its registered address, under the number it registered', async () => {
    const scene = new Traffic();
    for (const n of many) {
      scene.register(60 * n, BOX, '+8613800001111', 60);
      scene.presents(10 + 60 * n, BOX, abroad(n), mobile(n));
    }
    const lines = await seen(scene, 'address');
    expect(Object.keys(lines)).toEqual(['8613800001111']);
    expect(lines['8613800001111']?.out).toEqual(many.map((n) => [mobile(n), abroad(n)]));
  });

  test('wherever the registration was captured, in whatever order, in memory or not, and however it is cut', async () => {
    const traffic = new Traffic().register(0, BOX, 'trunk1', 60);
    const calls = traffic.scene.size;
    for (const n of many) {
      traffic.presents(10 + 60 * n, BOX, abroad(n), mobile(n), n % 2 === 0 ? 'trunk1' : undefined);
      traffic.delivers(35 + 60 * n, BOX, abroad(50 + n), mobile(50 + n), n % 2 === 0 ? BOX : DOMAIN);
    }
    const whole = await seen(traffic, 'whole');
    const { scene } = traffic;
    expect(whole[`trunk1@${DOMAIN}`]?.out).toHaveLength(many.length);
    expect(whole[`trunk1@${DOMAIN}`]?.in).toHaveLength(many.length);
    const parts = [scene.write(join(folder, 'a.pcap'), 0, calls), scene.write(join(folder, 'b.pcap'), calls)];
    expect(await linesOf(parts)).toEqual(whole);
    expect(await linesOf(parts.reverse(), 0)).toEqual(whole);
    const ten = Array.from({ length: 10 }, (_, i) =>
      scene.write(
        join(folder, `cut${i}.pcap`),
        Math.floor((i * scene.size) / 10),
        Math.floor(((i + 1) * scene.size) / 10),
      ),
    );
    expect(await linesOf(ten)).toEqual(whole);
    expect(await linesOf(ten, 1e9, 2)).toEqual(whole);
  });

  test('a few other numbers are lines as they were', async () => {
    const scene = new Traffic().register(0, BOX, 'trunk1', 60);
    for (const n of many) scene.presents(10 + 60 * n, BOX, abroad(n % 2), mobile(n), 'trunk1');
    const lines = await seen(scene, 'few');
    expect(lines[abroad(0)]?.out).toHaveLength(6);
    expect(lines[abroad(1)]?.out).toHaveLength(6);
  });

  test('who presents what the account is called stays that line', async () => {
    const scene = new Traffic().register(0, BOX, '+8613800001111', 60);
    for (const n of many) scene.presents(10 + 60 * n, BOX, '+8613800001111', mobile(n), '+8613800001111');
    const lines = await seen(scene, 'itself');
    expect(lines).toEqual({
      '8613800001111': { out: many.map((n) => [mobile(n), null]), in: [], numbers: [1, Number.NaN] },
    });
  });

  test('the desks of a company whose switch registers once are lines, and calls that it forwards are the account’s', async () => {
    const scene = new Traffic();
    for (const n of many) {
      scene.register(60 * n, BOX, 'company', 60);
      scene.presents(10 + 60 * n, BOX, desk(n), mobile(n), n % 2 === 0 ? 'company' : undefined);
      scene.delivers(30 + 60 * n, BOX, mobile(20 + n), desk(n + 6), n % 2 === 0 ? BOX : DOMAIN);
    }
    const before = await seen(scene, 'company');
    for (const n of many) expect([n, before[desk(n)]?.out]).toEqual([n, [[mobile(n), null]]]);
    expect(before[`company@${DOMAIN}`]).toEqual(NOTHING);
    for (const n of [0, 1, 2, 3]) scene.presents(1000 + 60 * n, BOX, mobile(40 + n), mobile(30), 'company');
    const after = await seen(scene, 'forwards');
    for (const n of many) expect([n, after[desk(n)]?.out]).toEqual([n, [[mobile(n), null]]]);
    expect(after[`company@${DOMAIN}`]?.out).toEqual([0, 1, 2, 3].map((n) => [mobile(30), mobile(40 + n)]));
  });

  test('behind a border controller From is right', async () => {
    const scene = new Traffic();
    for (const n of many) scene.register(n, CONTROLLER, mobile(n), 60);
    for (const n of many) scene.presents(60 + 60 * n, CONTROLLER, mobile(n + 6), abroad(n));
    const lines = await seen(scene, 'controller');
    for (const n of many) expect([n, lines[mobile(n + 6)]?.out]).toEqual([n, [[abroad(n), null]]]);
  });

  test('one registration seen of a border controller in a few minutes does not make it one account', async () => {
    const scene = new Traffic().register(0, CONTROLLER, mobile(50), 3600);
    for (const n of many) {
      scene.presents(10 + 10 * n, CONTROLLER, mobile(n), abroad(n));
      scene.delivers(15 + 10 * n, CONTROLLER, abroad(n + 20), mobile(n + 20), DOMAIN);
    }
    const lines = await seen(scene, 'minutes');
    for (const n of many) expect([n, lines[mobile(n)]?.out]).toEqual([n, [[abroad(n), null]]]);
    expect(lines[mobile(50)]).toEqual(NOTHING);
  });

  test('another device at that address is not the account', async () => {
    const scene = new Traffic();
    for (const n of many) scene.register(60 * n, BOX, 'trunk1', 60, 'Desk phone/2');
    for (const n of many) scene.presents(10 + 60 * n, BOX, abroad(n), mobile(n));
    expect((await seen(scene, 'devices'))[abroad(3)]?.out).toEqual([[mobile(3), null]]);
  });

  test('what the network vouches for is right', async () => {
    const scene = new Traffic();
    for (const n of many)
      scene.presents(10 + 60 * n, BOX, abroad(n), mobile(n), 'trunk1', [
        `P-Asserted-Identity: <sip:+${abroad(n)}@${DOMAIN}>`,
      ]);
    expect(Object.keys(await seen(scene, 'asserted'))).toHaveLength(many.length);
  });

  test('a provider that has lines behind its account keeps them', async () => {
    const scene = new Traffic();
    for (const n of many) {
      scene.register(60 * n, BOX, 'reseller', 60);
      scene.presents(10 + 60 * n, BOX, mobile(n), abroad(n), 'reseller');
      if (n < 4) scene.delivers(30 + 60 * n, BOX, abroad(20 + n), mobile(n), DOMAIN);
    }
    const lines = await seen(scene, 'reseller');
    for (const n of many) expect([n, lines[mobile(n)]?.out]).toEqual([n, [[abroad(n), null]]]);
    expect(lines[mobile(1)]?.in).toEqual([[abroad(21), null]]);
  });
});

test('numbers of one range are a company’s where pseudonyms hide the block', () => {
  const numbers = ['8621548213370', '8621571046622', '8621509915843', '447911000001', '13105550100', '491511234567'];
  const account: Account = {
    ...{ identity: 0, own: new Set(), agents: new Set(), expires: 60, first: 0, last: 60 },
    ...{ paid: new Set([0, 1, 2, 3, 4, 5]), placed: new Set(), dialled: new Set() },
  };
  const textOf = (number: number) => numbers[number]!;
  expect([...tell(account, textOf, () => 60, true).behind]).toEqual([0, 1, 2]);
  expect([...tell(account, textOf, () => 60).behind]).toEqual([]);
});

describe('calls that a switch delivers to the registered address of an account', () => {
  test.each([
    ['the address', BOX],
    ['the domain', DOMAIN],
  ])('are calls to the account where many numbers were dialled, with %s in To', async (_, host) => {
    const scene = new Traffic();
    for (const n of many) {
      scene.register(60 * n, BOX, 'port7', 60);
      scene.delivers(10 + 60 * n, BOX, abroad(n), mobile(n), host);
    }
    const lines = await seen(scene, `delivered-${host}`);
    expect(Object.keys(lines)).toEqual([`port7@${DOMAIN}`]);
    expect(lines[`port7@${DOMAIN}`]).toEqual({
      out: [],
      in: many.map((n) => [abroad(n), mobile(n)]),
      numbers: [Number.NaN, 12],
    });
  });

  test('say nothing of device and address of the switch', async () => {
    const scene = new Traffic();
    for (const n of many)
      scene.register(60 * n, BOX, 'port7', 60).delivers(10 + 60 * n, BOX, abroad(n), mobile(n), BOX);
    const store = new SpoolStore(1e9);
    const paths = [scene.scene.write(join(folder, 'device.pcap'))];
    const collected = await collect(paths, store, {
      feed: 't',
      homeCountry: null,
      limits: DEFAULT_LIMITS,
      workers: 1,
      keep: 'both',
    });
    const lines = new Lines(collected.table, store, { from: 0, until: 4e9 });
    lines.each((history) => {
      expect(history.texts('userAgent')).toEqual(['Device/1']);
      expect(history.texts('endpoint')).toEqual([BOX]);
    });
    // The events stay what was seen: told from the side of the caller.
    const told = lines.eventsOf(`port7@${DOMAIN}`, collected).filter(({ event }) => event.kind === 'leg');
    expect(told.map(({ role, event }) => [role, event.msisdn])).toEqual(many.map((n) => ['mirror', abroad(n)]));
    store.close();
  });

  test('of a line whose calls are forwarded, and of a group that rings together, stay calls to the number dialled', async () => {
    const scene = new Traffic();
    for (const n of many) {
      scene.register(60 * n, BOX, 'secretary', 60);
      scene.register(60 * n + 1, CONTROLLER, mobile(n % 4), 60);
      scene.delivers(10 + 60 * n, BOX, abroad(n), mobile(n % 4), DOMAIN);
      scene.delivers(30 + 60 * n, BOX, abroad(n), '862155660000', DOMAIN);
    }
    const lines = await seen(scene, 'forwarded');
    expect(lines['secretary@voip.example']).toEqual(NOTHING);
    expect(lines[mobile(2)]?.in).toHaveLength(3);
  });

  test('are the account’s whose turn it is where several take turns at one address', async () => {
    const scene = new Traffic();
    for (const n of many) {
      scene.register(60 * n, BOX, n < 6 ? 'sim1' : 'sim2', 60);
      scene.delivers(10 + 60 * n, BOX, abroad(n), mobile(n), BOX);
    }
    const lines = await seen(scene, 'turns');
    expect(Object.keys(lines)).toEqual([`sim1@${DOMAIN}`, `sim2@${DOMAIN}`]);
    const taken = (from: number, to: number) => many.slice(from, to).map((n) => [abroad(n), mobile(n)]);
    expect(lines[`sim1@${DOMAIN}`]).toEqual({ out: [], in: taken(0, 6), numbers: [Number.NaN, 6] });
    expect(lines[`sim2@${DOMAIN}`]).toEqual({ out: [], in: taken(6, 12), numbers: [Number.NaN, 6] });
  });

  test('say nothing of the device of those who were dialled where several accounts have the address at once', async () => {
    // Two lines of a box, and the phones of those to whom it passes calls on.
    const box = new Traffic();
    // Two lines of one phone.
    const phone = new Traffic();
    for (const n of many) {
      for (const scene of [box, phone])
        scene.register(60 * n, BOX, mobile(100), 60).register(60 * n + 1, BOX, mobile(101), 60);
      box.register(60 * n + 2, `203.0.113.${n}`, mobile(n), 60);
      box.delivers(10 + 60 * n, BOX, abroad(n), mobile(n), DOMAIN);
      phone.delivers(10 + 60 * n, BOX, abroad(n), mobile(100 + (n % 2)), DOMAIN);
    }
    const passed = await endpointsOf(box, 'several.pcap');
    for (const n of many) expect([n, passed[mobile(n)]]).toEqual([n, [`203.0.113.${n}`]]);
    // A box that registers nowhere; and a few calls that were sent elsewhere, as to a second phone.
    for (const [count, isBox] of [
      [12, true],
      [4, false],
    ] as const) {
      const trunk = new Traffic();
      for (const n of many.slice(0, count))
        trunk
          .register(60 * n, `203.0.113.${n}`, mobile(n), 60)
          .delivers(10 + 60 * n, BOX, abroad(n), mobile(n), DOMAIN);
      const found = await endpointsOf(trunk, `static-${count}.pcap`);
      for (const n of many.slice(0, count)) expect(found[mobile(n)]?.includes(BOX)).toBe(!isBox);
    }
    const own = await endpointsOf(phone, 'two-lines.pcap');
    expect(own).toEqual({ [mobile(100)]: [BOX], [mobile(101)]: [BOX] });
  });

  // A switch that knows the account by what it registered (Asterisk) writes the registered address into To as well.
  test.each([
    ['the domain', DOMAIN],
    ['the address', BOX],
  ])('to the account’s own number are calls to that, with %s in To', async (_, host) => {
    const scene = new Traffic();
    for (const n of many) {
      scene.register(60 * n, BOX, '+8613800001111', 60);
      scene.delivers(10 + 60 * n, BOX, abroad(n), '+8613800001111', host);
    }
    const lines = await seen(scene, `own-${host}`);
    expect(lines).toEqual({
      '8613800001111': { out: [], in: many.map((n) => [abroad(n), null]), numbers: [Number.NaN, 1] },
    });
    expect(await endpointsOf(scene, `own-${host}.pcap`)).toEqual({ '8613800001111': [BOX] });
  });

  // RFC 3261 §8.1.1.8: the user of a Contact is for the phone to choose; baresip and JsSIP make one up.
  test.each(['8613800001111-0x558cf6ce8a20', 'k3v9q1zt'])(
    'to the name that its phone made up are calls to it: %s',
    async (user) => {
      const scene = new Traffic();
      for (const n of many) {
        scene.register(60 * n, BOX, '+8613800001111', 60);
        scene.delivers(10 + 60 * n, BOX, abroad(n), user, BOX);
      }
      const lines = await seen(scene, user);
      expect(lines).toEqual({
        '8613800001111': { out: [], in: many.map((n) => [abroad(n), null]), numbers: [Number.NaN, 1] },
      });
      expect(await endpointsOf(scene, `${user}.pcap`)).toEqual({ '8613800001111': [BOX] });
    },
  );

  test('to the extensions of a switch, from outside and from each other, are calls to these', async () => {
    const scene = new Traffic();
    const phone = (n: number) => `203.0.113.${n}`;
    for (const n of many.slice(0, 3)) {
      scene.register(60 * n, phone(n), `100${n}`, 600);
      scene.delivers(1000 + 60 * n, phone(n), abroad(n), `100${n}`, phone(n));
      // One calls the next by the switch, which sends the call on.
      const [caller, called] = [`100${n}`, `100${(n + 1) % 3}`];
      scene.presents(2000 + 60 * n, phone(n), caller, called);
      scene.delivers(2000 + 60 * n, phone((n + 1) % 3), caller, called, phone((n + 1) % 3));
    }
    const lines = await seen(scene, 'extensions');
    expect(Object.keys(lines)).toEqual(many.slice(0, 3).map((n) => `100${n}@${DOMAIN}`));
    for (const n of many.slice(0, 3)) {
      const { out, in: taken } = lines[`100${n}@${DOMAIN}`]!;
      expect(out).toEqual([[`100${(n + 1) % 3}`, null]]);
      expect(taken.map(([caller]) => caller).sort()).toEqual([`100${(n + 2) % 3}@${SWITCH}`, abroad(n)].sort());
    }
  });

  test('by a phone that calls another by itself are calls that it places', async () => {
    const scene = new Traffic();
    const [a, b] = ['203.0.113.1', '203.0.113.2'];
    scene.register(0, a, mobile(1), 600).register(1, b, mobile(2), 600);
    for (const n of many)
      scene.call(60 * n, a, b, {
        request: `${mobile(2)}@${b}:5060`,
        caller: `${mobile(1)}@${DOMAIN}`,
        called: `${mobile(2)}@${b}`,
      });
    const lines = await seen(scene, 'peers');
    expect(lines[mobile(1)]?.out).toHaveLength(12);
  });
});

describe('calls of lines that register at their own addresses', () => {
  /** Lines of this number, and their calls on a trunk behind a controller. */
  const trunk = (count: number, registers: boolean) => {
    const made = new Traffic();
    for (const n of many.slice(0, count)) {
      if (registers) made.register(60 * n, `203.0.113.${n}`, mobile(n), 60);
      made.presents(20 + 60 * n, CONTROLLER, mobile(n), abroad(n));
    }
    return made;
  };

  test('are not at the address of a switch that passes the calls of many on', async () => {
    const passed = await endpointsOf(trunk(12, true), 'passed.pcap');
    for (const n of many) expect(passed[mobile(n)]).toEqual([`203.0.113.${n}`]);
  });

  test('may be at another for a few, and the address is theirs who register nowhere', async () => {
    const few = await endpointsOf(trunk(4, true), 'few.pcap');
    for (const n of many.slice(0, 4)) expect([...few[mobile(n)]!].sort()).toEqual([CONTROLLER, `203.0.113.${n}`]);
    const nowhere = await endpointsOf(trunk(12, false), 'nowhere.pcap');
    for (const n of many) expect(nowhere[mobile(n)]).toEqual([CONTROLLER]);
  });
});

describe('calls on a trunk where nobody registers', () => {
  const CALLER = '8613800000001';
  const dialled = Array.from({ length: 9 }, (_, i) => `861390000000${i}`);
  /** Of one caller to many numbers behind a gateway, and of another to one phone. */
  const traffic = () => {
    const made = new Traffic();
    for (const [i, number] of dialled.entries()) made.delivers(100 + 60 * i, BOX, CALLER, number, DOMAIN);
    return made.delivers(100, CONTROLLER, '8613800000002', '8613700000001', DOMAIN);
  };

  test('to many numbers at one address are calls of who placed them; to one number, of who is called', async () => {
    const seen = await linesOf([traffic().scene.write(join(folder, 'trunk.pcap'))]);
    expect(seen[CALLER]!.out.map(([called]) => called)).toEqual(dialled);
    expect(Object.keys(seen)).not.toContain(dialled[0]);
    expect(Object.keys(seen)).not.toContain('8613800000002');
  });

  test('stay calls to who is called where somebody registers', async () => {
    const made = traffic().register(50, '198.51.100.20', '8613600000001', 3600);
    const seen = await linesOf([made.scene.write(join(folder, 'home.pcap'))]);
    expect(Object.keys(seen)).not.toContain(CALLER);
  });
});

import { describe, expect, test } from 'vitest';
import type { CatpoolEvent } from '../../../src/events/event.ts';
import { encodeIsup, type IsupFields } from '../../../src/ss7/isup/isup-encode.ts';
import { encodeM3ua } from '../../../src/ss7/link/m3ua-encode.ts';
import { ServiceIndicator } from '../../../src/ss7/message.ts';
import { data, overIp } from '../../support/sctp.ts';
import { eventsOf, eventsWhateverTheCut, Scene, second } from '../../support/ss7-events.ts';

const A = 100;
const B = 200;

const iam = (cic: number, called: string): IsupFields => ({
  type: 'IAM',
  cic,
  calling: { digits: '8613800000001' },
  called: { digits: called },
  category: 10,
});
const sam = (cic: number, subsequent: string): IsupFields => ({ type: 'SAM', cic, subsequent });
const acm = (cic: number): IsupFields => ({ type: 'ACM', cic, calledStatus: 1 });
const anm = (cic: number): IsupFields => ({ type: 'ANM', cic });
const rel = (cic: number, cause: number): IsupFields => ({ type: 'REL', cic, cause });
const rlc = (cic: number): IsupFields => ({ type: 'RLC', cic });

/** An association of exchange A with B on one stream each way: each side numbers what it sends; packets may come in another order. */
class Association extends Scene {
  private readonly sent = new Map<number, number>([
    [A, 0],
    [B, 0],
  ]);

  /** One packet, to be put in now or later. */
  sends(from: number, ...messages: IsupFields[]): Buffer {
    const chunks = messages.map((fields) => this.chunk(from, fields));
    return overIp(
      { source: `10.0.0.${from}`, destination: `10.0.0.${A + B - from}`, tag: 0x5eed_0000 + from },
      ...chunks,
    );
  }

  private chunk(from: number, fields: IsupFields): Buffer {
    const number = this.sent.get(from)!;
    this.sent.set(from, number + 1);
    const label = {
      networkIndicator: 2,
      serviceIndicator: ServiceIndicator.isup,
      opc: from,
      dpc: A + B - from,
      sls: 1,
    };
    const payload = encodeM3ua(label, [encodeIsup(fields)]);
    return data({ tsn: 7000 + number, sequence: number, stream: 1, ppid: 3, payload });
  }

  passes(at: number, packet: Buffer): this {
    this.packets.push({ at, data: packet, linkType: 1 });
    return this;
  }

  now(at: number, from: number, ...messages: IsupFields[]): this {
    return this.passes(at, this.sends(from, ...messages));
  }
}

/** Circuit 7 had a call a moment before, and circuit 9 has one. */
function busy(): Association {
  return new Association()
    .now(0, A, iam(7, '8675511110000'))
    .now(0.5, A, iam(9, '8675511119999'))
    .now(1, B, rel(7, 17))
    .now(1.1, A, rlc(7))
    .now(20, B, acm(9));
}

function legOf(events: CatpoolEvent[], circuit: number): CatpoolEvent {
  return events.filter(({ trunk, time }) => trunk === `100-200-${circuit}` && second(time) > 1)[0]!;
}

describe('an IAM that is sent again passes after what was sent after it', () => {
  test('has the digits that follow it', () => {
    const scene = busy();
    const lost = scene.sends(A, iam(7, '86755'));
    scene.now(21, A, sam(7, '4444')).now(21.2, A, sam(7, '0000')).passes(21.9, lost);
    scene.now(23, B, acm(7)).now(25, B, anm(7)).now(40, A, rel(7, 16)).now(40.1, B, rlc(7)).now(41, A, rel(9, 16));
    const events = eventsWhateverTheCut(scene);
    expect(events).toHaveLength(3);
    expect(legOf(events, 7)).toMatchObject({ counterpart: '8675544440000', talk_ms: 15_000, outcome: 'answered' });
    expect(second(legOf(events, 7).time)).toBe(21.9);
  });

  test('ends with the REL that follows it, not before it began', () => {
    const scene = busy();
    const lost = scene.sends(A, iam(7, '8675544440000'));
    scene.now(21, A, rel(7, 16)).passes(21.9, lost).now(22, B, rlc(7)).now(60, A, rel(9, 16)).now(60.1, B, rlc(9));
    const events = eventsWhateverTheCut(scene);
    expect(events).toHaveLength(3);
    const leg = legOf(events, 7);
    expect(leg).toMatchObject({ counterpart: '8675544440000', outcome: 'cancelled', released_by: 'caller', cause: 16 });
    expect([second(leg.time), second(leg.end_time!)]).toEqual([21.9, 21.9]);
  });

  test('and those of other circuits that waited behind it, whose answers pass first, are as they were sent', () => {
    const scene = busy();
    const lost = scene.sends(A, iam(7, '8675544440000'));
    scene.now(21, A, iam(8, '8675588880000')).now(21.3, B, acm(8)).now(21.6, B, anm(8)).passes(21.9, lost);
    scene
      .now(22.5, B, rel(7, 17))
      .now(22.6, A, rlc(7))
      .now(50, A, rel(8, 16))
      .now(50.1, B, rlc(8))
      .now(51, A, rel(9, 16));
    const events = eventsWhateverTheCut(scene);
    expect(events).toHaveLength(4);
    expect(legOf(events, 8)).toMatchObject({
      counterpart: '8675588880000',
      setup_ms: 300,
      ring_ms: 300,
      talk_ms: 28_400,
    });
    expect(legOf(events, 7)).toMatchObject({ outcome: 'busy' });
  });
});

describe('a RLC that is sent again passes after the next IAM of its circuit', () => {
  test('and ends the call before that', () => {
    const scene = busy().now(22, A, iam(8, '8675588880000')).now(24, B, rel(8, 17));
    const lost = scene.sends(A, rlc(8));
    scene.now(24.6, A, iam(8, '8675588881111')).passes(25.2, lost).now(26, B, acm(8)).now(28, B, anm(8));
    scene.now(50, A, rel(8, 16)).now(50.1, B, rlc(8)).now(51, A, rel(9, 16));
    const events = eventsOf(scene.packets).events.filter(({ trunk }) => trunk === '100-200-8');
    expect(events).toHaveLength(2);
    expect(events[0]).toMatchObject({ counterpart: '8675588880000', outcome: 'busy' });
    expect(events[1]).toMatchObject({ counterpart: '8675588881111', outcome: 'answered', talk_ms: 22_000 });
  });
});

test('a REL that passes again after its RLC gives the call its cause', () => {
  const scene = busy()
    .now(22, A, iam(8, '8675588880000'))
    .now(24, B, acm(8))
    .now(26.3, A, rlc(8))
    .now(26.7, B, rel(8, 21));
  const [, , leg] = eventsWhateverTheCut(scene.now(30, A, rel(9, 16)));
  expect(leg).toMatchObject({ trunk: '100-200-8', outcome: 'rejected', cause: 21, released_by: 'called' });
  expect(second(leg!.end_time!)).toBe(26.7);
});

describe('messages that SCTP bundles into one packet', () => {
  test.each([
    ['follow each other', ['12', '34'], '8675544441234'],
    ['are the same', ['11', '11'], '8675544441111'],
  ])('give all the digits that they have, where these %s', (_, [one, two], counterpart) => {
    const scene = busy()
      .now(21, A, iam(7, '86755'))
      .now(21.2, A, sam(7, '4444'))
      .now(22, A, sam(7, one!), sam(7, two!));
    scene.now(23, B, acm(7)).now(25, B, anm(7)).now(40, A, rel(7, 16)).now(40.1, B, rlc(7)).now(41, A, rel(9, 16));
    expect(legOf(eventsWhateverTheCut(scene), 7)).toMatchObject({ counterpart, talk_ms: 15_000 });
  });

  test('clear a circuit and seize it again, also where the call before began before the capture', () => {
    const scene = new Association().now(1, A, rlc(7), iam(7, '8675544440000')).now(2, B, acm(7)).now(5, B, anm(7));
    // The other end acknowledges, and seizes it the other way.
    scene.now(20, A, rel(7, 16)).now(20.1, B, rlc(7), iam(7, '8675544441111')).now(21, A, acm(7)).now(24, A, anm(7));
    const events = eventsWhateverTheCut(scene.now(130, B, rel(7, 16)).now(130.1, A, rlc(7)));
    expect(events).toMatchObject([
      { trunk: '100-200-7', counterpart: '8675544440000', talk_ms: 15_000, outcome: 'answered' },
      { trunk: '200-100-7', counterpart: '8675544441111', talk_ms: 106_000, outcome: 'answered' },
    ]);
  });

  test('of several packets at one time give all their digits as well', () => {
    const scene = busy().now(21, A, iam(7, '86755')).now(22, A, sam(7, '44')).now(22, A, sam(7, '55'), sam(7, '66'));
    scene.now(22, A, sam(7, '77')).now(23, B, acm(7)).now(25, B, anm(7)).now(40, A, rel(7, 16)).now(40.1, B, rlc(7));
    expect(legOf(eventsWhateverTheCut(scene), 7)).toMatchObject({ counterpart: '8675544556677', talk_ms: 15_000 });
  });
});

describe('on a link that shows no order', () => {
  const afterACall = (): Scene =>
    new Scene().isup(0, A, B, iam(3, '8675511110000')).isup(0.1, B, A, rel(3, 34)).isup(0.2, A, B, rlc(3));

  test('digits right before an IAM are of its call', () => {
    const scene = afterACall().isup(10, A, B, sam(3, '4444')).isup(10.4, A, B, iam(3, '86755')).isup(12, B, A, acm(3));
    scene.isup(15, B, A, anm(3)).isup(19, A, B, rel(3, 16)).isup(19.1, B, A, rlc(3));
    const [, leg, ...more] = eventsWhateverTheCut(scene);
    expect(more).toEqual([]);
    expect(leg).toMatchObject({ counterpart: '867554444', talk_ms: 4000 });
  });

  test('a release right before an IAM, which is acknowledged after it, ends its call', () => {
    const scene = afterACall()
      .isup(10, B, A, rel(3, 17))
      .isup(10.05, A, B, iam(3, '8675544440000'))
      .isup(10.1, A, B, rlc(3));
    const [, leg, ...more] = eventsWhateverTheCut(scene);
    expect(more).toEqual([]);
    expect(leg).toMatchObject({ outcome: 'busy', cause: 17, released_by: 'called', ring_ms: null });
    expect([second(leg!.time), second(leg!.end_time!)]).toEqual([10.05, 10.05]);
  });

  test('a release that was acknowledged before an IAM is of the call before it', () => {
    const scene = afterACall()
      .isup(10, B, A, rel(4, 17))
      .isup(10.05, A, B, rlc(4))
      .isup(10.1, A, B, iam(4, '8675544440000'));
    scene.isup(12, B, A, acm(4)).isup(14, B, A, anm(4)).isup(20, A, B, rel(4, 16)).isup(20.1, B, A, rlc(4));
    const [, leg, ...more] = eventsWhateverTheCut(scene);
    expect(more).toEqual([]);
    expect(leg).toMatchObject({ outcome: 'answered', talk_ms: 6000 });
  });
});

import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../support/read-bytes.ts';
import { Scene, sceneEvents } from '../../support/scene.ts';
import { request, response } from '../../support/sip-messages.ts';

/** Numbers that were ported (RFC 4694): the routing number and the carrier stand beside the number, not in its place (§4). */
let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const A = '10.0.0.1';
const B = '10.0.0.2';
const NUMBER = '8613900000002';

describe('a number that was ported', () => {
  test.each([
    'tel:+8613900000002;npdi;rn=+8613700990000',
    'tel:+8613900000002;rn=+8613700990000;npdi;cic=+86555',
    'tel:+86-139-0000-0002;npdi;rn=1370;rn-context=+86',
    'tel:13900000002;phone-context=+86;npdi;rn=13700990000;rn-context=+1',
    'tel:13900000002;rn=13700990000;rn-context=+1;phone-context=+86',
    'sip:+8613900000002;npdi;rn=+8613700990000@gw.example;user=phone',
    'sip:+8613900000002;rn=+8613700990000;npdi@gw.example:5060;user=phone',
    'sip:+8613900000002%3Bnpdi%3brn%3D+8613700990000@gw.example',
    'sip:13900000002;npdi;rn=+8613700990000;phone-context=+86@gw.example;user=phone',
    'sip:+8613900000002;cic=+86555@gw.example;user=phone',
    'sip:+8613900000002@gw.example;npdi;rn=+8613700990000;user=phone',
  ])('is called, not its routing number: %s', async (uri) => {
    const called = [{ direction: 'originating', counterpart: NUMBER }];
    const asked = new Scene().say(0, A, B, request('INVITE', 1, { uri }));
    expect(await sceneEvents(asked, folder, ['direction', 'counterpart'])).toEqual(called);
    const answered = new Scene().say(0, B, A, response('200 OK', 'INVITE', 1, { to: `<${uri}>`, toTag: 'b1' }));
    expect(await sceneEvents(answered, folder, ['direction', 'counterpart'])).toEqual(called);
  });

  // RFC 4694 §4, RFC 4904 §4.3: parameters that networks add for each other. The gateway is named by its address, as a phone is.
  test.each([
    [';npdi', 'originating'],
    [';rn=+8613700990000;npdi', 'originating'],
    ['%3Bnpdi%3Brn%3D+8613700990000', 'originating'],
    [';cic=+86555', 'originating'],
    [';tgrp=TG-7;trunk-context=gw.example', 'originating'],
    [';isub=4567', 'terminating'],
    ['', 'terminating'],
  ])('goes to a gateway, not to a phone, where its routing is told: %s', async (parameters, direction) => {
    const scene = new Scene().say(0, A, B, request('INVITE', 1, { uri: `sip:+8613900000002${parameters}@${B}:5060` }));
    expect(await sceneEvents(scene, folder, ['direction'])).toEqual([{ direction }]);
  });

  test.each([
    'sip:+8613900000002;npdi;rn=+8613700990000@example.com;user=phone',
    'sip:+8613900000002;rn=1370;rn-context=+86;npdi;cic=+86555@Example.com',
    'sip:+8613900000002%3Bnpdi@example.com',
    'sip:+8613900000002;verstat=TN-Validation-Passed;cpc=ordinary@example.com',
    // RFC 3966 §5.2, RFC 4715; RFC 4904 §4.3.
    'sip:+8613900000002;isub=4567;isub-encoding=nsap-ia5@example.com;user=phone',
    'sip:+8613900000002;tgrp=TG-7;trunk-context=gw.example@example.com',
  ])('is the line that is called, and its address of record has none of that: %s', async (to) => {
    const scene = new Scene().say(0, A, B, request('INVITE', 1, { uri: `sip:x@${B}:5060`, to: `<${to}>` }));
    expect(await sceneEvents(scene, folder, ['direction', 'msisdn', 'aor'])).toEqual([
      { direction: 'terminating', msisdn: NUMBER, aor: '+8613900000002@example.com' },
    ]);
  });

  test('calls', async () => {
    const from = `<sip:+8613900000002;npdi;rn=+8613700990000@example.com;user=phone>`;
    const asserted = ['P-Asserted-Identity: <tel:+8613900000002;npdi;rn=+8613700990000>'];
    for (const parts of [{ from }, { from: '<sip:x@example.com>', more: asserted }]) {
      const scene = new Scene().say(0, A, B, request('INVITE', 1, { ...parts, to: '<tel:10086>', uri: 'tel:10086' }));
      expect(await sceneEvents(scene, folder, ['direction', 'msisdn'])).toEqual([
        { direction: 'originating', msisdn: NUMBER },
      ]);
    }
    const scene = new Scene().say(0, A, B, request('INVITE', 1, { from, uri: 'tel:10086', to: '<tel:10086>' }));
    expect(await sceneEvents(scene, folder, ['aor'])).toEqual([{ aor: '+8613900000002@example.com' }]);
  });
});

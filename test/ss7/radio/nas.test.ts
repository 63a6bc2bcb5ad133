import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { digitsText } from '../../../src/ss7/digits.ts';
import { createNas, nasTypeName, readNas } from '../../../src/ss7/radio/nas.ts';
import { encodeDirectTransfer } from '../../../src/ss7/radio/ranap-encode.ts';
import { type Said, SubsystemNumber, saidOfNas, unitdata } from '../../support/radio.ts';
import { LAYER_3 } from '../../support/radio-messages.ts';
import { hex, withCapture } from '../../support/ss7.ts';
import { tsharkFields } from '../../support/tshark.ts';

const nas = createNas();

/** What a layer 3 message of these octets says, without its discriminator; it must be read to its end. */
function said(octets: string): Said {
  const bytes = hex(octets);
  expect(readNas(bytes, 0, bytes.length, nas)).toBeNull();
  const { discriminator: _, ...rest } = saidOfNas(nas);
  return rest;
}

function stopOf(octets: string) {
  const bytes = hex(octets);
  return readNas(bytes, 0, bytes.length, nas);
}

describe('mobility management, 3GPP TS 24.008 §9.2', () => {
  it.each<[string, string, Said]>([
    [
      'location updating request: normal, follow-on, deleted area',
      '0508 78 00f110fffe 30 05f400000001',
      { nas: 'locationUpdatingRequest', luType: 0, area: '001-01-65534', classmark: '30', tmsi: 1 },
    ],
    [
      'location updating request from an area whose network is no number',
      '0508 70 abbccd001e 30 05f400000001',
      { nas: 'locationUpdatingRequest', luType: 0, classmark: '30', tmsi: 1 },
    ],
    [
      'location updating request: periodic, with classmark 2 of UMTS',
      '0508 71 64f0001807 33 05f400000001 33 03 57 18 a2',
      { nas: 'locationUpdatingRequest', luType: 1, area: '460-00-6151', classmark: '5718a2', tmsi: 1 },
    ],
    [
      'location updating accept with elements of one octet and unknown ones',
      '0502 1300141807 17 05f4ffffffff a1 4a 03 64f010 34 03 021f19',
      { nas: 'locationUpdatingAccept', area: '310-410-6151', tmsi: 0xffffffff },
    ],
    [
      'location updating accept that takes the TMSI away',
      '0502 64f0001807 17 01 00',
      { nas: 'locationUpdatingAccept', area: '460-00-6151' },
    ],
    ['CM service abort', '0523', { nas: 'cmServiceAbort' }],
    ['CM service prompt', '0525 03', { nas: 'cmServicePrompt' }],
    [
      'CM service request with priority',
      '0524 74 03 33 19 a2 05f412345678 82',
      { nas: 'cmServiceRequest', service: 4, classmark: '3319a2', tmsi: 0x12345678 },
    ],
    [
      'CM re-establishment with location area',
      '0528 07 03 33 19 a2 05f412345678 13 64f0001807',
      { nas: 'cmReestablishmentRequest', classmark: '3319a2', tmsi: 0x12345678, area: '460-00-6151' },
    ],
    ['abort', '0529 06', { nas: 'abort', reject: 6 }],
    ['MM null', '0530', { nas: 'mmNull' }],
    ['MM status', '0531 60', { nas: 'mmStatus', reject: 0x60 }],
    [
      'MM information with the name and time of a network',
      '0532 43 03 8150 01 47 42 10 10 00 00 00 00',
      { nas: 'mmInformation' },
    ],
    [
      'authentication failure with AUTS',
      `051c 15 22 0e ${'aa'.repeat(14)}`,
      { nas: 'authenticationFailure', reject: 21 },
    ],
    ['authentication response with the rest of RES', '0514 01020304 21 04 05060708', { nas: 'authenticationResponse' }],
    ['identity response of no identity', '0519 01 f0', { nas: 'identityResponse' }],
    ['identity response of a TMGI', '0519 05 05 01020304', { nas: 'identityResponse' }],
    ['identity response of an empty identity', '0519 00', { nas: 'identityResponse' }],
    ['identity response of a TMSI of three octets', '0519 04 f4 010203', { nas: 'identityResponse' }],
    [
      'identity response of an IMSI of 14 digits',
      '0519 08 41 06 00 21 43 65 87 f9',
      { nas: 'identityResponse', imsi: '46000123456789' },
    ],
    ['identity response of a kind that no edition has', '0519 02 07 00', { nas: 'identityResponse' }],
    ['identity request without more', '0518 03', { nas: 'identityRequest', identityType: 3 }],
    ['an MM message that no edition has', '053f 01020304', { nas: 'unknown' }],
  ])('%s', (_, octets, expected) => {
    expect(said(octets)).toEqual(expected);
  });

  it('a message has one type whatever its sequence number', () => {
    for (const bits of ['01', '41', '81', 'c1'])
      expect(said(`05${bits} 33 05f400000001`).nas).toBe('imsiDetachIndication');
    for (const bits of ['05', '45', '85', 'c5']) expect(said(`03${bits}`).nas).toBe('setup');
    for (const bits of ['3b', '7b', 'bb', 'fb']) expect(said(`0b${bits} 1c 00`).nas).toBe('ssRegister');
    // Short messages and GPRS have none: all eight bits are the type.
    expect(said('0941').nas).toBe('unknown');
    expect(said('0a41').nas).toBe('activatePdpContextRequest');
  });
});

describe('GPRS mobility management, 24.008 §9.4', () => {
  it.each<[string, string, Said]>([
    [
      'attach request with an IMSI',
      '0801 02 e5e0 71 0a00 08 4906103254769810 64f0001807ff 03 1a2b3c 19 010203 17 21 93',
      { nas: 'attachRequest', imsi: '460012345678901' },
    ],
    ['attach request with a P-TMSI', '0801 02 e5e0 71 0a00 05 f4c1234567 64f0001807ff 00', { nas: 'attachRequest' }],
    ['identity request', '0815 01', { nas: 'gmmIdentityRequest', identityType: 1 }],
    ['identity response: IMEI', '0816 08 3a65835306459808', { nas: 'gmmIdentityResponse', imei: '356383560548980' }],
    ['identity response: P-TMSI', '0816 05 f4c1234567', { nas: 'gmmIdentityResponse' }],
    [
      'authentication and ciphering response',
      '0813 03 22 aabbccdd 23 09 3365835306459818f9 29 03 010203',
      { nas: 'authenticationAndCipheringResponse', imeisv: '3563835605489819' },
    ],
    ['routing area update request', '0808 71 64f0001807ff 03 1a2b3c', { nas: 'routingAreaUpdateRequest' }],
  ])('%s', (_, octets, expected) => {
    expect(said(octets)).toEqual(expected);
  });

  it('says who a phone is as tshark does', () => {
    const octets = ['0801 02 e5e0 71 0a00 08 4906103254769810 64f0001807ff 03 1a2b3c', '0816 08 3a65835306459808'];
    const units = [...octets, '0813 03 22 aabbccdd 23 09 3365835306459818f9'].map((each) =>
      unitdata(SubsystemNumber.ranap, encodeDirectTransfer({ layer3: hex(each) })),
    );
    withCapture(142, units, (file) => {
      expect(tsharkFields(file, 'ranap', ['e212.imsi', 'gsm_a.imei', 'gsm_a.imeisv'])).toEqual([
        [['460012345678901'], [], []],
        [[], ['356383560548980'], []],
        [[], [], ['3563835605489819']],
      ]);
    });
  });
});

describe('call control, 24.008 §9.3', () => {
  it.each<[string, string, Said]>([
    [
      'setup with every kind of element',
      '0305 d1 04 01 a0 1c 00 1e 02 e288 34 01 5c 06 2183 1032 54f6 5d 01 80 5e 04 91 10 32 f4 6d 01 80 a1 15 02 0100 40 01 00',
      { nas: 'setup', transaction: 0, calling: '0123456', called: '01234' },
    ],
    ['setup with a number in octet 3 alone', '0305 5c 01 00 5e 01 81', { nas: 'setup', transaction: 0 }],
    ['setup with empty numbers', '0305 5c 00 5e 00', { nas: 'setup', transaction: 0 }],
    ['keys and letters dialled', '0305 5e 05 81 ba dc 1e f2', { nas: 'setup', transaction: 0, called: '*#abc12' }],
    [
      'disconnect with recommendation',
      '8325 03 60 81 90',
      { nas: 'disconnect', transaction: 8, cause: 16, causeLocation: 0 },
    ],
    [
      'disconnect with diagnostics',
      '8325 04 e4 91 aa bb',
      { nas: 'disconnect', transaction: 8, cause: 17, causeLocation: 4 },
    ],
    ['disconnect whose cause ends early', '8325 01 e4', { nas: 'disconnect', transaction: 8, causeLocation: 4 }],
    ['release with no cause value', '832d 08 00', { nas: 'release', transaction: 8 }],
    [
      'release with a second cause, of a timer that ran out',
      '832d 08 02 e090 08 02 e0e6',
      { nas: 'release', transaction: 8, cause: 16, causeLocation: 0 },
    ],
    [
      'setup of a call that was forwarded',
      '0305 5c 08 21a36831081032f5 74 07 91683108103254',
      { nas: 'setup', transaction: 0, calling: '86138001235', redirecting: '861380012345' },
    ],
    ['emergency setup', '030e 04 01 a0', { nas: 'emergencySetup', transaction: 0 }],
    ['call confirmed', '8308 04 01 a0 15 02 0100 40 01 00', { nas: 'callConfirmed', transaction: 8 }],
    ['connect with the connected number', '8307 4c 03 91 10 32', { nas: 'connect', transaction: 8 }],
    ['start DTMF', '0335 2c 35', { nas: 'startDtmf', transaction: 0 }],
    ['start DTMF acknowledge', '8336 2c 35', { nas: 'startDtmfAcknowledge', transaction: 8 }],
    ['start DTMF reject', '8337 02 e0 9d', { nas: 'startDtmfReject', transaction: 8, cause: 29, causeLocation: 0 }],
    ['stop DTMF', '0331', { nas: 'stopDtmf', transaction: 0 }],
    ['hold', '0318', { nas: 'hold', transaction: 0 }],
    ['hold reject', '831a 02 e0 cf', { nas: 'holdReject', transaction: 8, cause: 79, causeLocation: 0 }],
    ['retrieve reject', '831e 02 e0 cf', { nas: 'retrieveReject', transaction: 8, cause: 79, causeLocation: 0 }],
    ['status', '833d 02 e0 e5 0a', { nas: 'status', transaction: 8, cause: 101, causeLocation: 0 }],
    [
      'a longer transaction identifier',
      'f3 81 25 02 e0 90',
      { nas: 'disconnect', transaction: 15, cause: 16, causeLocation: 0 },
    ],
  ])('%s', (_, octets, expected) => {
    expect(said(octets)).toEqual(expected);
  });

  it.each([
    ['unknown', '01', 0, 0],
    ['international', '11', 4, 0],
    ['national, restricted', '21', 3, 1],
    ['national, not available', '21', 3, 2],
  ])('number: %s', (_, octet, nature, presentation) => {
    said(`0305 5c 04 ${octet} ${(0x80 | (presentation << 5)).toString(16)} 21 f3`);
    expect(nas.calling).toMatchObject({ count: 3, nature, plan: 1, presentation });
  });

  it('names of all messages are different', () => {
    const names = new Map<string, string>();
    for (const discriminator of [0, 1, 3, 5, 6, 8, 9, 10, 11]) {
      for (let type = 0; type < 256; type++) {
        const name = nasTypeName({ ...nas, discriminator, type });
        if (name === 'unknown') continue;
        expect(name).toMatch(/^[a-z][A-Za-z0-9]+$/);
        expect([name, names.get(name)]).toEqual([name, undefined]);
        names.set(name, `${discriminator} ${type}`);
      }
    }
    expect(names.size).toBeGreaterThan(130);
  });
});

describe('what is only named', () => {
  it.each([
    ['gccImmediateSetup', '0031'],
    ['bccSetup', '0132'],
    ['routingAreaUpdateRequest', '0808 71'],
    ['activatePdpContextRequest', '0a41 05'],
    ['handoverCommand', '062b 00'],
    ['unknown', '0201'],
    ['unknown', '0e01'],
  ])('%s', (name, octets) => {
    expect(said(octets).nas).toBe(name);
  });

  it('classmark change of the radio layer', () => {
    expect(said('0616 03 33 19 a2 20 04 60 14 00 00')).toEqual({ nas: 'classmarkChange', classmark: '3319a2' });
  });
});

describe('short messages, 3GPP TS 24.011', () => {
  it.each<[string, string, Said]>([
    ['memory available', '1901 02 06 2a', { nas: 'cpData', transaction: 1, rpType: 6 }],
    ['report with user data', '9901 06 02 2a 41 02 0000', { nas: 'cpData', transaction: 9, rpType: 2 }],
    ['error with user data', '9901 08 05 2a 01 9c 41 02 0000', { nas: 'cpData', transaction: 9, rpType: 5, cause: 28 }],
    ['error without a cause', '9901 03 04 2a 00', { nas: 'cpData', transaction: 9, rpType: 4 }],
    ['no service centre', '1901 05 00 2a 00 00 00', { nas: 'cpData', transaction: 1, rpType: 0 }],
  ])('%s', (_, octets, expected) => {
    expect(said(octets)).toEqual(expected);
  });

  it('reads the example of a submit of 3GPP TS 23.040 whatever its validity period', () => {
    // To 46 708 251 358 by the service centre 46 708 251 358; "hellohello", relative validity.
    const tpdu = '11 00 0b 91 64 07 28 15 53 f8 00 00 aa 0a e8329bfd4697d9ec37';
    const centre = '07 91 64 07 28 15 53 f8';
    const relay = `00 01 00 ${centre} ${hex(tpdu).length.toString(16)} ${tpdu}`;
    expect(said(`0901 ${hex(relay).length.toString(16)} ${relay}`)).toMatchObject({
      rpType: 0,
      serviceCentre: '46708251358',
      smsAddress: '46708251358',
      smsType: 1,
    });
  });

  it.each([
    ['no message', '1901 00', 'rp', 0, 'message type and reference'],
    ['no originator', '1901 02 01 2a', 'rp', 2, 'originator address'],
    ['originator longer than the message', '1901 04 01 2a 05 91', 'rp', 3, 'originator address'],
    ['no destination', '1901 03 01 2a 00', 'rp', 3, 'destination address'],
    ['no user data', '1901 04 01 2a 00 00', 'rp', 4, 'user data'],
    ['no cause', '1901 02 05 2a', 'rp', 2, 'cause'],
    ['user data of a report longer than the message', '1901 05 02 2a 41 05 00', 'rp', 4, 'user data'],
    ['control cause missing', '1910', 'nas', 2, 'CP-Cause'],
  ])('%s', (_, octets, layer, offset, reason) => {
    expect(stopOf(octets)).toMatchObject({ layer, offset, reason });
    expect(nasTypeName(nas)).not.toBe('unknown');
  });
});

describe('supplementary services, 3GPP TS 24.080', () => {
  /** Octets with a length octet before them. */
  const sized = (octets: string): string => `${hex(octets).length.toString(16).padStart(2, '0')} ${octets}`;
  const facility = (octets: string): string => `0b3a ${sized(octets)}`;
  const invoke = (operation: string, parameter = ''): string =>
    `a1 ${sized(`02 01 01 02 01 ${operation} ${parameter}`)}`;

  it.each<[string, string, Said]>([
    ['no component', '0b3a 00', {}],
    ['something that is no component', '0b3a 02 30 00', {}],
    [
      'invoke with a linked id, which is no operation',
      facility(`a1 ${sized('02 01 02 80 01 01 02 01 3c')}`),
      { ssComponent: 1, ssOperation: 60 },
    ],
    ['invoke without a parameter', facility(invoke('3b')), { ssComponent: 1, ssOperation: 59 }],
    [
      'USSD of phase 1: text',
      facility(invoke('13', '16 05 2a3130 3023')),
      { ssComponent: 1, ssOperation: 19, ussd: '2a31303023' },
    ],
    ['USSD of phase 1: not text', facility(invoke('13', '04 01 2a')), { ssComponent: 1, ssOperation: 19 }],
    [
      'USSD notification with an alerting pattern',
      facility(invoke('3d', `30 ${sized('04 01 0f 04 02 e832 04 01 05')}`)),
      { ssComponent: 1, ssOperation: 61, ussdCoding: 15, ussd: 'e832' },
    ],
    [
      'USSD with an element that is not known',
      facility(invoke('3d', `30 ${sized('02 01 00 04 00 04 02 e832')}`)),
      { ssComponent: 1, ssOperation: 61, ussd: 'e832' },
    ],
    [
      'activation',
      facility(invoke('0c', `30 ${sized('04 01 21 83 01 10')}`)),
      { ssComponent: 1, ssOperation: 12, ssCode: 0x21 },
    ],
    ['erasure', facility(invoke('0b', `30 ${sized('04 01 2a')}`)), { ssComponent: 1, ssOperation: 11, ssCode: 0x2a }],
    [
      'deactivation',
      facility(invoke('0d', `30 ${sized('04 01 29')}`)),
      { ssComponent: 1, ssOperation: 13, ssCode: 0x29 },
    ],
    [
      'interrogation',
      facility(invoke('0e', `30 ${sized('04 01 2b')}`)),
      { ssComponent: 1, ssOperation: 14, ssCode: 0x2b },
    ],
    [
      'registration with sub-address and time',
      facility(invoke('0a', `30 ${sized(`04 01 2a 83 01 11 84 ${sized('91 68 31 19 32 54 76 f8')} 85 01 14`)}`)),
      { ssComponent: 1, ssOperation: 10, ssCode: 0x2a, forwardedTo: '8613912345678' },
    ],
    ['an operation that is only named', facility(invoke('21', '30 00')), { ssComponent: 1, ssOperation: 33 }],
    ['result without an operation', facility('a2 03 02 01 01'), { ssComponent: 2 }],
    [
      'result of another service',
      facility(`a2 ${sized(`02 01 01 30 ${sized('02 01 0c a3 05 04 01 21 84 00')}`)}`),
      { ssComponent: 2, ssOperation: 12, ssCode: 0x21 },
    ],
    [
      'result of an interrogation: the first of two numbers',
      facility(
        `a2 ${sized(
          `02 01 01 30 ${sized(
            `02 01 0e a3 ${sized(
              `30 ${sized('83 01 11 84 01 06')} 30 ${sized('83 01 11 84 01 07 85 07 91683119325476')} 30 ${sized('83 01 61 84 01 07 85 03 918864')}`,
            )}`,
          )}`,
        )}`,
      ),
      { ssComponent: 2, ssOperation: 14, forwardedTo: '861391234567' },
    ],
    ['error', facility('a3 06 02 01 01 02 01 11'), { ssComponent: 3 }],
    ['reject', facility('a4 06 02 01 01 81 01 02'), { ssComponent: 4 }],
    ['operation as an identifier', facility(`a1 ${sized('02 01 01 06 02 2a03 30 00')}`), { ssComponent: 1 }],
    [
      'indefinite lengths',
      facility('a1 80 02 01 01 02 01 3b 30 80 04 01 0f 04 02 e832 0000 0000'),
      { ssComponent: 1, ssOperation: 59, ussdCoding: 15, ussd: 'e832' },
    ],
  ])('%s', (_, octets, expected) => {
    const { nas: name, transaction: __, ...rest } = said(octets);
    expect(name).toBe('ssFacility');
    expect(rest).toEqual(expected);
  });

  it('release complete with a cause', () => {
    expect(said('8b2a 08 02 e0 9f')).toEqual({ nas: 'ssReleaseComplete', transaction: 8, cause: 31, causeLocation: 0 });
  });

  it.each([
    ['a component without a length', '0b3a 01 a1', 'length octet'],
    ['a component longer than the facility', '0b3a 05 a1 09 02 01 01', 'length of tag a1'],
    ['an element longer than the component', '0b3a 07 a1 05 02 01 01 02 07', 'length of tag 02'],
    ['a sequence without an end', '0b3a 0c a2 0a 02 01 01 30 0a 02 01 3b 30 00', 'length of tag 30'],
    ['a length that is not there', '0b3a 06 a1 04 02 01 01 02', 'length octet'],
    [
      'a USSD string longer than its sequence',
      '0b3a 10 a1 0e 02 01 01 02 01 3b 30 06 04 01 0f 04 05 aa',
      'length of tag 04',
    ],
    ['a USSD string without a length', '0b3a 0e a1 0c 02 01 01 02 01 3b 30 04 04 01 0f 04', 'length octet'],
    ['a service without a length', '0b3a 0e a1 0c 02 01 01 02 01 0a 30 04 04 01 21 84', 'length octet'],
    [
      'a number longer than its sequence',
      '0b3a 10 a1 0e 02 01 01 02 01 0a 30 06 04 01 21 84 05 aa',
      'length of tag 84',
    ],
    ['an unknown element longer than the component', '0b3a 07 a3 05 02 01 01 30 07', 'length of tag 30'],
  ])('stops at %s', (_, octets, reason) => {
    expect(stopOf(octets)).toMatchObject({ layer: 'ss', reason });
  });
});

describe('layer 3 cut short or wrong', () => {
  it.each([
    ['nothing', '', 0, 2, 'discriminator'],
    ['no type', '05', 1, 1, 'message type'],
    ['no type behind a longer transaction', 'f3 81', 2, 1, 'message type'],
    ['half a location area', '0508 71 64f0', 3, 5, 'location area identification'],
    ['no identity', '0519', 2, 1, 'mobile identity'],
    ['identity longer than the message', '0519 08 49 06', 3, 8, 'mobile identity'],
    ['optional element without a length', '0502 64f0001807 17', 8, 1, 'element length'],
    ['optional element longer than the message', '0502 64f0001807 17 05 f4', 9, 5, 'element length'],
    ['optional element of fixed length cut', '0335 2c', 3, 1, 'element length'],
  ])('%s', (_, octets, offset, need, reason) => {
    expect(stopOf(octets)).toMatchObject({ layer: 'nas', offset, need, reason });
  });

  it('what was said before the end stays', () => {
    expect(stopOf('0508 71 64f0001807 33 08 49 06')).not.toBeNull();
    expect(saidOfNas(nas)).toMatchObject({ luType: 1, area: '460-00-6151', classmark: '33' });
    expect(digitsText(nas.imsi)).toBeNull();
  });

  it('nothing is left over from the message before', () => {
    for (const [, bytes] of LAYER_3) {
      readNas(bytes, 0, bytes.length, nas);
      expect(said('0521')).toEqual({ nas: 'cmServiceAccept' });
    }
    expect(readNas(Buffer.alloc(0), 0, 0, nas)).not.toBeNull();
    expect(saidOfNas(nas)).toEqual({});
  });

  it('random octets never throw', () => {
    const random = new Random(24_008);
    for (let round = 0; round < 20_000; round++) {
      const bytes = Buffer.from(Array.from({ length: random.integer(0, 40) }, () => random.integer(0, 255)));
      if (bytes.length > 1 && random.chance(0.7)) {
        const [, message] = random.pick(LAYER_3);
        message.copy(bytes, 0, 0, 2);
      }
      readNas(bytes, 0, bytes.length, nas);
      expect(nasTypeName(nas)).toBeTypeOf('string');
      saidOfNas(nas);
    }
  });
});
